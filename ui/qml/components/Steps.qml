pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Where we are: four dots with words.
Row {
    id: root

    required property int step
    required property var common

    Accessible.role: Accessible.StaticText
    Accessible.name: common["step-" + step] ?? ""

    Repeater {
        model: 4

        Item {
            id: cell

            required property int index
            readonly property bool past: index + 1 < root.step
            readonly property bool here: index + 1 === root.step

            width: root.width / 4
            height: dot.height + word.implicitHeight + Theme.gapSmall / 2

            Rectangle {
                visible: cell.index > 0
                x: Theme.start(dot.width / 2 - parent.width / 2, width, parent.width)
                width: parent.width - dot.width
                anchors.verticalCenter: dot.verticalCenter
                height: Theme.stroke
                color: cell.past || cell.here ? Theme.primary : Theme.line
            }

            Rectangle {
                id: dot

                anchors.horizontalCenter: parent.horizontalCenter
                width: 4 * Theme.u * Theme.scale
                height: width
                radius: width / 2
                color: cell.past || cell.here ? Theme.primary : Theme.surface
                border.width: Theme.stroke
                border.color: cell.past || cell.here ? Theme.primary : Theme.line

                Icon {
                    anchors.centerIn: parent
                    visible: cell.past
                    name: "check"
                    size: parent.width * 0.62
                    weight: 3.4
                    color: Theme.primaryInk
                }

                Label {
                    anchors.centerIn: parent
                    visible: !cell.past
                    text: cell.index + 1
                    color: cell.here ? Theme.primaryInk : Theme.muted
                    font.pixelSize: Theme.caption
                    font.bold: true
                }
            }

            Label {
                id: word

                anchors.top: dot.bottom
                anchors.topMargin: Theme.gapSmall / 2
                anchors.horizontalCenter: parent.horizontalCenter
                text: root.common["step-" + (cell.index + 1)] ?? ""
                color: cell.here ? Theme.ink : Theme.muted
                font.pixelSize: Theme.caption
                font.bold: cell.here
                lineHeight: 0.9 * Theme.leading
            }
        }
    }
}
