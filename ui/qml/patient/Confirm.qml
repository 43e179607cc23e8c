pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The question. What is typed lives here only and goes with this item.
PageFrame {
    id: root

    property string given
    property string asked
    property bool wasChecking: false
    readonly property bool resting: rest.running
    readonly property bool complete: given.length === body.length
    property bool open: false
    property int seconds: 0
    readonly property real keypad: 4 * Theme.touch + 5 * Theme.gap
    readonly property string said: resting ? body.wait.replace("{seconds}", seconds) : body.checking ? body.checking_text : body.wrong || body.kept

    headlineSize: Theme.displayDense
    leadShare: 0.44
    answering: complete && !resting && !body.checking
    primaryValue: given
    leadHeight: lead1.implicitHeight

    onTyped: text => pad.type(text)
    onErased: pad.type("⌫")

    onBodyChanged: {
        if (body.question !== asked || (wasChecking && !body.checking)) {
            given = "";
            open = false;
        }
        if (wasChecking && !body.checking && body.wait_s > 0) {
            seconds = Math.ceil(body.wait_s);
            rest.restart();
        }
        asked = body.question;
        wasChecking = body.checking;
    }

    Timer {
        id: rest

        interval: Math.max(1, root.body.wait_s * 1000)
    }

    Timer {
        interval: 1000
        repeat: true
        running: rest.running
        onTriggered: root.seconds = Math.max(1, root.seconds - 1)
    }

    lead: Column {
        id: lead1

        width: parent.width
        spacing: Theme.gap

        AnswerBoxes {
            id: boxes

            objectName: "answer-boxes"
            width: parent.width
            length: root.body.length
            groups: root.body.groups
            open: root.open
            typed: root.given
            wrong: root.body.wrong !== "" && root.given === ""
            Accessible.name: root.view.headline
        }

        Row {
            width: parent.width
            spacing: Theme.gapSmall

            IdCardDrawing {
                id: held

                // Beside it the keypad needs its room in portrait, the buttons below in landscape theirs.
                readonly property real column: root.wide ? (lead1.parent?.height ?? 0) : root.barTop - root.headEnd - root.belowHeight - Theme.gapLarge - root.keypad
                readonly property real spare: column - boxes.height - lead1.spacing

                visible: root.body.card && !Theme.lowReach && spare > implicitHeight
                width: (Theme.landscape ? 22 : Theme.large ? 15 : 24) * Theme.u
                height: implicitHeight
                birth: root.body.length > 6
            }

            Item {
                width: Theme.gapSmall
                height: Theme.hairline
                visible: held.visible
            }

            Icon {
                id: mark

                anchors.verticalCenter: parent.verticalCenter
                name: root.body.wrong && !root.body.checking ? "warning" : root.body.checking ? "clock" : "lock"
                size: Theme.iconSmall
                color: said.color
            }

            Headline {
                id: said

                plain: true
                size: Theme.body

                anchors.verticalCenter: parent.verticalCenter
                width: parent.width - mark.width - parent.spacing - (held.visible ? held.width + 3 * parent.spacing : 0)
                text: root.said
                color: root.body.wrong && !root.body.checking ? Theme.danger : Theme.muted
                bold: root.body.wrong !== ""
            }
        }
    }

    work: Keypad {
        id: pad

        anchors.fill: parent
        enabled: !root.resting && !root.body.checking
        opacity: enabled ? 1 : 0.55
        keys: root.body.keys
        deleteText: root.body.delete
        tools: [
            {
                "id": "show",
                "text": root.open ? root.body.tools.hide : root.body.tools.show
            },
            {
                "id": "clear",
                "text": root.body.tools.clear
            }
        ]
        onTool: id => {
            if (id === "clear")
                root.given = "";
            else
                root.open = !root.open;
        }
        onPressed: key => {
            if (root.given.length < root.body.length)
                root.given += key;
        }
        onErased: root.given = root.given.slice(0, -1)
    }

    below: Column {
        width: parent.width
        visible: root.body.others.length > 0
        height: visible ? implicitHeight : 0
        spacing: Theme.gapSmall

        Label {
            width: parent.width
            visible: !Theme.tight
            text: root.body.others_title
            color: Theme.muted
            font.pixelSize: Theme.caption
        }

        Row {
            id: ways

            width: parent.width
            spacing: Theme.gap

            Repeater {
                model: root.body.others.length

                QuietButton {
                    required property int index
                    readonly property var way: root.body.others[index] ?? ({})

                    objectName: "ask-other:" + (way.value ?? "")
                    width: (ways.width - ways.spacing * (root.body.others.length - 1)) / root.body.others.length
                    height: Math.max(Theme.touch, implicitHeight)
                    label: way.text ?? ""
                    enabled: !root.body.checking
                    onTapped: root.act("ask-other", way.value)
                }
            }
        }
    }
}
