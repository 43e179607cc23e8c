pragma ComponentBehavior: Bound

import QtQuick
import ".."

// This machine, small: its screen, and lit, where on it something comes out, or a slip goes in (`slip`).
Item {
    id: root

    property string side: "below"
    property bool film: false
    property bool slip: false
    readonly property real unit: Math.min(width / 40, height / 40)
    readonly property bool level: side === "left" || side === "right"
    readonly property int away: side === "left" || side === "above" ? -1 : 1

    Rectangle {
        id: body

        anchors.centerIn: parent
        width: 20 * root.unit
        height: 27 * root.unit
        radius: 1.6 * root.unit
        color: Theme.deep
        border.width: Theme.edged ? Theme.stroke : 0
        border.color: Theme.outline

        Rectangle {
            anchors.centerIn: parent
            width: parent.width - 4 * root.unit
            height: parent.height - 9 * root.unit
            radius: root.unit / 2
            color: Theme.surface
            border.width: Theme.hairline
            border.color: Theme.outline
        }
    }

    Rectangle {
        id: tray

        readonly property real shift: root.level ? body.width / 2 : body.height / 2 - 1.6 * root.unit

        x: (root.width - width) / 2 + (root.level ? root.away * shift : 0)
        y: (root.height - height) / 2 + (root.level ? 5 * root.unit : root.away * shift)
        width: (root.level ? 3 : 14) * root.unit
        height: (root.level ? 12 : 3) * root.unit
        radius: root.unit / 2
        color: root.slip ? Theme.lamp : Theme.focus
        border.width: Theme.stroke
        border.color: Theme.focusEdge
    }

    Rectangle {
        id: sheet

        property real out: root.slip ? 0.8 : 1

        x: tray.x + tray.width / 2 - width / 2 + (root.level ? root.away * out * 5 * root.unit : 0)
        y: tray.y + tray.height / 2 - height / 2 + (root.level ? 0 : root.away * out * 4 * root.unit)
        width: (root.level ? 7 : 10) * root.unit
        height: (root.level ? 10 : 6) * root.unit
        color: root.film ? Theme.lens : Theme.paper
        border.width: Theme.stroke
        border.color: Theme.focusEdge

        SequentialAnimation on out {
            loops: 3
            running: Theme.slide > 0 && root.visible

            NumberAnimation {
                from: root.slip ? 1.6 : 0.2
                to: root.slip ? 0.8 : 1
                duration: Theme.sheet
                easing.type: Theme.easing
            }

            PauseAnimation {
                duration: Theme.sheet
            }
        }
    }
}
