pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Hold the code inside the frame, or type the number.
PageFrame {
    id: root

    property string typed
    readonly property bool typing: body.typing
    readonly property int longest: body.max_length

    leadShare: typing ? 0.44 : 0.64
    leadHeight: typing ? field.implicitHeight + (problem.visible ? problem.implicitHeight + Theme.gap : 0) : -1
    workHeight: help.visible ? help.implicitHeight : -Theme.gapLarge

    lead: [
        CameraFrame {
            anchors.fill: parent
            visible: !root.typing
            camera: root.camera
            running: root.body.camera
            good: root.body.looking
            hint: root.body.looking ? root.body.looking_text : root.body.hint
            hintIcon: root.body.looking ? "check" : root.body.hint_icon
        },
        Rectangle {
            id: field

            visible: root.typing
            width: parent.width
            implicitHeight: Math.max(Theme.primaryHeight, number.implicitHeight + Theme.gap)
            height: implicitHeight
            radius: Theme.radius
            color: Theme.surface
            border.width: Theme.stroke
            border.color: root.body.problem && root.typed === "" ? Theme.danger : Theme.primary
            Accessible.role: Accessible.EditableText
            Accessible.name: root.body.placeholder

            Label {
                id: number

                anchors.verticalCenter: parent.verticalCenter
                x: Theme.gapLarge
                width: parent.width - 2 * Theme.gapLarge
                text: root.typed || root.body.placeholder
                color: root.typed ? Theme.ink : Theme.muted
                font.pixelSize: Theme.title
                font.bold: root.typed !== ""
                wrapMode: Text.WrapAnywhere
            }
        },
        Notice {
            id: problem

            visible: root.typing && text !== ""
            y: field.height + Theme.gap
            width: parent.width
            text: root.body.problem
            icon: "info"
            tone: "danger"
        }
    ]

    work: [
        Keypad {
            anchors.fill: parent
            anchors.bottomMargin: send.height + Theme.gapLarge
            visible: root.typing
            enabled: !root.body.looking
            keys: "number"
            deleteText: root.body.delete
            onPressed: key => {
                if (root.typed.length < root.longest)
                    root.typed += key;
            }
            onErased: root.typed = root.typed.slice(0, -1)
        },
        PrimaryButton {
            id: send

            objectName: "number"
            visible: root.typing
            width: parent.width
            anchors.bottom: parent.bottom
            enabled: root.typed.length > 2 && !root.body.looking
            label: root.body.looking ? root.body.looking_text : root.body.confirm
            icon: "check"
            onTapped: root.act("number", root.typed)
        },
        Notice {
            id: help

            visible: !root.typing && text !== ""
            width: parent.width
            text: root.body.problem
            icon: "info"
            tone: "danger"
        }
    ]
}
