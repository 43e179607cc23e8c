pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The three things always at hand: access, language, help.
Row {
    id: root

    required property var common
    required property var languages
    required property string language
    // Two languages need one touch; of more, one is picked from a list.
    readonly property var other: languages.length === 2 ? languages.find(one => one.tag !== language) : null
    property bool helpful: true
    signal act(string id, string value)

    spacing: 1.4 * Theme.u

    Repeater {
        model: [
            {
                "id": "access",
                "icon": "",
                "value": "",
                "text": root.common.access
            },
            {
                "id": root.other ? "set-language" : "choose-language",
                "icon": root.other ? "" : "globe",
                "value": root.other?.tag ?? "",
                "text": (root.other ?? root.languages.find(one => one.tag === root.language))?.name
            },
            {
                "id": "call-help",
                "icon": "",
                "value": "",
                "text": root.common.help
            }
        ]

        QuietButton {
            required property var modelData

            objectName: modelData.id
            visible: (modelData.id !== "call-help" || root.helpful) && (modelData.id !== "choose-language" || root.languages.length > 1)
            // Where large words leave the hospital's name no room, the globe speaks for itself.
            label: modelData.icon !== "" && Theme.large && !Theme.landscape ? "" : modelData.text ?? ""
            Accessible.name: modelData.text ?? ""
            icon: modelData.icon
            strong: modelData.id === "call-help"
            size: Theme.caption
            padding: Theme.gap
            width: Math.max(Theme.touch * 1.1, implicitWidth)
            height: implicitHeight
            onTapped: root.act(modelData.id, modelData.value)
        }
    }
}
