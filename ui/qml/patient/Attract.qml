pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Waits for anybody: hold the slip under the camera, or touch.
PageFrame {
    id: root

    align: Text.AlignHCenter
    leadShare: 0.6
    workHeight: services.implicitHeight

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
    }

    work: [
        Label {
            id: date

            visible: root.wide
            width: parent.width
            text: root.body.date
            color: Theme.muted
            font.bold: true
        },
        Grid {
            id: services

            readonly property bool row: !root.wide
            readonly property real cell: row ? (width - 2 * spacing) / 3 : width

            y: root.wide ? date.height + Theme.gapLarge : 0
            width: parent.width
            columns: row ? 3 : 1
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

                    Column {
                        id: words

                        x: Theme.gap
                        y: (card.height - height) / 2
                        width: parent.width - 2 * Theme.gap
                        spacing: Theme.gapSmall / 2

                        Icon {
                            anchors.horizontalCenter: services.row ? parent.horizontalCenter : undefined
                            name: card.service.icon ?? ""
                            color: Theme.primary
                        }

                        Label {
                            width: parent.width
                            horizontalAlignment: services.row ? Text.AlignHCenter : Text.AlignLeft
                            text: card.service.title ?? ""
                            font.bold: true
                            lineHeight: 0.94
                        }

                        Row {
                            id: works

                            readonly property color tone: card.service.ok ? Theme.success : Theme.warning

                            anchors.horizontalCenter: services.row ? parent.horizontalCenter : undefined
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
                                width: Math.min(implicitWidth, words.width - mark.width - works.spacing)
                                text: card.service.state ?? ""
                                color: works.tone
                                font.pixelSize: Theme.caption
                                lineHeight: 0.94
                            }
                        }
                    }
                }
            }
        }
    ]
}
