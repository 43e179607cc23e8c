pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The camera's picture with an aiming frame; the frame turns green on a good read.
Item {
    id: root

    property var camera: null
    property bool good: false

    objectName: "camera"
    property bool running: true

    Rectangle {
        anchors.fill: parent
        radius: Theme.radiusLarge
        color: Theme.lens
        border.width: Theme.edged ? Theme.hairline : 0
        border.color: Theme.line
        clip: true

        // Whole pixels, so that showing a picture is copying it.
        Image {
            id: picture

            property int number: 0

            objectName: "camera-picture"
            x: Math.round(Theme.gapSmall)
            y: x
            width: Math.floor(parent.width - 2 * x)
            height: Math.floor(parent.height - 2 * y)
            sourceSize: Qt.size(width, height)
            smooth: false
            cache: false
            source: number > 0 && width > 0 && height > 0 ? `image://camera/${number}` : ""
        }

        Timer {
            interval: 15
            repeat: true
            triggeredOnStart: true
            running: root.running && root.visible && root.camera !== null
            onTriggered: picture.number = root.camera.look()
            onRunningChanged: {
                if (!running)
                    picture.number = 0;
            }
        }
    }

    Item {
        id: aim

        readonly property real arm: 8 * Theme.u
        readonly property real thick: Theme.stroke * 2.4

        anchors.centerIn: parent
        width: root.width * 0.8
        height: Math.min(root.height - 4 * Theme.gap, width * 0.62)

        Repeater {
            model: 4

            Item {
                id: corner

                required property int index
                readonly property bool atRight: index % 2 === 1
                readonly property bool atBottom: index > 1

                x: atRight ? aim.width - aim.arm : 0
                y: atBottom ? aim.height - aim.arm : 0
                width: aim.arm
                height: aim.arm

                Rectangle {
                    y: corner.atBottom ? parent.height - height : 0
                    width: parent.width
                    height: aim.thick
                    radius: height / 2
                    color: root.good ? Theme.frameGood : Theme.frameIdle
                    border.width: Theme.stroke * 0.7
                    border.color: Theme.lens
                }

                Rectangle {
                    x: corner.atRight ? parent.width - width : 0
                    width: aim.thick
                    height: parent.height
                    radius: width / 2
                    color: root.good ? Theme.frameGood : Theme.frameIdle
                    border.width: Theme.stroke * 0.7
                    border.color: Theme.lens
                }
            }
        }
    }
}
