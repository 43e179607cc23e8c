pragma ComponentBehavior: Bound

import QtQuick
import "../components"

// Who may work here. Accounts are made with `kiosk staff`.
DeskPanel {
    id: root

    readonly property var accounts: shown.accounts ?? []

    ScrollArea {
        anchors.fill: parent
        common: root.common

        Repeater {
            model: root.accounts.length

            DeskRow {
                required property int index
                readonly property var account: root.accounts[index] ?? ({})

                width: parent?.width ?? 0
                height: implicitHeight
                tappable: false
                title: account.name ?? ""
                detail: account.role ?? ""
                chip: root.words[account.enabled ? "enabled" : "disabled"] ?? ""
                tone: account.enabled ? "success" : "muted"
            }
        }
    }
}
