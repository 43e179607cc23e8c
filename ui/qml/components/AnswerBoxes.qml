pragma ComponentBehavior: Bound

import QtQuick
import ".."

// One box a character: what was typed shows as dots, the last one readable for a second.
Item {
    id: root

    required property int length
    required property string typed
    property bool wrong: false
    readonly property real gap: length > 6 ? Theme.gapSmall : Theme.gap
    readonly property real side: Math.min((width - gap * (length - 1)) / length, 13 * Theme.u)

    implicitHeight: Math.min(13 * Theme.u, side * 1.2)
    activeFocusOnTab: true
    Accessible.role: Accessible.EditableText
    Accessible.focusable: true
    Accessible.passwordEdit: true

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

        x: Theme.landscape ? 0 : (root.width - width) / 2
        spacing: root.gap

        Repeater {
            model: root.length

            Rectangle {
                id: box

                objectName: "answer-box"
                required property int index
                readonly property bool filled: index < root.typed.length
                readonly property bool next: index === root.typed.length

                width: root.side
                height: root.implicitHeight
                radius: Theme.radius
                color: Theme.surface
                border.width: next ? Theme.stroke * 1.4 : Theme.stroke
                border.color: root.wrong ? Theme.danger : next ? Theme.primary : Theme.outline

                Rectangle {
                    anchors.centerIn: parent
                    visible: box.filled && box.index !== row.readable
                    width: 2.6 * Theme.u
                    height: width
                    radius: width / 2
                    color: Theme.ink
                }

                Label {
                    anchors.centerIn: parent
                    visible: box.filled && box.index === row.readable
                    text: root.typed[box.index] ?? ""
                    font.pixelSize: Math.min(Theme.display, box.width * 0.8)
                    font.bold: true
                    wrapMode: Text.NoWrap
                    Accessible.ignored: true
                }
            }
        }
    }
}
