pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Asked before a visit ends by itself: one large answer.
Item {
    id: root

    required property var common
    required property real remaining
    signal act(string id, string value)

    objectName: "overlay"
    Accessible.role: Accessible.AlertMessage
    Accessible.name: common["still-there"] ?? ""

    Rectangle {
        anchors.fill: parent
        color: Theme.scrim
    }

    MouseArea {
        anchors.fill: parent
        objectName: "still-there-anywhere"
        onClicked: root.act("touch", "")
    }

    Card {
        id: panel

        x: Theme.margin
        width: parent.width - 2 * Theme.margin
        height: words.implicitHeight + 2 * Theme.margin
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.margin
        radius: Theme.radiusLarge

        Column {
            id: words

            x: Theme.margin
            y: Theme.margin
            width: parent.width - 2 * Theme.margin
            spacing: Theme.gapLarge

            Row {
                width: parent.width
                spacing: Theme.gapLarge

                Ring {
                    id: ring

                    width: 10 * Theme.u
                    height: width
                    remaining: root.remaining
                    color: Theme.primary

                    Icon {
                        anchors.centerIn: parent
                        name: "clock"
                        size: parent.width / 2
                        color: Theme.primary
                    }
                }

                Column {
                    width: parent.width - ring.width - parent.spacing
                    spacing: Theme.gapSmall

                    Headline {
                        width: parent.width
                        text: root.common["still-there"] ?? ""
                    }

                    Label {
                        width: parent.width
                        text: root.common["still-there-sub"] ?? ""
                        color: Theme.muted
                    }
                }
            }

            PrimaryButton {
                id: here

                objectName: "still-here"
                KeyNavigation.tab: finish
                KeyNavigation.backtab: finish
                Component.onCompleted: forceActiveFocus(Qt.OtherFocusReason)
                width: parent.width
                height: Math.max(implicitHeight, 14 * Theme.u)
                label: root.common["continue"] ?? ""
                icon: "check"
                onTapped: root.act("touch", "")
            }

            QuietButton {
                id: finish

                objectName: "still-there-finish"
                KeyNavigation.tab: here
                KeyNavigation.backtab: here
                width: parent.width
                label: root.common["finish"] ?? ""
                icon: "close"
                onTapped: root.act("finish", "")
            }
        }
    }
}
