pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A state: icon, word and tone together, never colour alone.
Rectangle {
    id: root

    property string text
    property string icon
    property string tone: "muted"

    implicitWidth: row.implicitWidth + 2 * Theme.gap
    implicitHeight: row.implicitHeight + Theme.gapSmall
    radius: height / 2
    color: Theme.tint(tone)
    border.width: Theme.edged ? Theme.hairline : 0
    border.color: Theme.tone(tone)

    Row {
        id: row

        anchors.centerIn: parent
        spacing: Theme.gapSmall

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            visible: root.icon !== ""
            name: root.icon
            size: Theme.caption
            weight: 3
            color: Theme.tone(root.tone)
        }

        Label {
            text: root.text
            wrapMode: Text.NoWrap
            color: Theme.tone(root.tone)
            font.pixelSize: Theme.caption
            font.bold: true
        }
    }
}
