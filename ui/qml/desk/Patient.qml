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

    function plan(action: string, exam: var, title: string, willDo: string, kind: string) {
        pending = {
            "action": action,
            "study": exam.id,
            "title": title,
            "willDo": willDo,
            "kind": kind
        };
    }

    function carryOut(reason: string) {
        const order = pending;
        pending = null;
        ask(order.action, {
            "study": order.study,
            "reason": reason,
            "kind": order.kind
        });
    }

    Card {
        id: who

        width: parent.width
        height: Math.max(facts.implicitHeight, unlock.visible ? unlock.height : 0) + 2 * Theme.gap

        Column {
            id: facts

            x: Theme.gapLarge
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - 2 * Theme.gapLarge - (unlock.visible ? unlock.width + Theme.gap : 0)

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

        QuietButton {
            id: unlock

            objectName: "unlock"
            visible: !!root.patient.locked && root.exams.length > 0
            anchors.right: parent.right
            anchors.rightMargin: Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            width: implicitWidth
            height: implicitHeight
            icon: "lock"
            label: root.words.unlock
            onTapped: root.plan("unlock", root.exams[0], root.words.unlock, "", "")
        }
    }

    ScrollArea {
        y: who.height + Theme.gapLarge
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
                            model: [
                                {
                                    "action": "print",
                                    "kind": "report",
                                    "icon": "print",
                                    "able": card.exam.due > 0
                                },
                                {
                                    "action": "print",
                                    "kind": "film",
                                    "icon": "film",
                                    "able": card.exam.images > 0
                                },
                                {
                                    "action": card.exam.held ? "release" : "hold",
                                    "kind": "",
                                    "icon": card.exam.held ? "check" : "hold",
                                    "able": true
                                }
                            ]

                            QuietButton {
                                id: button

                                required property var modelData
                                readonly property string word: modelData.kind ? "print-" + modelData.kind : modelData.action

                                objectName: word + ":" + (card.exam.id ?? "")
                                width: implicitWidth
                                height: implicitHeight
                                size: Theme.caption
                                icon: modelData.icon
                                label: root.words[word] ?? ""
                                enabled: modelData.able && !root.body.busy
                                onTapped: root.plan(modelData.action, card.exam, label, modelData.kind === "film" ? card.exam.film_will_do : modelData.kind === "report" ? card.exam.will_do : "", modelData.kind)
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
                text: root.pending?.title ?? ""
                font.pixelSize: Theme.heading
                font.bold: true
            }

            Label {
                width: parent.width
                visible: text !== ""
                text: root.pending?.willDo ?? ""
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
