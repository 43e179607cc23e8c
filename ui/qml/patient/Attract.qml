pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Waits for anybody: hold the slip under the camera, or touch.
PageFrame {
    id: root

    align: Text.AlignHCenter
    passive: true
    leadShare: 0.53
    wordsRight: true
    headlineSize: Theme.poster
    workHeight: services.y + services.implicitHeight

    MouseArea {
        objectName: "begin"
        parent: root
        z: -1
        anchors.fill: parent
        onClicked: root.act("begin", "")
    }

    lead: SlipAnimation {
        anchors.fill: parent
        title: root.body.slip
        hint: root.body.hint
        camera: root.body.camera
        side: root.body.scanner
    }

    work: [
        Label {
            id: date

            visible: !Theme.tight
            width: parent.width
            horizontalAlignment: root.wide ? Text.AlignLeft : Text.AlignHCenter
            text: root.body.card || root.body.date
            color: Theme.muted
            font.bold: true
        },
        Grid {
            id: services

            readonly property real cell: (width - (columns - 1) * spacing) / columns

            y: date.visible ? date.height + (root.wide ? Theme.gapSmall : Theme.gap) : 0
            width: parent.width
            columns: Math.max(1, root.body.services.length)
            spacing: Theme.gap

            Repeater {
                id: cards

                readonly property real tallest: {
                    let most = 0;
                    for (let i = 0; i < count; i++)
                        most = Math.max(most, (itemAt(i) as Card)?.implicitHeight ?? 0);
                    return most;
                }

                model: root.body.services.length

                Card {
                    id: card

                    required property int index
                    readonly property var service: root.body.services[index] ?? ({})
                    implicitHeight: words.implicitHeight + 2 * Theme.gap

                    width: services.cell
                    height: cards.tallest

                    Icon {
                        id: picture

                        x: (card.width - width) / 2
                        y: words.y
                        name: card.service.icon ?? ""
                        color: Theme.primary
                    }

                    Column {
                        id: words

                        x: Theme.gapSmall
                        y: (card.height - height) / 2
                        width: parent.width - 2 * x
                        topPadding: picture.height + Theme.gapSmall / 2
                        spacing: Theme.gapSmall / 2

                        Label {
                            width: parent.width
                            horizontalAlignment: Text.AlignHCenter
                            text: card.service.title ?? ""
                            font.bold: true
                            lineHeight: 0.94 * Theme.leading
                        }

                        Row {
                            id: works

                            readonly property color tone: card.service.ok ? Theme.success : Theme.warning

                            anchors.horizontalCenter: parent.horizontalCenter
                            spacing: Theme.gapSmall

                            Icon {
                                id: mark

                                anchors.verticalCenter: parent.verticalCenter
                                name: card.service.ok ? "check" : "warning"
                                size: Theme.caption
                                weight: 3
                                color: works.tone
                            }

                            Label {
                                width: Theme.folded(text, implicitWidth, words.width - mark.width - works.spacing, Theme.caption)
                                text: card.service.state ?? ""
                                color: works.tone
                                font.pixelSize: Theme.caption
                                lineHeight: 0.94 * Theme.leading
                            }
                        }
                    }
                }
            }
        }
    ]
}
