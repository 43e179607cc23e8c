pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The report's pages like paper, one at a time, with zoom by pinch or by button.
Item {
    id: root

    required property var pages
    required property int page
    property real zoom: 1
    property string waiting
    readonly property bool loading: picture.status === Image.Loading

    objectName: "paper-pages"

    onPageChanged: flick.contentY = 0

    Rectangle {
        anchors.fill: parent
        radius: Theme.radiusLarge
        color: Theme.sunken
        border.width: Theme.contrast ? Theme.hairline : 0
        border.color: Theme.line
    }

    Flickable {
        id: flick

        objectName: "paper"
        anchors.fill: parent
        anchors.margins: Theme.gap
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        contentWidth: Math.max(width, paper.width)
        contentHeight: Math.max(height, paper.height)

        Rectangle {
            id: paper

            x: Math.max(0, (flick.width - width) / 2)
            y: Math.max(0, (flick.height - height) / 2)
            width: Math.min(flick.width, flick.height / Math.SQRT2) * root.zoom
            height: width * Math.SQRT2
            color: Theme.paper
            border.width: Theme.hairline
            border.color: Theme.line

            Image {
                id: picture

                anchors.fill: parent
                anchors.margins: Theme.hairline
                asynchronous: true
                cache: false
                retainWhileLoading: true
                mipmap: true
                fillMode: Image.PreserveAspectFit
                source: root.pages[root.page] ?? ""
            }
        }

        PinchHandler {
            target: null
            minimumScale: 1
            maximumScale: 3
            onActiveScaleChanged: root.zoom = Math.min(3, Math.max(1, activeScale))
        }
    }

    Label {
        anchors.centerIn: parent
        visible: root.pages.length === 0
        text: root.waiting
        color: Theme.contrast ? Theme.paperInk : Theme.muted
    }
}
