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

    property bool plain: false
    readonly property bool pickable: !!exam.pickable && !plain
    readonly property bool beneath: Theme.large && !Theme.landscape
    readonly property real side: Math.max(chip.implicitWidth, preview.visible ? preview.implicitWidth : 0)

    implicitHeight: (beneath ? words.implicitHeight + Theme.gapSmall + aside.implicitHeight : Math.max(words.implicitHeight, aside.implicitHeight)) + 2.6 * Theme.gap
    edge: exam.picked ? Theme.primary : pickable ? Theme.outline : Theme.line
    edgeWidth: exam.picked ? Theme.stroke : Theme.hairline

    Tap {
        objectName: "pick:" + (root.exam.id ?? "")
        anchors.fill: parent
        enabled: root.pickable
        visible: root.pickable
        checkable: true
        picked: !!root.exam.picked
        label: [root.exam.title, root.exam.when, root.exam.chip?.text].filter(words => !!words).join(", ")
        onTapped: root.act("pick", root.exam.id)
    }

    Item {
        id: tick

        x: Theme.start(Theme.gapLarge, width, root.width)
        anchors.verticalCenter: parent.verticalCenter
        width: box.width
        height: box.height

        Tick {
            id: box

            visible: root.pickable
            picked: !!root.exam.picked
        }

        Icon {
            anchors.centerIn: parent
            visible: !root.pickable
            name: root.exam.chip?.icon ?? ""
            size: Theme.icon
            color: Theme.tone(root.exam.chip?.tone ?? "muted")
        }
    }

    Column {
        id: words

        readonly property real begin: tick.width + 2 * Theme.gapLarge

        x: Theme.start(begin, width, root.width)
        y: root.beneath ? 1.3 * Theme.gap : (root.height - height) / 2
        width: root.width - Theme.gapLarge - begin - (root.beneath ? 0 : root.side + Theme.gap)

        Headline {
            width: parent.width
            text: root.exam.title ?? ""
            size: Theme.heading
        }

        Label {
            width: parent.width
            text: root.exam.when ?? ""
            color: Theme.muted
        }

        Headline {
            width: parent.width
            visible: text !== ""
            text: root.exam.why ?? ""
            plain: true
            size: Theme.body
            color: root.pickable ? Theme.success : Theme.ink
        }

        Label {
            width: parent.width
            visible: text !== "" && root.pickable
            text: root.exam.detail ?? ""
            color: Theme.muted
            font.pixelSize: Theme.caption
        }
    }

    Item {
        id: aside

        x: root.beneath ? words.x : Theme.start(root.width - width - Theme.gapLarge, width, root.width)
        y: root.beneath ? words.y + words.height + Theme.gapSmall : (root.height - height) / 2
        width: root.beneath ? words.width : root.side
        height: implicitHeight
        implicitHeight: root.beneath ? Math.max(chip.height, preview.room) : chip.height + (preview.visible ? Theme.gap + preview.room : 0)

        Chip {
            id: chip

            x: Theme.start(root.beneath ? 0 : parent.width - width, width, parent.width)
            y: root.beneath ? (parent.height - height) / 2 : 0
            text: root.exam.chip?.text ?? ""
            icon: root.exam.chip?.icon ?? ""
            tone: root.exam.chip?.tone ?? "muted"
        }

        QuietButton {
            id: preview

            readonly property real room: visible ? implicitHeight : 0

            x: Theme.start(parent.width - width, width, parent.width)
            y: parent.height - height
            objectName: "preview:" + (root.exam.id ?? "")
            visible: !!root.exam.preview && !root.plain
            width: root.beneath ? implicitWidth : root.side
            height: implicitHeight
            label: root.previewText
            Accessible.name: `${root.previewText}, ${root.exam.title ?? ""}`
            onTapped: root.act("preview", root.exam.id)
        }
    }
}
