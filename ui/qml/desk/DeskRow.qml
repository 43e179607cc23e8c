pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// A dense row: what, and below it the particulars; a chip and buttons at its side.
Tap {
    id: root

    property string title
    property string detail
    property string more
    property string chip
    property string tone: "muted"
    property bool tappable: true
    default property alias aside: buttons.data

    label: title
    enabled: tappable
    implicitHeight: Math.max(Theme.touch, words.implicitHeight + 2 * Theme.gapSmall, side.implicitHeight + 2 * Theme.gapSmall)

    Card {
        anchors.fill: parent
        color: root.down ? Theme.primaryTint : Theme.surface
    }

    Column {
        id: words

        x: Theme.gap
        width: side.x - 2 * Theme.gap
        anchors.verticalCenter: parent.verticalCenter

        Label {
            width: parent.width
            text: root.title
            font.bold: true
            lineHeight: 0.94 * Theme.leading
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: root.detail
            color: Theme.muted
            font.pixelSize: Theme.caption
            wrapMode: Text.WrapAtWordBoundaryOrAnywhere
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: root.more
            font.pixelSize: Theme.caption
            wrapMode: Text.WrapAtWordBoundaryOrAnywhere
        }
    }

    Row {
        id: side

        x: root.width - implicitWidth - Theme.gap
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.gap

        Chip {
            visible: root.chip !== ""
            anchors.verticalCenter: parent.verticalCenter
            text: root.chip
            tone: root.tone
        }

        Row {
            id: buttons

            spacing: Theme.gap
        }
    }
}
