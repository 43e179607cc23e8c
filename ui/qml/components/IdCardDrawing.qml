pragma ComponentBehavior: Bound

import QtQuick
import ".."

// An ID card as people hold it, and where on it stands what is asked for: the end of its number, or the date of birth.
Rectangle {
    id: root

    property bool birth: false
    readonly property real unit: width / 86

    implicitHeight: 54 * unit
    radius: 4 * unit
    color: Theme.paper
    border.width: Theme.stroke
    border.color: Theme.outline

    Rectangle {
        x: 58 * root.unit
        y: 8 * root.unit
        width: 20 * root.unit
        height: 25 * root.unit
        radius: root.unit
        color: Theme.paperLine

        Icon {
            anchors.centerIn: parent
            name: "person"
            size: parent.width * 0.9
            color: Theme.primaryOnPaper
        }
    }

    Repeater {
        model: [20, 30, 38, 44]

        Rectangle {
            required property int index
            required property int modelData

            x: 7 * root.unit
            y: (8 + index * 7.4) * root.unit
            width: modelData * root.unit
            height: 2.6 * root.unit
            radius: height / 2
            color: Theme.paperLine
        }
    }

    Repeater {
        model: 18

        Rectangle {
            required property int index

            x: (12 + index * 3.6) * root.unit
            y: 43 * root.unit
            width: 2.4 * root.unit
            height: 4.4 * root.unit
            radius: root.unit / 2
            color: Theme.paperInk
        }
    }

    Rectangle {
        x: (root.birth ? 4.5 : 54) * root.unit
        y: (root.birth ? 19.4 : 39.4) * root.unit
        width: (root.birth ? 46 : 24.5) * root.unit
        height: (root.birth ? 9.6 : 11.6) * root.unit
        radius: 2 * root.unit
        color: Theme.clear
        border.width: Theme.stroke * 1.4
        border.color: Theme.good
    }
}
