pragma ComponentBehavior: Bound

import QtQuick
import ".."

// What would make it easier: each wish is one touch, seen at once behind this panel, and kept for the visit.
Item {
    id: root

    required property var common
    required property var form
    readonly property bool flat: Theme.lowReach && Theme.landscape
    readonly property bool easy: form.large && form.slow && form.simple
    readonly property var wishes: [
        {
            "id": "large",
            "icon": "large",
            "on": form.large
        },
        {
            "id": "contrast",
            "icon": "contrast",
            "on": form.contrast
        },
        {
            "id": "low-reach",
            "icon": "reach",
            "on": form.lowReach
        },
        {
            "id": "slow",
            "icon": "clock",
            "on": form.slow
        },
        {
            "id": "voice",
            "icon": "voice",
            "on": form.voice
        }
    ].filter(wish => wish.id !== "voice" || form.speaks)
    signal act(string id, string value)
    signal done

    objectName: "overlay"
    Accessible.role: Accessible.Dialog
    Accessible.name: common["access-title"] ?? ""

    Rectangle {
        anchors.fill: parent
        color: Theme.scrim
    }

    MouseArea {
        anchors.fill: parent
        onClicked: root.done()
    }

    Card {
        x: Theme.margin
        width: parent.width - 2 * Theme.margin
        height: all.implicitHeight + 2 * all.y
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.landscape ? Theme.gap : Theme.margin
        radius: Theme.radiusLarge

        Column {
            id: all

            x: Theme.margin
            y: root.flat ? Theme.gap : Theme.gapLarge
            width: parent.width - 2 * Theme.margin
            spacing: root.flat ? Theme.gapSmall : Theme.gap

            Headline {
                width: parent.width
                visible: !root.flat
                height: visible ? implicitHeight : 0
                text: root.common["access-title"] ?? ""
                size: Theme.title
            }

            WishButton {
                objectName: "set-easy"
                width: parent.width
                text: root.common["access-easy"] ?? ""
                detail: root.flat ? "" : root.common["access-easy-sub"] ?? ""
                icon: "easy"
                picked: root.easy
                Component.onCompleted: forceActiveFocus(Qt.OtherFocusReason)
                onTapped: root.act("set-easy", "")
            }

            Grid {
                id: choices

                readonly property real cell: (width - (columns - 1) * spacing) / columns

                width: parent.width
                columns: Theme.landscape ? root.wishes.length : 2
                spacing: Theme.gap

                Repeater {
                    id: each

                    readonly property real tallest: {
                        let most = 0;
                        for (let i = 0; i < count; i++)
                            most = Math.max(most, (itemAt(i) as WishButton)?.implicitHeight ?? 0);
                        return most;
                    }

                    model: root.wishes.length

                    WishButton {
                        required property int index
                        readonly property var wish: root.wishes[index]

                        objectName: "set-" + wish.id
                        width: choices.cell
                        height: each.tallest
                        text: root.common["access-" + wish.id] ?? ""
                        icon: wish.icon
                        picked: wish.on
                        onTapped: root.act("set-" + wish.id, "")
                    }
                }
            }

            Label {
                width: parent.width
                visible: !Theme.tight && !root.flat
                text: root.common["access-kept"] ?? ""
                color: Theme.muted
                font.pixelSize: Theme.caption
            }

            PrimaryButton {
                objectName: "access-close"
                width: parent.width
                label: root.common.done ?? ""
                icon: "check"
                onTapped: root.done()
            }
        }
    }
}
