pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A headline whose lines are of like length: broken after a comma where that fits, and never a lone last character.
Item {
    id: root

    property string text
    property real size: Theme.display
    property int align: Text.AlignLeft
    property bool plain: false
    property bool poster: false
    property bool bold: !plain
    property color color: plain ? Theme.muted : Theme.ink

    implicitHeight: shown.implicitHeight

    function atPunctuation(text: string): list<string> {
        const cuts = [];
        for (let i = 3; i < text.length - 3; i++)
            if ("，；？。：،؛؟".includes(text[i - 1]) || (",;?.:".includes(text[i - 1]) && text[i] === " "))
                cuts.push(i);
        return cuts.map(i => text.slice(0, poster && text[i - 1] === "，" ? i - 1 : i).trim() + "\n" + text.slice(i).trim());
    }

    function fits(lines: string): bool {
        probe.text = lines;
        return probe.implicitWidth <= width;
    }

    function ragged(lines: string): int {
        return Math.abs(lines.length - 2 * lines.indexOf("\n"));
    }

    function narrowest(): real {
        measure.text = text;
        measure.width = width;
        const lines = measure.lineCount;
        let low = width / 2, high = width;
        for (let i = 0; i < 7; i++) {
            const middle = (low + high) / 2;
            measure.width = middle;
            if (measure.lineCount > lines || measure.contentWidth > middle)
                low = middle;
            else
                high = middle;
        }
        return Math.ceil(high);
    }

    function balance() {
        if (width <= 0)
            return;
        for (const line of [shown, probe, measure])
            line.font.pixelSize = root.size;
        shown.width = width;
        if (!poster && fits(text)) {
            shown.text = text;
            return;
        }
        const cut = atPunctuation(text).filter(lines => fits(lines)).sort((a, b) => ragged(a) - ragged(b))[0];
        shown.text = cut ?? text;
        if (cut === undefined)
            shown.width = Math.min(width, narrowest());
    }

    onTextChanged: balance()
    onWidthChanged: balance()
    onSizeChanged: balance()
    Component.onCompleted: balance()

    Label {
        id: shown

        // An anchor that ends leaves the text where it was; a bound x moves it when the window turns.
        x: root.align === Text.AlignHCenter ? (root.width - width) / 2 : Theme.start(0, width, root.width)
        horizontalAlignment: root.align
        font.bold: root.bold
        color: root.color
        lineHeight: 0.94 * Theme.leading
        Accessible.role: root.plain ? Accessible.StaticText : Accessible.Heading
        Accessible.name: root.text
    }

    Label {
        id: probe

        visible: false
        wrapMode: Text.NoWrap
        font.bold: root.bold
    }

    Label {
        id: measure

        visible: false
        font.bold: root.bold
    }
}
