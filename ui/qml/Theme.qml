pragma Singleton

import QtQuick

// The tokens of form. Everything on a screen is measured in `u` (a hundredth of the shorter side) and coloured here.
QtObject {
    id: theme

    property real u: 10.8
    property bool landscape: false
    property bool large: false
    property bool contrast: false
    property bool dark: false
    property bool reduceMotion: false
    property bool lowReach: false
    property real lowerHalf: 0
    property int debounce: 250
    property string own
    property bool rtl: false
    property string family: "Noto Sans CJK SC"

    // --- type -------------------------------------------------------------------------------------------------
    readonly property real leading: 1
    readonly property real scale: large ? 1.25 : 1
    readonly property real huge: 9.6 * u * scale
    readonly property bool tight: large && landscape
    readonly property real poster: tight ? displayDense : 8 * u * (large ? 1.12 : 1)
    readonly property real display: 6.4 * u * (tight ? 1.06 : scale)
    readonly property real displayDense: 6.4 * u * (large && !landscape ? 1.12 : 1)
    readonly property real title: 4.8 * u * scale
    readonly property real heading: 4.1 * u * scale
    readonly property real body: 3.4 * u * scale
    readonly property real caption: 2.7 * u * scale
    // On drawn paper, in units of the drawing: it grows with the paper, not with the screen's type.
    readonly property real drawnType: 3.4

    // --- space ------------------------------------------------------------------------------------------------
    readonly property real margin: 5 * u
    readonly property real gapSmall: 1 * u
    readonly property real gap: 2 * u
    readonly property real gapLarge: (tight ? 2.4 : 3.4) * u
    readonly property real columnGap: 6 * u
    readonly property real radius: 2 * u
    readonly property real radiusLarge: 3.4 * u
    readonly property real touch: 9 * u
    readonly property real primaryHeight: 12 * u
    readonly property real hairline: Math.max(1, Math.round(0.16 * u))
    readonly property real stroke: Math.max(2, Math.round(0.34 * u))
    readonly property real iconSmall: 3.6 * u * scale
    readonly property real icon: 4.6 * u * scale

    // --- colour -----------------------------------------------------------------------------------------------
    readonly property color background: of("#F4F7F9", "#000000", "#0E1922")
    readonly property color surface: of("#FFFFFF", "#000000", "#17242F")
    readonly property color sunken: of("#EDF2F5", "#000000", "#0A131A")
    readonly property color ink: of("#0F2438", "#FFFFFF", "#F2F6F9")
    readonly property color muted: of("#3A4E61", "#FFFFFF", "#BFCCD7")
    readonly property color line: of("#D5DEE6", "#FFFFFF", "#3A4F60")
    readonly property color track: of("#D5DEE6", "#000000", "#3A4F60")
    readonly property color outline: of("#6B7F91", "#FFFFFF", "#8599A9")
    readonly property color primary: contrast ? "#FFE100" : dark ? lit(own || "#08536F") : own || "#08536F"
    readonly property color primaryPressed: contrast ? "#FFFFFF" : dark ? Qt.lighter(primary, 1.12) : Qt.darker(primary, 1.4)
    readonly property color primaryInk: of("#FFFFFF", "#000000", "#06202C")
    readonly property color primaryTint: of("#E3F0F5", "#000000", "#12384A")
    readonly property color deep: of("#083B50", "#000000", "#2B4658")
    readonly property color deepPressed: of("#0B4F6B", "#333333", "#37586D")
    readonly property color deepInk: "#FFFFFF"
    readonly property color success: of("#105A37", "#FFFFFF", "#86E0AE")
    readonly property color successTint: of("#E2F3E9", "#000000", "#123524")
    readonly property color warning: of("#6B4000", "#FFE100", "#FFC978")
    readonly property color warningTint: of("#FDEFD9", "#000000", "#3A2A0E")
    readonly property color danger: of("#8F1A14", "#FFE100", "#FFB9B1")
    readonly property color dangerTint: of("#FBE7E5", "#000000", "#4A1815")
    readonly property color mutedTint: of("#E8EDF1", "#000000", "#223240")
    readonly property color disabled: of("#DDE5EA", "#000000", "#2A3945")
    readonly property color disabledInk: of("#35475A", "#BDBDBD", "#C6D2DC")
    readonly property color focus: "#F2A900"
    readonly property color focusEdge: contrast ? "#000000" : "#0F2438"
    readonly property color shadow: of("#120F2438", "#00000000", "#00000000")
    readonly property color scrim: of("#99081C2A", "#D9000000", "#D9050B10")
    readonly property color sceneTop: of("#E6EFF4", "#000000", "#1B2D3A")
    readonly property color sceneBottom: of("#CDE0E9", "#000000", "#22394A")
    readonly property color beam: of("#B3FFFFFF", "#33FFFFFF", "#33FFFFFF")
    readonly property color paper: "#FFFFFF"
    readonly property color paperLine: "#DCE4EA"
    readonly property color primaryOnPaper: own || "#08536F"
    readonly property color paperInk: "#0F2438"
    readonly property color codeInk: "#0B1B2A"
    readonly property color lamp: "#35E07F"
    readonly property color lens: "#0C1A26"
    readonly property color lensRim: "#5BB4DA"
    readonly property color frameIdle: "#FFFFFF"
    readonly property color good: "#105A37"
    readonly property color frameGood: "#35E07F"
    readonly property color clear: "#00000000"

    // --- motion -----------------------------------------------------------------------------------------------
    readonly property int slide: reduceMotion ? 0 : 230
    readonly property int quick: reduceMotion ? 0 : 110
    readonly property int sheet: reduceMotion ? 0 : 900
    readonly property int rest: 7000
    readonly property int easing: Easing.OutCubic

    readonly property var tones: ({
            "success": success,
            "warning": warning,
            "danger": danger,
            "muted": muted,
            "primary": primary
        })
    readonly property var tints: ({
            "success": successTint,
            "warning": warningTint,
            "danger": dangerTint,
            "muted": mutedTint,
            "primary": primaryTint
        })

    // On a dark or black ground a surface is told by its edge, not by its shadow.
    readonly property bool edged: contrast || dark

    function of(light: color, high: color, night: color): color {
        return contrast ? high : dark ? night : light;
    }

    // The hospital's own colour carries white, so it is deep: on a dark ground its tint stands for it.
    function lit(colour: color): color {
        return Qt.hsla(Math.max(0, colour.hslHue), colour.hslSaturation * 0.8, 0.87, 1);
    }

    // How wide a label is set: one without spaces that must fold does so in lines of like length.
    function folded(text: string, natural: real, room: real, size: real): real {
        const even = natural / Math.ceil(natural / Math.max(1, room)) + 1.6 * size;
        return text.includes(" ") ? Math.min(natural, room) : Math.min(natural, room, even);
    }

    // Where something begins that stands at `x` in a script that runs from left to right.
    function start(x: real, own: real, room: real): real {
        return rtl ? room - x - own : x;
    }

    function drawing(name: string, color: color, weight: real): string {
        return `image://drawn/${name}?color=${encodeURIComponent(color)}&weight=${weight}`;
    }

    function tone(name: string): color {
        return tones[name] ?? ink;
    }

    function tint(name: string): color {
        return tints[name] ?? mutedTint;
    }
}
