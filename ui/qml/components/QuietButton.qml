pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Everything beside the primary action.
Tap {
    id: root

    property string icon
    property real ring: -1
    property bool strong: false
    property real padding: Theme.gapLarge
    property real size: Theme.body
    property bool above: false
    property bool bare: false  // without its icon, where there is no room
    readonly property bool wantsAbove: width > 0 && row.mark > 0 && text.implicitWidth > row.room - row.mark

    // As wide as it would like to be, whatever room it is given: who lays buttons out asks for it.
    readonly property real natural: row.wish + text.implicitWidth + 2 * Theme.gapSmall

    implicitWidth: row.mark + text.implicitWidth + 2 * padding
    implicitHeight: Math.max(Theme.touch, row.implicitHeight + Theme.gap)

    Rectangle {
        anchors.fill: parent
        radius: Theme.radius
        color: root.strong ? (root.down ? Theme.deepPressed : Theme.deep) : root.down ? Theme.primaryTint : Theme.surface
        border.width: Theme.hairline
        border.color: root.strong && !Theme.edged ? Theme.deep : root.down ? Theme.primary : Theme.outline
    }

    Grid {
        id: row

        readonly property real wish: root.icon || root.ring >= 0 ? Theme.iconSmall + 1.4 * Theme.u : 0
        readonly property real mark: root.bare && root.ring < 0 ? 0 : wish
        readonly property real room: root.width - 2 * Theme.gapSmall
        readonly property bool tall: root.above || root.wantsAbove

        anchors.centerIn: parent
        columns: tall || mark === 0 || root.label === "" ? 1 : 2
        columnSpacing: 1.4 * Theme.u
        rowSpacing: 0.4 * Theme.u
        horizontalItemAlignment: Grid.AlignHCenter
        verticalItemAlignment: Grid.AlignVCenter

        ButtonMark {
            icon: root.bare ? "" : root.icon
            ring: root.ring
            size: Theme.iconSmall
            color: text.color
        }

        Label {
            id: text

            width: root.width > 0 ? Theme.folded(root.label, implicitWidth, row.room - (row.tall ? 0 : row.mark), root.size) : implicitWidth
            horizontalAlignment: Text.AlignHCenter
            visible: root.label !== ""
            text: root.label
            color: !root.enabled ? Theme.disabledInk : root.strong ? Theme.deepInk : Theme.ink
            font.pixelSize: root.size
            font.bold: true
            lineHeight: 0.94 * Theme.leading
            Accessible.ignored: true
        }
    }
}
