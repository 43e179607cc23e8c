pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes
import ".."

// The time left, as a thin ring; `remaining` from 1 to 0.
Item {
    id: root

    property real remaining: 1
    property color color: Theme.ink

    Rectangle {
        anchors.fill: parent
        radius: width / 2
        color: Theme.clear
        border.width: Theme.hairline
        border.color: root.color
        opacity: 0.35
    }

    Shape {
        anchors.fill: parent
        preferredRendererType: Shape.CurveRenderer

        ShapePath {
            strokeColor: root.color
            strokeWidth: Theme.stroke
            fillColor: Theme.clear
            capStyle: ShapePath.RoundCap

            PathAngleArc {
                centerX: root.width / 2
                centerY: root.height / 2
                radiusX: (root.width - Theme.stroke) / 2
                radiusY: radiusX
                startAngle: -90
                sweepAngle: 360 * Math.min(1, Math.max(0, root.remaining))
            }
        }
    }
}
