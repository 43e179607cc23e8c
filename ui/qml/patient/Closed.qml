pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Nothing can be handed out here now; where else, and for staff why.
PageFrame {
    id: root

    align: Text.AlignHCenter
    wordsRight: true
    passive: true
    leadShare: 0.5
    workHeight: reasons.implicitHeight

    lead: Scene {
        anchors.fill: parent

        Rectangle {
            anchors.centerIn: parent
            width: Math.min(parent.width, parent.height) * 0.5
            height: width
            radius: width / 2
            color: Theme.surface
            border.width: Theme.edged ? Theme.hairline : 0
            border.color: Theme.line

            Icon {
                anchors.centerIn: parent
                name: root.body.reasons.length > 0 ? "desk" : "clock"
                size: parent.width * 0.5
                color: Theme.primary
            }
        }
    }

    work: Column {
        id: reasons

        width: parent.width
        spacing: Theme.gap

        Repeater {
            model: root.body.reasons.length

            Notice {
                required property int index

                width: reasons.width
                height: implicitHeight
                text: root.body.reasons[index] ?? ""
                icon: "info"
                tone: "muted"
            }
        }
    }
}
