pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Whose kiosk this is, and the three things always at hand: access, language, help.
Item {
    id: root

    required property var common
    property string mark
    required property var languages
    required property string language
    property bool controls: true
    property bool helpful: true
    property real middle: 0
    readonly property real stepsX: width - tools.width - middle - Theme.gapLarge
    signal act(string id, string value)
    signal staff

    implicitHeight: Math.max(Theme.touch, names.implicitHeight)

    Item {
        id: corner

        x: Theme.start((6.4 * Theme.u - Theme.touch) / 2, width, parent.width)
        objectName: "hospital-mark"
        width: Theme.touch
        height: Theme.touch
        anchors.verticalCenter: parent.verticalCenter

        Image {
            anchors.centerIn: parent
            visible: root.mark !== ""
            width: 6.4 * Theme.u
            height: width
            sourceSize: Qt.size(width, height)
            fillMode: Image.PreserveAspectFit
            source: root.mark
        }

        Rectangle {
            anchors.centerIn: parent
            visible: root.mark === ""
            width: 6.4 * Theme.u
            height: width
            radius: 1.4 * Theme.u
            color: Theme.primary

            Rectangle {
                anchors.centerIn: parent
                width: 3.6 * Theme.u
                height: 1.2 * Theme.u
                radius: height / 4
                color: Theme.primaryInk
            }

            Rectangle {
                anchors.centerIn: parent
                width: 1.2 * Theme.u
                height: 3.6 * Theme.u
                radius: width / 4
                color: Theme.primaryInk
            }
        }

        MouseArea {
            anchors.fill: parent
            pressAndHoldInterval: 3000
            onPressAndHold: root.staff()
        }
    }

    Column {
        id: names

        anchors.left: corner.right
        anchors.leftMargin: Theme.gapSmall
        width: parent.width - corner.width - Theme.gapSmall - tools.width - Theme.gap - (root.middle > 0 ? root.middle + Theme.gapLarge : 0)
        anchors.verticalCenter: parent.verticalCenter

        Label {
            id: name

            width: parent.width
            text: root.common.hospital ?? ""
            font.bold: true
            lineHeight: 0.9 * Theme.leading
            maximumLineCount: 2
        }

        Label {
            width: parent.width
            visible: implicitWidth <= parent.width && name.lineCount < 2
            text: [root.common.machine, root.common.service].filter(words => !!words).join(" · ")
            wrapMode: Text.NoWrap
            color: Theme.muted
            font.pixelSize: Theme.caption
            lineHeight: 0.9 * Theme.leading
        }
    }

    Tools {
        id: tools

        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        visible: root.controls
        width: visible ? implicitWidth : 0
        common: root.common
        languages: root.languages
        language: root.language
        helpful: root.helpful
        onAct: (id, value) => root.act(id, value)
    }
}
