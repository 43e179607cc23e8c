pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The way to the phone.
PageFrame {
    id: root

    align: Text.AlignHCenter
    wordsRight: true
    secondaryLeft: true
    passive: true
    leadShare: 0.48
    workHeight: words.implicitHeight

    lead: Item {
        anchors.fill: parent

        QrCode {
            id: code

            readonly property real room: parent.width - (shown.visible ? shown.width + Theme.gap : 0)

            x: Theme.start((room - width) / 2, width, parent.width)
            y: (parent.height - height) / 2
            width: Math.min(room, parent.height, 78 * Theme.u)
            height: width
            matrix: root.body.matrix
        }

        PhoneDrawing {
            id: shown

            x: Theme.start(parent.width - width, width, parent.width)
            y: (parent.height - height) / 2
            visible: parent.height > 50 * Theme.u
            width: Math.min(24 * Theme.u, parent.height * 0.45)
            height: implicitHeight
        }

        Label {
            anchors.centerIn: code
            visible: root.body.matrix.length === 0
            text: root.body.making
            color: Theme.paperInk
        }
    }

    work: Column {
        id: words

        width: parent.width
        spacing: Theme.gapLarge

        Card {
            width: parent.width
            height: online.implicitHeight + 2 * Theme.gapLarge

            Column {
                id: online

                x: Theme.gapLarge
                y: Theme.gapLarge
                width: parent.width - 2 * Theme.gapLarge
                spacing: Theme.gap

                Row {
                    width: parent.width
                    spacing: Theme.gap

                    Icon {
                        id: mark

                        anchors.verticalCenter: parent.verticalCenter
                        name: root.body.online ? "check" : "cloud"
                        color: root.body.online ? Theme.success : Theme.primary
                    }

                    Label {
                        width: parent.width - mark.width - parent.spacing
                        text: root.body.publication
                        color: root.body.online ? Theme.success : Theme.ink
                        font.bold: true
                    }
                }

                Rectangle {
                    visible: !root.body.online
                    width: parent.width
                    height: 1.4 * Theme.u
                    radius: height / 2
                    color: Theme.mutedTint
                    border.width: Theme.edged ? Theme.hairline : 0
                    border.color: Theme.line

                    Rectangle {
                        width: parent.width * root.body.done
                        height: parent.height
                        radius: height / 2
                        color: Theme.primary
                    }
                }
            }
        }

        Row {
            width: parent.width
            spacing: Theme.gap

            Icon {
                id: shield

                anchors.verticalCenter: parent.verticalCenter
                name: "shield"
                color: Theme.muted
            }

            Label {
                width: parent.width - shield.width - parent.spacing
                text: root.body.privacy
                color: Theme.muted
            }
        }
    }
}
