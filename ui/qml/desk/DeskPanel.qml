pragma ComponentBehavior: Bound

import QtQuick

// What every desk panel is given and may say.
Item {
    required property var body
    required property var common
    readonly property var shown: body.data
    readonly property var words: body.words
    signal act(string id, var value)

    function ask(action: string, params: var) {
        act("staff-do", {
            "action": action,
            "params": params ?? ({})
        });
    }
}
