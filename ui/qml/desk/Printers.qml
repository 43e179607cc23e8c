pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The printers, and the prints that somebody must look at.
DeskPanel {
    id: root

    readonly property var printers: shown.printers ?? []
    readonly property var open: shown.open ?? []
    readonly property var settled: shown.settled ?? []
    property var ticked: ({})
    property var pending: null

    function isTicked(serial: string, sheet: var): bool {
        return !!sheet.printed || (!!sheet.asked && (ticked[serial] ?? []).includes(sheet.number));
    }

    function tick(serial: string, numbers: var) {
        ticked = Object.assign({}, ticked, {
            [serial]: numbers
        });
    }

    function toggle(serial: string, number: int) {
        const now = ticked[serial] ?? [];
        tick(serial, now.includes(number) ? now.filter(one => one !== number) : now.concat(number));
    }

    function names(item: var, there: bool): string {
        return item.sheets.filter(sheet => sheet.asked && isTicked(item.serial, sheet) === there).map(sheet => sheet.name).join(words.comma ?? "");
    }

    function settle(item: var) {
        pending = null;
        ask("settle", {
            "serial": item.serial,
            "printed": item.sheets.filter(sheet => isTicked(item.serial, sheet)).map(sheet => sheet.number)
        });
        tick(item.serial, []);
    }

    ScrollArea {
        anchors.fill: parent
        visible: root.pending === null
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
                                border.width: Theme.edged ? Theme.hairline : 0
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
                readonly property var sheets: item.sheets ?? []

                width: parent?.width ?? 0
                height: part.implicitHeight + 2 * Theme.gap

                Column {
                    id: part

                    readonly property string serial: sheet.item.serial ?? ""

                    x: Theme.gapLarge
                    y: Theme.gap
                    width: parent.width - 2 * Theme.gapLarge
                    spacing: Theme.gap

                    Label {
                        width: parent.width
                        text: [sheet.item.serial, sheet.item.what].filter(part => part).join(" · ")
                        font.bold: true
                        wrapMode: Text.WrapAtWordBoundaryOrAnywhere
                    }

                    Label {
                        width: parent.width
                        text: [sheet.item.whom, sheet.item.when, sheet.item.kiosk].filter(part => part).join(" · ")
                        color: Theme.muted
                        font.pixelSize: Theme.caption
                    }

                    Label {
                        width: parent.width
                        text: root.words["check-hint"] ?? ""
                        font.pixelSize: Theme.caption
                    }

                    Flow {
                        width: parent.width
                        spacing: Theme.gap

                        Repeater {
                            model: sheet.sheets

                            DrawnSheet {
                                required property var modelData

                                objectName: "sheet:" + serial + ":" + modelData.number
                                width: implicitWidth
                                height: implicitHeight
                                sheet: modelData
                                serial: part.serial
                                picked: root.isTicked(serial, modelData)
                                onTapped: root.toggle(serial, modelData.number)
                            }
                        }
                    }

                    Row {
                        id: steps

                        width: parent.width
                        spacing: Theme.gap

                        QuietButton {
                            objectName: "tick-all:" + part.serial
                            width: (steps.width - steps.spacing) / 2
                            height: implicitHeight
                            icon: "check"
                            label: root.words["tick-all"] ?? ""
                            enabled: !root.body.busy
                            onTapped: root.tick(part.serial, sheet.sheets.map(one => one.number))
                        }

                        QuietButton {
                            objectName: "settle:" + part.serial
                            width: (steps.width - steps.spacing) / 2
                            height: implicitHeight
                            strong: true
                            label: root.words["settle-next"] ?? ""
                            enabled: !root.body.busy
                            onTapped: root.pending = sheet.item
                        }
                    }
                }
            }
        }

        Label {
            topPadding: Theme.gap
            visible: root.settled.length > 0
            text: root.words["settled-heading"] ?? ""
            font.bold: true
        }

        Repeater {
            model: root.settled.length

            DeskRow {
                id: past

                required property int index
                readonly property var item: root.settled[index] ?? ({})

                width: parent?.width ?? 0
                height: implicitHeight
                tappable: true
                title: [item.serial, item.what].filter(part => part).join(" · ")
                detail: item.who ?? ""
                more: item.said ?? ""

                QuietButton {
                    objectName: "undo:" + (past.item.serial ?? "")
                    width: implicitWidth
                    height: implicitHeight
                    icon: "refresh"
                    label: root.words.undo ?? ""
                    enabled: !root.body.busy
                    onTapped: root.ask("unsettle", {
                        "serial": past.item.serial
                    })
                }
            }
        }
    }

    Card {
        objectName: "settle-sheet"
        visible: root.pending !== null
        width: parent.width
        height: question.implicitHeight + 2 * Theme.gapLarge
        edge: Theme.primary

        Column {
            id: question

            readonly property string there: root.pending ? root.names(root.pending, true) : ""
            readonly property string missing: root.pending ? root.names(root.pending, false) : ""

            x: Theme.gapLarge
            y: Theme.gapLarge
            width: parent.width - 2 * Theme.gapLarge
            spacing: Theme.gap

            Label {
                width: parent.width
                text: root.words["settle-title"] ?? ""
                font.pixelSize: Theme.heading
                font.bold: true
            }

            Label {
                width: parent.width
                text: [root.pending?.serial, root.pending?.what, root.pending?.whom].filter(part => part).join(" · ")
                color: Theme.muted
            }

            Label {
                width: parent.width
                visible: question.there !== ""
                text: root.words["will-print"] + root.words.colon + question.there
                font.bold: true
            }

            Label {
                width: parent.width
                visible: question.missing !== ""
                text: root.words["will-miss"] + root.words.colon + question.missing
                font.bold: true
            }

            Label {
                width: parent.width
                text: root.words["settle-note"] ?? ""
                color: Theme.muted
            }

            Row {
                id: decide

                width: parent.width
                spacing: Theme.gap

                QuietButton {
                    objectName: "settle-back"
                    width: (decide.width - decide.spacing) / 2
                    height: implicitHeight
                    label: root.words["settle-back"] ?? ""
                    onTapped: root.pending = null
                }

                QuietButton {
                    objectName: "settle-do"
                    width: (decide.width - decide.spacing) / 2
                    height: implicitHeight
                    strong: true
                    icon: "check"
                    label: root.words["settle-do"] ?? ""
                    enabled: !root.body.busy
                    onTapped: root.settle(root.pending)
                }
            }
        }
    }
}
