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

    function move(by: real) {
        glide.to = Math.max(0, Math.min(flick.contentHeight - flick.height, flick.contentY + by));
        glide.restart();
    }

    Flickable {
        id: flick

        objectName: "scroll"
        width: parent.width
        height: parent.height - (root.overflows ? strip.height + Theme.gap : 0)
        contentWidth: width
        contentHeight: column.implicitHeight + Theme.gapSmall
        clip: root.overflows
        interactive: root.overflows
        boundsBehavior: Flickable.StopAtBounds

        Column {
            id: column

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
        anchors.right: parent.right
        width: 1.2 * Theme.u
        height: flick.height
        radius: width / 2
        color: Theme.mutedTint
        border.width: Theme.contrast ? Theme.hairline : 0
        border.color: Theme.line

        Rectangle {
            y: parent.height * flick.contentY / Math.max(1, flick.contentHeight)
            width: parent.width
            height: parent.height * Math.min(1, flick.height / Math.max(1, flick.contentHeight))
            radius: width / 2
            color: Theme.outline
        }
    }

    Row {
        id: strip

        visible: root.overflows
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.touch
        spacing: Theme.gap

        Repeater {
            model: ["up", "down"]

            QuietButton {
                required property string modelData

                objectName: "scroll-" + modelData
                width: (strip.width - strip.spacing) / 2
                height: strip.height
                enabled: modelData === "up" ? !flick.atYBeginning : !flick.atYEnd
                icon: modelData
                label: root.common["scroll-" + modelData] ?? ""
                onTapped: root.move(modelData === "up" ? -root.step : root.step)
            }
        }
    }
}
