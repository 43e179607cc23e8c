"""Settings: one typed tree read from `kiosk.toml`. A bad file is refused at start, naming the key.

Every option has a type, a range, a default and a sentence of help; `installer/config/kiosk.toml` shows them all.
Secrets are given by reference (`env:NAME` or `file:/path`), never inline.
"""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question
from kiosk.domain.person.tries import TryLimits
from kiosk.domain.reasons import FilmPolicy
from kiosk.domain.sheets.film import media_named
from kiosk.words import tags


class Section(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _reference(value: str) -> str:
    if value and not value.startswith(("env:", "file:")):
        raise ValueError("a secret is given by reference: env:NAME or file:/path")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no such time zone: {value}") from error
    return value


def _language(value: str) -> str:
    if value not in tags():
        raise ValueError(f"no such language: {value}; known: {', '.join(tags())}")
    return value


def _media(value: str) -> str:
    media_named(value)
    return value


MediaName = Annotated[str, AfterValidator(_media)]
SecretRef = Annotated[str, AfterValidator(_reference)]


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


class ArchiveSettings(Section):
    """The imaging platform."""

    kind: Literal["folder", "dicomweb"] = Field("folder", description="A folder of DICOM files, or a DICOMweb server.")
    path: Path = Field(Path("sample-hospital/archive"), description="The folder, for kind folder.")
    url: str = Field("", description="DICOMweb root, e.g. https://pacs.hospital/dicom-web, for kind dicomweb.")
    user: str = Field("", description="User for basic authentication.")
    password: SecretRef = Field("", description="Password for basic authentication, by reference.")
    token: SecretRef = Field("", description="Bearer token, by reference.")
    ca_file: Path | None = Field(
        None, description="The hospital's own certificate authority (PEM). TLS is always verified."
    )
    connect_s: float = Field(3.0, ge=0.1, le=30, description="Time to connect, seconds.")
    read_s: float = Field(10.0, ge=0.5, le=120, description="Time between two packets, seconds.")
    query_s: float = Field(10.0, ge=1, le=120, description="Time for a whole query, seconds.")
    study_s: float = Field(300.0, ge=5, le=1800, description="Time for a whole study, seconds.")
    instance_mib: int = Field(64, ge=1, le=4096, description="Largest single object, MiB.")
    study_mib: int = Field(512, ge=1, le=65536, description="Largest study, MiB.")
    report_mib: int = Field(20, ge=1, le=512, description="Largest report, MiB.")


class ReportSettings(Section):
    """Which reports are handed out, and how."""

    list_level: Literal["patient", "exam"] = Field(
        "patient", description="List all exams of the patient, or only the scanned one."
    )
    without_flag: Literal["final", "preliminary"] = Field(
        "final", description="What a PDF report without verification flag counts as."
    )
    window_days: int = Field(0, ge=0, le=36500, description="Exams older than this are handed out at the desk; 0: no limit.")
    wait_minutes: int = Field(0, ge=0, le=10080, description="How long after signing a report is held back.")
    copies: int = Field(1, ge=1, le=5, description="How many copies of a report version a patient may print.")
    sides: Literal["one-sided", "two-sided"] = Field(
        "one-sided", description="Print on both sides of the paper, where the printer can."
    )
    media: MediaName = Field("iso_a4_210x297mm", description="The paper: A4, A5, A3, 8_5INX11IN or a PWG name of these.")
    qr_corner: Literal["top-left", "top-right", "bottom-left", "bottom-right", "none"] = Field(
        "bottom-right", description="Where the cloud QR is stamped."
    )
    qr_mm: float = Field(20.0, ge=12, le=40, description="Size of the stamped QR, mm.")


class FilmSettings(Section):
    """Film on demand."""

    policy: FilmPolicy = Field(FilmPolicy.SELF_SERVICE, description="Who may print film: self-service, desk or never.")
    modality_policy: dict[str, FilmPolicy] = Field(
        default_factory=dict, description='Policy by modality, e.g. MR = "desk".'
    )
    media: MediaName = Field("14INX17IN", description="DICOM film size.")
    dpi: Literal[300, 320, 508, 600] = Field(320, description="Resolution of the imager.")
    mask_name: bool = Field(False, description="Mask the patient's name on film.")
    densities: tuple[Annotated[float, Field(ge=0, le=5)], ...] = Field(
        (),
        description="Optical densities measured on the test page's patches, in order, to print by PS3.14; empty: as it is.",
    )
    max_sheets: int = Field(20, ge=1, le=200, description="More sheets than this go to the desk.")


class IdentitySettings(Section):
    """What is asked, and how often."""

    questions: tuple[Question, ...] = Field(
        (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR),
        min_length=1,
        description="Questions in the order they are asked.",
    )
    per_visit: int = Field(5, ge=1, le=20, description="Wrong answers in one visit.")
    per_patient: int = Field(5, ge=1, le=100, description="Wrong answers for one patient in the window.")
    patient_hours: float = Field(24.0, ge=0.1, le=720, description="The window for one patient, hours.")
    per_kiosk: int = Field(100, ge=5, le=10000, description="Wrong answers at one kiosk in an hour.")
    uniform_ms: int = Field(
        400, ge=0, le=5000, description="Every look-up and every verdict takes this long, or a multiple, whoever it is."
    )
    decoy_percent: int = Field(
        10, ge=0, le=100, description="Of unknown numbers, how many in a hundred are asked as if without an ID card."
    )

    @property
    def limits(self) -> TryLimits:
        """As the ledger wants them."""
        return TryLimits(self.per_visit, self.per_patient, self.patient_hours, self.per_kiosk)


class CodePattern(Section):
    """One accepted payload: a regular expression with the named groups accession, patient, visit or national."""

    pattern: str = Field(description="Matches the whole payload.")
    formats: tuple[str, ...] = Field((), description="Symbologies it is valid for; empty: all.")


class CodeSettings(Section):
    """Codes on check slips."""

    formats: tuple[str, ...] = Field(("Code128", "QRCode"), min_length=1, description="Symbologies that are read.")
    patterns: tuple[CodePattern, ...] = Field((), description="Accepted payloads, in order; empty: the built-in ones.")
    letters: str = Field(
        "",
        max_length=32,
        pattern=r"^[ -~]*$",
        description=r"Characters that numbers here hold beside letters, digits, dot, hyphen and underscore, e.g. '/#'.",
    )
    chinese: bool = Field(False, description="True where numbers hold Chinese characters.")
    budget_ms: int = Field(250, ge=20, le=5000, description="Reading time for one camera frame.")


class CameraSettings(Section):
    """The camera above the tray."""

    source: str = Field(
        "none", description="A device (/dev/video0 or 0), a file, a folder of pictures, an http address, slips or none."
    )
    width: int = Field(1280, ge=320, le=4096, description="Wanted width, pixels.")
    height: int = Field(720, ge=240, le=4096, description="Wanted height, pixels.")
    fps: int = Field(30, ge=1, le=120, description="Wanted frames a second.")
    exposure: int | None = Field(
        None, ge=1, description="Fixed exposure in the device's own units; automatic when absent."
    )
    focus: int | None = Field(None, ge=0, description="Fixed focus in the device's own units; automatic when absent.")
    gain: int | None = Field(None, ge=0, description="Fixed gain in the device's own units; automatic when absent.")


class PrinterSettings(Section):
    """One print queue."""

    kind: Literal["folder", "cups", "none"] = Field(
        "folder", description="A folder that receives PDF files, a CUPS queue, or no printer."
    )
    path: Path = Field(Path("printed"), description="The folder, for kind folder.")
    queue: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,127}$", description="The CUPS queue, for kind cups.")
    server: str = Field("", description="CUPS server or socket; empty: the system's.")
    ca_file: Path | None = Field(
        None, description="Certificate of the printer, or of its authority (PEM), for ipps queues with their own."
    )
    seconds_per_sheet: float = Field(4.0, ge=0, le=120, description="First estimate of the speed; learnt afterwards.")
    stall_s: float = Field(90.0, ge=1, le=3600, description="No progress for so long: uncertain.")
    refill_s: float = Field(180.0, ge=0, le=3600, description="How long to wait for paper in the middle of a job.")
    trust_media_ready: bool = Field(True, description="False for printers that lie about the loaded media.")
    trust_counter: bool = Field(True, description="False for printers that count sheets wrongly.")


