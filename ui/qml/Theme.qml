pragma Singleton

import QtQuick

// The tokens of form. Everything on a screen is measured in `u` (a hundredth of the shorter side) and coloured here.
QtObject {
    id: theme

    property real u: 10.8
    property bool landscape: false
    property bool large: false
    property bool contrast: false
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
    readonly property color background: contrast ? "#000000" : "#F4F7F9"
    readonly property color surface: contrast ? "#000000" : "#FFFFFF"
    readonly property color sunken: contrast ? "#000000" : "#EDF2F5"
    readonly property color ink: contrast ? "#FFFFFF" : "#0F2438"
    readonly property color muted: contrast ? "#FFFFFF" : "#3A4E61"
    readonly property color line: contrast ? "#FFFFFF" : "#D5DEE6"
    readonly property color track: contrast ? "#000000" : "#D5DEE6"
    readonly property color outline: contrast ? "#FFFFFF" : "#6B7F91"
    readonly property color primary: contrast ? "#FFE100" : own || "#08536F"
    readonly property color primaryPressed: contrast ? "#FFFFFF" : Qt.darker(primary, 1.4)
    readonly property color primaryInk: contrast ? "#000000" : "#FFFFFF"
    readonly property color primaryTint: contrast ? "#000000" : "#E3F0F5"
    readonly property color deep: contrast ? "#000000" : "#083B50"
    readonly property color deepPressed: contrast ? "#333333" : "#0B4F6B"
    readonly property color deepInk: "#FFFFFF"
    readonly property color success: contrast ? "#FFFFFF" : "#105A37"
    readonly property color successTint: contrast ? "#000000" : "#E2F3E9"
    readonly property color warning: contrast ? "#FFE100" : "#6B4000"
    readonly property color warningTint: contrast ? "#000000" : "#FDEFD9"
    readonly property color danger: contrast ? "#FFE100" : "#8F1A14"
    readonly property color dangerTint: contrast ? "#000000" : "#FBE7E5"
    readonly property color mutedTint: contrast ? "#000000" : "#E8EDF1"
    readonly property color disabled: contrast ? "#000000" : "#DDE5EA"
    readonly property color disabledInk: contrast ? "#BDBDBD" : "#35475A"
    readonly property color focus: "#F2A900"
    readonly property color focusEdge: contrast ? "#000000" : "#0F2438"
    readonly property color shadow: contrast ? "#00000000" : "#120F2438"
    readonly property color scrim: contrast ? "#D9000000" : "#99081C2A"
    readonly property color sceneTop: contrast ? "#000000" : "#E6EFF4"
    readonly property color sceneBottom: contrast ? "#000000" : "#CDE0E9"
    readonly property color beam: contrast ? "#33FFFFFF" : "#B3FFFFFF"
    readonly property color paper: "#FFFFFF"
    readonly property color paperLine: "#DCE4EA"
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

    // How wide a label is set: one without spaces that must fold does so in lines of like length.
    function folded(text: string, natural: real, room: real, size: real): real {
        const even = natural / Math.ceil(natural / Math.max(1, room)) + size;
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
