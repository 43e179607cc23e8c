pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// For a worried person: what happened, what was printed, what to do now; the number for staff is small.
PageFrame {
    id: root

    leadShare: 0.44
    leadHeight: 0

    work: ScrollArea {
        anchors.fill: parent
        common: root.common
        spacing: Theme.gapLarge

        Notice {
            width: parent?.width ?? 0
            height: implicitHeight
            visible: root.body.happened !== root.view.headline
            text: root.body.happened
            icon: "warning"
            bold: true
        }

        Card {
            width: parent?.width ?? 0
            height: words.implicitHeight + 2 * Theme.margin

            Column {
                id: words

                x: Theme.margin
                y: Theme.margin
                width: parent.width - 2 * Theme.margin
                spacing: Theme.gapLarge

                Row {
                    width: parent.width
                    spacing: Theme.gapLarge

                    Icon {
                        id: mark

                        name: "desk"
                        size: Theme.huge
                        color: Theme.primary
                    }

                    Label {
                        width: parent.width - mark.width - parent.spacing
                        text: root.body.next
                        font.pixelSize: Theme.heading
                        font.bold: true
                    }
                }

                Rectangle {
                    visible: root.body.printed !== ""
                    width: parent.width
                    height: Theme.hairline
                    color: Theme.line
                }

                Row {
                    visible: root.body.printed !== ""
                    width: parent.width
                    spacing: Theme.gap

                    Icon {
                        id: sheet

                        anchors.verticalCenter: parent.verticalCenter
                        name: "printed"
                        color: Theme.muted
                    }

                    Label {
                        width: parent.width - sheet.width - parent.spacing
                        text: root.body.printed
                        color: Theme.muted
                    }
                }
            }
        }

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

        Label {
            width: parent?.width ?? 0
            visible: text !== ""
            text: root.body.reference
            color: Theme.muted
            font.pixelSize: Theme.caption
        }
    }
}
