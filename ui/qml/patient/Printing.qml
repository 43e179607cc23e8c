pragma ComponentBehavior: Bound

import QtQuick
import ".."
import "../components"

// Sheets come out in step with the real ones.
PageFrame {
    id: root

    align: Text.AlignHCenter
    wordsRight: true
    passive: true
    leadShare: 0.52
    workHeight: words.implicitHeight

    lead: PrinterAnimation {
        anchors.fill: parent
        done: root.body.done
        total: root.body.total
        title: root.body.document
        film: root.body.kind === "film"
        paused: root.body.waiting !== ""
    }

    work: Column {
        id: words

        width: parent.width
        spacing: Theme.gapLarge

        Segments {
            width: parent.width
            total: root.body.preparing.length > 0 ? root.body.preparing[1] : root.body.total
            done: root.body.preparing.length > 0 ? root.body.preparing[0] : root.body.done
            paused: root.body.waiting !== ""
        }

        Notice {
            width: parent.width
            text: root.body.waiting
            icon: "warning"
            bold: true
        }

        Card {
            width: parent.width
            height: Math.max(mark.height, where.implicitHeight) + 2 * Theme.gap

            MachineDrawing {
                id: mark

                anchors.left: parent.left
                anchors.leftMargin: Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                width: (Theme.tight ? 14 : 18) * Theme.u
                height: width
                side: root.body.side
                film: root.body.kind === "film"
            }

            Headline {
                id: where

                plain: true
                color: Theme.ink
                size: Theme.body

                anchors.left: mark.right
                anchors.leftMargin: Theme.gap
                anchors.right: parent.right
                anchors.rightMargin: Theme.gapLarge
                anchors.verticalCenter: parent.verticalCenter
                text: root.body.where
            }
        }
    }
}
