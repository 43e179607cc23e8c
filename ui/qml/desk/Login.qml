pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Name and PIN.
DeskPanel {
    id: root

    property Field target: name
    readonly property real column: Theme.landscape ? (width - Theme.columnGap) / 2 : width

    function send() {
        act("staff-login", {
            "name": name.text,
            "pin": pin.text
        });
        pin.text = "";
    }

    Column {
        id: fields

        width: root.column
        spacing: Theme.gap

        Label {
            visible: !Theme.tight
            text: root.words.name
            font.bold: true
        }

        Field {
            id: name

            objectName: "staff-name"
            width: parent.width
            height: Math.max(implicitHeight, Theme.primaryHeight)
            placeholder: root.words.name
            onActiveChanged: if (active)
                root.target = name
            onAccepted: pin.take()
        }

        Label {
            visible: !Theme.tight
            text: root.words.pin
            font.bold: true
        }

        Field {
            id: pin

            objectName: "staff-pin"
            width: parent.width
            height: Math.max(implicitHeight, Theme.primaryHeight)
            placeholder: root.words.pin
            secret: true
            onActiveChanged: if (active)
                root.target = pin
            onAccepted: root.send()
        }

        PrimaryButton {
            objectName: "staff-login"
            width: parent.width
            height: implicitHeight
            label: root.words["log-in"]
            icon: "lock"
            enabled: !root.body.busy
            onTapped: root.send()
        }
    }

    Keypad {
        x: Theme.landscape ? root.column + Theme.columnGap : 0
        y: Theme.landscape ? 0 : fields.height + Theme.gapLarge
        width: root.column
        height: Math.min(root.height - y, 66 * Theme.u)
        keys: "number"
        lower: true
        letters: true
        deleteText: root.common["delete"] ?? ""
        onPressed: key => root.target.type(key)
        onErased: root.target.erase()
    }

    Component.onCompleted: name.take()
}
