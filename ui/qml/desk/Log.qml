pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The kiosk's log: filters above, a row opens its details, the whole goes out as CSV.
DeskPanel {
    id: root

    readonly property var events: shown.events ?? []
    property int opened: -1
    readonly property real share: Theme.landscape ? 1 : 0
    readonly property var columns: Theme.landscape ? [0.16, 0.28, 0.2, 0.15, 0.21] : [0.27, 0.38, 0.35]

    function filter(changed: var) {
        opened = -1;
        ask("log", Object.assign(current(), changed));
    }

    function current(): var {
        return {
            "span": shown.span ?? "today",
            "kind": shown.kind ?? "",
            "outcome": shown.outcome_filter ?? ""
        };
    }

    Flow {
        id: filters

        width: parent.width
        spacing: Theme.gapSmall

        Repeater {
            model: [
                {
                    "key": "span",
                    "choices": root.shown.spans ?? [],
                    "now": root.shown.span ?? "today"
                },
                {
                    "key": "outcome",
                    "choices": root.shown.outcomes ?? [],
                    "now": root.shown.outcome_filter ?? ""
                },
                {
                    "key": "kind",
                    "choices": root.shown.kinds ?? [],
                    "now": root.shown.kind ?? ""
                }
            ]

            Flickable {
                id: line

                required property var modelData
                required property int index
                readonly property real room: !Theme.landscape || index === 0 ? filters.width : filters.width - (index === 1 ? filters.children[0].width + filters.spacing : foot.width + Theme.gap)

                width: Math.min(room, choices.implicitWidth)
                height: Theme.touch
                contentWidth: choices.implicitWidth
                contentHeight: height
                clip: contentWidth > width
                boundsBehavior: Flickable.StopAtBounds

                Row {
                    id: choices

                    spacing: Theme.gapSmall
                    rightPadding: Theme.gapLarge

                    Repeater {
                        model: line.modelData.choices

                        ChoiceButton {
                            required property var modelData

                            objectName: line.modelData.key + ":" + modelData.id
                            width: implicitWidth
                            height: Theme.touch
                            text: modelData.text
                            picked: modelData.id === line.modelData.now
                            onTapped: root.filter({
                                [line.modelData.key]: modelData.id
                            })
                        }
                    }
                }
            }
        }
    }

    Row {
        id: heads

        y: filters.height + Theme.gap
        x: Theme.gap
        width: parent.width - 2 * Theme.gap

        Repeater {
            model: Theme.landscape ? ["time", "event", "outcome", "kiosk", "who"] : ["time", "event", "outcome"]

            Label {
                required property int index
                required property string modelData

                width: heads.width * root.columns[index]
                text: root.words[modelData] ?? ""
                color: Theme.muted
                font.pixelSize: Theme.caption
                font.bold: true
            }
        }
    }

    ListView {
        id: table

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

            width: ListView.view.width - 2 * Theme.u
            height: Math.max(Theme.touch, inside.implicitHeight + 2 * Theme.gapSmall)
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
                        model: row.wide ? [row.event.kiosk, row.event.who] : []

                        Label {
                            required property int index
                            required property string modelData

                            anchors.verticalCenter: parent?.verticalCenter
                            width: inside.width * root.columns[3 + index]
                            text: modelData
                            color: Theme.muted
                            font.pixelSize: Theme.caption
                            wrapMode: Text.WrapAtWordBoundaryOrAnywhere
                        }
                    }
                }

                Label {
                    width: parent.width
                    objectName: "details"
                    text: ["№ " + row.event.number, row.wide ? "" : row.event.kiosk, row.wide ? "" : row.event.who, row.event.details].filter(part => part).join(" · ")
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
        visible: table.contentHeight > table.height
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
        width: Theme.landscape ? exporter.width + 26 * Theme.u * Theme.scale : root.width
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
}
