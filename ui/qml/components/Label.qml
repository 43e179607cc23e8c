pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Plain text in the house's type. Nothing from outside is ever taken for markup.
Text {
    // The same as a number: what looks at the layout from Python cannot read the enumeration.
    readonly property int placed: horizontalAlignment

    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    color: Theme.ink
    font.family: Theme.family
    font.pixelSize: Theme.body
    font.features: ({
            "tnum": 1
        })
    renderType: Text.QtRendering
}
