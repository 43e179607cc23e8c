pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A quiet surface for things that belong together.
Item {
    id: root

    property color color: Theme.surface
    property color edge: Theme.line
    property real edgeWidth: Theme.hairline
    property real radius: Theme.radius
    default property alias content: face.data

    Rectangle {
        anchors.fill: parent
        anchors.topMargin: 0.5 * Theme.u
        anchors.bottomMargin: -0.5 * Theme.u
        radius: root.radius
        color: Theme.shadow
    }

    Rectangle {
        id: face

        anchors.fill: parent
        radius: root.radius
        color: root.color
        border.width: root.edgeWidth
        border.color: root.edge
    }
}
