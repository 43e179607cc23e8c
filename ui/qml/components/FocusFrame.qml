pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The keyboard's focus, visible on any surface.
Rectangle {
    property bool shown: false

    anchors.fill: parent
    visible: shown
    color: Theme.clear
    border.width: Theme.stroke
    border.color: Theme.focus
}
