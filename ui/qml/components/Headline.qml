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
    readonly property real wanted: probe.implicitWidth

    implicitHeight: shown.implicitHeight

    function atPunctuation(text: string): list<string> {
        const cuts = [];
        for (let i = 3; i < text.length - 3; i++)
            if ("，；？。：".includes(text[i - 1]) || (",;?.:".includes(text[i - 1]) && text[i] === " "))
                cuts.push(i);
        return cuts.map(i => text.slice(0, i).trim() + "\n" + text.slice(i).trim());
    }

    function fits(lines: string): bool {
        probe.text = lines;
        return probe.implicitWidth <= width;
    }

    function narrowest(): real {
        measure.width = width;
        const lines = measure.lineCount;
        let low = width / 2, high = width;
        for (let i = 0; i < 7; i++) {
            const middle = (low + high) / 2;
            measure.width = middle;
            if (measure.lineCount > lines)
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
        if (fits(text)) {
            shown.text = text;
            return;
        }
        const cut = atPunctuation(text).find(lines => fits(lines));
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

        anchors.horizontalCenter: root.align === Text.AlignHCenter ? root.horizontalCenter : undefined
        horizontalAlignment: root.align
        font.bold: !root.plain
        color: root.plain ? Theme.muted : Theme.ink
        lineHeight: 0.94
        Accessible.role: root.plain ? Accessible.StaticText : Accessible.Heading
        Accessible.name: root.text
    }

    Label {
        id: probe

        visible: false
        wrapMode: Text.NoWrap
        font.bold: !root.plain
    }

    Label {
        id: measure

        visible: false
        text: root.text
        font.bold: !root.plain
    }
}
