pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Large keys. `keys` is digits, digits-x (for ID numbers) or number (digits, and letters on a second page, with what
// `more` this hospital's numbers hold; a space is shown as ␣).
Item {
    id: root

    property string keys: "digits"
    property string deleteText
    property var more: []
    property bool letters: false
    property bool lower: false
    signal pressed(string key)
    signal erased

    readonly property bool flat: Theme.lowReach
    readonly property var digits: ["1", "2", "3", "4", "5", "6", "7", "8", "9", corner, "0", "⌫"]
    readonly property string corner: keys === "digits-x" ? "X" : keys === "number" ? "ABC" : ""
    readonly property var alphabet: [...(lower ? "abcdefghijklmnopqrstuvwxyz" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "-", ...(more ?? []).map(key => key === " " ? "␣" : key), "123", "⌫"]
    readonly property var shown: letters ? alphabet : digits
    readonly property int columns: letters ? (flat ? 10 : Theme.landscape ? 8 : 6) : flat ? 6 : 3
    readonly property int rows: Math.ceil(shown.length / columns)
    readonly property real gap: letters || Theme.large || Theme.lowReach ? Theme.gapSmall : Theme.gap
    readonly property real keyWidth: (width - gap * (columns - 1)) / columns
    readonly property real keyHeight: Math.max(Theme.touch, Math.min((height - gap * (rows - 1)) / rows, 17 * Theme.u))

    implicitHeight: rows * Theme.touch + (rows - 1) * gap

    // What a keyboard typed: the keys that this pad has, and no others.
    function type(text: string) {
        if (!enabled || !visible)
            return;
        for (const one of text) {
            const key = keys === "digits-x" ? one.toUpperCase() : one;
            if (key === "⌫" || digits.includes(key) || (keys === "number" && /[A-Za-z-]/.test(key)))
                press(key);
        }
    }

    function press(key: string) {
        if (key === "⌫")
            erased();
        else if (key === "ABC" || key === "123")
            letters = !letters;
        else if (key !== "")
            pressed(key === "␣" ? " " : key);
    }

    Repeater {
        model: root.shown.length

        Tap {
            id: key

            required property int index
            readonly property string face: root.shown[index] ?? ""
            readonly property bool tool: ["⌫", "ABC", "123"].includes(face)

            objectName: "key-" + face
            visible: face !== ""
            x: (index % root.columns) * (root.keyWidth + root.gap)
            y: Math.floor(index / root.columns) * (root.keyHeight + root.gap)
            width: root.keyWidth
            height: root.keyHeight
            label: face === "⌫" ? root.deleteText : face
            onTapped: root.press(face)

            Card {
                anchors.fill: parent
                color: key.down ? Theme.primary : key.tool ? Theme.sunken : Theme.surface
                edge: key.down ? Theme.primary : Theme.line
            }

            Icon {
                anchors.centerIn: parent
                visible: key.face === "⌫"
                name: "delete"
                size: Theme.title
                color: key.down ? Theme.primaryInk : key.enabled ? Theme.ink : Theme.disabledInk
            }

            Label {
                anchors.centerIn: parent
                visible: key.face !== "⌫"
                text: key.face
                wrapMode: Text.NoWrap
                color: key.down ? Theme.primaryInk : key.enabled ? Theme.ink : Theme.disabledInk
                font.pixelSize: key.tool ? Theme.heading : Theme.title
                font.bold: true
                Accessible.ignored: true
            }
        }
    }
}
