pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// The report like paper.
PageFrame {
    id: root

    leadShare: 0.42
    barLeft: true
    leadHeight: 0
    readonly property int count: body.pages.length

    // On through the page, and from its end to the next one.
    function go(forward: bool) {
        if (forward ? paper.atEnd : paper.atStart)
            act("turn-page", body.page + (forward ? 1 : -1));
        else
            paper.move(forward);
    }

    work: PaperPages {
        id: paper

        anchors.fill: parent
        pages: root.body.pages
        page: root.body.page
        start: root.body.top
        waiting: root.body.loading_text
    }

    below: Column {
        id: tools

        width: parent.width
        spacing: Theme.gap

        Row {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: root.count > 1
            height: visible ? implicitHeight : 0
            spacing: Theme.gap

            Repeater {
                model: root.count

                Rectangle {
                    required property int index

                    width: 2 * Theme.u
                    height: width
                    radius: width / 2
                    color: index === root.body.page ? Theme.primary : Theme.line
                }
            }
        }

        Grid {
            id: buttons

            // In low reach all four stand in one row, words alone: more would not stay below the middle in large type.
            readonly property bool pairs: root.wide && !Theme.lowReach
            readonly property var keys: pairs ? ["previous", "next", "zoom-out", "zoom-in"] : ["previous", "zoom-out", "zoom-in", "next"]

            width: parent.width
            columns: pairs ? 2 : keys.length
            spacing: Theme.gap

            Repeater {
                id: each

                readonly property real tallest: {
                    let most = Theme.touch;
                    for (let i = 0; i < count; i++)
                        most = Math.max(most, itemAt(i)?.implicitHeight ?? 0);
                    return most;
                }

                model: buttons.keys

                QuietButton {
                    required property string modelData
                    readonly property var word: ({
                            "previous": root.body.previous,
                            "zoom-out": root.body.zoom_out,
                            "zoom-in": root.body.zoom_in,
                            "next": root.body.next
                        })
                    readonly property var able: ({
                            "previous": root.body.page > 0 || !paper.atStart,
                            "zoom-out": paper.zoom > 1,
                            "zoom-in": paper.zoom < 3,
                            "next": root.body.page < root.count - 1 || !paper.atEnd
                        })

                    objectName: modelData
                    width: (buttons.width - buttons.spacing * (buttons.columns - 1)) / buttons.columns
                    height: each.tallest
                    enabled: root.count > 0 && able[modelData]
                    icon: root.wide && !buttons.pairs ? "" : modelData === "previous" ? "up" : modelData === "next" ? "down" : modelData
                    label: word[modelData]
                    size: Theme.caption
                    above: !root.wide
                    onTapped: {
                        if (modelData === "zoom-in")
                            paper.zoom = Math.min(3, paper.zoom + 0.5);
                        else if (modelData === "zoom-out")
                            paper.zoom = Math.max(1, paper.zoom - 0.5);
                        else
                            root.go(modelData === "next");
                    }
                }
            }
        }
    }
}
