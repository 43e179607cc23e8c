pragma ComponentBehavior: Bound

import QtQuick
import ".."

// What a phone will show: first a question with its boxes, then the images. Changes a few times, then rests.
Rectangle {
    id: root

    property bool message: false
    property bool open: true
    readonly property real unit: width / 30

    implicitHeight: 58 * unit
    radius: 3.4 * unit
    color: Theme.lens
    border.width: Theme.stroke
    border.color: Theme.outline

    Rectangle {
        id: screen

        x: 1.4 * root.unit
        y: 3 * root.unit
        width: parent.width - 2 * x
        height: parent.height - 2 * y
        radius: root.unit
        color: Theme.paper

        Rectangle {
            width: parent.width
            height: 6 * root.unit
            radius: root.unit
            color: Theme.primaryOnPaper
        }

        Item {
            anchors.fill: parent
            visible: !root.message && !root.open

            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                y: 12 * root.unit
                name: "lock"
                size: 9 * root.unit
                color: Theme.primaryOnPaper
            }

            Repeater {
                model: 6

                Rectangle {
                    required property int index

                    x: (1.6 + index * 4.1) * root.unit
                    y: 26 * root.unit
                    width: 3.4 * root.unit
                    height: 5 * root.unit
                    radius: root.unit / 2
                    color: Theme.clear
                    border.width: Theme.stroke
                    border.color: Theme.paperInk
                }
            }
        }

        Item {
            anchors.fill: parent
            visible: !root.message && root.open

            Repeater {
                model: 6

                Rectangle {
                    id: image

                    required property int index

                    x: (1.6 + (index % 2) * 12.4) * root.unit
                    y: (8 + Math.floor(index / 2) * 10.6) * root.unit
                    width: 11 * root.unit
                    height: 9.4 * root.unit
                    radius: root.unit / 2
                    color: Theme.lens

                    Rectangle {
                        anchors.centerIn: parent
                        width: parent.width * 0.56
                        height: parent.height * (0.5 + image.index * 0.05)
                        radius: height / 2
                        color: Theme.clear
                        border.width: Theme.stroke
                        border.color: Theme.lensRim
                    }
                }
            }

            Repeater {
                model: [22, 18, 20]

                Rectangle {
                    required property int index
                    required property int modelData

                    x: 1.6 * root.unit
                    y: (41 + index * 3) * root.unit
                    width: modelData * root.unit
                    height: 1.4 * root.unit
                    radius: height / 2
                    color: Theme.paperLine
                }
            }
        }

        Rectangle {
            visible: root.message
            x: 2 * root.unit
            y: 12 * root.unit
            width: parent.width - 2 * x
            height: 16 * root.unit
            radius: 2 * root.unit
            color: Theme.paperLine

            Icon {
                anchors.centerIn: parent
                name: "report"
                size: 9 * root.unit
                color: Theme.primaryOnPaper
            }
        }

        Rectangle {
            x: parent.width - width - 2 * root.unit
            y: (root.message ? 25 : 38) * root.unit
            visible: root.message || root.open
            width: 8 * root.unit
            height: width
            radius: width / 2
            color: Theme.good

            Icon {
                anchors.centerIn: parent
                name: "check"
                size: parent.width * 0.6
                weight: 3
                color: Theme.paper
            }
        }
    }

    SequentialAnimation {
        running: !root.message && root.visible && Theme.slide > 0
        loops: 3

        PropertyAction {
            target: root
            property: "open"
            value: false
        }

        PauseAnimation {
            duration: 2 * Theme.sheet
        }

        PropertyAction {
            target: root
            property: "open"
            value: true
        }

        PauseAnimation {
            duration: 4 * Theme.sheet
        }
    }
}
