pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Desk and administration: one panel at a time, tabs above; leaving is always at hand.
KioskScreen {
    id: root

    readonly property bool inside: body.panel !== "login"
    readonly property var panels: ({
            "login": "Login.qml",
            "worklist": "Worklist.qml",
            "patient": "Patient.qml",
            "printers": "Printers.qml",
            "log": "Log.qml",
            "accounts": "Accounts.qml"
        })

    onBodyChanged: if (panel.item)
        (panel.item as DeskPanel).body = body

    Item {
        id: heading

        width: parent.width
        height: Math.max(names.implicitHeight, leave.height)

        Column {
            id: names

            anchors.verticalCenter: parent.verticalCenter
            width: tabs.beside ? tabs.x - Theme.gap : parent.width - leave.width - Theme.gap

            Label {
                width: parent.width
                text: root.view.headline
                font.pixelSize: Theme.title
                font.bold: true
                lineHeight: 0.94 * Theme.leading
            }

            Label {
                width: parent.width
                text: [root.body.who, root.view.sub, root.body.busy ? root.common["please-wait"] : ""].filter(part => part).join(" · ")
                color: Theme.muted
            }
        }

        QuietButton {
            id: leave

            readonly property var action: root.view.secondary[0]

            objectName: action.id
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            width: implicitWidth
            height: implicitHeight
            icon: "leave"
            ring: root.view.limit_s > 0 ? root.remaining : -1
            label: action.text
            onTapped: root.act(action.id, action.value)
        }
    }

    Flow {
        id: tabs

        readonly property bool beside: Theme.landscape && root.inside

        x: beside ? heading.width * 0.3 : 0
        y: beside ? (heading.height - height) / 2 : heading.height + Theme.gap
        width: beside ? heading.width - x - leave.width - Theme.gap : parent.width
        visible: root.inside
        height: visible ? implicitHeight : 0
        spacing: Theme.gap

        Repeater {
            model: root.body.tabs.length

            ChoiceButton {
                required property int index
                readonly property var tab: root.body.tabs[index] ?? ({})

                objectName: "staff-panel:" + (tab.id ?? "")
                text: tab.text ?? ""
                picked: !!tab.current
                onTapped: root.act("staff-panel", tab.id)
            }
        }
    }

    Notice {
        id: ringing

        objectName: "ringing"
        y: Math.max(heading.height, tabs.y + tabs.height) + (visible ? Theme.gap : 0)
        width: parent.width
        height: implicitHeight
        text: root.body.ringing
        icon: "help"
        bold: true
    }

    Notice {
        id: troubles

        objectName: "troubles"
        y: ringing.y + ringing.height + (visible ? Theme.gap : 0)
        width: parent.width
        height: implicitHeight
        text: root.body.troubles
        icon: "warning"
        tone: "danger"
    }

    Notice {
        id: problem

        y: troubles.y + troubles.height + (visible ? Theme.gap : 0)
        width: parent.width
        height: implicitHeight
        text: root.body.problem
        icon: "info"
    }

    Loader {
        id: panel

        readonly property string name: root.body.panel

        y: problem.y + problem.height + Theme.gapLarge
        width: parent.width
        height: parent.height - y
        onNameChanged: open()
        Component.onCompleted: open()

        function open() {
            setSource(Qt.resolvedUrl(root.panels[name]), {
                "body": root.body,
                "common": root.common
            });
        }

        onLoaded: (item as DeskPanel).common = Qt.binding(() => root.common)

        Connections {
            target: panel.item
            ignoreUnknownSignals: true

            function onAct(id: string, value: var) {
                root.act(id, value);
            }
        }
    }
}
