pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A wish that is on or off: its picture, its word, and a tick.
Tap {
    id: root

    property string text
    property string detail
    property string icon

    checkable: true
    label: detail ? `${text}: ${detail}` : text
    implicitHeight: Math.max(Theme.touch * 1.2, words.implicitHeight + 1.6 * Theme.gap)
    height: implicitHeight

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: root.down || root.picked ? Theme.primaryTint : Theme.surface
        border.width: root.picked ? Theme.stroke : Theme.hairline
        border.color: root.picked ? Theme.primary : Theme.outline
    }

    Icon {
        id: picture

        anchors.left: parent.left
        anchors.leftMargin: Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        visible: !Theme.tight || root.detail !== ""
        size: visible ? Theme.icon : 1
        name: root.icon
        color: Theme.primary
    }

    Column {
        id: words

        anchors.left: picture.right
        anchors.leftMargin: picture.visible ? Theme.gap : 0
        anchors.right: tick.left
        anchors.rightMargin: Theme.gapSmall
        anchors.verticalCenter: parent.verticalCenter

        Label {
            width: parent.width
            text: root.text
            font.bold: true
            lineHeight: 0.94 * Theme.leading
            Accessible.ignored: true
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: root.detail
            color: Theme.muted
            font.pixelSize: Theme.caption
            Accessible.ignored: true
        }
    }

    Tick {
        id: tick

        anchors.right: parent.right
        anchors.rightMargin: Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        implicitWidth: 5 * Theme.u
        picked: root.picked
    }
}
