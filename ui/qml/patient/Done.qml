pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Farewell: an arrow to the tray, and counts.
PageFrame {
    id: root

    readonly property var counts: [
        {
            "icon": "report",
            "text": body.sheets
        },
        {
            "icon": "film",
            "text": body.films
        }
    ].filter(count => count.text !== "")

    align: Text.AlignHCenter
    wordsRight: true
    passive: true
    leadShare: 0.5
    workHeight: words.implicitHeight

    lead: Scene {
        id: scene

        readonly property real unit: Math.min(width / 90, height / 90)

        anchors.fill: parent

        Rectangle {
            id: paper

            anchors.horizontalCenter: parent.horizontalCenter
            y: tray.y - height + 2 * scene.unit
            visible: root.counts.length > 0
            width: 40 * scene.unit
            height: 22 * scene.unit
            radius: scene.unit
            color: Theme.paper
            border.width: Theme.hairline
            border.color: Theme.paperLine

            Repeater {
                model: [30, 24, 28]

                Rectangle {
                    required property int index
                    required property int modelData

                    x: 5 * scene.unit
                    y: (5 + index * 4) * scene.unit
                    width: modelData * scene.unit
                    height: 1.2 * scene.unit
                    radius: height / 2
                    color: Theme.paperLine
                }
            }
        }

        Rectangle {
            id: tray

            anchors.horizontalCenter: parent.horizontalCenter
            y: (parent.height + (root.counts.length > 0 ? 67 : 20) * scene.unit) / 2 - height
            width: 58 * scene.unit
            height: 9 * scene.unit
            radius: Theme.radius
            color: Theme.deep
            border.width: Theme.contrast ? Theme.hairline : 0
            border.color: Theme.line
        }

        Rectangle {
            id: badge

            property real bounce: 0

            anchors.horizontalCenter: parent.horizontalCenter
            y: (root.counts.length > 0 ? paper.y - height - 6 * scene.unit : (parent.height - height) / 2) + bounce
            width: 32 * scene.unit
            height: width
            radius: width / 2
            color: Theme.success

            Icon {
                anchors.centerIn: parent
                name: root.counts.length > 0 ? "take" : "check"
                size: parent.width * 0.56
                color: Theme.contrast ? Theme.background : Theme.primaryInk
            }

            SequentialAnimation on bounce {
                loops: 3
                running: Theme.slide > 0

                NumberAnimation {
                    to: 2.4 * scene.unit
                    duration: Theme.sheet / 2
                    easing.type: Easing.InOutSine
                }

                NumberAnimation {
                    to: 0
                    duration: Theme.sheet / 2
                    easing.type: Easing.InOutSine
                }
            }
        }
    }

    work: Row {
        id: words

        width: parent.width
        spacing: Theme.gap

        Repeater {
            model: root.counts.length

            Card {
                id: card

                required property int index

                width: (words.width - words.spacing * (root.counts.length - 1)) / root.counts.length
                height: text.implicitHeight + 2 * Theme.gapLarge

                Icon {
                    id: mark

                    x: Theme.gapLarge
                    anchors.verticalCenter: parent.verticalCenter
                    name: root.counts[card.index]?.icon ?? ""
                    size: Theme.display
                    color: Theme.primary
                }

                Label {
                    id: text

                    anchors.left: mark.right
                    anchors.leftMargin: Theme.gapLarge
                    anchors.right: parent.right
                    anchors.rightMargin: Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    text: root.counts[card.index]?.text ?? ""
                    font.pixelSize: Theme.heading
                    font.bold: true
                }
            }
        }
    }
}
