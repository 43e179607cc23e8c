"""The hospital, and this machine in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from kiosk.config.base import SecretRef, Section

READABLE = 7.0
NAMES = {
    "en": "City People's Hospital",
    "zh-Hant": "市人民醫院",
    "es": "Hospital Municipal",
    "ar": "مستشفى المدينة",
}
DESKS = {"en": "window 3", "zh-Hant": "3 號窗口", "es": "la ventanilla 3", "ar": "الشباك 3"}
Side = Literal["above", "below", "left", "right"]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no such time zone: {value}") from error
    return value


def _carries_white(value: str) -> str:
    if not value:
        return value
    if not re.fullmatch("#[0-9A-Fa-f]{6}", value):
        raise ValueError("a colour is written #RRGGBB")
    ratio = 1.05 / (_luminance(value) + 0.05)
    if ratio < READABLE:
        raise ValueError(f"too light: white on it has a contrast of {ratio:.1f}:1, {READABLE:.0f}:1 is needed")
    return value


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Hospital(Section):
    """Who runs the kiosk."""

    name: str = Field("市人民医院", description="Name on screens and sheets.")
    names: dict[str, str] = Field(NAMES, description="The name in other languages.")
    department: str = Field("医学影像科", description="Department on the letterhead.")
    departments: dict[str, str] = Field(
        default_factory=dict, description="The department in languages that have a name of the hospital's of their own."
    )
    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field("Asia/Shanghai", description="IANA time zone.")
    desk: str = Field("3 号窗口", description="Where staff help.")
    desks: dict[str, str] = Field(DESKS, description="Where staff help, in other languages.")
    mark: Path | None = Field(None, description="The hospital's own mark (SVG or PNG, square) for the screens' corner.")
    colour: Annotated[str, AfterValidator(_carries_white)] = Field(
        "", description="The hospital's own colour, e.g. #08536F; white on it stands out at 7:1; empty: the product's."
    )

    def name_in(self, language: str) -> str:
        """The hospital's name, in that language where it has one."""
        return self.names.get(language, self.name)

    def department_in(self, language: str) -> str:
        """The department; empty where the letterhead is in a language that it has no name in."""
        return self.departments.get(language, "" if language in self.names else self.department)

    def desk_in(self, language: str) -> str:
        """Where staff help."""
        return self.desks.get(language, self.desk)


class Machine(Section):
    """Where this machine has what a patient looks for, seen from the screen: for its drawings and its words."""

    scanner: Side = Field("above", description="Where the slip is held: above, below, left or right.")
    report_tray: Side = Field("below", description="Where paper comes out.")
    film_tray: Side = Field("below", description="Where film comes out.")
    id_card: Side | Literal["none"] = Field("none", description="Where an ID card is read; none: there is no reader.")


class Kiosk(Section):
    """This machine."""

    id: str = Field("kiosk-1", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Name of this kiosk in ledger and log.")
    number: str = Field("", max_length=12, description="What patients call this kiosk, e.g. 3; shown in its corner.")
    nearest: str = Field("", max_length=60, description="Where the next kiosk stands, for when this one is closed.")
    state_dir: Path = Field(Path("state"), description="Folder of ledger and keys, mode 0700.")
    private_dir: Path | None = Field(
        None, description="Folder on tmpfs for pages of the running visit; default /run or /dev/shm."
    )
    pseudonym_key: SecretRef = Field(
        "", description="Key of the pseudonyms, the same on all kiosks of a fleet; made at first start when empty."
    )
