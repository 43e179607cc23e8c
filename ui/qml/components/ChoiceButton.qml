pragma ComponentBehavior: Bound

import QtQuick
import ".."

// One of several: tabs and filters.
Tap {
    id: root

    property string text
    property real size: Theme.caption

    label: text
    implicitWidth: words.implicitWidth + 2 * Theme.gapLarge
    implicitHeight: Math.max(Theme.touch, words.implicitHeight + Theme.gap)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: root.picked ? Theme.primary : root.down ? Theme.primaryTint : Theme.surface
        border.width: Theme.hairline
        border.color: root.picked ? Theme.primary : Theme.outline
    }

    Label {
        id: words

        anchors.centerIn: parent
        text: root.text
        wrapMode: Text.NoWrap
        color: root.picked ? Theme.primaryInk : Theme.ink
        font.pixelSize: root.size
        font.bold: true
        Accessible.ignored: true
    }
}
