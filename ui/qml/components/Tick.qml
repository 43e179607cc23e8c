pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A box that is ticked or not, or cannot be.
Rectangle {
    id: root

    property bool picked: false
    property bool able: true

    implicitWidth: 6.4 * Theme.u
    implicitHeight: implicitWidth
    radius: 1.2 * Theme.u
    color: picked ? Theme.primary : able ? Theme.surface : Theme.mutedTint
    border.width: picked ? 0 : able ? Theme.stroke : Theme.hairline
    border.color: able ? Theme.outline : Theme.line

    Icon {
        anchors.centerIn: parent
        visible: root.picked
        name: "check"
        size: parent.width * 0.72
        weight: 3
        color: Theme.primaryInk
    }
}
