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
    property var tools: []
    property double touchedAt: 0
    property string touched
    signal pressed(string key)
    signal erased
    signal tool(string id)

    readonly property bool flat: Theme.lowReach
    readonly property var faces: tools.map(one => one.text)
    readonly property var digits: ["1", "2", "3", "4", "5", "6", "7", "8", "9", corner, "0", "⌫"]
    // With tools: those stand in a column of their own, beside the digits, or at both rows' ends.
    readonly property var withTools: flat ? ["1", "2", "3", "4", "5", "6", faces[0], "7", "8", "9", "0", corner, "⌫", faces[1]] : ["1", "2", "3", "⌫", "4", "5", "6", faces[0], "7", "8", "9", faces[1], corner, "0", "", ""]
    readonly property string corner: keys === "digits-x" ? "X" : keys === "number" ? "ABC" : ""
    readonly property var alphabet: [...(lower ? "abcdefghijklmnopqrstuvwxyz" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "-", ...(more ?? []).map(key => key === " " ? "␣" : key), "123", "⌫"]
    readonly property var shown: letters ? alphabet : tools.length > 0 ? withTools : digits
    readonly property int columns: letters ? (flat ? 10 : Theme.landscape ? 8 : 6) : (flat ? 6 : 3) + (tools.length > 0 ? 1 : 0)
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

    // A trembling finger touches twice: the same key again at once counts once.
    function touch(key: string) {
        const now = Date.now();
        const again = key === touched && now - touchedAt < Theme.debounce;
        touched = key;
        touchedAt = now;
        if (!again)
            press(key);
    }

    function press(key: string) {
        const one = tools.find(one => one.text === key);
        if (one)
            tool(one.id);
        else if (key === "⌫")
            erased();
        else if (key === "ABC" || key === "123")
            letters = !letters;
        else if (key !== "")
            pressed(key === "␣" ? " " : key);
    }

    FontMetrics {
        id: written

        font.family: Theme.family
        font.pixelSize: Theme.body
        font.bold: true
    }

    Repeater {
        model: root.shown.length

        Tap {
            id: key

            required property int index
            readonly property string face: root.shown[index] ?? ""
            readonly property bool long: root.faces.includes(face) && written.advanceWidth(face) > width - Theme.gapSmall
            readonly property bool tool: ["⌫", "ABC", "123", ...root.faces].includes(face)

            objectName: "key-" + face
            visible: face !== ""
            x: (index % root.columns) * (root.keyWidth + root.gap)
            y: Math.floor(index / root.columns) * (root.keyHeight + root.gap)
            width: root.keyWidth
            height: root.keyHeight
            label: face === "⌫" ? root.deleteText : face
            onTapped: root.touch(face)

            Card {
                anchors.fill: parent
                color: key.down ? Theme.primary : key.tool ? Theme.sunken : Theme.surface
                edge: key.down ? Theme.primary : Theme.outline
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
                width: key.width - Theme.gapSmall
                horizontalAlignment: Text.AlignHCenter
                wrapMode: key.long ? Text.WordWrap : Text.NoWrap
                lineHeight: 0.9 * Theme.leading
                color: key.down ? Theme.primaryInk : key.enabled ? Theme.ink : Theme.disabledInk
                font.pixelSize: root.faces.includes(key.face) ? (key.long ? Theme.caption : Theme.body) : key.tool ? Math.min(Theme.heading, key.width * 0.36) : Theme.title
                font.bold: true
                Accessible.ignored: true
            }
        }
    }
}
