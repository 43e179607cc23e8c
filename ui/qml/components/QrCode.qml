pragma ComponentBehavior: Bound

import QtQuick
import ".."

// A QR code on white with its quiet zone; modules are whole pixels, so that any phone reads it.
Rectangle {
    id: root

    required property var matrix

    objectName: "qr-code"
    readonly property int modules: matrix.length
    readonly property int module: modules > 0 ? Math.floor(Math.min(width, height) / (modules + 8)) : 0

    color: Theme.paper
    radius: Theme.radiusLarge
    border.width: Theme.hairline
    border.color: Theme.line
    Accessible.role: Accessible.Graphic

    Canvas {
        id: canvas

        anchors.centerIn: parent
        width: root.module * root.modules
        height: width
        visible: root.modules > 0
        antialiasing: false
        smooth: false

        onPaint: {
            const pen = getContext("2d");
            pen.clearRect(0, 0, width, height);
            pen.fillStyle = Theme.codeInk;
            const m = root.module;
            root.matrix.forEach((row, y) => row.forEach((dark, x) => {
                    if (dark)
                        pen.fillRect(x * m, y * m, m, m);
                }));
        }
    }

    onMatrixChanged: canvas.requestPaint()
}
