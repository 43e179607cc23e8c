pragma ComponentBehavior: Bound

import QtQuick
import ".."

// What is said of a call for help, until it has been read: the number to say, that somebody comes, where to go.
Item {
    id: root

    required property var common
    required property var card
    signal act(string id, string value)

    objectName: "overlay"
    Accessible.role: Accessible.AlertMessage
    Accessible.name: card.said ?? ""

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

                    name: root.card.icon ?? ""
                    color: Theme.tone(root.card.tone ?? "muted")
                }

                Label {
                    width: parent.width - mark.width - parent.spacing
                    text: root.card.title ?? ""
                    color: mark.color
                    font.bold: true
                }
            }

            Headline {
                width: parent.width
                size: Theme.poster
                text: root.card.said ?? ""
            }

            PrimaryButton {
                objectName: "dismiss-help"
                KeyNavigation.tab: this
                KeyNavigation.backtab: this
                Component.onCompleted: forceActiveFocus(Qt.OtherFocusReason)
                width: parent.width
                label: root.common["continue"] ?? ""
                onTapped: root.act("dismiss-help", "")
            }
        }
    }
}
