pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Find a patient; see who has called for help.
DeskPanel {
    id: root

    readonly property var found: shown.found ?? []
    readonly property var calls: shown.calls ?? []
    property bool keys: false

    function search() {
        keys = false;
        ask("search", {
            "query": query.text
        });
    }

    Row {
        id: bar

        width: parent.width
        spacing: Theme.gap

        Field {
            id: query

            objectName: "staff-query"
            width: parent.width - toggle.width - go.width - 2 * parent.spacing
            height: go.height
            placeholder: root.words["search-sub"]
            text: root.shown.query ?? ""
            onAccepted: root.search()
        }

        QuietButton {
            id: toggle

            objectName: "keypad"
            width: Theme.touch * 1.2
            height: go.height
            icon: root.keys ? "down" : "keypad"
            Accessible.name: root.words["search-sub"]
            onTapped: root.keys = !root.keys
        }

        QuietButton {
            id: go

            objectName: "staff-do:search"
            width: implicitWidth
            height: implicitHeight
            strong: true
            icon: "search"
            label: root.words.search
            enabled: !root.body.busy
            onTapped: root.search()
        }
    }

    Keypad {
        id: pad

        y: bar.height + Theme.gap
        visible: root.keys
        width: Theme.landscape ? root.width / 2 : root.width
        height: 60 * Theme.u
        keys: "number"
        deleteText: root.common["delete"] ?? ""
        onPressed: key => query.type(key)
        onErased: query.erase()
    }

    ScrollArea {
        y: bar.height + Theme.gapLarge
        visible: !root.keys
        width: parent.width
        height: parent.height - y
        common: root.common

        Label {
            visible: root.calls.length > 0
            topPadding: Theme.gap
            text: root.words["help-calls"]
            font.bold: true
        }

        Repeater {
            model: root.calls.length

            DeskRow {
                id: call

                required property int index
                readonly property var item: root.calls[index] ?? ({})

                width: parent?.width ?? 0
                height: implicitHeight
                tappable: true
                title: item.code ?? ""
                detail: [item.when, item.kiosk, item.where, item.claimed].filter(part => part).join(" · ")

                QuietButton {
                    objectName: "staff-do:claim-help:" + (call.item.code ?? "")
                    visible: !!call.item.waiting
                    width: implicitWidth
                    height: implicitHeight
                    strong: true
                    label: root.words.claim
                    onTapped: root.ask("claim-help", {
                        "code": call.item.code
                    })
                }

                QuietButton {
                    objectName: "staff-do:answer-help:" + (call.item.code ?? "")
                    width: implicitWidth
                    height: implicitHeight
                    icon: "check"
                    label: root.words.done
                    onTapped: root.ask("answer-help", {
                        "code": call.item.code
                    })
                }
            }
        }

        Repeater {
            model: root.found.length

            DeskRow {
                required property int index
                readonly property var exam: root.found[index] ?? ({})

                objectName: "staff-do:select:" + (exam.id ?? "")
                width: parent?.width ?? 0
                height: implicitHeight
                title: (exam.name ?? "") + " · " + (exam.exam ?? "")
                detail: [exam.patient, exam.accession, exam.when].filter(part => part).join(" · ")
                chip: exam.state ?? ""
                tone: exam.tone ?? "muted"
                onTapped: root.ask("select", {
                    "study": exam.id
                })
            }
        }
    }
}
