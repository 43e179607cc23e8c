pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Farewell: it has worked; where on this machine the sheets lie, and how many.
PageFrame {
    id: root

    readonly property var counts: [
        {
            "icon": "report",
            "where": body.sheets_where,
            "text": body.sheets
        },
        {
            "icon": "film",
            "where": body.films_where,
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

        MachineDrawing {
            anchors.horizontalCenter: parent.horizontalCenter
            y: badge.y + badge.height + 3 * scene.unit
            visible: root.counts.length > 0
            width: 48 * scene.unit
            height: width
            side: root.body.side
        }

        // The moment it has worked: the tick grows into its place.
        Rectangle {
            id: badge

            property real grown: 1

            anchors.horizontalCenter: parent.horizontalCenter
            y: root.counts.length > 0 ? (parent.height - (26 + 3 + 48) * scene.unit) / 2 : (parent.height - height) / 2
            width: 26 * scene.unit
            height: width
            radius: width / 2
            scale: grown
            color: Theme.success

            Icon {
                anchors.centerIn: parent
                name: "check"
                size: parent.width * 0.6
                weight: 3
                color: Theme.edged ? Theme.background : Theme.primaryInk
            }

            NumberAnimation on grown {
                running: Theme.slide > 0
                from: 0.2
                to: 1
                duration: Theme.sheet / 2
                easing.type: Easing.OutBack
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

                    anchors.left: parent.left
                    anchors.leftMargin: Theme.gapLarge
                    anchors.verticalCenter: parent.verticalCenter
                    name: root.counts[card.index]?.icon ?? ""
                    size: Theme.display
                    color: Theme.primary
                }

                Column {
                    id: text

                    anchors.left: mark.right
                    anchors.leftMargin: Theme.gapLarge
                    anchors.right: parent.right
                    anchors.rightMargin: Theme.gap
                    anchors.verticalCenter: parent.verticalCenter

                    Label {
                        width: parent.width
                        text: root.counts[card.index]?.text ?? ""
                        font.pixelSize: Theme.heading
                        font.bold: true
                        lineHeight: 0.94 * Theme.leading
                    }

                    Label {
                        width: parent.width
                        text: root.counts[card.index]?.where ?? ""
                        color: Theme.muted
                    }
                }
            }
        }
    }
}
