"""What a report object holds: the PDF inside an encapsulated document (PS3.3 C.24.2), or the words of a structured one.

A structured report (PS3.3 C.17.3) is a tree; it is read as headings and paragraphs, item by item as it stands in the
file. References between items are not followed, so loops cannot happen; depth and number are bounded by the parser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kiosk.imaging.dicom import attributes as known
from kiosk.imaging.dicom import charset
from kiosk.imaging.dicom.attributes import Attribute
from kiosk.imaging.dicom.elements import Header, unreadable
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import MemoryStore, open_object
from kiosk.imaging.paper.typesetting import WrittenReport
from kiosk.words import language_of, sections

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
DOCUMENT = Attribute(0x00420011, "OB")
DOCUMENT_LENGTH = Attribute(0x00420015, "UL")
TITLE = Attribute(0x00420010, "ST")
CONTENT = Attribute(0x0040A730, "SQ")
CONCEPT = Attribute(0x0040A043, "SQ")
CODED = Attribute(0x0040A168, "SQ")
VALUE_TYPE = Attribute(0x0040A040, "CS")
TEXT = Attribute(0x0040A160, "UT")
PERSON = Attribute(0x0040A123, "PN")
DATE, TIME, DATE_TIME = Attribute(0x0040A121, "DA"), Attribute(0x0040A122, "TM"), Attribute(0x0040A120, "DT")
MEASURED, NUMBER, UNITS = Attribute(0x0040A300, "SQ"), Attribute(0x0040A30A, "DS"), Attribute(0x004008EA, "SQ")
CODE_VALUE, CODE_MEANING = Attribute(0x00080100, "SH"), Attribute(0x00080104, "LO")
VERIFIERS, VERIFIER, VERIFIED_AT = (
    Attribute(0x0040A073, "SQ"),
    Attribute(0x0040A075, "PN"),
    Attribute(0x0040A030, "DT"),
)
LONGEST_TEXT = 20_000
MOST_PARAGRAPHS = 4_000


@dataclass(frozen=True)
class ReportObject:
    """A report object, parsed: whose it is, and its PDF or its words."""

    study_uid: str
    instance_uid: str
    patient_id: str
    patient_name: str
    pdf: bytes = b""
    words: WrittenReport | None = None
    language: str = ""


@dataclass
class _Outline:
    """Sections as they come up."""

    sections: list[tuple[str, list[str]]] = field(default_factory=list)
    paragraphs: int = 0

    def heading(self, text: str) -> None:
        self.sections.append((text, []))

    def paragraph(self, text: str) -> None:
        self.paragraphs += 1
        if self.paragraphs > MOST_PARAGRAPHS:
            raise unreadable(f"structured report with more than {MOST_PARAGRAPHS} paragraphs")
        if not self.sections:
            self.heading("")
        self.sections[-1][1].append(text)


def read_report(untrusted: bytes, limits: Limits = Limits()) -> ReportObject:  # noqa: B008 (a frozen value)
    """Parse a report object. Raises KioskError OBJECT_UNREADABLE."""
    header = open_object(MemoryStore(untrusted), limits)[0]
    sop_class = header.string(known.SOP_CLASS)
    pdf = encapsulated(header) if sop_class == ENCAPSULATED_PDF else b""
    words, language = (None, "") if pdf else written(header)
    return ReportObject(
        header.string(known.STUDY_UID),
        header.string(known.SOP_INSTANCE),
        charset.text(header, known.PATIENT_ID).strip(),
        charset.person_name(header).text,
        pdf,
        words,
        language,
    )


def encapsulated(header: Header) -> bytes:
    """The document, without the byte that makes its length even (PS3.3 C.24.2.4)."""
    document = header.raw(DOCUMENT)
    length = header.integer(DOCUMENT_LENGTH)
    if length is not None and 0 <= len(document) - length <= 1:
        document = document[:length]
    if not document:
        raise unreadable("no document inside")
    return document


def written(header: Header) -> tuple[WrittenReport, str]:
    """The words of a structured report, and the language they are framed in. Raises KioskError where it holds none."""
    if CONTENT not in header:
        raise unreadable("neither a PDF nor a structured report")
    outline = _Outline()
    language = language_of(list(_codes(header)))
    frame = sections(language)["report-frame"]
    _read_items(header, header, outline, frame)
    body = tuple((heading, "\n".join(lines)) for heading, lines in outline.sections if lines or heading)
    if not outline.paragraphs:
        raise unreadable("structured report without text")
    title = charset.text(header, CODE_MEANING, header) or _meaning(header.item(CONCEPT), header)
    report = WrittenReport(
        title=frame["title"] or title or frame["untitled"],
        facts=_facts(header, frame),
        sections=body,
        signatures=_signatures(header, frame),
        labels=(frame["page"], frame["pages"]),
    )
    return report, language


def _codes(header: Header) -> Iterator[str]:
    yield charset.person_name(header).text
    for item in header.items(CONTENT):
        yield from _lines(item, header)
        for child in item.items(CONTENT):
            yield from _lines(child, header)


def _read_items(parent: Header, root: Header, outline: _Outline, frame: Mapping[str, str]) -> None:
    for item in parent.items(CONTENT):
        if item.string(VALUE_TYPE) == "CONTAINER" or CONTENT in item:
            outline.heading(_heading(item, root, frame))
        for line in _item_lines(item, root, frame, outline):
            outline.paragraph(line)
        _read_items(item, root, outline, frame)


def _heading(item: Header, root: Header, frame: Mapping[str, str]) -> str:
    concept = item.item(CONCEPT)
    own = frame.get(f"heading-{concept.string(CODE_VALUE)}") if concept else None
    return own or _meaning(concept, root)


def _meaning(concept: Header | None, root: Header) -> str:
    return charset.text(concept, CODE_MEANING, root) if concept else ""


def _item_lines(item: Header, root: Header, frame: Mapping[str, str], outline: _Outline) -> list[str]:
    """The item's value, with its name before it where the heading does not say it already."""
    lines = _lines(item, root)
    name = _heading(item, root, frame)
    above = outline.sections[-1][0] if outline.sections else ""
    told = not name or name.rstrip("s").casefold() == above.rstrip("s").casefold()
    if lines and not told:
        lines[0] = f"{name}{frame['colon']}{lines[0]}"
    return lines


