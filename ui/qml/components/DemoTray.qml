pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Beside the kiosk in a demonstration: the sample slips. Picking one holds it before the camera.
Rectangle {
    id: root

    required property var tray
    required property bool beside

    color: Theme.mutedTint

    Label {
        id: title

        x: Theme.gap
        y: Theme.gap
        width: parent.width - 2 * Theme.gap
        text: root.tray.title
        font.pixelSize: Theme.caption
        font.bold: true
    }

    ListView {
        x: Theme.gap
        y: title.y + title.height + Theme.gap
        width: parent.width - 2 * Theme.gap
        height: parent.height - y - Theme.gap
        clip: true
        spacing: Theme.gap
        orientation: root.beside ? ListView.Vertical : ListView.Horizontal
        model: root.tray.slips

        delegate: Tap {
            id: slip

            required property int index
            required property var modelData

            objectName: "slip:" + index
            width: root.beside ? ListView.view.width : ListView.view.height * 1.5
            height: root.beside ? words.implicitHeight + picture.height + 3 * Theme.gapSmall : ListView.view.height
            label: modelData.shows
            picked: root.tray.held === index
            onTapped: root.tray.hold(picked ? -1 : index)

            Card {
                anchors.fill: parent
                edge: slip.picked ? Theme.primary : Theme.line
                edgeWidth: slip.picked ? Theme.stroke : Theme.hairline
            }

            Image {
                id: picture

                x: Theme.gapSmall
                y: Theme.gapSmall
                width: root.beside ? parent.width - 2 * Theme.gapSmall : parent.width * 0.42
                height: root.beside ? width * 0.71 : parent.height - 2 * Theme.gapSmall
                fillMode: Image.PreserveAspectFit
                asynchronous: true
                mipmap: true
                sourceSize.width: 40 * Theme.u
                source: slip.modelData.picture
            }

            Column {
                id: words

                x: root.beside ? Theme.gapSmall : picture.width + 2 * Theme.gapSmall
                y: root.beside ? picture.height + 2 * Theme.gapSmall : Theme.gapSmall
                width: parent.width - x - Theme.gapSmall

                Label {
                    width: parent.width
                    text: slip.modelData.shows
                    font.pixelSize: root.size
                    maximumLineCount: root.beside ? 4 : 3
                    elide: Text.ElideRight
                }

                Row {
                    spacing: Theme.gapSmall

                    Icon {
                        anchors.verticalCenter: parent.verticalCenter
                        name: "keypad"
                        size: root.size
                        color: Theme.primary
                    }

                    Label {
                        text: slip.modelData.answer
                        color: Theme.primary
                        font.pixelSize: root.size
                        font.bold: true
                    }
                }
            }
        }
    }

    readonly property real size: Math.min(Theme.caption, width / 14)
}
