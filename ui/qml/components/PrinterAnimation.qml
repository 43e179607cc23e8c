pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A sheet slides out in step with the real ones: each sheet that is done leaves, the next comes.
Scene {
    id: root

    required property int done
    required property int total
    property string title
    property bool film: false
    property bool paused: false
    property bool finished: false
    property real out: 0.18
    readonly property real unit: Math.min(width / 90, height / 92)
    readonly property real length: Math.min(92 * unit, height - printer.y - printer.height - 5 * unit) / 0.8

    readonly property real firstLine: 0.18 * length + 16 * unit

    clip: true

    onDoneChanged: next.restart()
    Component.onCompleted: if (done > 0 || total > 0)
        out = done > 0 ? 0.82 : 0.4

    Item {
        x: 0
        y: printer.y + printer.height - 3 * root.unit
        width: root.width
        height: root.height - y
        clip: true

        Rectangle {
            id: sheet

            anchors.horizontalCenter: parent.horizontalCenter
            y: -height + height * root.out
            width: 50 * root.unit
            height: root.length
            color: root.film ? Theme.deep : Theme.paper
            radius: 0.6 * root.unit
            border.width: Theme.hairline
            border.color: Theme.paperLine

            Label {
                anchors.horizontalCenter: parent.horizontalCenter
                visible: !root.film
                y: root.firstLine - 9 * root.unit
                text: root.title
                color: Theme.paperInk
                font.pixelSize: Theme.drawnType * root.unit
                wrapMode: Text.NoWrap
                Accessible.ignored: true
            }

            Repeater {
                model: root.film ? 0 : Math.max(0, Math.floor((root.length - root.firstLine - 4 * root.unit) / (4 * root.unit)))

                Rectangle {
                    required property int index

                    x: 5 * root.unit
                    y: root.firstLine + index * 4 * root.unit
                    width: [40, 34, 38, 40, 24][index % 5] * root.unit
                    height: 1.2 * root.unit
                    radius: height / 2
                    color: Theme.paperLine
                }
            }

            Repeater {
                model: root.film ? 15 : 0

                Rectangle {
                    required property int index

                    x: (3 + (index % 3) * 15) * root.unit
                    y: 3 * root.unit + Math.floor(index / 3) * (root.length - 5 * root.unit) / 5
                    width: 14 * root.unit
                    height: (root.length - 5 * root.unit) / 5 - root.unit
                    color: Theme.lens
                    border.width: Theme.hairline
                    border.color: Theme.lensRim
                }
            }
        }
    }

    Rectangle {
        id: printer

        anchors.horizontalCenter: parent.horizontalCenter
        y: Math.max(6 * root.unit, (root.height - 100 * root.unit) / 2)
        width: 66 * root.unit
        height: 15 * root.unit
        radius: Theme.radius
        color: Theme.deep
        border.width: Theme.edged ? Theme.hairline : 0
        border.color: Theme.line

        Rectangle {
            x: 4 * root.unit
            y: 3 * root.unit
            width: 1.7 * root.unit
            height: width
            radius: width / 2
            color: root.paused ? Theme.focus : Theme.lamp
        }

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 2.2 * root.unit
            width: 55 * root.unit
            height: 1.3 * root.unit
            radius: height / 2
            color: Theme.lens
        }
    }

    SequentialAnimation {
        id: next

        NumberAnimation {
            target: root
            property: "out"
            to: root.finished || root.done >= root.total ? 1 : 1.6
            duration: Theme.sheet / 2
            easing.type: Easing.InCubic
        }

        ScriptAction {
            script: if (root.done < root.total)
                root.out = 0
        }

        NumberAnimation {
            target: root
            property: "out"
            to: root.done < root.total ? 0.82 : 0.9
            duration: Theme.sheet
            easing.type: Theme.easing
        }
    }
}
