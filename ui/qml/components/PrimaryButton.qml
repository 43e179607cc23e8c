pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The one obvious next step.
Tap {
    id: root

    property string icon
    property real ring: -1

    implicitHeight: Math.max(Theme.primaryHeight, words.implicitHeight + 2 * Theme.gap)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: !root.enabled ? Theme.disabled : root.down ? Theme.primaryPressed : Theme.primary
        border.width: root.enabled ? 0 : Theme.hairline
        border.color: Theme.line
    }

    Row {
        id: words

        anchors.centerIn: parent
        spacing: Theme.gap

        ButtonMark {
            anchors.verticalCenter: parent.verticalCenter
            icon: root.icon
            ring: root.ring
            color: root.enabled ? Theme.primaryInk : Theme.disabledInk
        }

        Label {
            id: text

            anchors.verticalCenter: parent.verticalCenter
            width: Math.min(implicitWidth, root.width - 2 * Theme.gapLarge - Theme.icon - Theme.gap)
            horizontalAlignment: Text.AlignHCenter
            text: root.label
            color: root.enabled ? Theme.primaryInk : Theme.disabledInk
            font.pixelSize: Theme.heading
            font.bold: true
            lineHeight: 0.94 * Theme.leading
            Accessible.ignored: true
        }
    }
}
