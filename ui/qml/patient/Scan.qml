pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Hold the code inside the frame, or type the number.
PageFrame {
    id: root

    property string number
    readonly property bool typing: body.typing
    readonly property int longest: body.max_length

    leadShare: typing ? 0.44 : 0.6
    wordsRight: !typing
    passive: !typing
    headlineSize: typing ? Theme.displayDense : Theme.display
    leadHeight: typing ? field.implicitHeight + (problem.visible ? problem.implicitHeight + Theme.gap : 0) : Math.min(width * 0.86, height * 0.6)

    onTypingChanged: number = ""
    onTyped: text => pad.type(text)
    onErased: pad.type("⌫")

    lead: [
        CameraFrame {
            anchors.fill: parent
            visible: !root.typing
            camera: root.camera
            running: root.body.camera
            good: root.body.looking
        },
        Rectangle {
            id: field

            objectName: "number-field"
            visible: root.typing
            width: parent.width
            implicitHeight: Math.max(Theme.primaryHeight, shown.implicitHeight + Theme.gap)
            height: implicitHeight
            radius: Theme.radius
            color: Theme.surface
            border.width: Theme.stroke
            border.color: root.body.problem && root.number === "" ? Theme.danger : Theme.primary
            activeFocusOnTab: true
            Accessible.role: Accessible.EditableText
            Accessible.name: root.body.placeholder
            Accessible.focusable: true

            FocusFrame {
                radius: Theme.radius
                shown: field.activeFocus
            }

            Label {
                id: shown

                anchors.verticalCenter: parent.verticalCenter
                x: Theme.gapLarge
                width: parent.width - 2 * Theme.gapLarge
                text: root.number || root.body.placeholder
                color: root.number ? Theme.ink : Theme.muted
                font.pixelSize: Theme.title
                font.bold: root.number !== ""
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
            id: pad

            anchors.fill: parent
            anchors.bottomMargin: send.height + Theme.gapLarge
            visible: root.typing
            enabled: !root.body.looking
            keys: "number"
            more: root.body.more_keys
            deleteText: root.body.delete
            onPressed: key => {
                if (root.number.length < root.longest)
                    root.number += key;
            }
            onErased: root.number = root.number.slice(0, -1)
        },
        PrimaryButton {
            id: send

            objectName: "number"
            visible: root.typing
            width: parent.width
            anchors.bottom: parent.bottom
            enabled: root.number.length > 2 && !root.body.looking
            label: root.body.looking ? root.body.looking_text : root.body.confirm
            icon: "check"
            onTapped: root.act("number", root.number)
        },
        Card {
            visible: !root.typing
            width: parent.width
            height: advice.implicitHeight + 2 * Theme.gapLarge
            y: (parent.height - height) / (root.wide ? 3 : 2)
            color: Theme.tint(advice.tone)
            edge: Theme.edged ? Theme.line : color

            Row {
                id: advice

                readonly property string tone: root.body.problem ? "danger" : root.body.looking ? "success" : root.body.hint ? "warning" : "primary"

                x: Theme.gapLarge
                y: Theme.gapLarge
                width: parent.width - 2 * Theme.gapLarge
                spacing: Theme.gapLarge

                Icon {
                    id: picture

                    anchors.verticalCenter: parent.verticalCenter
                    name: root.body.problem ? "info" : root.body.looking ? "check" : root.body.hint ? root.body.hint_icon : "camera"
                    size: Theme.tight ? Theme.display : Theme.huge
                    color: Theme.tone(advice.tone)
                }

                Label {
                    anchors.verticalCenter: parent.verticalCenter
                    width: parent.width - picture.width - parent.spacing
                    text: root.body.problem || (root.body.looking ? root.body.looking_text : root.body.hint || root.body.ready)
                    font.pixelSize: root.body.problem ? Theme.heading : Theme.title
                    font.bold: true
                }
            }
        }
    ]
}
