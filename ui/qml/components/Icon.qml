pragma ComponentBehavior: Bound

import QtQuick
import ".."

// One icon of the set (assets/icons), in any colour and weight.
Image {
    id: root

    property string name
    property real size: Theme.icon
    property color color: Theme.ink
    property real weight: 2
    readonly property int pixels: Math.max(1, Math.round(size))

    width: pixels
    height: pixels
    sourceSize: Qt.size(pixels, pixels)
    mirror: Theme.rtl && ["back", "next", "previous"].includes(name)
    source: name ? Theme.drawing(name, color, weight) : ""
}
