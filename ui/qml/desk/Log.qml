pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The kiosk's log: filters above, a row opens its details, the whole goes out as CSV.
DeskPanel {
    id: root

    readonly property var events: shown.events ?? []
    property int opened: -1
    property string choosing
    readonly property var columns: Theme.landscape ? [0.15, 0.21, 0.16, 0.11, 0.37] : [0.27, 0.38, 0.35]
    readonly property var choices: [
        {
            "key": "span",
            "choices": shown.spans ?? [],
            "now": shown.span ?? "today"
        },
        {
            "key": "outcome",
            "choices": shown.outcomes ?? [],
            "now": shown.outcome_filter ?? ""
        },
        {
            "key": "kind",
            "choices": shown.kinds ?? [],
            "now": shown.kind ?? ""
        }
    ]

    function filter(changed: var) {
        opened = -1;
        choosing = "";
        ask("log", Object.assign(current(), changed));
    }

    function current(): var {
        return {
            "span": shown.span ?? "today",
            "kind": shown.kind ?? "",
            "outcome": shown.outcome_filter ?? ""
        };
    }

    Row {
        id: filters

        readonly property var shares: Theme.landscape ? [0.13, 0.19, 0.28] : [0.22, 0.34, 0.44]
        readonly property real room: width - (shares.length - (Theme.landscape ? 0 : 1)) * spacing
        readonly property real tallest: {
            let most = Theme.touch;
            for (let i = 0; i < boxes.count; i++)
                most = Math.max(most, boxes.itemAt(i)?.implicitHeight ?? 0);
            return most;
        }

        width: parent.width
        spacing: Theme.gapSmall

        Repeater {
            id: boxes

            model: root.choices

            QuietButton {
                required property int index
                required property var modelData
                readonly property string now: modelData.choices.find(one => one.id === modelData.now)?.text ?? ""

                objectName: "filter:" + modelData.key
                width: filters.room * filters.shares[index]
                height: filters.tallest
                size: Theme.caption
                strong: root.choosing === modelData.key
                icon: Theme.landscape ? (strong ? "up" : "down") : ""
                label: modelData.key === "span" ? now : root.words["filter-" + modelData.key] + (root.words.colon ?? "") + now
                onTapped: root.choosing = strong ? "" : modelData.key
            }
        }
    }

    Row {
        id: heads

        visible: root.choosing === ""
        y: filters.height + Theme.gap
        x: Theme.gap
        width: parent.width - 2 * Theme.gap

        Repeater {
            model: Theme.landscape ? ["time", "event", "outcome", "who", "details"] : ["time", "event", "outcome"]

            Label {
                required property int index
                required property string modelData

                width: (heads.width - 2 * Theme.u) * root.columns[index]
                text: root.words[modelData] ?? ""
                color: Theme.muted
                font.pixelSize: Theme.caption
                font.bold: true
            }
        }
    }

    ListView {
        id: table

        visible: root.choosing === ""
        y: heads.y + heads.height + Theme.gapSmall
        width: parent.width
        height: (Theme.landscape ? root.height : foot.y - Theme.gap) - y
        clip: true
        cacheBuffer: 0
        spacing: Theme.gapSmall
        boundsBehavior: Flickable.StopAtBounds
        model: root.events.length

        delegate: Tap {
            id: row

            required property int index
            readonly property var event: root.events[index] ?? ({})
            readonly property bool wide: Theme.landscape
            readonly property bool open: root.opened === index

            objectName: "log-row"
            width: ListView.view.width - 2 * Theme.u
            height: Math.max(6 * Theme.u, inside.implicitHeight + (wide ? 1 : 2) * Theme.gapSmall)
            label: event.event ?? ""
            onTapped: root.opened = root.opened === index ? -1 : index

            Rectangle {
                anchors.fill: parent
                radius: Theme.radius / 2
                color: row.down ? Theme.primaryTint : Theme.surface
                border.width: Theme.hairline
                border.color: row.open ? Theme.primary : Theme.line
            }

            Column {
                id: inside

                x: Theme.gap
                width: heads.width - 2 * Theme.u
                anchors.verticalCenter: parent.verticalCenter

                Row {
                    width: parent.width

                    Repeater {
                        model: [row.event.when, row.event.event]

                        Label {
                            required property int index
                            required property string modelData

                            anchors.verticalCenter: parent?.verticalCenter
                            width: inside.width * root.columns[index]
                            rightPadding: Theme.gapSmall
                            text: modelData
                            font.pixelSize: Theme.caption
                            font.bold: index === 1
                        }
                    }

                    Item {
                        width: inside.width * root.columns[2]
                        height: outcome.implicitHeight
                        anchors.verticalCenter: parent.verticalCenter

                        Chip {
                            id: outcome

                            text: row.event.outcome_text ?? ""
                            tone: row.event.tone ?? "muted"
                            icon: ({
                                    "success": "check",
                                    "warning": "warning",
                                    "danger": "warning"
                                })[tone] ?? "dots"
                        }
                    }

                    Repeater {
                        model: row.wide ? [row.event.who, row.event.details] : []

                        Label {
                            required property int index
                            required property string modelData

                            objectName: "details"
                            anchors.verticalCenter: parent?.verticalCenter
                            width: inside.width * root.columns[3 + index]
                            rightPadding: index === 0 ? Theme.gapSmall : 0
                            text: modelData
                            color: Theme.muted
                            font.pixelSize: Theme.caption
                            wrapMode: row.open ? Text.WrapAtWordBoundaryOrAnywhere : Text.NoWrap
                            elide: row.open ? Text.ElideNone : Text.ElideRight
                        }
                    }
                }

                Label {
                    readonly property var parts: row.wide ? ["№ " + row.event.number, row.event.kiosk] : ["№ " + row.event.number, row.event.kiosk, row.event.who, row.event.details]

                    width: parent.width
                    visible: !row.wide || row.open
                    objectName: "details"
                    text: parts.filter(part => part).join(" · ")
                    color: Theme.muted
                    font.pixelSize: Theme.caption
                    wrapMode: row.open ? Text.WrapAtWordBoundaryOrAnywhere : Text.NoWrap
                    elide: row.open ? Text.ElideNone : Text.ElideRight
                }
            }
        }
    }

    Rectangle {
        anchors.right: parent.right
        visible: table.visible && table.contentHeight > table.height
        y: table.y + (table.height - height) * (table.contentY - table.originY) / Math.max(1, table.contentHeight - table.height)
        width: Theme.u
        height: Math.max(4 * Theme.u, table.height * table.height / Math.max(1, table.contentHeight))
        radius: width / 2
        color: Theme.outline
    }

    Item {
        id: foot

        x: root.width - width
        y: Theme.landscape ? filters.height - height : root.height - height
        width: Theme.landscape ? filters.width * 0.39 : root.width
        height: Math.max(exporter.height, said.implicitHeight)

        Label {
            id: said

            width: parent.width - exporter.width - Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            horizontalAlignment: Theme.landscape ? Text.AlignRight : Text.AlignLeft
            text: root.shown.exported || root.shown.count || ""
            color: root.shown.exported ? Theme.success : Theme.muted
            font.pixelSize: Theme.caption
            wrapMode: Text.WrapAtWordBoundaryOrAnywhere
        }

        QuietButton {
            id: exporter

            objectName: "staff-do:export"
            anchors.right: parent.right
            width: implicitWidth
            height: implicitHeight
            strong: true
            icon: "download"
            label: root.words["export"]
            enabled: !root.body.busy
            onTapped: root.ask("export", root.current())
        }
    }

    // What may be chosen of a filter, in the table's place while it is open.
    Loader {
        y: filters.height + Theme.gapSmall
        z: 2
        width: parent.width
        height: (Theme.landscape ? root.height : foot.y - Theme.gap) - y
        active: root.choosing !== ""

        sourceComponent: Item {
            id: sheet

            readonly property var filter: root.choices.find(one => one.key === root.choosing)

            MouseArea {
                anchors.fill: parent
                onClicked: root.choosing = ""
            }

            Card {
                width: parent.width
                height: Math.min(parent.height, 2 * Theme.gap + flow.implicitHeight + Theme.gapSmall)
                edge: Theme.primary

                ScrollArea {
                    anchors.fill: parent
                    anchors.margins: Theme.gap
                    common: root.common

                    Flow {
                        id: flow

                        width: parent?.width ?? 0
                        spacing: Theme.gapSmall

                        Repeater {
                            model: sheet.filter?.choices ?? []

                            ChoiceButton {
                                required property var modelData

                                objectName: root.choosing + ":" + modelData.id
                                width: implicitWidth
                                height: Theme.touch
                                text: modelData.text
                                picked: modelData.id === sheet.filter?.now
                                onTapped: root.filter({
                                    [root.choosing]: modelData.id
                                })
                            }
                        }
                    }
                }
            }
        }
    }
}
