pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The time left, as a thin ring; `remaining` from 1 to 0.
Image {
    id: root

    property real remaining: 1
    property color color: Theme.ink
    readonly property int pixels: Math.max(1, Math.round(width))

    cache: false
    sourceSize: Qt.size(pixels, pixels)
    source: visible ? Theme.drawing("ring", color, Theme.stroke) + "&left=" + remaining.toFixed(3) : ""
}
