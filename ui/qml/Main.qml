pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Window
import "components"

// The kiosk's window: header, steps, the screen of the moment, and what may lie over it.
Window {
    id: window

    required property var bridge
    property bool tray: false
    readonly property var view: JSON.parse(bridge.viewJson)
    readonly property var common: JSON.parse(bridge.commonJson)
    readonly property var languages: JSON.parse(bridge.languagesJson)
    readonly property var speaking: languages.find(one => one.tag === bridge.language)
    readonly property var form: JSON.parse(bridge.formJson)
    readonly property bool trayBeside: width > height
    readonly property real trayShare: 0.26
    readonly property real trayShareBelow: 0.2
    readonly property bool staff: view.screen === "staff"

    color: Theme.background
    title: window.common.hospital ?? ""

    Binding {
        target: Theme
        property: "u"
        value: Math.max(1, Math.min(kiosk.width, kiosk.height) / 100)
    }

    Binding {
        target: Theme
        property: "landscape"
        value: kiosk.width > kiosk.height
    }

    Binding {
        target: Theme
        property: "large"
        value: window.form.large
    }

    Binding {
        target: Theme
        property: "contrast"
        value: window.form.contrast
    }

    Binding {
        target: Theme
        property: "dark"
        value: window.form.dark
    }

    Binding {
        target: Theme
        property: "reduceMotion"
        value: window.form.reduceMotion
    }

    Binding {
        target: Theme
        property: "lowReach"
        value: window.form.lowReach
    }

    Binding {
        target: Theme
        property: "debounce"
        value: window.form.debounce
    }

    Binding {
        target: Theme
        property: "own"
        value: window.form.colour
    }

    Binding {
        target: Theme
        property: "rtl"
        value: window.speaking.direction === "rtl" && !window.staff
    }

    Binding {
        target: Theme
        property: "family"
        value: window.speaking.font
    }

    Binding {
        target: Theme
        property: "lowerHalf"
        value: kiosk.height / 2 - stage.y
    }

    Item {
        id: clock

        property real elapsed: 0
        property string said
        readonly property real share: window.view.limit_s > 0 ? Math.max(0, 1 - elapsed / window.view.limit_s) : 0

        Timer {
            interval: 1000
            repeat: true
            running: window.view.limit_s > 0
            onTriggered: clock.elapsed += 1
        }

        Connections {
            target: window.bridge

            // A screen reader hears what has changed on the same screen; a new screen has the focus and says its name.
            function onViewChanged() {
                const said = (window.view.spoken?.pieces ?? []).join(" ");
                if (said !== clock.said && said !== "")
                    kiosk.Accessible.announce(said);
                clock.said = said;
            }

            function onArmedChanged() {
                clock.elapsed = 0;
            }
        }
    }

    Item {
        id: kiosk

        objectName: "kiosk"
        LayoutMirroring.enabled: Theme.rtl
        LayoutMirroring.childrenInherit: true
        width: window.tray && window.trayBeside ? Math.round(parent.width * (1 - window.trayShare)) : parent.width
        height: window.tray && !window.trayBeside ? Math.round(parent.height * (1 - window.trayShareBelow)) : parent.height
        clip: window.tray

        property string choosing
        readonly property string screen: window.view.screen

        function atHand(id, value) {
            if (id === "choose-language" || id === "access")
                choosing = id;
            else
                window.bridge.act(id, value);
        }

        onScreenChanged: choosing = ""

        Header {
            id: header

            x: Theme.margin
            y: 2.4 * Theme.u
            width: parent.width - 2 * Theme.margin
            common: window.common
            mark: window.form.mark
            languages: window.languages
            language: window.bridge.language
            controls: !Theme.lowReach
            helpful: !window.staff
            middle: steps.inHeader ? steps.width : 0
            onAct: (id, value) => kiosk.atHand(id, value)
            onStaff: window.bridge.act("staff-gesture", "")
        }

        Steps {
            id: steps

            readonly property bool inHeader: Theme.landscape && window.view.step > 0

            x: inHeader ? header.x + Theme.start(header.stepsX, width, header.width) : Theme.margin
            y: inHeader ? header.y + (header.height - height) / 2 : header.y + header.height + 1.4 * Theme.gap
            width: inHeader ? 54 * Theme.u * Math.min(Theme.scale, 1.1) : parent.width - 2 * Theme.margin
            visible: window.view.step > 0
            step: window.view.step
            common: window.common
        }

        Tools {
            id: tools

            visible: Theme.lowReach
            anchors.right: header.right
            anchors.bottom: parent.bottom
            anchors.bottomMargin: Theme.gapLarge
            common: window.common
            languages: window.languages
            language: window.bridge.language
            helpful: !window.staff
            onAct: (id, value) => kiosk.atHand(id, value)
        }

        Item {
            id: stage

            objectName: "stage"
            readonly property real begin: (steps.visible && !steps.inHeader ? steps.y + steps.height : header.y + header.height) + Theme.gapLarge

            y: begin
            width: parent.width
            height: (tools.visible ? tools.y : parent.height) - y - Theme.gapLarge

            PageStack {
                id: pages

                objectName: "pages"
                anchors.fill: parent
                bridge: window.bridge
                view: window.view
                common: window.common
                remaining: clock.share
                onAct: (id, value) => window.bridge.act(id, value)
            }
        }

        Loader {
            anchors.fill: parent
            active: kiosk.choosing === "choose-language" && !window.bridge.warning

            sourceComponent: LanguageChooser {
                common: window.common
                languages: window.languages
                language: window.bridge.language
                onAct: (id, value) => window.bridge.act(id, value)
                onDone: kiosk.choosing = ""
            }
        }

        Loader {
            anchors.fill: parent
            active: kiosk.choosing === "access" && !window.bridge.warning
            onActiveChanged: if (!active)
                pages.settle()

            sourceComponent: AccessPanel {
                common: window.common
                form: window.form
                onAct: (id, value) => window.bridge.act(id, value)
                onDone: kiosk.choosing = ""
            }
        }

        Loader {
            anchors.fill: parent
            active: window.bridge.warning
            onActiveChanged: if (!active)
                pages.settle()

            sourceComponent: StillThere {
                common: window.common
                remaining: clock.share
                onAct: (id, value) => window.bridge.act(id, value)
            }
        }

        Loader {
            anchors.fill: parent
            active: !!window.view.help && !window.bridge.warning
            onActiveChanged: if (!active)
                pages.settle()

            sourceComponent: HelpCard {
                common: window.common
                card: window.view.help ?? ({})
                onAct: (id, value) => window.bridge.act(id, value)
            }
        }
    }

    Loader {
        x: window.trayBeside ? kiosk.width : 0
        y: window.trayBeside ? 0 : kiosk.height
        width: window.trayBeside ? parent.width - kiosk.width : parent.width
        height: window.trayBeside ? parent.height : parent.height - kiosk.height
        active: window.tray

        sourceComponent: DemoTray {
            tray: window.bridge.tray
            beside: window.trayBeside
        }
    }
}
