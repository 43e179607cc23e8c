pragma ComponentBehavior: Bound

import QtQuick
import ".."

// One box a character, in groups with a word below each: what was typed shows as dots, the last one readable for a
// second, all of it where that is wanted.
Item {
    id: root

    required property int length
    required property string typed
    property bool wrong: false
    property bool open: false
    required property var groups
    readonly property real gap: length > 6 ? Theme.gapSmall : Theme.gap
    readonly property real between: groups.length > 1 ? 2 * Theme.gap : 0
    readonly property real side: Math.min((width - gap * (length - groups.length) - between * (groups.length - 1)) / length, 13 * Theme.u)
    readonly property real boxHeight: Math.min(13 * Theme.u, side * 1.2)

    implicitHeight: boxHeight + (groups.length > 1 ? Theme.caption * 1.6 : 0)
    activeFocusOnTab: true
    Accessible.role: Accessible.EditableText
    Accessible.focusable: true

    onTypedChanged: {
        row.readable = typed.length - 1;
        hide.restart();
    }

    FocusFrame {
        radius: Theme.radius
        shown: root.activeFocus
    }

    Timer {
        id: hide

        interval: 1000
        onTriggered: row.readable = -1
    }

    Row {
        id: row

        property int readable: -1

        // Figures run from left to right in every script.
        LayoutMirroring.enabled: false
        LayoutMirroring.childrenInherit: true
        x: Theme.landscape ? Theme.start(0, width, root.width) : (root.width - width) / 2
        spacing: root.between

        Repeater {
            model: root.groups.length

            Column {
                id: group

                required property int index
                readonly property int begin: root.groups.slice(0, index).reduce((sum, one) => sum + one.length, 0)

                spacing: Theme.caption * 0.2

                Row {
                    spacing: root.gap

                    Repeater {
                        model: root.groups[group.index]?.length ?? 0

                        Box {
                            begin: group.begin
                        }
                    }
                }

                Label {
                    anchors.horizontalCenter: parent.horizontalCenter
                    visible: text !== ""
                    text: root.groups[group.index]?.word ?? ""
                    color: Theme.muted
                    font.pixelSize: Theme.caption
                    lineHeight: 0.9 * Theme.leading
                }
            }
        }
    }

    component Box: Rectangle {
                id: box

                objectName: "answer-box"
                required property int index
                required property int begin
                readonly property int place: begin + index
                readonly property bool filled: place < root.typed.length
                readonly property bool next: place === root.typed.length
                readonly property bool readable: root.open || place === row.readable

                width: root.side
                height: root.boxHeight
                radius: Theme.radius
                color: Theme.surface
                border.width: next ? Theme.stroke * 1.4 : Theme.stroke
                border.color: root.wrong ? Theme.danger : next ? Theme.primary : Theme.outline

                Rectangle {
                    anchors.centerIn: parent
                    visible: box.filled && !box.readable
                    width: 2.6 * Theme.u
                    height: width
                    radius: width / 2
                    color: Theme.ink
                }

                Label {
                    anchors.centerIn: parent
                    visible: box.filled && box.readable
                    text: root.typed[box.place] ?? ""
                    font.pixelSize: Math.min(Theme.display, box.width * 0.8)
                    font.bold: true
                    wrapMode: Text.NoWrap
                    Accessible.ignored: true
                }
    }
}
