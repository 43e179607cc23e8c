pragma ComponentBehavior: Bound

import QtQuick

// What every screen is given, and the one thing it may say.
Item {
    required property var view
    required property var common
    required property real remaining
    property var camera: null
    readonly property var body: view.body
    signal act(string id, var value)
}
