pragma ComponentBehavior: Bound

import QtQuick
import ".."

// Shows one screen at a time; the next one slides in, in the direction of progress. A left screen is destroyed with
// all it held, and at home at once: the next person's first frame holds nothing of the last one.
Item {
    id: root

    required property var bridge
    required property var view
    required property var common
    required property real remaining
    property Page front: first
    property bool complete: false
    readonly property bool moving: slide.running
    readonly property var screens: ({
            "closed": ["patient/Closed.qml", 0],
            "attract": ["patient/Attract.qml", 0],
            "scan": ["patient/Scan.qml", 1],
            "confirm": ["patient/Confirm.qml", 2],
            "list": ["patient/List.qml", 3],
            "preview": ["patient/Preview.qml", 4],
            "film": ["patient/Film.qml", 4],
            "printing": ["patient/Printing.qml", 5],
            "qr": ["patient/Qr.qml", 5],
            "done": ["patient/Done.qml", 6],
            "trouble": ["patient/Trouble.qml", 6],
            "staff": ["desk/Staff.qml", 7]
        })

    signal act(string id, var value)

    function show(view: var) {
        if (front.screen === view.screen && front.item) {
            (front.item as KioskScreen).view = view;
            return;
        }
        const old = front, next = front === first ? second : first;
        const forward = screens[view.screen][1] >= (screens[old.screen]?.[1] ?? 0);
        slide.complete();
        const home = screens[view.screen][1] === 0;
        next.load(view);
        front = next;
        if (home || !old.item || Theme.slide === 0) {
            old.drop();
            next.offset = 0;
            settle();
            return;
        }
        arriving.target = next;
        const ahead = forward !== Theme.rtl;
        arriving.from = (ahead ? 1 : -1) * width;
        leaving.target = old;
        leaving.to = (ahead ? -1 : 1) * width;
        slide.leaver = old;
        slide.start();
    }

    // The keyboard's place is on the new page: its next Tab is the first thing there.
    function settle() {
        (front.item as KioskScreen)?.forceActiveFocus(Qt.OtherFocusReason);
    }

    Keys.onPressed: event => {
        if (event.key === Qt.Key_Backspace)
            (front.item as KioskScreen)?.erased();
    }

    Connections {
        target: root.bridge

        function onTyped(text: string) {
            (root.front.item as KioskScreen)?.typed(text);
        }
    }

    onViewChanged: if (complete)
        show(view)
    Component.onCompleted: {
        complete = true;
        show(view);
    }

    component Page: Loader {
        id: page

        property string screen
        property real offset: 0

        x: Theme.margin + offset
        width: root.width - 2 * Theme.margin
        height: root.height
        enabled: root.front === page && !slide.running

        function load(view: var) {
            screen = view.screen;
            setSource(Qt.resolvedUrl("../" + root.screens[view.screen][0]), {
                "view": view,
                "common": root.common,
                "remaining": root.remaining
            });
        }

        function drop() {
            screen = "";
            source = "";
            offset = 0;
        }

        onLoaded: {
            const shown = item as KioskScreen;
            shown.common = Qt.binding(() => root.common);
            shown.remaining = Qt.binding(() => root.remaining);
            shown.camera = Qt.binding(() => root.bridge.camera);
        }

        Connections {
            target: page.item
            ignoreUnknownSignals: true

            function onAct(id: string, value: var) {
                root.act(id, value);
            }
        }
    }

    Page {
        id: first
    }

    Page {
        id: second
    }

    ParallelAnimation {
        id: slide

        property Page leaver: null

        NumberAnimation {
            id: arriving

            property: "offset"
            to: 0
            duration: Theme.slide
            easing.type: Theme.easing
        }

        NumberAnimation {
            id: leaving

            property: "offset"
            from: 0
            duration: Theme.slide
            easing.type: Theme.easing
        }

        onFinished: {
            if (leaver && leaver !== root.front)
                leaver.drop();
            leaver = null;
            root.settle();
        }
    }
}
