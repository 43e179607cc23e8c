pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Plain text in the house's type. Nothing from outside is ever taken for markup.
Text {
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
