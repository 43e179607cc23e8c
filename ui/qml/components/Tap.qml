pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Anything that can be touched: one place for touch, keyboard and screen reader.
Item {
    id: root

    property string label
    property bool down: enabled && area.pressed
    property bool picked: false
    property bool checkable: false
    signal tapped

    activeFocusOnTab: true
    Accessible.role: checkable ? Accessible.CheckBox : Accessible.Button
    Accessible.name: label
    Accessible.checkable: checkable
    Accessible.checked: picked
    Accessible.focusable: true
    Accessible.onPressAction: if (root.enabled)
        root.tapped()
    Keys.onReturnPressed: tapped()
    Keys.onEnterPressed: tapped()
    Keys.onSpacePressed: tapped()

    FocusFrame {
        z: 1
        radius: Theme.radius
        shown: root.activeFocus
    }

    MouseArea {
        id: area

        anchors.fill: parent
        onClicked: root.tapped()
    }
}
