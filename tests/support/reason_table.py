"""The table of printer-state-reasons in docs/printing.md: python -m tests.support.reason_table prints it.

`tests/unit/test_printing_docs.py` proves that the document holds it as it is.
"""

from __future__ import annotations

from collections import defaultdict

from kiosk.domain.sheets.printer_reasons import REASONS, Course, Severity
from kiosk.session.screens.texts import load_texts

COURSES = {
    Course.GO_ON: "prints on",
    Course.WAIT: "waits for the printer",
    Course.ATTEND: "waits for somebody (`refill_s`)",
    Course.HAND_OVER: "hands over to staff (15 s)",
}
SHOWN = 4


def table() -> str:
    """One line for each meaning: what the printer says, what the kiosk does, what patient and staff read."""
    texts = load_texts("en", "the desk")
    groups: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
    for reason in REASONS.values():
        groups[reason.fault, reason.severity, reason.course, reason.firm].append(reason.keyword)
    lines = ["| the printer says | severity | the kiosk | the patient reads | staff reads |", "|---|---|---|---|---|"]
    for (fault, severity, course, firm), keywords in groups.items():
        more = f" and {len(keywords) - SHOWN} more" if len(keywords) > SHOWN else ""
        said = ", ".join(f"`{keyword}`" for keyword in keywords[:SHOWN]) + more
        how = f"{severity}{', even if called a warning' if firm else ''}"
        read = (texts(f"fault.{fault}"), texts(f"advice.{fault}")) if severity is Severity.ERROR else ("—", "—")
        lines.append(f"| {said} | {how} | {COURSES[Course(str(course))]} | {read[0]} | {read[1]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
