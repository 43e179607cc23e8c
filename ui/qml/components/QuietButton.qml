pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Everything beside the primary action.
Tap {
    id: root

    property string icon
    property real ring: -1
    property bool strong: false
    property real padding: Theme.gapLarge
    property real size: Theme.body

    implicitWidth: row.mark + text.implicitWidth + 2 * padding
    implicitHeight: Math.max(Theme.touch, row.implicitHeight + Theme.gap)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: root.strong ? (root.down ? Theme.deepPressed : Theme.deep) : root.down ? Theme.primaryTint : Theme.surface
        border.width: Theme.hairline
        border.color: root.strong && !Theme.contrast ? Theme.deep : root.down ? Theme.primary : Theme.line

        FocusFrame {
            radius: parent.radius
            shown: root.activeFocus
        }
    }

    Row {
        id: row

        readonly property real mark: root.icon || root.ring >= 0 ? Theme.iconSmall + spacing : 0

        anchors.centerIn: parent
        spacing: 1.4 * Theme.u

        ButtonMark {
            anchors.verticalCenter: parent.verticalCenter
            icon: root.icon
            ring: root.ring
            size: Theme.iconSmall
            color: text.color
        }

        Label {
            id: text

            anchors.verticalCenter: parent.verticalCenter
            width: root.width > 0 ? Math.min(implicitWidth, root.width - row.mark - 2 * Theme.gapSmall) : implicitWidth
            horizontalAlignment: Text.AlignHCenter
            text: root.label
            color: !root.enabled ? Theme.disabledInk : root.strong ? Theme.deepInk : Theme.ink
            font.pixelSize: root.size
            font.bold: true
            lineHeight: 0.94
            Accessible.ignored: true
        }
    }
}
