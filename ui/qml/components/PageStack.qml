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
            "ask": ["patient/Ask.qml", 3],
            "list": ["patient/List.qml", 3],
            "preview": ["patient/Preview.qml", 4],
            "film": ["patient/Film.qml", 4],
            "printing": ["patient/Printing.qml", 5],
            "qr": ["patient/Qr.qml", 5],
            "done": ["patient/Done.qml", 6],
            "trouble": ["patient/Trouble.qml", 6],
            "staff": ["desk/Staff.qml", 7]
        })

    readonly property var components: ({})

    signal act(string id, var value)

    // The component of a screen, compiled when it is first shown.
    function made(screen: string): Component {
        components[screen] = components[screen] ?? Qt.createComponent(Qt.resolvedUrl("../" + screens[screen][0]), root);
        if (components[screen].status === Component.Error)
            console.error(components[screen].errorString());
        return components[screen];
    }

    function show(view: var) {
        if (front.screen === view.screen && front.item) {
            front.item.view = view;
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
        front.item?.forceActiveFocus(Qt.OtherFocusReason);
    }

    Keys.onPressed: event => {
        if (event.key === Qt.Key_Backspace)
            front.item?.erased();
    }

    Connections {
        target: root.bridge

        function onTyped(text: string) {
            root.front.item?.typed(text);
        }
    }

    onViewChanged: if (complete)
        show(view)
    Component.onCompleted: {
        complete = true;
        show(view);
    }

    // Not a Loader: what setSource is given stays in QML's heap (Qt 6.12), and a page a Loader has left belongs to
    // nobody, so that its bindings go on until it is deleted. These pages go with the stack at the latest.
    component Page: FocusScope {
        id: page

        property string screen
        property real offset: 0
        property KioskScreen item: null

        x: Theme.margin + offset
        width: root.width - 2 * Theme.margin
        height: root.height
        enabled: root.front === page && !slide.running

        function load(view: var) {
            screen = view.screen;
            item = root.made(screen).createObject(page, {
                "view": view,
                "common": Qt.binding(() => root.common),
                "remaining": Qt.binding(() => root.remaining),
                "camera": Qt.binding(() => root.bridge?.camera ?? null),
                "width": Qt.binding(() => page.width),
                "height": Qt.binding(() => page.height)
            }) as KioskScreen;
        }

        function drop() {
            if (item) {
                item.visible = false;
                item.destroy();
            }
            item = null;
            screen = "";
            offset = 0;
        }

        Connections {
            target: page.item

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
