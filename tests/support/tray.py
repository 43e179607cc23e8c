"""Print command of a test printer (ippeveprinter -c): one file in the tray for each sheet that came out.

Runs without the project: its place, its port and its speed come from the environment. Files in `faults` named
KEYWORD@PAGE are raised as printer-state-reasons before that page, until they are deleted. A job cancelled at the
printer stops before its next sheet, as a real printer does.
"""

import http.client
import os
import re
import struct
import sys
import time
from pathlib import Path

HOME = Path(os.environ["TRAY_HOME"])
NAME = re.sub(r"[^A-Za-z0-9-]", "_", os.environ.get("IPP_JOB_NAME", "untitled"))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def keep(data: bytes) -> None:
    stem = f"{NAME}-{time.time_ns()}"
    (HOME / "received" / f"{stem}.pdf").write_bytes(data)
    told = [f"{name}={value}\n" for name, value in os.environ.items() if name.startswith("IPP_")]
    (HOME / "attributes" / stem).write_text("".join(told))


def cancelled() -> bool:
    attributes = [
        (0x47, b"attributes-charset", b"utf-8"),
        (0x48, b"attributes-natural-language", b"en"),
        (0x45, b"job-uri", os.environ["IPP_JOB_URI"].encode()),
        (0x42, b"requesting-user-name", b"tray"),
        (0x44, b"requested-attributes", b"job-state-reasons"),
    ]
    body = struct.pack(">BBHIB", 2, 0, 9, 1, 1)
    for tag, name, value in attributes:
        body += bytes([tag]) + struct.pack(">H", len(name)) + name + struct.pack(">H", len(value)) + value
    link = http.client.HTTPConnection("localhost", int(os.environ["TRAY_PORT"]), timeout=5)
    link.request("POST", "/ipp/print", body + b"\x03", {"Content-Type": "application/ipp"})
    answer = link.getresponse().read()
    return b"processing-to-stop-point" in answer or b"job-canceled" in answer


def standing(page: int) -> list[str]:
    names = [file.name.partition("@") for file in (HOME / "faults").iterdir()]
    return [keyword for keyword, _, start in names if int(start or 1) <= page]


def wait_for_help(page: int) -> None:
    raised: list[str] = []
    while current := standing(page):
        for keyword in current:
            if keyword not in raised:
                raised.append(keyword)
                say(f"STATE: +{keyword}")
        if cancelled():
            break
        time.sleep(0.05)
    for keyword in raised:
        say(f"STATE: -{keyword}")


def main() -> int:
    data = Path(sys.argv[1]).read_bytes()
    keep(data)
    for page in range(1, max(1, len(re.findall(rb"/Type\s*/Page(?![s\w])", data))) + 1):
        wait_for_help(page)
        if cancelled():
            return 0
        if (HOME / "abort").exists():
            return 1
        time.sleep(float(os.environ["TRAY_SECONDS"]))
        if not (HOME / "swallow").exists():
            (HOME / "tray" / f"{NAME}.{page}.{time.time_ns()}").touch()
        say(f"ATTR: job-impressions-completed={page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
