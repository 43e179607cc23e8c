"""What a film imager can do, as data: `assets/imagers/*.toml`, or a file of the hospital's own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MEDIA, FilmSize
from kiosk.domain.sheets.media import same_size
from kiosk.domain.sheets.printing import Media
from kiosk.words import assets


class ImagerProfile(BaseModel):
    """One kind of imager.

    `pitch_mm`: distance of its pixels; `matrix`: printable columns and rows, upright, by film size (PS3.3 C.13.3);
    `presentation_lut`: where a reference to it is understood; `omit`: attributes that make it refuse a job.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    pitch_mm: float = Field(gt=0.01, lt=0.5)
    bits: Literal[8, 12]
    presentation_lut: Literal["none", "session", "box"]
    print_job: bool
    implicit_only: bool
    medium: str
    destination: str
    magnification: str
    omit: tuple[str, ...]
    matrix: dict[str, tuple[int, int]]

    def film_for(self, media: Media) -> FilmSize:
        """The film size that is meant. Raises KioskError WRONG_MEDIA where the imager has none of it."""
        for name in self.matrix:
            size = MEDIA[name]
            if same_size(media, Media(size.pwg, *size.hundredths)):
                return size
        raise KioskError(FaultCode.WRONG_MEDIA, f"{media.name} is not in the imager's profile")


def imager_profile(name: str) -> ImagerProfile:
    """A profile by its name, or of a TOML file. Raises KioskError CONFIG_INVALID."""
    file = Path(name) if name.endswith(".toml") else assets() / "imagers" / f"{name}.toml"
    try:
        profile = ImagerProfile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        known = sorted(path.stem for path in (assets() / "imagers").glob("*.toml"))
        said = f"no imager profile {name!r}; there are {', '.join(known)}"
        raise KioskError(FaultCode.CONFIG_INVALID, said) from error
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {str(error).splitlines()[0]}") from error
    unknown = set(profile.matrix) - set(MEDIA)
    if unknown:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: unknown film sizes {', '.join(sorted(unknown))}")
    return profile
