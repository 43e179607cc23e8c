pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A button's icon; where time runs, with the thin ring of the time left around it.
Item {
    id: root

    property string icon
    property real ring: -1
    property real size: Theme.icon
    property color color: Theme.ink

    visible: icon !== "" || ring >= 0
    implicitWidth: visible ? size : 0
    implicitHeight: size

    Icon {
        anchors.centerIn: parent
        name: root.icon
        size: root.ring >= 0 ? root.size * 0.6 : root.size
        color: root.color
        weight: root.ring >= 0 ? 2.6 : 2
    }

    Ring {
        anchors.fill: parent
        visible: root.ring >= 0
        remaining: root.ring
        color: root.color
    }
}