def _lines(item: Header, root: Header) -> list[str]:
    """The value of one content item by its type (PS3.3 C.17.3.2.1)."""
    kind = item.string(VALUE_TYPE)
    if kind == "TEXT":
        return paragraphs(item, TEXT, root)
    if kind == "CODE":
        return [text] if (text := _meaning(item.item(CODED), root)) else []
    if kind == "NUM":
        return [text] if (text := _measurement(item, root)) else []
    if kind == "PNAME":
        return [text] if (text := _person(item, PERSON, root)) else []
    simple = {"DATE": DATE, "TIME": TIME, "DATETIME": DATE_TIME}.get(kind)
    return [text] if simple and (text := item.string(simple)) else []


def _measurement(item: Header, root: Header) -> str:
    measured = item.item(MEASURED)
    if measured is None:
        return ""
    units = measured.item(UNITS)
    unit = units.string(CODE_VALUE) if units else ""
    return f"{measured.string(NUMBER)} {'' if unit in ('1', '{ratio}') else unit}".strip()


def paragraphs(item: Header, attribute: Attribute, root: Header) -> list[str]:
    """A text of several lines, decoded, each line safe to draw."""
    declared = charset.encodings(item) or charset.encodings(root)
    text = charset.decode(item.raw(attribute)[: 4 * LONGEST_TEXT], declared).replace("\r\n", "\n").replace("\r", "\n")
    lines = (charset.safe(line, LONGEST_TEXT) for line in text.split("\n")[:MOST_PARAGRAPHS])
    return [line for line in lines if line]


def _person(item: Header, attribute: Attribute, root: Header) -> str:
    """A name inside an item, which inherits the character set of the object (PS3.5 6.1.2.3)."""
    declared = charset.encodings(item) or charset.encodings(root)
    decoded = charset.decode(item.raw(attribute)[:1024], declared)
    groups = [charset.safe(group, charset.NAME_LENGTH).strip("^ ") for group in decoded.split("=")[:3]]
    return charset.PersonNameText(*groups).text


def _facts(header: Header, frame: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    day, time = header.string(known.STUDY_DATE), header.string(known.STUDY_TIME)
    when = f"{day[:4]}-{day[4:6]}-{day[6:8]} {time[:2]}:{time[2:4]}" if len(day) == 8 else ""
    values = {
        "name": charset.person_name(header).text,
        "sex": frame.get(f"sex-{header.string(known.SEX)}", ""),
        "accession": charset.text(header, known.ACCESSION),
        "patient-id": charset.text(header, known.PATIENT_ID),
        "body-part": charset.text(header, known.STUDY_DESCRIPTION) or header.string(known.BODY_PART),
        "examined": when.strip(" :"),
    }
    return tuple((frame[label], value) for label, value in values.items() if value)


def _signatures(header: Header, frame: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    signed = []
    for item in header.items(VERIFIERS)[:2]:
        at = item.string(VERIFIED_AT)
        when = f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}" if len(at) >= 12 else ""
        signed += [(frame["verified-by"], _person(item, VERIFIER, header)), (frame["verified-at"], when)]
    return tuple((label, value) for label, value in signed if value)
