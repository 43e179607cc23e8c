pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Plain text in the house's type. Nothing from outside is ever taken for markup.
Text {
    // The same as numbers: what looks at the layout from Python cannot read the enumerations.
    readonly property int placed: effectiveHorizontalAlignment
    readonly property int wrapped: wrapMode

    textFormat: Text.PlainText
    wrapMode: Text.WordWrap
    color: Theme.ink
    font.family: Theme.family
    font.pixelSize: Theme.body
    lineHeight: Theme.leading
    font.features: ({
            "tnum": 1
        })
    renderType: Text.QtRendering
}
