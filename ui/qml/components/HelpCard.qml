pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Help has been called: the number to say, until it has been read.
Item {
    id: root

    required property var common
    required property string said
    signal act(string id, string value)

    objectName: "overlay"
    Accessible.role: Accessible.AlertMessage
    Accessible.name: said

    Rectangle {
        anchors.fill: parent
        color: Theme.scrim
    }

    MouseArea {
        anchors.fill: parent
    }

    Card {
        x: Theme.margin
        width: parent.width - 2 * Theme.margin
        height: words.implicitHeight + 2 * Theme.margin
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.margin
        radius: Theme.radiusLarge

        Column {
            id: words

            x: Theme.margin
            y: Theme.margin
            width: parent.width - 2 * Theme.margin
            spacing: Theme.gapLarge

            Row {
                width: parent.width
                spacing: Theme.gap

                Icon {
                    id: mark

                    name: "check"
                    color: Theme.success
                }

                Label {
                    width: parent.width - mark.width - parent.spacing
                    text: root.common["help-called"] ?? ""
                    color: Theme.success
                    font.bold: true
                }
            }

            Headline {
                width: parent.width
                size: Theme.poster
                text: root.said
            }

            PrimaryButton {
                objectName: "dismiss-help"
                width: parent.width
                label: root.common["continue"] ?? ""
                onTapped: root.act("dismiss-help", "")
            }
        }
    }
}
