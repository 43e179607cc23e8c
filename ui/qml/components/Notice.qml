pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A sentence that matters now, with its icon.
Rectangle {
    id: root

    property string text
    property string icon: "info"
    property string tone: "warning"
    property bool bold: false

    visible: text !== ""
    implicitHeight: visible ? words.implicitHeight + 2 * Theme.gap : 0
    radius: Theme.radius
    color: Theme.tint(tone)
    border.width: Theme.edged ? Theme.hairline : 0
    border.color: Theme.tone(tone)

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: Theme.gapLarge
        anchors.verticalCenter: parent.verticalCenter
        name: root.icon
        color: Theme.tone(root.tone)
    }

    Headline {
        id: words

        plain: true
        size: Theme.body

        anchors.left: mark.right
        anchors.right: parent.right
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.gapLarge
        anchors.verticalCenter: parent.verticalCenter
        text: root.text
        color: root.tone === "muted" || root.tone === "primary" ? Theme.ink : Theme.tone(root.tone)
        bold: root.bold
    }
}
