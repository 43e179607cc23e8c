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
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

from assets import sample_images, sample_slips
from assets.sample_slips import SlipFace
from kiosk.imaging.fonts import discover
from kiosk.imaging.typesetting import Fonts, Letterhead, WrittenReport, typeset

VERSION = 1
FRESH_DAYS = 42
MANIFEST = "hospital.json"
HEAD = Letterhead("市人民医院", "医学影像科", "City People's Hospital")
CT, MR, DX, US = (f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("2", "4", "1.1", "6.1"))
PDF, BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.88.11"
KINDS = {"CT": "CT", "MR": "磁共振", "DX": "X 线", "US": "超声"}


@dataclass(frozen=True)
class Person:
    """Nobody."""

    key: str
    patient_id: str
    name: str
    shown: str
    charset: str
    sex: str
    birth: date | None
    national_id: str = ""
    telephone: str = ""
    visit: str = ""


@dataclass(frozen=True)
class Version:
    """One version of one report: VERIFIED, UNVERIFIED; hours after the exam."""

    flag: str
    hours: float
    findings: str
    impression: str
    structured: bool = False


Images = Callable[["Study"], Iterator[Dataset]]


@dataclass(frozen=True)
class Study:
    """One exam."""

    key: str
    person: str
    modality: str
    part: str
    part_code: str
    method: str
    days_ago: int
    at: time
    number: int
    images: Images
    reports: tuple[Version, ...] = ()


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


PEOPLE = {
    p.key: p
    for p in (
        Person("wang", "P00010001", "Wang^Xiuying=王^秀英", "王秀英", "GB18030", "F", date(1949, 12, 31),
               "11010519491231002X", "13800135678", "ZY26110007"),
        Person("ouyang", "P00010002", "欧阳志远", "欧阳志远", "GB18030", "M", date(1980, 1, 1),
               "34052419800101001X", "13911204321", "MZ26110142"),
        Person("aygul", "P00010003", "阿依古丽·买买提", "阿依古丽·买买提", "ISO_IR 192", "F", date(1991, 6, 17),
               "119901199106170025", "13700018642", "ZY26110031"),
        Person("zhangyan", "P00010004", "Zhang^Yan=张^䶮", "张䶮", "GB18030", "M", date(1972, 3, 8),
               "119901197203080014", "13600027790", "MZ26110155"),
        Person("baby", "P00010005", "李𬱟之女", "李𬱟之女", "ISO_IR 192", "F", None, "", "13500031188", "ZY26110044"),
        Person("smith", "P00010006", "Smith^John", "John Smith", "ISO_IR 100", "M", date(1975, 7, 4),
               "", "13400046021", "MZ26110163"),
        Person("zhao", "P00010007", "赵敏", "赵敏", "GB18030", "F", date(1988, 11, 2),
               "119901198811020028", "13300055519", "MZ26110171"),
        Person("zhou", "P00010008", "周国强", "周国强", "GB18030", "M", date(1963, 9, 21),
               "119901196309210038", "13200067702", "ZY26110052"),
    )
}  # fmt: skip
BABY_AGE_DAYS = 23


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
        ds.InstitutionName = HEAD.hospital_en if ascii_only else HEAD.hospital
        return ds

    def write_study(self, study: Study) -> None:
        place = self.folder / "archive" / self.accession(study)
        for number, image in enumerate(study.images(study), start=1):
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
            return _structured(ds, version)
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


def _structured(ds: Dataset, version: Version) -> Dataset:
    """PS3.3 A.35.1, template 2000: findings and impression as text."""
    ds.SOPClassUID, ds.CompletionFlag, ds.PreliminaryFlag = BASIC_TEXT_SR, "COMPLETE", "FINAL"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = _code("18748-4", "LN", "Diagnostic Imaging Report")
    ds.PerformedProcedureCodeSequence = Items()
    ds.ContentSequence = Items(
        _section(code, heading, text)
        for code, heading, text in (
            (("121070", "DCM", "Findings"), "121071", version.findings),
            (("121076", "DCM", "Conclusions"), "121077", version.impression),
        )
    )
    return ds