class Printers(Section):
    """The queues for paper and film."""

    report: PrinterSettings = PrinterSettings(path=Path("printed/report"))
    film: PrinterSettings = PrinterSettings(path=Path("printed/film"), seconds_per_sheet=20)


class LedgerSettings(Section):
    """The journal."""

    url: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in state_dir. postgresql+psycopg://… for a fleet."
    )
    password: SecretRef = Field("", description="Password of the database, by reference.")


class CloudSettings(Section):
    """The portal the QR leads to."""

    portal: str = Field(
        "https://film.example.org/v", pattern=r"^https?://\S+$", description="Address of the cloud film portal."
    )
    link_days: int = Field(365, ge=1, le=36500, description="Life of a patient link.")


class NotifierSettings(Section):
    """Messages to patients' telephones."""

    kind: Literal["none", "file", "http"] = Field(
        "none", description="No messages, lines in a file, or an HTTP gateway."
    )
    path: Path = Field(Path("messages.txt"), description="The file, for kind file.")
    url: str = Field("", description="Gateway that takes POST {telephone, text} as JSON, for kind http.")
    token: SecretRef = Field("", description="Bearer token of the gateway, by reference.")


class ScreenSettings(Section):
    """How the screens behave."""

    language: Annotated[str, AfterValidator(_language)] = Field(
        "zh", description="Language of a fresh visit, of film and of messages: a file of assets/translations."
    )
    theme: Literal["light", "contrast"] = Field("light", description="Colours.")
    sound: float = Field(0.7, ge=0, le=1, description="Volume of tones.")
    reduce_motion: bool = Field(False, description="No sliding pages.")
    low_reach: bool = Field(False, description="Keep all controls in the lower half.")
    idle_s: float = Field(60.0, ge=30, le=600, description="Time without a touch before a visit ends.")
    warn_s: float = Field(20.0, ge=20, le=120, description="How long 'still there?' is shown before any end.")
    qr_s: float = Field(90.0, ge=30, le=600, description="How long the QR is shown.")
    done_s: float = Field(30.0, ge=30, le=120, description="How long the farewell is shown.")
    failed_s: float = Field(60.0, ge=30, le=600, description="How long a trouble is shown.")
    staff_s: float = Field(300.0, ge=30, le=3600, description="Time without a touch before staff is logged out.")


