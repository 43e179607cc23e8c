pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// One patient's exams; every override asks a reason and says what it will do.
DeskPanel {
    id: root

    readonly property var patient: shown.patient ?? ({})
    readonly property var exams: shown.exams ?? []
    property var pending: null

    function carryOut(reason: string) {
        const order = pending;
        pending = null;
        ask(order.action, Object.assign({
            "reason": reason
        }, order.params));
    }

    Card {
        id: who

        width: parent.width
        height: Math.max(facts.implicitHeight, acts.height) + 2 * Theme.gap

        Column {
            id: facts

            x: Theme.gapLarge
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - 2 * Theme.gapLarge - acts.width - Theme.gap

            Label {
                width: parent.width
                text: root.patient.name ?? ""
                font.pixelSize: Theme.heading
                font.bold: true
            }

            Label {
                width: parent.width
                text: [root.patient.number, root.patient.masked_id, root.patient.birth].filter(part => part).join(" · ")
                color: Theme.muted
                font.pixelSize: Theme.caption
            }
        }

        Row {
            id: acts

            anchors.right: parent.right
            anchors.rightMargin: Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.gap

            Repeater {
                model: root.patient.acts ?? []

                QuietButton {
                    required property var modelData

                    objectName: modelData.id
                    width: implicitWidth
                    height: implicitHeight
                    icon: modelData.icon
                    label: modelData.text
                    enabled: modelData.able && !root.body.busy
                    onTapped: root.pending = modelData
                }
            }
        }
    }

    Column {
        id: receipt

        y: who.height + Theme.gap
        width: parent.width
        spacing: Theme.gapSmall

        Repeater {
            model: root.shown.receipt ?? []

            Notice {
                required property var modelData

                objectName: "came-out"
                width: receipt.width
                height: implicitHeight
                text: [modelData.text, modelData.why].filter(part => part).join(" · ")
                icon: "printed"
                tone: modelData.tone
            }
        }
    }

    ScrollArea {
        y: receipt.y + receipt.height + Theme.gap
        width: parent.width
        height: parent.height - y
        visible: root.pending === null
        common: root.common

        Repeater {
            model: root.exams.length

            Card {
                id: card

                required property int index
                readonly property var exam: root.exams[index] ?? ({})

                width: parent?.width ?? 0
                height: inside.implicitHeight + 2 * Theme.gap

                Column {
                    id: inside

                    x: Theme.gap
                    y: Theme.gap
                    width: parent.width - 2 * Theme.gap
                    spacing: Theme.gap

                    Item {
                        width: parent.width
                        height: Math.max(title.implicitHeight, chip.implicitHeight)

                        Column {
                            id: title

                            width: parent.width - chip.width - Theme.gap

                            Label {
                                width: parent.width
                                text: card.exam.title ?? ""
                                font.bold: true
                            }

                            Label {
                                width: parent.width
                                text: [card.exam.when, card.exam.accession].filter(part => part).join(" · ")
                                color: Theme.muted
                                font.pixelSize: Theme.caption
                            }
                        }

                        Chip {
                            id: chip

                            anchors.right: parent.right
                            text: card.exam.state ?? ""
                            tone: card.exam.tone ?? "muted"
                        }
                    }

                    Flow {
                        width: parent.width
                        spacing: Theme.gap

                        Repeater {
                            model: card.exam.acts ?? []

                            QuietButton {
                                required property var modelData

                                objectName: modelData.id + ":" + (card.exam.id ?? "")
                                width: implicitWidth
                                height: implicitHeight
                                size: Theme.caption
                                icon: modelData.icon
                                label: modelData.text
                                enabled: modelData.able && !root.body.busy
                                onTapped: root.pending = modelData
                            }
                        }
                    }
                }
            }
        }
    }

    Card {
        objectName: "reason-sheet"
        y: who.height + Theme.gapLarge
        visible: root.pending !== null
        width: parent.width
        height: sheet.implicitHeight + 2 * Theme.gapLarge
        edge: Theme.primary

        Column {
            id: sheet

            x: Theme.gapLarge
            y: Theme.gapLarge
            width: parent.width - 2 * Theme.gapLarge
            spacing: Theme.gap

            Label {
                width: parent.width
                text: root.pending?.text ?? ""
                font.pixelSize: Theme.heading
                font.bold: true
            }

            Label {
                width: parent.width
                visible: text !== ""
                text: root.pending?.will_do ?? ""
                color: Theme.muted
            }

            Label {
                width: parent.width
                text: root.words.reason
                font.bold: true
            }

            Grid {
                id: reasons

                width: parent.width
                columns: Theme.landscape ? 4 : 2
                spacing: Theme.gap

                Repeater {
                    model: root.body.reasons

                    QuietButton {
                        required property var modelData

                        objectName: "reason:" + modelData.id
                        width: (reasons.width - reasons.spacing * (reasons.columns - 1)) / reasons.columns
                        height: Math.max(implicitHeight, 10 * Theme.u * Theme.scale)
                        label: modelData.text
                        onTapped: root.carryOut(modelData.id)
                    }
                }
            }

            QuietButton {
                objectName: "reason-cancel"
                width: parent.width
                height: implicitHeight
                icon: "close"
                label: root.common["cancel"] ?? ""
                onTapped: root.pending = null
            }
        }
    }
}
