pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// For a worried person: what happened, what was printed, what to do now; the number for staff is small.
PageFrame {
    id: root

    headlineSize: Theme.displayDense
    leadShare: 0.44
    leadHeight: first.implicitHeight > 0 ? first.implicitHeight : -Theme.gapLarge

    lead: Column {
        id: first

        width: parent.width
        spacing: Theme.gap

        Notice {
            width: parent.width
            height: implicitHeight
            visible: root.body.happened !== root.view.headline
            text: visible ? root.body.happened : ""
            icon: "warning"
            bold: true
        }

        Notice {
            width: parent.width
            height: implicitHeight
            text: root.body.printed
            icon: "printed"
            tone: "muted"
        }
    }

    work: ScrollArea {
        anchors.fill: parent
        common: root.common
        spacing: Theme.gapLarge

        Card {
            visible: root.body.code !== ""
            width: parent?.width ?? 0
            height: call.implicitHeight + 2 * Theme.margin
            color: Theme.primaryTint
            edge: Theme.primary

            Column {
                id: call

                x: Theme.margin
                y: Theme.margin
                width: parent.width - 2 * Theme.margin
                spacing: Theme.gap

                Row {
                    width: parent.width
                    spacing: Theme.gap

                    Icon {
                        id: bell

                        name: "check"
                        color: Theme.success
                    }

                    Label {
                        width: parent.width - bell.width - parent.spacing
                        text: root.common["help-called"] ?? ""
                    }
                }

                Headline {
                    width: parent.width
                    text: root.body.code
                }
            }
        }

        Card {
            width: parent?.width ?? 0
            height: words.implicitHeight + 2 * Theme.margin

            Row {
                id: words

                x: Theme.margin
                y: Theme.margin
                width: parent.width - 2 * Theme.margin
                spacing: Theme.gapLarge

                Icon {
                    id: mark

                    anchors.verticalCenter: parent.verticalCenter
                    name: "desk"
                    size: Theme.huge
                    color: Theme.primary
                }

                Headline {
                    anchors.verticalCenter: parent.verticalCenter
                    width: parent.width - mark.width - parent.spacing
                    text: root.body.next
                    size: Theme.heading
                }
            }
        }

        Label {
            width: parent?.width ?? 0
            visible: text !== ""
            text: root.body.reference
            color: Theme.muted
            font.pixelSize: Theme.caption
        }
    }
}
