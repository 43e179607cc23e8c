pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// One question: a few large answers, or what will happen before anybody agrees to it.
PageFrame {
    id: root

    headlineSize: Theme.displayDense
    leadShare: 0.4
    passive: root.body.options.length === 0
    leadHeight: -Theme.gapLarge

    lead: PhoneDrawing {
        visible: root.wide && root.body.lines.length > 0 && !Theme.tight
        width: Math.min(26 * Theme.u, (parent?.height ?? 0) * 0.5)
        height: implicitHeight
        message: true
    }

    work: ScrollArea {
        anchors.fill: parent
        common: root.common

        Grid {
            id: grid

            readonly property real cell: (width - spacing * (columns - 1)) / columns

            width: parent?.width ?? 0
            columns: 2
            spacing: Theme.gap

            Repeater {
                id: each

                readonly property real tallest: {
                    let most = (Theme.landscape || Theme.lowReach || Theme.large ? 14 : 24) * Theme.u;
                    for (let i = 0; i < count; i++)
                        most = Math.max(most, itemAt(i)?.implicitHeight ?? 0);
                    return most;
                }

                model: root.body.options.length

                Tap {
                    id: option

                    required property int index
                    readonly property var item: root.body.options[index] ?? ({})
                    implicitHeight: word.implicitHeight + picture.height + 3 * Theme.gap

                    objectName: (item.id ?? "") + ":" + (item.value ?? "")
                    width: grid.cell
                    height: each.tallest
                    label: item.text ?? ""
                    onTapped: root.act(item.id, item.value)

                    Card {
                        anchors.fill: parent
                        color: option.down ? Theme.primaryTint : Theme.surface
                        edge: Theme.outline
                    }

                    Icon {
                        id: picture

                        anchors.horizontalCenter: parent.horizontalCenter
                        y: (parent.height - height - Theme.gap - word.implicitHeight) / 2
                        name: option.item.icon ?? ""
                        size: Theme.display
                        color: Theme.primary
                    }

                    Headline {
                        id: word

                        anchors.top: picture.bottom
                        anchors.topMargin: Theme.gap
                        x: Theme.gapSmall
                        width: parent.width - 2 * x
                        align: Text.AlignHCenter
                        size: Theme.heading
                        text: option.item.text ?? ""
                    }
                }
            }
        }

        Item {
            width: parent?.width ?? 0
            height: visible ? told.height : 0
            visible: root.body.lines.length > 0 && !Theme.landscape && !Theme.large

            PhoneDrawing {
                id: told

                anchors.horizontalCenter: parent.horizontalCenter
                width: 30 * Theme.u
                height: implicitHeight
                message: true
            }
        }

        Repeater {
            model: root.body.lines.length

            Notice {
                required property int index
                readonly property var line: root.body.lines[index] ?? ({})

                width: parent?.width ?? 0
                height: implicitHeight
                text: line.text ?? ""
                icon: line.icon ?? ""
                tone: "primary"
            }
        }
    }
}