def _code(value: str, scheme: str, meaning: str) -> Items:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return Items([code])


def _section(heading: tuple[str, str, str], item_code: str, text: str) -> Dataset:
    section = Dataset()
    section.RelationshipType, section.ValueType, section.ContinuityOfContent = "CONTAINS", "CONTAINER", "SEPARATE"
    section.ConceptNameCodeSequence = _code(*heading)
    section.ContentSequence = Items()
    for paragraph in text.splitlines():
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
        item.ConceptNameCodeSequence = _code(item_code, "DCM", heading[2].rstrip("s"))
        item.TextValue = paragraph
        section.ContentSequence.append(item)
    return section


def _grey(pixels: np.ndarray, modality: str, sop_class: str, series: int, number: int, bits: int) -> Dataset:
    """Image pixel module of one monochrome image."""
    ds = Dataset()
    ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = sop_class, modality, series, number
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.astype("<i2" if pixels.dtype.kind == "i" else "<u2").tobytes()
    return ds


def chest_ct(study: Study) -> Iterator[Dataset]:
    """One series of 120 slices, soft tissue and lung window."""
    side, spacing = sample_images.CT_SIDE, sample_images.CT_SPACING
    corner = -(side - 1) / 2 * spacing
    for number, slice_hu in enumerate(sample_images.chest_ct(), start=1):
        ds = _grey(slice_hu, "CT", CT, 2, number, 16)
        ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY", "AXIAL"], "Chest 2.5mm"
        ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "HU"
        ds.WindowCenter, ds.WindowWidth = ["40", "-600"], ["400", "1500"]
        ds.WindowCenterWidthExplanation = ["MEDIASTINUM", "LUNG"]
        ds.PixelSpacing, ds.SliceThickness = [spacing, spacing], sample_images.CT_THICKNESS
        z = -sample_images.CT_THICKNESS * (number - 1)
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [corner, corner, z], [1, 0, 0, 0, 1, 0]
        ds.SliceLocation, ds.KVP, ds.PatientPosition, ds.GantryDetectorTilt = z, "120", "HFS", "0"
        ds.XRayTubeCurrent, ds.ExposureTime, ds.AcquisitionNumber = 220, 500, 1
        yield ds


def chest_dr(rows: int, columns: int, seed: int, *, calibrated: bool, views: int = 2, inverted: bool = False) -> Images:
    """Frontal and side view; calibrated for life size, or with the detector's spacing only."""

    def make(study: Study) -> Iterator[Dataset]:
        for number in range(1, views + 1):
            draw = sample_images.chest_front if number == 1 else sample_images.chest_side
            pixels = draw(rows, columns, seed + number)
            ds = _grey((4095 - pixels) if inverted else pixels, "DX", DX, number, number, 12)
            ds.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
            ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY"], "Chest PA" if number == 1 else "Chest LAT"
            ds.PresentationIntentType, ds.ViewPosition = "FOR PRESENTATION", "PA" if number == 1 else "LL"
            ds.PatientOrientation = ["L", "F"] if number == 1 else ["P", "F"]
            ds.ImageLaterality, ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "U", "LOG", -1
            ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
            ds.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
            ds.WindowCenter, ds.WindowWidth, ds.LossyImageCompression = 2050, 3700, "00"
            spacing = 350 / columns
            ds.ImagerPixelSpacing = [spacing * 1.05, spacing * 1.05]
            if calibrated:
                ds.PixelSpacing, ds.PixelSpacingCalibrationType = [spacing, spacing], "GEOMETRY"
                ds.EstimatedRadiographicMagnificationFactor = 1.05
            ds.KVP = "120"
            yield ds

    return make


