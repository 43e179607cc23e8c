pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The keyboard's focus: a light ring inside a dark one, so that one of the two stands out on any surface.
Rectangle {
    id: root

    property bool shown: false

    anchors.fill: parent
    anchors.margins: -Theme.stroke
    visible: shown
    color: Theme.clear
    border.width: Theme.stroke * 2
    border.color: Theme.focusEdge

    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.stroke
        radius: root.radius
        color: Theme.clear
        border.width: Theme.stroke * 1.2
        border.color: Theme.focus
    }
}
