pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The three things always at hand: type size, language, help.
Row {
    id: root

    required property var common
    required property bool large
    property bool helpful: true
    signal act(string id, string value)

    spacing: 1.4 * Theme.u

    Repeater {
        model: [
            {
                "id": "set-large",
                "value": root.large ? "off" : "on",
                "text": root.large ? root.common.normal : root.common.large
            },
            {
                "id": "set-language",
                "value": "",
                "text": root.common.language
            },
            {
                "id": "call-help",
                "value": "",
                "text": root.common.help
            }
        ]

        QuietButton {
            required property var modelData

            objectName: modelData.id
            visible: modelData.id !== "call-help" || root.helpful
            label: modelData.text ?? ""
            strong: modelData.id === "call-help"
            size: Theme.caption
            padding: Theme.gap
            width: Math.max(Theme.touch * 1.1, implicitWidth)
            height: implicitHeight
            onTapped: root.act(modelData.id, modelData.value)
        }
    }
}
