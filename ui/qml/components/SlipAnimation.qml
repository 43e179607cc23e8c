pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Shapes
import ".."

// A slip goes under the camera and is read. Moves in a short burst, then rests: idle costs nothing.
Scene {
    id: root

    property string title
    property string hint
    property bool camera: true
    property bool moving: true
    property real shift: 0
    property bool read: true
    readonly property real unit: Math.min(width / 90, (height - chip.height - Theme.gapLarge) / 70)

    clip: true

    Shape {
        anchors.fill: parent
        visible: root.camera
        preferredRendererType: Shape.CurveRenderer

        ShapePath {
            strokeWidth: -1
            strokeColor: Theme.clear
            startX: root.width / 2 - 6 * root.unit
            startY: device.y + device.height
            fillGradient: LinearGradient {
                x1: root.width / 2
                y1: device.y
                x2: root.width / 2
                y2: root.height * 0.86

                GradientStop {
                    position: 0
                    color: Theme.beam
                }

                GradientStop {
                    position: 1
                    color: Theme.clear
                }
            }

            PathLine {
                x: root.width / 2 + 6 * root.unit
                y: device.y + device.height
            }

            PathLine {
                x: root.width / 2 + 34 * root.unit
                y: root.height * 0.9
            }

            PathLine {
                x: root.width / 2 - 34 * root.unit
                y: root.height * 0.9
            }
        }
    }

    Rectangle {
        id: device

        anchors.horizontalCenter: parent.horizontalCenter
        y: 4 * root.unit
        width: 26 * root.unit
        height: 9 * root.unit
        radius: height / 2
        color: Theme.deep
        border.width: Theme.contrast ? Theme.hairline : 0
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
            font.pixelSize: 3.6 * root.unit
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
            border.color: root.read ? Theme.frameGood : Theme.paperLine
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
        width: Math.min(words.implicitWidth + 2 * Theme.gapLarge, root.width - 2 * Theme.gap)
        height: words.implicitHeight + 2 * Theme.gapSmall
        radius: Theme.radiusLarge
        color: Theme.surface
        border.width: Theme.contrast ? Theme.hairline : 0
        border.color: Theme.line

        Label {
            id: words

            anchors.centerIn: parent
            width: Math.min(implicitWidth, root.width - 2 * Theme.gap - 2 * Theme.gapLarge)
            horizontalAlignment: Text.AlignHCenter
            text: root.hint
            font.bold: true
        }
    }
}
