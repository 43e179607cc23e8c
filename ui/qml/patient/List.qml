pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// What can be collected: ready exams are already ticked.
PageFrame {
    id: root

    passive: !!body.simple
    headlineSize: Theme.displayDense
    leadShare: 0.4
    leadHeight: notice.visible ? notice.implicitHeight : -Theme.gapLarge

    lead: Notice {
        id: notice

        width: parent.width
        text: root.body.notice ?? ""
        icon: "warning"
    }

    work: [
        ScrollArea {
            anchors.fill: parent
            common: root.common

            Repeater {
                model: root.body.cards.length

                ExamCard {
                    required property int index

                    width: parent?.width ?? 0
                    height: implicitHeight
                    exam: root.body.cards[index] ?? ({})
                    previewText: root.body.preview ?? ""
                    plain: !!root.body.simple
                    onAct: (id, value) => root.act(id, value)
                }
            }
        },
        Column {
            visible: root.body.loading
            width: parent.width
            spacing: Theme.gap

            Repeater {
                model: 3

                Card {
                    id: ghost

                    width: parent?.width ?? 0
                    height: 20 * Theme.u

                    Repeater {
                        model: [40, 26, 32]

                        Rectangle {
                            required property int index
                            required property int modelData

                            x: Theme.start(14 * Theme.u, width, ghost.width)
                            y: (4 + index * 4.6) * Theme.u
                            width: Math.min(modelData * Theme.u, ghost.width - 14 * Theme.u - Theme.gap)
                            height: 2 * Theme.u
                            radius: height / 2
                            color: Theme.mutedTint
                        }
                    }
                }
            }
        }
    ]
}
