pragma ComponentBehavior: Bound

import QtQuick
import ".."

// With the kiosk in a demonstration: the slip on top, large, with the answer to give; one button that holds the next
// one before the camera; and all slips by number, so that none is out of sight.
Rectangle {
    id: root

    required property var tray
    required property bool beside
    readonly property var words: JSON.parse(tray.wordsJson)
    readonly property var slips: JSON.parse(tray.slipsJson)
    readonly property var onTop: root.slips[root.tray.current] ?? null
    readonly property real size: beside ? Math.min(Theme.caption, width / 17) : Theme.caption
    readonly property real column: beside ? width - 2 * Theme.gap : (width - 3 * Theme.gap) * 0.46

    color: Theme.mutedTint

    Column {
        id: first

        x: Theme.gap
        y: Theme.gap
        width: root.column
        spacing: Theme.gap

        Label {
            width: parent.width
            text: root.words.title
            font.pixelSize: root.size * 1.15
            font.bold: true
        }

        Card {
            id: card

            readonly property bool held: root.tray.held >= 0 && root.tray.held === root.tray.current

            width: parent.width
            height: root.beside ? picture.height + said.height + 3 * Theme.gapSmall : root.height - y - next.height - 5 * Theme.gap
            visible: root.onTop !== null
            color: held ? Theme.primaryTint : Theme.surface
            edge: held ? Theme.primary : Theme.line
            edgeWidth: held ? Theme.stroke * 1.5 : Theme.hairline

            Image {
                id: picture

                x: Theme.gapSmall
                y: Theme.gapSmall
                width: root.beside ? parent.width - 2 * x : parent.width * 0.46
                height: root.beside ? Math.min(width * 0.56, root.height * 0.2) : parent.height - 2 * y
                // The lower part of a slip is empty.
                fillMode: Image.PreserveAspectCrop
                verticalAlignment: Image.AlignTop
                asynchronous: true
                mipmap: true
                sourceSize.width: 60 * Theme.u
                source: root.onTop ? root.onTop.picture : ""
            }

            Grid {
                id: said

                x: root.beside ? Theme.gap : picture.x + picture.width + Theme.gap
                y: root.beside ? picture.y + picture.height + Theme.gapSmall : Theme.gap
                width: parent.width - x - Theme.gapSmall
                columns: root.beside ? 2 : 1
                spacing: Theme.gapSmall
                verticalItemAlignment: Grid.AlignVCenter

                Label {
                    text: root.words.answer
                    color: Theme.muted
                    font.pixelSize: root.size * 0.85
                }

                Label {
                    text: root.onTop ? root.onTop.answer : ""
                    color: Theme.primary
                    font.pixelSize: root.size * 1.5
                    font.bold: true
                }
            }
        }

        PrimaryButton {
            id: next

            objectName: "next-slip"
            width: parent.width
            label: root.words.next
            icon: "camera"
            enabled: root.onTop !== null
            onTapped: root.tray.next()
        }
    }

    ListView {
        id: slips

        readonly property real row: (height - spacing * count) / Math.max(9, count)

        x: root.beside ? Theme.gap : first.x + first.width + Theme.gap
        y: root.beside ? first.y + first.height + Theme.gap : Theme.gap
        width: root.column + (root.beside ? 0 : (root.width - 3 * Theme.gap) * 0.08)
        height: staff.y - Theme.gapSmall - y
        interactive: false
        spacing: Theme.gapSmall / 2
        model: root.slips

        delegate: Tap {
            id: slip

            required property int index
            required property var modelData

            objectName: "slip:" + index
            width: slips.width
            height: slips.row
            label: modelData.shows
            picked: root.tray.held === index
            onTapped: root.tray.hold(picked ? -1 : index)

            Card {
                anchors.fill: parent
                radius: Theme.radius / 2
                color: slip.picked ? Theme.primaryTint : Theme.surface
                edge: slip.picked ? Theme.primary : Theme.line
            }

            Label {
                id: number

                x: Theme.gapSmall
                anchors.verticalCenter: parent.verticalCenter
                width: 1.1 * root.size
                text: slip.index + 1
                color: Theme.primary
                font.pixelSize: words.font.pixelSize
                font.bold: true
            }

            Label {
                id: words

                anchors.verticalCenter: parent.verticalCenter
                x: number.x + number.width
                width: parent.width - x - Theme.gapSmall
                height: parent.height - Theme.gapSmall / 2
                verticalAlignment: Text.AlignVCenter
                text: slip.modelData.shows
                font.pixelSize: Math.min(width / 20, slips.row * 0.6)
                maximumLineCount: 1
                elide: Text.ElideRight
            }
        }
    }

    Label {
        id: staff

        x: slips.x
        y: parent.height - height - Theme.gap
        width: slips.width
        text: root.words.staff
        color: Theme.muted
        font.pixelSize: root.size * 0.72
    }
}
