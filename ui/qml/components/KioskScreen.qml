pragma ComponentBehavior: Bound

import QtQuick

// What every screen is given, and the one thing it may say. It has the focus when it comes: the next Tab is its first
// control. `typed` and `erased` are the keyboard's, for screens with something to fill in.
Item {
    required property var view
    required property var common
    required property real remaining
    property var camera: null
    readonly property var body: view.body
    signal act(string id, var value)
    signal typed(string text)
    signal erased

    focus: true
    activeFocusOnTab: true
    Accessible.role: Accessible.Pane
    Accessible.name: view.headline
}
