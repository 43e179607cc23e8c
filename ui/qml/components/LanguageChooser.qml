pragma ComponentBehavior: Bound

import QtQuick
import ".."

// All languages, each by its own name.
Item {
    id: root

    required property var common
    required property var languages
    required property string language
    signal act(string id, string value)
    signal done

    objectName: "overlay"
    Accessible.role: Accessible.Dialog
    Accessible.name: languages.map(one => one.name).join(", ")

    Rectangle {
        anchors.fill: parent
        color: Theme.scrim
    }

    MouseArea {
        anchors.fill: parent
        onClicked: root.done()
    }

    Card {
        x: Theme.margin
        width: parent.width - 2 * Theme.margin
        height: names.implicitHeight + 2 * Theme.margin
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.margin
        radius: Theme.radiusLarge

        Grid {
            id: names

            x: Theme.margin
            y: Theme.margin
            width: parent.width - 2 * Theme.margin
            columns: Theme.landscape ? 3 : 2
            spacing: Theme.gap

            Repeater {
                model: root.languages

                ChoiceButton {
                    required property var modelData

                    objectName: "language-" + modelData.tag
                    width: (names.width - (names.columns - 1) * names.spacing) / names.columns
                    height: 12 * Theme.u * Theme.scale
                    text: modelData.name
                    size: Theme.body
                    picked: modelData.tag === root.language
                    onTapped: {
                        root.act("set-language", modelData.tag);
                        root.done();
                    }
                }
            }

            QuietButton {
                objectName: "language-close"
                width: (names.width - (names.columns - 1) * names.spacing) / names.columns
                height: 12 * Theme.u * Theme.scale
                label: root.common["back"] ?? ""
                icon: "back"
                onTapped: root.done()
            }
        }
    }
}
