pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// One sheet of a print, drawn with what stands on it: no picture of a past visit is kept. Touched, it is ticked.
Tap {
    id: root

    required property var sheet
    required property string serial
    readonly property bool film: !!sheet.film

    label: [sheet.name, sheet.state].filter(part => part).join(" · ")
    checkable: true
    enabled: !!sheet.asked
    implicitWidth: 25 * Theme.u * Theme.scale
    implicitHeight: paper.height + verdict.height + Theme.gapSmall

    Rectangle {
        id: paper

        width: parent.width
        height: width * (root.film ? 1.21 : 1.1)
        radius: Theme.radius / 2
        color: root.film ? Theme.deep : root.down ? Theme.primaryTint : Theme.surface
        opacity: root.sheet.asked ? 1 : 0.6
        border.width: root.picked && root.sheet.asked ? Theme.stroke : Theme.hairline
        border.color: root.picked ? Theme.primary : Theme.outline

        Column {
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.bottom: parent.bottom
            anchors.margins: Theme.gap
            spacing: Theme.gapSmall

            Repeater {
                model: 3

                Rectangle {
                    required property int index

                    width: (parent?.width ?? 0) * (index === 2 ? 0.6 : 1)
                    height: Theme.hairline * 2
                    color: root.film ? Theme.muted : Theme.line
                }
            }

            Label {
                width: parent.width
                text: root.sheet.name ?? ""
                font.bold: true
                font.pixelSize: Theme.caption
                color: root.film ? Theme.deepInk : Theme.ink
            }

            Label {
                width: parent.width
                text: root.serial
                font.pixelSize: Theme.caption
                color: root.film ? Theme.deepInk : Theme.muted
                wrapMode: Text.WrapAnywhere
            }
        }

        Tick {
            x: Theme.gap
            y: Theme.gap
            picked: root.picked
            able: !!root.sheet.asked
        }
    }

    Label {
        id: verdict

        y: paper.height + Theme.gapSmall
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: root.sheet.state ?? ""
        color: Theme.tone(root.sheet.tone ?? "muted")
        font.pixelSize: Theme.caption
    }
}
