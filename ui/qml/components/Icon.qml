pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes
import ".."

// One icon of the set, drawn as strokes on a 24 by 24 grid.
Item {
    id: root

    property string name
    property real size: Theme.icon
    property color color: Theme.ink
    property real weight: 2

    implicitWidth: size
    implicitHeight: size

    Shape {
        anchors.centerIn: parent
        width: 24
        height: 24
        scale: root.size / 24
        visible: root.name !== ""
        preferredRendererType: Shape.CurveRenderer

        ShapePath {
            strokeColor: root.color
            strokeWidth: root.weight
            fillColor: Theme.clear
            capStyle: ShapePath.RoundCap
            joinStyle: ShapePath.RoundJoin

            PathSvg {
                path: Icons.paths[root.name] ?? Icons.paths["dots"]
            }
        }
    }
}
