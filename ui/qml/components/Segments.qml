pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Real progress: one bar a sheet while they are few, else one bar that fills.
Row {
    id: root

    required property int total
    required property int done
    property bool paused: false
    readonly property int cells: total > 0 && total <= 12 ? total : 1

    spacing: Theme.gap
    Accessible.role: Accessible.ProgressBar

    Repeater {
        model: root.cells

        Rectangle {
            id: cell

            required property int index
            readonly property bool past: index < root.done

            width: (root.width - root.spacing * (root.cells - 1)) / root.cells
            height: 2 * Theme.u
            radius: height / 2
            color: root.cells > 1 && past ? Theme.success : root.cells > 1 && index === root.done ? (root.paused ? Theme.warning : Theme.primary) : Theme.track
            border.width: Theme.edged ? Theme.hairline : 0
            border.color: Theme.line

            Rectangle {
                visible: root.cells === 1
                width: parent.width * (root.total > 0 ? root.done / root.total : 0)
                height: parent.height
                radius: height / 2
                color: Theme.success
            }
        }
    }
}
