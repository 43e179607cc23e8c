pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// For a worried person: what happened, what was printed, and, large, what to do now; the number for staff is small.
PageFrame {
    id: root

    readonly property bool called: body.digits !== ""

    // Low reach moves controls only; the number to say stays in sight.
    passive: true
    headlineSize: Theme.displayDense
    leadShare: 0.44
    leadHeight: first.implicitHeight > 0 ? first.implicitHeight : -Theme.gapLarge

    lead: Column {
        id: first

        width: parent.width
        spacing: Theme.gap

        Notice {
            width: parent.width
            height: implicitHeight
            visible: root.body.happened !== root.view.headline
            text: visible ? root.body.happened : ""
            icon: "warning"
            bold: true
        }

        Notice {
            width: parent.width
            height: implicitHeight
            text: root.body.printed
            icon: "printed"
            tone: "muted"
        }
    }

    work: ScrollArea {
        id: area

        anchors.fill: parent
        common: root.common
        spacing: Theme.gapLarge

        Scene {
            id: scene

            readonly property real picture: Math.min(width * 0.42, area.height - small.implicitHeight - area.spacing - words.implicitHeight - 3 * Theme.gapLarge)
            readonly property bool roomy: !root.called && picture > 14 * Theme.u

            width: parent?.width ?? 0
            height: Math.max(all.implicitHeight + 2 * Theme.gapLarge, area.height - 2 * Theme.gapSmall - (small.visible ? small.implicitHeight + area.spacing : 0))

            Column {
                id: all

                x: Theme.margin
                y: (scene.height - height) / 2
                width: parent.width - 2 * Theme.margin
                spacing: Theme.gapLarge

                Rectangle {
                    x: (parent.width - width) / 2
                    visible: scene.roomy
                    width: Math.min(scene.picture, 46 * Theme.u)
                    height: width
                    radius: width / 2
                    color: Theme.surface
                    border.width: Theme.edged ? Theme.hairline : 0
                    border.color: Theme.line

                    Icon {
                        anchors.centerIn: parent
                        name: root.body.icon
                        size: parent.width * 0.5
                        color: Theme.primary
                    }
                }

                Headline {
                    id: words

                    width: parent.width
                    align: Text.AlignHCenter
                    text: root.body.next
                    size: Theme.tight ? Theme.heading : Theme.title
                }

                Card {
                    width: parent.width
                    height: call.implicitHeight + 2 * Theme.gapLarge
                    visible: root.called
                    edge: Theme.primary

                    Column {
                        id: call

                        x: Theme.gap
                        y: Theme.gapLarge
                        width: parent.width - 2 * Theme.gap
                        spacing: Theme.gapSmall

                        Headline {
                            width: parent.width
                            align: Text.AlignHCenter
                            plain: true
                            size: Theme.body
                            visible: text !== ""
                            text: root.body.called
                        }

                        Headline {
                            width: parent.width
                            align: Text.AlignHCenter
                            size: Theme.body
                            text: root.body.code
                        }

                        Label {
                            objectName: "call-code"
                            width: parent.width
                            horizontalAlignment: Text.AlignHCenter
                            text: root.body.digits
                            color: Theme.primary
                            font.pixelSize: (Theme.tight ? 10 : 16) * Theme.u
                            font.bold: true
                            font.letterSpacing: Theme.u
                            lineHeight: 0.9 * Theme.leading
                        }
                    }
                }
            }
        }

        Label {
            id: small

            width: parent?.width ?? 0
            visible: text !== ""
            text: root.body.reference
            color: Theme.muted
            font.pixelSize: Theme.caption
        }
    }
}
