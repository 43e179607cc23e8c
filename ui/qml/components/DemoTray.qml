pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Beside the kiosk in a demonstration: the sample slips. Picking one holds it before the camera.
Rectangle {
    id: root

    required property var tray
    required property bool beside
    readonly property real size: Math.min(Theme.caption, width / 14)
    readonly property int columns: beside ? Math.max(1, Math.floor(width / (32 * Theme.u))) : 1

    color: Theme.mutedTint

    Label {
        id: title

        x: Theme.gap
        y: Theme.gap
        width: parent.width - 2 * Theme.gap
        text: root.tray.title
        font.pixelSize: root.beside ? Theme.body : root.size
        font.bold: true
    }

    GridView {
        id: slips

        x: Theme.gap
        y: title.y + title.height + Theme.gap
        width: parent.width - x
        height: parent.height - y
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        flow: root.beside ? GridView.FlowLeftToRight : GridView.FlowTopToBottom
        cellWidth: root.beside ? Math.floor(width / root.columns) : cellHeight * 1.7
        cellHeight: root.beside ? cellWidth * 0.56 + 6.4 * root.size + 2 * Theme.gap : height
        model: root.tray.slips

        delegate: Item {
            id: cell

            required property int index
            required property var modelData

            width: slips.cellWidth
            height: slips.cellHeight

            Tap {
                id: slip

                objectName: "slip:" + cell.index
                width: parent.width - Theme.gap
                height: parent.height - Theme.gap
                label: cell.modelData.shows
                picked: root.tray.held === cell.index
                onTapped: root.tray.hold(picked ? -1 : cell.index)

                Card {
                    anchors.fill: parent
                    color: slip.picked ? Theme.primaryTint : Theme.surface
                    edge: slip.picked ? Theme.primary : Theme.line
                    edgeWidth: slip.picked ? Theme.stroke * 1.5 : Theme.hairline
                }

                Image {
                    id: picture

                    x: Theme.gapSmall
                    y: Theme.gapSmall
                    width: root.beside ? parent.width - 2 * Theme.gapSmall : parent.width * 0.42
                    height: root.beside ? parent.width * 0.56 : parent.height - 2 * Theme.gapSmall
                    // The lower part of a slip is empty.
                    fillMode: root.beside ? Image.PreserveAspectCrop : Image.PreserveAspectFit
                    verticalAlignment: root.beside ? Image.AlignTop : Image.AlignVCenter
                    asynchronous: true
                    mipmap: true
                    sourceSize.width: 48 * Theme.u
                    source: cell.modelData.picture
                }

                Rectangle {
                    x: parent.width - width - Theme.gapSmall
                    y: Theme.gapSmall
                    visible: slip.picked
                    width: 2 * root.size
                    height: width
                    radius: width / 2
                    color: Theme.primary

                    Icon {
                        anchors.centerIn: parent
                        name: "camera"
                        size: root.size * 1.3
                        color: Theme.primaryInk
                    }
                }

                Column {
                    x: root.beside ? Theme.gap : picture.width + 2 * Theme.gapSmall
                    y: root.beside ? picture.y + picture.height + Theme.gapSmall : Theme.gapSmall
                    width: parent.width - x - Theme.gapSmall
                    spacing: Theme.gapSmall / 2

                    Label {
                        width: parent.width
                        text: cell.modelData.shows
                        font.pixelSize: root.size
                        font.bold: slip.picked
                        lineHeight: 0.94
                        maximumLineCount: 3
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
                            anchors.verticalCenter: parent.verticalCenter
                            text: cell.modelData.answer
                            color: Theme.primary
                            font.pixelSize: root.size * 1.2
                            font.bold: true
                        }
                    }
                }
            }
        }
    }
}