class Settings(Section):
    """The whole file."""

    hospital: Hospital = Hospital()
    kiosk: Kiosk = Kiosk()
    archive: ArchiveSettings = ArchiveSettings()
    reports: ReportSettings = ReportSettings()
    film: FilmSettings = FilmSettings()
    identity: IdentitySettings = IdentitySettings()
    codes: CodeSettings = CodeSettings()
    camera: CameraSettings = CameraSettings()
    printers: Printers = Printers()
    ledger: LedgerSettings = LedgerSettings()
    cloud: CloudSettings = CloudSettings()
    notifier: NotifierSettings = NotifierSettings()
    screens: ScreenSettings = ScreenSettings()


def load(file: Path) -> Settings:
    """Read and check a configuration; relative paths in it are taken from its folder.

    Raises KioskError CONFIG_INVALID, naming key and reason.
    """
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
        if "\\u0000" in json.dumps(tree, default=str):  # no path and no address may hold it
            raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: a text holds the character U+0000")
        return at_home(Settings.model_validate(tree), file.resolve().parent)
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {error}") from error
    except ValidationError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: {_first_reason(error)}") from error


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def at_home(settings: Settings, home: Path) -> Settings:
    """The same settings with every relative path made absolute below `home`."""

    def settle(value: object) -> object:
        if isinstance(value, Path):
            return home / value.expanduser()
        if isinstance(value, BaseModel):
            return value.model_copy(update={name: settle(getattr(value, name)) for name in type(value).model_fields})
        return value

    settled = settle(settings)
    assert isinstance(settled, Settings)  # noqa: S101 - for the type checker
    return settled


def secret(reference: str) -> SecretStr:
    """Resolve a reference; an empty one gives an empty secret.

    Raises KioskError CONFIG_INVALID when it is missing or, for a file, readable by others (matrix case 104).
    """
    kind, _, name = reference.partition(":")
    if not reference:
        return SecretStr("")
    if kind == "env":
        if name not in os.environ:
            raise KioskError(FaultCode.CONFIG_INVALID, f"environment variable {name} is not set")
        return SecretStr(os.environ[name])
    return SecretStr(_secret_file(Path(name)))


def _secret_file(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{path} can be read by others; chmod 600")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: {error.strerror}") from error
