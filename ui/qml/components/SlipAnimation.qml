pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A slip goes under the camera and is read. Moves in a short burst, then rests: idle costs nothing.
Scene {
    id: root

    property string title
    property string hint
    property bool camera: true
    property string side: "above"
    property bool moving: true
    property real shift: 0
    property bool read: true
    readonly property real unit: Math.min(width / 90, (height - chip.height - Theme.gapLarge) / 70)

    clip: true

    Image {
        visible: root.camera
        anchors.horizontalCenter: parent.horizontalCenter
        y: device.y + device.height
        width: Math.round(68 * root.unit)
        height: Math.round(root.height * 0.9 - y)
        sourceSize: Qt.size(width, height)
        source: Theme.drawing("beam", Theme.beam, 1)
    }

    Rectangle {
        id: device

        anchors.horizontalCenter: parent.horizontalCenter
        y: 4 * root.unit
        width: 26 * root.unit
        height: 9 * root.unit
        radius: height / 2
        color: Theme.deep
        border.width: Theme.edged ? Theme.hairline : 0
        border.color: Theme.line

        Rectangle {
            x: 4 * root.unit
            anchors.verticalCenter: parent.verticalCenter
            visible: root.camera
            width: 1.6 * root.unit
            height: width
            radius: width / 2
            color: Theme.lamp
        }

        Rectangle {
            anchors.centerIn: parent
            width: 5.4 * root.unit
            height: width
            radius: width / 2
            color: Theme.lens
            border.width: 0.5 * root.unit
            border.color: Theme.lensRim

            Rectangle {
                x: parent.width * 0.24
                y: parent.height * 0.24
                width: parent.width * 0.24
                height: width
                radius: width / 2
                color: Theme.lensRim
            }
        }
    }

    Rectangle {
        id: slip

        anchors.horizontalCenter: parent.horizontalCenter
        y: device.y + device.height + 12 * root.unit + root.shift * 20 * root.unit
        width: 50 * root.unit
        height: 36 * root.unit
        radius: root.unit
        rotation: -2.6 + root.shift * 4
        opacity: 1 - root.shift
        antialiasing: true
        color: Theme.paper
        border.width: Theme.hairline
        border.color: Theme.paperLine

        Label {
            x: 4 * root.unit
            y: 2.6 * root.unit
            text: root.title
            color: Theme.paperInk
            font.pixelSize: Theme.drawnType * root.unit
            font.bold: true
            wrapMode: Text.NoWrap
            Accessible.ignored: true
        }

        Repeater {
            model: [30, 22, 26]

            Rectangle {
                required property int index
                required property int modelData

                x: 4 * root.unit
                y: (9 + index * 2.9) * root.unit
                width: modelData * root.unit
                height: 1.1 * root.unit
                radius: height / 2
                color: Theme.paperLine
            }
        }

        Rectangle {
            x: 3 * root.unit
            y: 18.6 * root.unit
            width: 44 * root.unit
            height: 14.4 * root.unit
            radius: root.unit
            color: Theme.clear
            border.width: Math.max(2, 0.55 * root.unit)
            border.color: root.read && root.camera ? Theme.good : Theme.paperLine
            antialiasing: true

            Repeater {
                model: [2, 1, 1, 2, 1, 1, 2, 1, 2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 1, 1, 2]

                Rectangle {
                    required property int index
                    required property int modelData

                    x: (1.7 + index * 1.96) * root.unit
                    y: 1.6 * root.unit
                    width: modelData * 0.68 * root.unit
                    height: parent.height - 3.2 * root.unit
                    color: Theme.paperInk
                    antialiasing: true
                }
            }
        }
    }

    MachineDrawing {
        x: Theme.start(parent.width - width - Theme.gap, width, parent.width)
        y: Theme.gap
        width: 19 * root.unit
        height: width
        visible: root.camera
        slip: true
        side: root.side
    }

    SequentialAnimation {
        running: root.moving && root.visible && Theme.slide > 0
        loops: Animation.Infinite

        PauseAnimation {
            duration: Theme.rest
        }

        ScriptAction {
            script: {
                root.read = false;
                root.shift = 1;
            }
        }

        NumberAnimation {
            target: root
            property: "shift"
            to: 0
            duration: Theme.sheet
            easing.type: Theme.easing
        }

        PauseAnimation {
            duration: Theme.slide
        }

        ScriptAction {
            script: root.read = true
        }
    }

    Rectangle {
        id: chip

        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gapLarge
        width: Math.min(natural.advanceWidth + Theme.gap + 2 * Theme.gapLarge, root.width - 2 * Theme.gap)
        height: words.implicitHeight + 2 * Theme.gapSmall
        radius: Theme.radiusLarge
        color: Theme.surface
        border.width: Theme.edged ? Theme.hairline : 0
        border.color: Theme.line

        TextMetrics {
            id: natural

            font.family: Theme.family
            font.pixelSize: Theme.body
            font.bold: true
            text: root.hint
        }

        Headline {
            id: words

            plain: true
            bold: true
            color: Theme.ink
            size: Theme.body
            align: Text.AlignHCenter

            anchors.centerIn: parent
            width: parent.width - 2 * Theme.gapLarge
            text: root.hint
        }
    }
}
