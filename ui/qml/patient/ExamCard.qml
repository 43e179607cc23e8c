pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// One exam: what it is, when, where it stands, and why.
Card {
    id: root

    required property var exam
    required property string previewText
    signal act(string id, var value)

    readonly property bool pickable: !!exam.pickable
    readonly property real side: Math.max(chip.implicitWidth, preview.visible ? preview.implicitWidth : 0)

    implicitHeight: Math.max(words.implicitHeight, aside.implicitHeight) + 2 * Theme.gapLarge
    edge: exam.picked ? Theme.primary : Theme.line
    edgeWidth: exam.picked ? Theme.stroke : Theme.hairline

    Tap {
        objectName: "pick:" + (root.exam.id ?? "")
        anchors.fill: parent
        enabled: root.pickable
        visible: root.pickable
        checkable: true
        picked: !!root.exam.picked
        label: root.exam.title ?? ""
        onTapped: root.act("pick", root.exam.id)
    }

    Tick {
        id: tick

        x: Theme.gapLarge
        anchors.verticalCenter: parent.verticalCenter
        picked: !!root.exam.picked
        able: root.pickable
    }

    Column {
        id: words

        anchors.left: tick.right
        anchors.leftMargin: Theme.gapLarge
        anchors.right: aside.left
        anchors.rightMargin: Theme.gap
        anchors.verticalCenter: parent.verticalCenter

        Label {
            width: parent.width
            text: root.exam.title ?? ""
            font.pixelSize: Theme.heading
            font.bold: true
            lineHeight: 0.94
        }

        Label {
            width: parent.width
            text: root.exam.when ?? ""
            color: Theme.muted
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: root.exam.why || root.exam.detail || ""
            color: Theme.muted
            font.pixelSize: Theme.caption
        }
    }

    Column {
        id: aside

        anchors.right: parent.right
        anchors.rightMargin: Theme.gapLarge
        anchors.verticalCenter: parent.verticalCenter
        width: root.side
        spacing: Theme.gap

        Chip {
            id: chip

            anchors.right: parent.right
            text: root.exam.chip?.text ?? ""
            icon: root.exam.chip?.icon ?? ""
            tone: root.exam.chip?.tone ?? "muted"
        }

        QuietButton {
            id: preview

            anchors.right: parent.right
            objectName: "preview:" + (root.exam.id ?? "")
            visible: !!root.exam.preview
            width: root.side
            height: implicitHeight
            label: root.previewText
            onTapped: root.act("preview", root.exam.id)
        }
    }
}
