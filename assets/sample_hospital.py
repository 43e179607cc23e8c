"""A small hospital for demonstration and tests: synthetic people, exams, reports and check slips.

    python -m assets.sample_hospital FOLDER

Nobody in it exists. The ID numbers are the published test values of GB 11643 and numbers of a district that was never
assigned. Dates count back from the day it is made, so that the exams are recent; it is made again after six weeks.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

from assets import sample_objects, sample_slips
from assets.sample_people import BABY_AGE_DAYS, BY_KEY, PEOPLE, SLIPS, STUDIES, Person, Study, Version
from assets.sample_slips import SlipFace
from kiosk.imaging.paper.typesetting import Fonts, Letterhead, WrittenReport, typeset
from kiosk.imaging.pdf.fonts import discover

VERSION = 3
FRESH_DAYS = 42
MANIFEST = "hospital.json"
HEAD = Letterhead("市人民医院", "医学影像科")
HOSPITAL_IN_ASCII = "City People's Hospital"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KINDS = {"CT": "CT", "MR": "磁共振", "DX": "X 线", "US": "超声"}


@dataclass(frozen=True)
class Slip:
    """One check slip for the tray: what its code holds, what the kiosk will ask, and the answer."""

    key: str
    code: str
    symbology: str
    picture: str
    question: str
    answer: str
    shows_zh: str
    shows_en: str
    person: str = ""


@dataclass(frozen=True)
class Printed:
    """A report version that the ledger is to know as printed already."""

    study_uid: str
    instance_uid: str
    version: int
    sheets: int


@dataclass(frozen=True)
class Hospital:
    """What was made. `archive` and `slips_pdf` and the pictures are relative to the folder of the manifest."""

    version: int
    made: str
    name: str
    slips: tuple[Slip, ...]
    printed: tuple[Printed, ...] = ()
    held: tuple[str, ...] = ()
    archive: str = "archive"
    slips_pdf: str = "slips.pdf"
    folder: str = field(default="", compare=False)


class Maker:
    """Writes the files of one hospital."""

    def __init__(self, folder: Path, today: date) -> None:
        self.folder, self.today = folder, today
        self.fonts = Fonts.registered(discover(), discover(bold=True))
        self.printed: list[Printed] = []

    def uid(self, *parts: object) -> str:
        """The same UID for the same thing on the same day."""
        digest = hashlib.sha256("/".join(map(str, (self.today, *parts))).encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big')}"

    def taken(self, study: Study) -> datetime:
        return datetime.combine(self.today - timedelta(days=study.days_ago), study.at)

    def accession(self, study: Study) -> str:
        return f"{study.modality}{self.taken(study):%y%m%d}{study.number:04d}"

    def birth(self, person: Person) -> date:
        return person.birth or self.today - timedelta(days=BABY_AGE_DAYS)

    def common(self, study: Study) -> Dataset:
        """Patient and study module."""
        person, taken = PEOPLE[study.person], self.taken(study)
        ds = Dataset()
        ds.SpecificCharacterSet = person.charset
        ds.PatientName, ds.PatientID, ds.PatientSex = person.name, person.patient_id, person.sex
        ds.PatientBirthDate = f"{self.birth(person):%Y%m%d}"
        if person.national_id:
            ds.OtherPatientIDs = person.national_id
        ds.PatientTelephoneNumbers, ds.AdmissionID = person.telephone, person.visit
        ds.StudyInstanceUID, ds.AccessionNumber = self.uid(study.key), self.accession(study)
        ds.StudyDate, ds.StudyTime = f"{taken:%Y%m%d}", f"{taken:%H%M%S}"
        ds.StudyID, ds.ReferringPhysicianName = str(study.number), ""
        ascii_only = person.charset == "ISO_IR 100"
        ds.StudyDescription = study.part_code if ascii_only else f"{study.part}{study.method}"
        ds.InstitutionName = HOSPITAL_IN_ASCII if ascii_only else HEAD.hospital
        return ds

    def write_study(self, study: Study) -> None:
        place = self.folder / "archive" / self.accession(study)
        for number, image in enumerate(study.images(), start=1):
            ds = self.common(study)
            ds.update(image)
            ds.SeriesInstanceUID = self.uid(study.key, "series", ds.SeriesNumber)
            ds.SOPInstanceUID = self.uid(study.key, "image", number)
            ds.FrameOfReferenceUID = self.uid(study.key, "frame")
            ds.BodyPartExamined, ds.Manufacturer = study.part_code, "Synthetic"
            self.save(ds, place / f"s{ds.SeriesNumber:03d}" / f"i{ds.InstanceNumber:04d}.dcm")
        for number, version in enumerate(study.reports, start=1):
            self.save(self.report(study, number, version), place / "report" / f"v{number}.dcm")

    def report(self, study: Study, number: int, version: Version) -> Dataset:
        """An encapsulated PDF or a basic text document."""
        ds = self.common(study)
        written = self.taken(study) + timedelta(hours=version.hours)
        ds.Modality = "SR" if version.structured else "DOC"
        ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = self.uid(study.key, "report"), 900, number
        ds.SOPInstanceUID = self.uid(study.key, "report", number)
        ds.ContentDate, ds.ContentTime = f"{written:%Y%m%d}", f"{written:%H%M%S}"
        ds.Manufacturer = "Synthetic"
        ds.VerificationFlag = version.flag
        if number > 1:
            ds.PredecessorDocumentsSequence = self._predecessor(study, number - 1)
        if version.structured:
            return sample_objects.structured(ds, version.findings, version.impression)
        ds.SOPClassUID, ds.ConversionType, ds.BurnedInAnnotation = PDF, "WSD", "YES"
        ds.DocumentTitle = f"{KINDS[study.modality]}检查报告"
        ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
        pdf = typeset(self.written(study, number, version), HEAD, self.fonts)
        ds.EncapsulatedDocumentLength = len(pdf)
        ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
        return ds

    def _predecessor(self, study: Study, number: int) -> Items:
        instance, series, owner = Dataset(), Dataset(), Dataset()
        instance.ReferencedSOPClassUID = PDF
        instance.ReferencedSOPInstanceUID = self.uid(study.key, "report", number)
        series.SeriesInstanceUID, series.ReferencedSOPSequence = self.uid(study.key, "report"), Items([instance])
        owner.StudyInstanceUID, owner.ReferencedSeriesSequence = self.uid(study.key), Items([series])
        return Items([owner])

    def written(self, study: Study, number: int, version: Version) -> WrittenReport:
        person, taken = PEOPLE[study.person], self.taken(study)
        done = taken + timedelta(hours=version.hours)
        final = version.flag == "VERIFIED"
        facts = (
            ("姓名", person.shown), ("性别", {"F": "女", "M": "男"}[person.sex]), ("年龄", self.age(person)),
            ("检查号", self.accession(study)), ("患者编号", person.patient_id), ("就诊号", person.visit),
            ("检查部位", study.part), ("检查方法", study.method), ("检查时间", f"{taken:%Y-%m-%d %H:%M}"),
        )  # fmt: skip
        return WrittenReport(
            title=f"{KINDS[study.modality]}检查报告单{'（修订）' if number > 1 else ''}{'' if final else '（初步）'}",
            labels=("第 {page} 页", "共 {pages} 页"),
            facts=facts,
            sections=(("影像所见", version.findings), ("诊断意见", version.impression)),
            signatures=(
                ("报告医师", "示例医师甲"),
                ("审核医师", "示例医师乙" if final else "待审核"),
                ("报告时间", f"{done - timedelta(minutes=35):%Y-%m-%d %H:%M}"),
                ("审核时间", f"{done:%Y-%m-%d %H:%M}" if final else "—"),
            ),
            note="示例数据：人物与影像均为合成，非真实患者。本报告仅供临床医师参考。",
        )

    def age(self, person: Person) -> str:
        days = (self.today - self.birth(person)).days
        return f"{days} 天" if days < 60 else f"{int(days / 365.25)} 岁"

    @staticmethod
    def save(ds: Dataset, path: Path) -> None:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.file_meta = meta
        path.parent.mkdir(parents=True, exist_ok=True)
        ds.save_as(path, enforce_file_format=True)


def make(folder: Path, today: date | None = None) -> Hospital:
    """The hospital in `folder`: the one that is there if it is fresh, else a new one (in well under a minute)."""
    today = today or date.today()
    found = load(folder)
    if found and found.version == VERSION and 0 <= (today - date.fromisoformat(found.made)).days < FRESH_DAYS:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    for old in ("archive", "slips"):
        shutil.rmtree(folder / old, ignore_errors=True)
    maker = Maker(folder, today)
    for study in STUDIES:
        maker.write_study(study)
    hospital = Hospital(
        VERSION, today.isoformat(), HEAD.hospital, _slips(maker), _printed(maker), (maker.uid("zhou-us"),)
    )
    partial = folder / f".{MANIFEST}"
    partial.write_text(json.dumps(asdict(hospital), ensure_ascii=False, indent=1), encoding="utf-8")
    partial.replace(folder / MANIFEST)
    return load(folder) or hospital


def load(folder: Path) -> Hospital | None:
    """The hospital that is in `folder`, if one is."""
    try:
        tree = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tree["slips"] = tuple(Slip(**slip) for slip in tree["slips"])
        tree["printed"] = tuple(Printed(**printed) for printed in tree["printed"])
        tree["held"] = tuple(tree["held"])
        return Hospital(**{**tree, "folder": str(folder)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _printed(maker: Maker) -> tuple[Printed, ...]:
    """The first version of the amended report, and the report of the patient who was here before."""
    keys = ("ouyang-dr", "zhangyan-us")
    return tuple(Printed(maker.uid(key), maker.uid(key, "report", 1), version=1, sheets=1) for key in keys)


def _slips(maker: Maker) -> tuple[Slip, ...]:
    slips, faces = [], []
    for key, kind, symbology, question, zh, en in SLIPS:
        study, person = BY_KEY[key], PEOPLE[BY_KEY[key].person]
        code = _code_text(maker, study, kind)
        answer = person.national_id[-6:] if question == "id-last-six" else f"{maker.birth(person):%Y%m%d}"
        slips.append(Slip(key, code, symbology, f"slips/{key}.png", question, answer, zh, en, person.shown))
        faces.append(_face(maker, study, code, symbology))
    nobody = f"CT{maker.today:%y%m%d}9999"
    slips.append(Slip("nobody", nobody, "Code128", "slips/nobody.png", "id-last-six", "123456",
                      "查无此号：与答错的提示相同", "no such number: told the same as a wrong answer"))  # fmt: skip
    faces.append(SlipFace(nobody, "Code128", nobody, (("姓名", "（无此检查）"), ("检查号", nobody))))
    pdf = sample_slips.draw_slips(faces, HEAD, maker.fonts)
    (maker.folder / "slips").mkdir(exist_ok=True)
    (maker.folder / "slips.pdf").write_bytes(pdf)
    sample_slips.save_pictures(pdf, [maker.folder / slip.picture for slip in slips])
    return tuple(slips)


def _code_text(maker: Maker, study: Study, kind: str) -> str:
    person, accession = PEOPLE[study.person], maker.accession(study)
    return {
        "accession": accession,
        "patient": person.patient_id,
        "visit": person.visit,
        "url": f"https://film.example.org/slip?acc={accession}",
        "pairs": f"ACC={accession};PID={person.patient_id}",
    }[kind]


def _face(maker: Maker, study: Study, code: str, symbology: str) -> SlipFace:
    person, taken = PEOPLE[study.person], maker.taken(study)
    rows = (
        ("姓名", person.shown), ("性别", {"F": "女", "M": "男"}[person.sex]),
        ("检查项目", f"{study.part}{KINDS[study.modality]}{study.method}"), ("就诊号", person.visit),
        ("检查时间", f"{taken:%Y-%m-%d %H:%M}"), ("检查号", maker.accession(study)),
    )  # fmt: skip
    return SlipFace(code, symbology, code if symbology == "Code128" else maker.accession(study), rows)


if __name__ == "__main__":
    made = make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("sample-hospital"))
    print(f"{made.name}: {len(made.slips)} slips in {made.folder}")