def brain_mr(study: Study) -> Iterator[Dataset]:
    """Three series of 20 slices."""
    for series, weighting in enumerate(("T1", "T2", "FLAIR"), start=1):
        for number, pixels in enumerate(sample_images.brain_mr(weighting, 20, seed=40 + series), start=1):
            ds = _grey(pixels, "MR", MR, series, number, 12)
            ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY", "M"], f"{weighting} TRA"
            ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [0.9375, 0.9375], 5, 6
            ds.ImagePositionPatient = [-119.5, -119.5, -57 + 6 * (number - 1)]
            ds.ImageOrientationPatient, ds.PatientPosition = [1, 0, 0, 0, 1, 0], "HFS"
            ds.SliceLocation, ds.WindowCenter, ds.WindowWidth = -57 + 6 * (number - 1), 750, 1500
            ds.ScanningSequence, ds.SequenceVariant, ds.MRAcquisitionType = "SE", "NONE", "2D"
            ds.MagneticFieldStrength = 1.5
            yield ds


def abdomen_us(study: Study) -> Iterator[Dataset]:
    """Two colour pictures."""
    for number in (1, 2):
        rgb = sample_images.abdomen_us(768, 1024, seed=50 + number, flow=number == 2)
        ds = Dataset()
        ds.SOPClassUID, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = US, "US", 1, number
        ds.ImageType, ds.SeriesDescription = ["ORIGINAL", "PRIMARY"], "Abdomen"
        ds.Rows, ds.Columns, ds.SamplesPerPixel = 768, 1024, 3
        ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
        ds.LossyImageCompression = "00"
        ds.PixelData = rgb.tobytes()
        yield ds


CHEST_FINDINGS = (
    "胸廓对称，气管居中，气管、支气管通畅。双肺纹理清晰，右肺上叶见一类圆形结节影（Se 2，Im 39），大小约 9 mm × 8 mm，"
    "边缘光整，密度均匀，平均 CT 值约 35 HU，未见明确钙化及空洞。余双肺未见明确实变及肿块影。\n"
    "双肺门不大，纵隔居中，纵隔内未见明显肿大淋巴结。心影大小、形态未见明显异常，主动脉走行自然，管壁未见明显钙化。\n"
    "双侧胸腔未见积液，胸膜未见增厚。所示胸廓诸骨骨质连续，未见明确骨质破坏征象。\n"
    "扫描所及上腹部：肝脏形态、大小正常，边缘光整，实质密度均匀；脾脏不大；胃腔内可见气液平面。"
)
CHEST_IMPRESSION = (
    "1. 右肺上叶小结节，考虑良性可能，建议 3 个月后复查 CT，与前片对比。\n"
    "2. 余胸部 CT 平扫未见明显异常。\n3. 请结合临床及其他检查。"
)
DR_FINDINGS = (
    "胸廓对称，双侧肋骨走行自然，骨质连续。双肺野清晰，肺纹理走行、分布正常，未见明确实质性病变。"
    "双肺门影不大，纵隔、气管居中。心影大小、形态正常，心胸比约 0.46。双侧膈面光整，肋膈角锐利。"
)
MR_FINDINGS = (
    "双侧大脑半球对称，右侧额叶深部白质见点片状长 T2 信号，FLAIR 呈高信号，直径约 8 mm。脑室系统大小、形态正常，"
    "中线结构居中。脑沟、脑裂未见明显增宽增深。双侧基底节区及丘脑未见明确异常信号。"
)
US_FINDINGS = (
    "肝脏形态大小正常，包膜光滑，实质回声均匀，右叶内见一无回声区，大小约 26 mm × 15 mm，边界清，后方回声增强。"
    "胆囊、胰腺、脾脏未见明显异常。CDFI：门静脉血流方向、速度正常。"
)

