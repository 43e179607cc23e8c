pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A list that may be longer than the screen: a wide bar shows it, and two large buttons move it.
Item {
    id: root

    required property var common
    default property alias content: column.data
    property alias spacing: column.spacing
    readonly property bool overflows: column.implicitHeight > height + 1
    readonly property real step: flick.height * 0.8
    readonly property bool beside: Theme.landscape
    readonly property real shownHeight: flick.height

    function move(by: real) {
        glide.to = Math.max(0, Math.min(flick.contentHeight - flick.height, flick.contentY + by));
        glide.restart();
    }

    // The keyboard's focus is never out of sight.
    function reveal(item: Item) {
        let above = item;
        while (above && above !== column)
            above = above.parent;
        if (!item || !above)
            return;
        const top = item.mapToItem(column, 0, 0).y;
        if (top < flick.contentY)
            flick.contentY = top;
        else if (top + item.height > flick.contentY + flick.height)
            flick.contentY = top + item.height - flick.height;
    }

    Connections {
        target: root.Window.window

        function onActiveFocusItemChanged() {
            root.reveal(root.Window.window.activeFocusItem);
        }
    }

    Flickable {
        id: flick

        objectName: "scroll"
        x: Theme.start(0, width, parent.width)
        width: parent.width - (root.overflows && root.beside ? strip.width + Theme.gap : 0)
        height: parent.height - (root.overflows && !root.beside ? strip.height + Theme.gap : 0)
        contentWidth: width
        contentHeight: column.implicitHeight + Theme.gapSmall
        clip: root.overflows
        interactive: root.overflows
        boundsBehavior: Flickable.StopAtBounds

        Column {
            id: column

            x: Theme.start(0, width, flick.width)
            width: flick.width - (root.overflows ? 2.4 * Theme.u : 0)
            spacing: Theme.gap
        }
    }

    NumberAnimation {
        id: glide

        target: flick
        property: "contentY"
        duration: Theme.slide
        easing.type: Theme.easing
    }

    Rectangle {
        visible: root.overflows
        x: Theme.start(flick.width - width, width, flick.width) + flick.x
        width: 1.2 * Theme.u
        height: flick.height
        radius: width / 2
        color: Theme.mutedTint
        border.width: Theme.edged ? Theme.hairline : 0
        border.color: Theme.line

        Rectangle {
            y: parent.height * flick.contentY / Math.max(1, flick.contentHeight)
            width: parent.width
            height: parent.height * Math.min(1, flick.height / Math.max(1, flick.contentHeight))
            radius: width / 2
            color: Theme.outline
        }
    }

    Grid {
        id: strip

        readonly property real cell: root.beside ? Theme.touch : (root.width - spacing) / 2

        visible: root.overflows
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        columns: root.beside ? 1 : 2
        spacing: Theme.gap

        Repeater {
            model: ["up", "down"]

            QuietButton {
                required property string modelData
                readonly property string word: root.common["scroll-" + modelData] ?? ""

                objectName: "scroll-" + modelData
                width: strip.cell
                // In low reach only the lower part of a high area; never lower than a finger.
                height: root.beside ? Math.max(Theme.touch, (root.height * (Theme.lowReach ? 0.42 : 1) - strip.spacing) / 2) : Theme.touch
                enabled: modelData === "up" ? !flick.atYBeginning : !flick.atYEnd
                icon: modelData
                label: root.beside ? "" : word
                Accessible.name: word
                onTapped: root.move(modelData === "up" ? -root.step : root.step)
            }
        }
    }
}
