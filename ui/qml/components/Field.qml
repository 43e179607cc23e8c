pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A line to type into, by keyboard or by keypad.
Rectangle {
    id: root

    property alias text: input.text
    property string placeholder
    property bool secret: false
    readonly property bool active: input.activeFocus
    signal accepted

    function type(key: string) {
        input.insert(input.cursorPosition, key);
    }

    function erase() {
        input.text = input.text.slice(0, -1);
    }

    function take() {
        input.forceActiveFocus();
    }

    // Qt takes the name away from a field that is marked as a password; what it lies in keeps it.
    Accessible.role: Accessible.Grouping
    Accessible.name: placeholder
    implicitHeight: Math.max(Theme.touch, input.implicitHeight + Theme.gap)
    radius: Theme.radius
    color: Theme.surface
    border.width: active ? Theme.stroke : Theme.hairline
    border.color: active ? Theme.primary : Theme.outline

    Label {
        x: Theme.start(Theme.gapLarge, width, parent.width)
        objectName: "placeholder"
        anchors.verticalCenter: parent.verticalCenter
        visible: input.text === ""
        width: parent.width - 2 * Theme.gapLarge
        text: root.placeholder
        color: Theme.muted
        wrapMode: Text.NoWrap
        elide: Text.ElideRight
    }

    TextInput {
        id: input

        x: Theme.start(Theme.gapLarge, width, parent.width)
        anchors.verticalCenter: parent.verticalCenter
        width: parent.width - 2 * Theme.gapLarge
        clip: true
        color: Theme.ink
        font.family: Theme.family
        font.pixelSize: Theme.body
        maximumLength: 64
        echoMode: root.secret ? TextInput.Password : TextInput.Normal
        inputMethodHints: Qt.ImhNoPredictiveText | Qt.ImhSensitiveData
        selectByMouse: false
        activeFocusOnTab: true
        Accessible.role: Accessible.EditableText
        Accessible.name: root.placeholder
        Accessible.passwordEdit: root.secret
        onAccepted: root.accepted()
    }

    MouseArea {
        anchors.fill: parent
        onClicked: root.take()
    }
}
