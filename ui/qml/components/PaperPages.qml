pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The report's pages like paper, one at a time, as wide as there is room, with zoom by pinch or by button. `start` is where
// on the page one begins: its share of the height.
Item {
    id: root

    required property var pages
    required property int page
    property real start: 0
    property real zoom: 1
    property string waiting
    readonly property bool loading: picture.status === Image.Loading

    objectName: "paper-pages"

    readonly property bool atStart: flick.contentY <= 1
    readonly property bool atEnd: flick.contentY >= flick.contentHeight - flick.height - 1

    onPageChanged: begin()
    onStartChanged: begin()

    // A line or two above, so that the heading is not cut.
    function begin() {
        const room = flick.contentHeight - flick.height;
        flick.contentY = Math.max(0, Math.min(room, start * paper.height - 4 * Theme.u));
    }

    function move(forward: bool) {
        const room = flick.contentHeight - flick.height;
        const step = (forward ? 1 : -1) * flick.height * 0.8;
        flick.contentY = Math.max(0, Math.min(room, flick.contentY + step));
    }

    Rectangle {
        anchors.fill: parent
        radius: Theme.radiusLarge
        color: Theme.sunken
        border.width: Theme.edged ? Theme.hairline : 0
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
            readonly property real form: picture.implicitWidth > 0 ? picture.implicitHeight / picture.implicitWidth : Math.SQRT2

            width: flick.width * root.zoom
            height: width * form
            onHeightChanged: root.begin()
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
        color: Theme.edged ? Theme.paperInk : Theme.muted
    }
}
