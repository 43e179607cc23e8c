pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The printers, and the prints that somebody must look at.
DeskPanel {
    id: root

    readonly property var printers: shown.printers ?? []
    readonly property var open: shown.open ?? []

    ScrollArea {
        anchors.fill: parent
        common: root.common

        Repeater {
            model: root.printers.length

            Card {
                id: card

                required property int index
                readonly property var printer: root.printers[index] ?? ({})
                readonly property var supplies: printer.supplies ?? []

                width: parent?.width ?? 0
                height: inside.implicitHeight + 2 * Theme.gap

                Column {
                    id: inside

                    x: Theme.gapLarge
                    y: Theme.gap
                    width: parent.width - 2 * Theme.gapLarge
                    spacing: Theme.gapSmall

                    Item {
                        width: parent.width
                        height: Math.max(name.implicitHeight, chip.implicitHeight)

                        Label {
                            id: name

                            width: parent.width - chip.width - Theme.gap
                            text: card.printer.kind + " · " + card.printer.name
                            font.bold: true
                            wrapMode: Text.WrapAtWordBoundaryOrAnywhere
                        }

                        Chip {
                            id: chip

                            anchors.right: parent.right
                            text: card.printer.status ?? ""
                            tone: card.printer.tone ?? "muted"
                        }
                    }

                    Label {
                        width: parent.width
                        text: root.words.queue + " " + card.printer.queued + (card.printer.said ? " · " + card.printer.said : "")
                        color: Theme.muted
                        font.pixelSize: Theme.caption
                    }

                    Repeater {
                        model: card.supplies.length

                        Item {
                            id: supply

                            required property int index
                            readonly property var item: card.supplies[index] ?? ({})

                            width: inside.width
                            height: label.implicitHeight

                            Label {
                                id: label

                                width: 34 * Theme.u
                                text: supply.item.name ?? ""
                                font.pixelSize: Theme.caption
                            }

                            Rectangle {
                                x: label.width + Theme.gap
                                width: parent.width - x - percent.width - Theme.gap
                                height: 1.6 * Theme.u
                                anchors.verticalCenter: parent.verticalCenter
                                radius: height / 2
                                color: Theme.mutedTint
                                border.width: Theme.contrast ? Theme.hairline : 0
                                border.color: Theme.line

                                Rectangle {
                                    width: parent.width * (supply.item.full ?? 0)
                                    height: parent.height
                                    radius: height / 2
                                    color: Theme.tone(supply.item.tone ?? "muted")
                                }
                            }

                            Label {
                                id: percent

                                anchors.right: parent.right
                                width: 9 * Theme.u * Theme.scale
                                horizontalAlignment: Text.AlignRight
                                text: supply.item.percent ?? ""
                                font.pixelSize: Theme.caption
                            }
                        }
                    }
                }
            }
        }

        Label {
            topPadding: Theme.gap
            text: root.words[root.open.length > 0 ? "open-sheets" : "no-open-sheets"]
            font.bold: root.open.length > 0
            color: root.open.length > 0 ? Theme.warning : Theme.muted
        }

        Repeater {
            model: root.open.length

            Card {
                id: sheet

                required property int index
                readonly property var item: root.open[index] ?? ({})

                width: parent?.width ?? 0
                height: part.implicitHeight + 2 * Theme.gap

                Column {
                    id: part

                    x: Theme.gapLarge
                    y: Theme.gap
                    width: parent.width - 2 * Theme.gapLarge
                    spacing: Theme.gap

                    Label {
                        width: parent.width
                        text: [sheet.item.serial, sheet.item.kind, sheet.item.sheets].filter(part => part).join(" · ")
                        font.bold: true
                        wrapMode: Text.WrapAtWordBoundaryOrAnywhere
                    }

                    Label {
                        width: parent.width
                        text: [sheet.item.when, sheet.item.kiosk].filter(part => part).join(" · ")
                        color: Theme.muted
                        font.pixelSize: Theme.caption
                    }

                    Row {
                        id: settle

                        width: parent.width
                        spacing: Theme.gap

                        Repeater {
                            model: [["all", "settle-printed", "check"], ["none", "settle-missing", "close"]]

                            QuietButton {
                                required property var modelData

                                objectName: "settle:" + modelData[0] + ":" + (sheet.item.serial ?? "")
                                width: (settle.width - settle.spacing) / 2
                                height: implicitHeight
                                icon: modelData[2]
                                label: root.words[modelData[1]] ?? ""
                                enabled: !root.body.busy
                                onTapped: root.ask("settle", {
                                    "serial": sheet.item.serial,
                                    "printed": modelData[0]
                                })
                            }
                        }
                    }
                }
            }
        }
    }
}