STUDIES = (
    Study("wang-ct", "wang", "CT", "胸部", "CHEST", "平扫", 1, time(9, 12), 17, chest_ct,
          (Version("VERIFIED", 5.2, CHEST_FINDINGS + "\n" + CHEST_FINDINGS.replace("右肺上叶", "薄层重建：右肺上叶"),
                   CHEST_IMPRESSION),)),
    Study("wang-dr", "wang", "DX", "胸部", "CHEST", "正侧位", 2, time(10, 40), 31,
          chest_dr(2430, 2048, 20, calibrated=True),
          (Version("VERIFIED", 2.1, DR_FINDINGS, "心肺膈未见明显异常。"),)),
    Study("ouyang-dr", "ouyang", "DX", "胸部", "CHEST", "正位", 4, time(15, 5), 8,
          chest_dr(2300, 2100, 30, calibrated=False, views=1, inverted=True),
          (Version("VERIFIED", 1.4, DR_FINDINGS, "心肺膈未见明显异常。"),
           Version("VERIFIED", 49.0, DR_FINDINGS + "左侧第 6 前肋骨皮质欠连续。",
                   "1. 左侧第 6 前肋可疑不全骨折，建议肋骨 CT 检查。\n2. 余胸片未见明显异常。\n"
                   "（修订：补充肋骨所见。）"))),
    Study("aygul-mr", "aygul", "MR", "头颅", "HEAD", "平扫", 0, time(8, 20), 5, brain_mr,
          (Version("UNVERIFIED", 0.6, MR_FINDINGS, "右侧额叶深部白质点片状异常信号，缺血灶可能，待审核。"),)),
    Study("zhangyan-us", "zhangyan", "US", "腹部", "ABDOMEN", "彩色多普勒", 6, time(11, 30), 22, abdomen_us,
          (Version("VERIFIED", 0.5, US_FINDINGS, "肝囊肿；余腹部超声未见明显异常。"),)),
    Study("baby-dr", "baby", "DX", "胸部", "CHEST", "正位", 3, time(16, 45), 3,
          chest_dr(2048, 2048, 60, calibrated=True, views=1),
          (Version("VERIFIED", 1.0, "新生儿胸片：双肺透亮度正常，纹理清晰，心影大小、形态正常，双侧膈面光整。",
                   "心肺膈未见明显异常。"),)),
    Study("smith-us", "smith", "US", "腹部", "ABDOMEN", "常规", 5, time(14, 10), 12, abdomen_us,
          (Version("VERIFIED", 0.7, "The liver is normal in size and shape, its echo texture even. A cyst of "
                   "26 mm x 15 mm lies in the right lobe.\nGallbladder, pancreas and spleen are unremarkable.",
                   "Simple cyst of the liver. No further finding.", structured=True),)),
    Study("zhao-dr", "zhao", "DX", "胸部", "CHEST", "正位", 0, time(8, 55), 41,
          chest_dr(2430, 2048, 70, calibrated=True, views=1)),
    Study("zhou-us", "zhou", "US", "腹部", "ABDOMEN", "彩色多普勒", 8, time(9, 25), 15, abdomen_us,
          (Version("VERIFIED", 0.9, US_FINDINGS, "肝内无回声区，请结合临床，到窗口咨询。"),)),
)  # fmt: skip
BY_KEY = {study.key: study for study in STUDIES}

# study, what the code holds, symbology, question, what to see
SLIPS = (
    ("wang-ct", "accession", "Code128", "id-last-six", "两份报告可以领取：胸部 CT 与胸片，可打印胶片",
     "two reports ready, CT and chest film; film on demand"),
    ("ouyang-dr", "url", "QRCode", "id-last-six", "报告已修订：旧版已打印，新版可再打印",
     "amended report: the old version was printed, the new one prints again"),
    ("aygul-mr", "patient", "Code128", "id-last-six", "报告书写中（初步报告，待审核）",
     "report still being written (preliminary)"),
    ("zhangyan-us", "accession", "Code128", "id-last-six", "报告已经打印过；生僻字姓名",
     "already printed; a rare character"),
    ("baby-dr", "visit", "Code128", "birth-date", "新生儿，无身份证：验证出生日期",
     "a baby without ID card: birth date is asked"),
    ("smith-us", "pairs", "QRCode", "birth-date", "外籍患者；结构化报告排版打印",
     "a foreigner; structured report is typeset"),
    ("zhao-dr", "accession", "Code128", "id-last-six", "只有影像，报告尚未开始", "images only, no report yet"),
    ("zhou-us", "accession", "Code128", "id-last-six", "报告被暂扣，请到窗口", "withheld: please go to the desk"),
)  # fmt: skip


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
