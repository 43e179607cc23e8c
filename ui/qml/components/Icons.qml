pragma Singleton

import QtQuick

// Our own icons: SVG paths on a 24 by 24 grid, stroke 2, round caps.
QtObject {
    function ring(x: real, y: real, r: real): string {
        return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    }

    readonly property string sheet: "M6 3h8l4 4v14h-12zM14 3v4h4"
    readonly property string mobile: "M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1 -1.5 1.5h-8a1.5 1.5 0 0 1 -1.5 -1.5v-16a1.5 1.5 0 0 1 1.5 -1.5z"
    readonly property string printer: "M7 8v-5h10v5M7 17h-3v-9h16v9h-3"
    readonly property var paths: ({
            "check": "M4.5 12.5l5 5l10 -11",
            "close": "M6 6l12 12M18 6l-12 12",
            "back": "M11 5l-7 7l7 7M4.5 12h15.5",
            "next": "M9 5l7 7l-7 7",
            "previous": "M15 5l-7 7l7 7",
            "up": "M5 15l7 -7l7 7",
            "down": "M5 9l7 7l7 -7",
            "take": "M12 3v14M6 11.5l6 6l6 -6M4 21h16",
            "help": ring(12, 12, 9.5) + "M9 9.5a3 3 0 1 1 4.2 2.7c-.8 .4 -1.2 1 -1.2 1.8v.4M12 17.3v.2",
            "dots": "M5.2 12h.1M12 12h.1M18.8 12h.1",
            "refresh": "M19.5 12a7.5 7.5 0 1 1 -2.3 -5.4M17.6 2.5v4.3h-4.3",
            "print": printer + "M7 14h10v7h-10zM17 11h.1",
            "printed": sheet + "M9 14l2.2 2.2l4 -4.4",
            "report": sheet + "M9 12h6M9 16h6",
            "film": "M4 3.5h16v17h-16zM4 12h16M12 3.5v17M7 8h2M15 8h2M7 16h2M15 16h2",
            "phone": mobile + "M11 18.5h2",
            "phone-off": mobile + "M11 18.5h2M3 5l18 15",
            "cloud": "M7 18.5a4.2 4.2 0 0 1 -.5 -8.4a5.8 5.8 0 0 1 11.2 1.2a3.6 3.6 0 0 1 -.4 7.2z",
            "keypad": "M5 5h.1M12 5h.1M19 5h.1M5 12h.1M12 12h.1M19 12h.1M5 19h.1M12 19h.1M19 19h.1",
            "camera": "M3 7.5h4l2 -3h6l2 3h4v12h-18z" + ring(12, 13, 3.5),
            "desk": ring(12, 6.5, 3.3) + "M5.5 17c.4 -3.4 3 -5 6.5 -5s6.1 1.6 6.5 5M2.5 17h19v4h-19z",
            "hospital": "M4 21v-12h4v-6h8v6h4v12zM12 6v5M9.5 8.5h5M10 21v-5h4v5",
            "shield": "M12 2.5l8 3v6c0 5 -3.4 8.4 -8 10c-4.600 -1.600 -8 -5 -8 -10v-6zM8.5 12l2.500 2.500l4.500 -5",
            "scale": "M12 3v18M7 21h10M4 6h16M4 6l-2.300 7h5.600l-2.300 -7M20 6l-2.800 7h5.600l-2.300 -7",
            "doctor": "M6 3h-2v6a5 5 0 0 0 10 0v-6h-2M9 14v2.500a5 5 0 0 0 10 0v-3" + ring(19, 11, 2),
            "surgery": "M20.500 3.500l-10 10l3 3l7 -7.500c1 -1.300 1.200 -4 0 -5.500zM10.500 13.500l-7.500 7.500h7l3.500 -4.500",
            "keep": "M5 10h14v11h-14zM8 10v-3.500a4 4 0 0 1 8 0v3.500M12 14v3",
            "lock": "M5 10h14v11h-14zM8 10v-3.500a4 4 0 0 1 8 0v3.500M12 14v3",
            "warning": "M12 3l10 18h-20zM12 10v5M12 18v.1",
            "info": ring(12, 12, 9.5) + "M12 11v6M12 7.300v.1",
            "clock": ring(12, 12, 9.5) + "M12 6.500v5.500l4 2.500",
            "search": ring(10.5, 10.5, 7) + "M16 16l5.500 5.500",
            "zoom-in": ring(10.5, 10.5, 7) + "M16 16l5.500 5.500M7.500 10.500h6M10.500 7.500v6",
            "zoom-out": ring(10.5, 10.5, 7) + "M16 16l5.500 5.500M7.500 10.500h6",
            "delete": "M8.500 5h12.500v14h-12.500l-6 -7zM11.500 9.500l5 5M16.500 9.500l-5 5",
            "download": "M12 3v12M6.500 10l5.500 5.500l5.500 -5.500M4 20.500h16",
            "leave": "M14 4h-10v16h10M10 12h11M17 8l4 4l-4 4",
            "hold": ring(12, 12, 9.5) + "M9.500 8.500v7M14.500 8.500v7",
            "nearer": "M12 2.500v6M9 6l3 3l3 -3M12 21.500v-6M9 18l3 -3l3 3M4 12h16",
            "further": "M12 9v-6M9 5.500l3 -3l3 3M12 15v6M9 18.500l3 3l3 -3M4 12h16",
            "tilt-less": "M3 18.500h18M4 14.500l15.500 -6M17 4.500l3 4l-4.500 2.200",
            "too-dark": "M20 14a8.300 8.300 0 1 1 -9.800 -10.500a6.800 6.800 0 0 0 9.800 10.500z",
            "glare": ring(12, 12, 4) + "M12 2.500v2.500M12 19v2.500M2.500 12h2.500M19 12h2.500M5.300 5.300l1.700 1.700M17 17l1.700 1.700M18.700 5.300l-1.700 1.700M7 17l-1.700 1.700",
            "hold-still": "M7.500 12v-6a1.500 1.500 0 0 1 3 0v5v-7a1.500 1.500 0 0 1 3 0v7v-5.500a1.500 1.500 0 0 1 3 0v8.500c0 4.500 -2 7.500 -5.500 7.500c-3 0 -4.500 -2 -7.500 -7c-.6 -1.300 1 -2.500 2 -1.500z",
            "two-codes": "M3 3h12v13h-12zM15 8h6v13h-12v-5M6 7h6M6 11h6",
            "turn-paper": "M4 10a8 8 0 0 1 14.500 -2.500M19.500 3v5h-5M8 12h8v9h-8z",
            "large": "M2.500 19l5 -13l5 13M4.300 14.500h6.400M14.500 19l3.200 -8l3.300 8M15.700 16h4"
        })
}
