"""The hospital, and this machine in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from kiosk.config.base import SecretRef, Section


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no such time zone: {value}") from error
    return value


class Hospital(Section):
    """Who runs the kiosk."""

    name: str = Field("市人民医院", description="Name on screens and sheets.")
    names: dict[str, str] = Field({"en": "City People's Hospital"}, description="The name in other languages.")
    department: str = Field("医学影像科", description="Department on the letterhead.")
    departments: dict[str, str] = Field(
        default_factory=dict, description="The department in languages that have a name of the hospital's of their own."
    )
    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field("Asia/Shanghai", description="IANA time zone.")
    desk: str = Field("3 号窗口", description="Where staff help.")
    desks: dict[str, str] = Field({"en": "window 3"}, description="Where staff help, in other languages.")

    def name_in(self, language: str) -> str:
        """The hospital's name, in that language where it has one."""
        return self.names.get(language, self.name)

    def department_in(self, language: str) -> str:
        """The department; empty where the letterhead is in a language that it has no name in."""
        return self.departments.get(language, "" if language in self.names else self.department)

    def desk_in(self, language: str) -> str:
        """Where staff help."""
        return self.desks.get(language, self.desk)


class Kiosk(Section):
    """This machine."""

    id: str = Field("kiosk-1", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Name of this kiosk in ledger and log.")
    state_dir: Path = Field(Path("state"), description="Folder of ledger and keys, mode 0700.")
    private_dir: Path | None = Field(
        None, description="Folder on tmpfs for pages of the running visit; default /run or /dev/shm."
    )
    pseudonym_key: SecretRef = Field(
        "", description="Key of the pseudonyms, the same on all kiosks of a fleet; made at first start when empty."
    )
