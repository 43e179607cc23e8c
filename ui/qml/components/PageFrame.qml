pragma ComponentBehavior: Bound

import QtQuick
import ".."

// One screen: headline, picture (`lead`), what is to be done (`work`), and the action bar.
// Portrait: one column. Landscape: headline and picture left, work and the primary action right.
KioskScreen {
    id: root

    property int align: Text.AlignLeft
    property bool wordsRight: false
    property bool barLeft: false
    property bool secondaryLeft: false
    property real headlineSize: Theme.display
    property bool answering: true
    property bool passive: false
    property real leadShare: 0.5
    property real leadHeight: -1
    property real workHeight: -1
    property var primaryValue: view.primary ? view.primary.value : ""
    property alias lead: leadSlot.data
    property alias work: workSlot.data
    property alias below: belowSlot.data

    readonly property bool wide: Theme.landscape
    readonly property bool apart: wide && wordsRight
    readonly property real leftWidth: wide ? (width - Theme.columnGap) * leadShare : width
    readonly property real rightX: wide ? leftWidth + Theme.columnGap : 0
    readonly property real rightWidth: width - rightX
    readonly property bool hasLead: leadSlot.children.length > 0
    readonly property bool hasWork: workSlot.children.length > 0
    readonly property real headEnd: head.height + Theme.gapLarge
    readonly property real primaryTop: primary.visible ? primary.y - Theme.gapLarge : height
    readonly property real secondaryTop: secondary.visible ? secondary.y - (primary.visible ? Theme.gap : Theme.gapLarge) : height
    readonly property bool belowLeft: wide && (barLeft || Theme.lowReach)
    readonly property bool leadHigh: wide && Theme.lowReach && !passive && !barLeft
    readonly property bool primaryLeft: wide && barLeft
    readonly property bool outer: apart && !secondaryLeft
    readonly property bool stacked: !wide || outer || barLeft
    readonly property real leftTop: Math.min(wide && (outer || !secondary.visible) ? height : secondaryTop, primaryLeft ? primaryTop : height)
    readonly property real barTop: wide ? Math.min(outer ? secondaryTop : height, primaryLeft ? height : primaryTop) : Math.min(secondaryTop, primaryTop)
    readonly property real belowHeight: belowSlot.height > 0 ? belowSlot.height + Theme.gap : 0
    readonly property real portraitLead: !hasLead ? 0 : leadHeight !== -1 ? leadHeight : barTop - headEnd - (hasWork ? workHeight + Theme.gapLarge : 0)
    readonly property real half: Theme.lowReach && !passive ? Theme.lowerHalf : 0

    function ringOf(action: var): real {
        return action && action.id === "finish" && view.limit_s > 0 ? remaining : -1;
    }

    Column {
        id: head

        x: Theme.start(root.apart ? root.rightX : 0, width, root.width)
        width: root.apart ? root.rightWidth : root.leftWidth
        spacing: Theme.gapSmall

        Headline {
            objectName: "headline"
            width: parent.width
            text: root.view.headline
            size: root.headlineSize
            poster: root.headlineSize > Theme.display
            align: root.wide ? Text.AlignLeft : root.align
        }

        Headline {
            width: parent.width
            visible: text !== "" && !(Theme.tight && Theme.lowReach)
            height: visible ? implicitHeight : 0
            text: root.view.sub
            size: Theme.body
            plain: true
            align: root.wide ? Text.AlignLeft : root.align
        }
    }

    Item {
        id: leadSlot

        visible: root.hasLead
        x: Theme.start(root.leadHigh ? root.rightX : 0, width, root.width)
        y: root.apart || root.leadHigh ? 0 : root.headEnd
        width: root.leadHigh ? root.rightWidth : root.leftWidth
        height: root.wide ? root.leftTop - y - (root.belowLeft ? root.belowHeight : 0) : root.portraitLead
    }

    Item {
        id: workSlot

        visible: root.hasWork
        x: Theme.start(root.rightX, width, root.width)
        y: Math.max(root.half, root.wide ? (root.apart ? root.headEnd : 0) : root.headEnd + (root.hasLead ? root.portraitLead + Theme.gapLarge : 0))
        width: root.rightWidth
        height: Math.max(0, root.barTop - y - (root.belowLeft ? 0 : root.belowHeight))
    }

    Item {
        id: belowSlot

        x: Theme.start(root.belowLeft ? 0 : root.rightX, width, root.width)
        y: (root.belowLeft ? root.leftTop : root.barTop) - height
        width: root.belowLeft ? root.leftWidth : root.rightWidth
        height: childrenRect.height
    }

    PrimaryButton {
        id: primary

        objectName: root.view.primary ? root.view.primary.id : "no-primary"
        visible: !!root.view.primary
        x: Theme.start(root.primaryLeft ? 0 : root.rightX, width, root.width)
        y: root.height - height - (secondary.visible && root.stacked ? secondary.height + Theme.gap : 0)
        width: root.primaryLeft ? root.leftWidth : root.rightWidth
        enabled: !!root.view.primary && root.view.primary.enabled && root.answering
        label: root.view.primary ? root.view.primary.text : ""
        icon: root.view.primary ? root.view.primary.icon : ""
        ring: root.ringOf(root.view.primary)
        onTapped: root.act(root.view.primary.id, root.primaryValue)
    }

    Grid {
        id: secondary

        readonly property var actions: root.view.secondary
        // Landscape has height to give: what does not fit side by side with its icons stands one below the other.
        readonly property bool stacks: root.wide && !Theme.lowReach && buttons.crowded
        readonly property real share: (width - spacing * (columns - 1)) / columns

        // Four words side by side are as many as a row of usual type holds.
        readonly property bool twoRows: !stacks && actions.length > 3 && (Theme.large || Theme.lowReach)

        columns: stacks ? 1 : twoRows ? 2 : Math.max(1, actions.length)

        visible: actions.length > 0
        x: Theme.start(root.outer ? root.rightX : 0, width, root.width)
        y: root.height - height
        width: root.outer ? root.rightWidth : root.leftWidth
        spacing: Theme.gap

        Repeater {
            id: buttons

            readonly property real tallest: {
                let most = Theme.touch;
                for (let i = 0; i < count; i++)
                    most = Math.max(most, itemAt(i)?.implicitHeight ?? 0);
                return most;
            }
            readonly property bool crowded: {
                const room = (secondary.width - secondary.spacing * (count - 1)) / Math.max(1, count);
                for (let i = 0; i < count; i++)
                    if ((itemAt(i) as QuietButton)?.natural > room)
                        return true;
                return false;
            }
            readonly property bool above: {
                for (let i = 0; i < count; i++)
                    if ((itemAt(i) as QuietButton)?.wantsAbove)
                        return true;
                return false;
            }

            model: secondary.actions.length

            QuietButton {
                required property int index
                readonly property var action: secondary.actions[index] ?? ({})

                objectName: action.id ?? ""
                width: secondary.share
                height: buttons.tallest
                above: buttons.above
                enabled: !!action.enabled
                label: action.text ?? ""
                icon: action.icon ?? ""
                bare: secondary.twoRows && Theme.tight
                ring: root.ringOf(action)
                onTapped: root.act(action.id, action.value)
            }
        }
    }
}
