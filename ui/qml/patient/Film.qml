pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Film on demand: which exam, what for; the cheaper thing is said first.
PageFrame {
    id: root

    headlineSize: Theme.displayDense
    leadShare: Theme.tight ? 0.41 : 0.32
    leadHeight: -Theme.gapLarge
    readonly property string advice: [body.cheaper || body.policy, body.price].filter(words => words !== "").join(" · ")
    readonly property bool able: body.reasons.length > 0

    lead: Notice {
        visible: root.wide
        width: parent.width
        height: implicitHeight
        text: root.wide ? root.advice : ""
        icon: root.body.cheaper ? "phone" : "info"
        tone: root.body.cheaper ? "success" : "primary"
    }

    Component {
        id: exams

        Exams {}
    }

    work: ScrollArea {
        anchors.fill: parent
        common: root.common

        Loader {
            width: parent?.width ?? 0
            sourceComponent: exams
        }

        Label {
            width: parent?.width ?? 0
            visible: root.able
            text: root.body.why
            font.bold: true
        }

        Grid {
            id: grid

            readonly property real cell: (width - spacing * (columns - 1)) / columns

            width: parent?.width ?? 0
            columns: root.wide && !Theme.large ? 3 : 2
            spacing: Theme.gap

            Repeater {
                id: each

                readonly property real tallest: {
                    let most = 10 * Theme.u;
                    for (let i = 0; i < count; i++)
                        most = Math.max(most, itemAt(i)?.implicitHeight ?? 0);
                    return most;
                }

                model: root.body.reasons.length

                Tap {
                    id: reason

                    required property int index
                    readonly property var item: root.body.reasons[index] ?? ({})
                    implicitHeight: word.implicitHeight + Theme.gap

                    objectName: "choose-reason:" + (item.id ?? "")
                    width: grid.cell
                    height: each.tallest
                    picked: !!item.picked
                    checkable: true
                    label: item.text ?? ""
                    onTapped: root.act("choose-reason", item.id)

                    Card {
                        anchors.fill: parent
                        color: reason.picked ? Theme.primary : reason.down ? Theme.primaryTint : Theme.surface
                        edge: reason.picked ? Theme.primary : Theme.outline
                    }

                    Icon {
                        id: picture

                        anchors.left: parent.left
                        anchors.leftMargin: Theme.gap
                        anchors.verticalCenter: parent.verticalCenter
                        name: reason.item.icon ?? ""
                        size: Theme.title
                        color: reason.picked ? Theme.primaryInk : Theme.primary
                    }

                    Headline {
                        id: word

                        size: Theme.body

                        anchors.left: picture.right
                        anchors.leftMargin: Theme.gap
                        anchors.right: parent.right
                        anchors.rightMargin: Theme.gapSmall
                        anchors.verticalCenter: parent.verticalCenter
                        text: reason.item.text ?? ""
                        color: reason.picked ? Theme.primaryInk : Theme.ink
                    }
                }
            }
        }
    }

    below: Notice {
        width: parent.width
        height: implicitHeight
        text: root.wide ? "" : root.advice
        icon: root.body.cheaper ? "phone" : "info"
        tone: root.body.cheaper ? "success" : "primary"
    }

    component Exams: Column {
        id: choice

        visible: root.body.exams.length > 0
        spacing: Theme.gap

        Label {
            width: parent.width
            text: root.body.which
            font.bold: true
        }

        Grid {
            id: chips

            columns: across

            readonly property int across: Math.min(root.body.exams.length, 2)

            width: parent.width
            spacing: Theme.gap

            Repeater {
                model: root.body.exams.length

                Tap {
                    id: pick

                    required property int index
                    readonly property var exam: root.body.exams[index] ?? ({})

                    objectName: "pick-film:" + (exam.id ?? "")
                    width: (chips.width - chips.spacing * (chips.across - 1)) / chips.across
                    height: Math.max(Theme.touch, text.implicitHeight + Theme.gap)
                    checkable: true
                    picked: !!exam.picked
                    label: exam.title ?? ""
                    onTapped: root.act("pick-film", exam.id)

                    Card {
                        anchors.fill: parent
                        edge: pick.picked ? Theme.primary : Theme.outline
                        edgeWidth: pick.picked ? Theme.stroke : Theme.hairline
                    }

                    Tick {
                        id: tick

                        anchors.left: parent.left
                        anchors.leftMargin: Theme.gap
                        anchors.verticalCenter: parent.verticalCenter
                        picked: pick.picked
                    }

                    Column {
                        id: text

                        anchors.left: tick.right
                        anchors.leftMargin: Theme.gap
                        anchors.right: parent.right
                        anchors.rightMargin: Theme.gapSmall
                        anchors.verticalCenter: parent.verticalCenter

                        Headline {
                            width: parent.width
                            text: pick.exam.title ?? ""
                            size: Theme.body
                        }

                        Label {
                            width: parent.width
                            text: pick.exam.when ?? ""
                            color: Theme.muted
                            font.pixelSize: Theme.caption
                        }
                    }
                }
            }
        }
    }
}
