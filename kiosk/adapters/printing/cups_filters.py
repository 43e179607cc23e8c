"""The way a PDF takes through the filters of a queue, walked without printing.

The scheduler chooses the filters by cost from its conversion files (mime.convs, cupsfilters.convs …) and the queue's
PPD; the same choice is made here, and the same programs are run with the options the scheduler would give them.
"""

from __future__ import annotations

import heapq
import http.client
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.adapters.printing.ipp import local_connection
from kiosk.domain.sheets.media import same_size
from kiosk.domain.sheets.printing import Media

PDF, PWG_RASTER, CUPS_RASTER = "application/pdf", "image/pwg-raster", "application/vnd.cups-raster"
MEASURABLE = (PDF, "application/vnd.cups-pdf", PWG_RASTER, CUPS_RASTER)
PASS = "-"  # noqa: S105 - CUPS' word for a filter that does nothing
ANSWER_S = 5.0
PPD_LIMIT = 4 << 20
HUNDREDTHS_PER_POINT = 2540 / 72


class NotMeasurableError(Exception):
    """The way cannot be walked; the message says why."""


@dataclass(frozen=True)
class Step:
    """One conversion: a program, or `-` where the bytes pass as they are."""

    source: str
    target: str
    program: str


@dataclass(frozen=True)
class CupsPlaces:
    """Where CUPS has its programs and conversion files."""

    filters: Path = Path("/usr/lib/cups/filter")
    data: Path = Path("/usr/share/cups")


@dataclass(frozen=True)
class Ppd:
    """What a queue's PPD says of sizes and filters. `sizes` are choices of PageSize, `steps` costs and conversions."""

    text: str
    default_size: str = ""
    sizes: Mapping[str, Media] = field(default_factory=dict)
    steps: tuple[tuple[int, Step], ...] = ()

    @classmethod
    def of(cls, text: str) -> Ppd:
        """Read the lines that matter."""
        default, sizes, steps = "", {}, []
        for line in text.splitlines():
            key, _, value = line.partition(":")
            words = key.split()
            value = value.strip().strip('"')
            if key == "*DefaultPageSize":
                default = value
            elif words[:1] == ["*PaperDimension"] and len(words) == 2:
                name = words[1].partition("/")[0]
                sizes[name] = _size(name, value)
            elif key in ("*cupsFilter", "*cupsFilter2"):
                steps.append(_filter(value, two=key.endswith("2")))
        return cls(text, default, sizes, tuple(steps))

    def page_size(self, media: Media) -> str:
        """The choice of PageSize the scheduler takes for a size; the queue's default where it has none."""
        fitting = (name for name, size in self.sizes.items() if same_size(size, media))
        return next(fitting, self.default_size)


def ppd_of(queue: str, host: str, port: int, local: str) -> Ppd | None:
    """The queue's PPD from the scheduler; None for a queue without one. Raises NotMeasurableError."""
    link = local_connection(local, ANSWER_S) if local else http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        link.request("GET", f"/printers/{queue}.ppd")
        answer = link.getresponse()
        untrusted_data = answer.read(PPD_LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise NotMeasurableError(f"the scheduler does not answer ({type(error).__name__})") from error
    finally:
        link.close()
    if answer.status == 404:
        return None
    if answer.status != 200 or len(untrusted_data) > PPD_LIMIT:
        raise NotMeasurableError(f"the scheduler does not give the queue's PPD (HTTP status {answer.status})")
    return Ppd.of(untrusted_data.decode("utf-8", "replace"))


def way(ppd: Ppd, places: CupsPlaces) -> list[Step]:
    """The cheapest conversions from PDF to what the printer takes. Raises NotMeasurableError where there are none."""
    # Two filters may take the same type; each gets an end of its own, so that the cheapest of them wins.
    ends = {f"printer {number}": pair for number, pair in enumerate(ppd.steps)}
    edges = [*_conversions(places), *((cost, Step(step.source, end, "")) for end, (cost, step) in ends.items())]
    found = _cheapest(edges, PDF, set(ends))
    if found is None:
        raise NotMeasurableError("no filters lead from PDF to this printer")
    return [*found[:-1], ends[found[-1].target][1]]


def walk(document: Path, steps: Sequence[Step], ppd: Ppd, options: Mapping[str, str], places: CupsPlaces,
         seconds: float) -> tuple[str, bytes]:  # fmt: skip
    """Run the filters as far as their output can be measured; its type and bytes. Raises NotMeasurableError."""
    kind, data = PDF, document.read_bytes()
    # What comes after is the printer's own language, which nobody here can measure.
    last = max((n for n, step in enumerate(steps) if step.target in MEASURABLE), default=-1)
    with tempfile.TemporaryDirectory(prefix="kiosk-geometry-") as folder:
        description = Path(folder) / "queue.ppd"
        description.write_text(ppd.text, encoding="utf-8")
        final = next((step.target for step in reversed(steps) if step.target), "printer/kiosk")
        env = _environment(description, final, places, folder)
        for step in steps[: last + 1]:
            if step.program != PASS:
                data = _run(step, data, env, options, places, seconds)
            kind = step.target
    return kind, data


def _size(name: str, value: str) -> Media:
    numbers = [float(word) for word in value.split() if word.replace(".", "", 1).isdigit()]
    width, height = (*numbers, 0.0, 0.0)[:2]
    return Media(name, round(width * HUNDREDTHS_PER_POINT), round(height * HUNDREDTHS_PER_POINT))


def _filter(value: str, two: bool) -> tuple[int, Step]:
    """`source [target] cost program`; without a target it is the printer's own language."""
    words = value.split()
    target = words[1] if two and len(words) == 4 else ""
    cost, program = (words[-2], words[-1]) if len(words) >= 3 else ("0", PASS)
    source = words[0] if words else ""
    # A filter that does nothing leaves the type as it is.
    passed = source if program == PASS and not target else target
    return int(cost) if cost.isdigit() else 0, Step(source, passed, program)


def _conversions(places: CupsPlaces) -> Iterator[tuple[int, Step]]:
    for file in sorted((places.data / "mime").glob("*.convs")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split("#", 1)[0].split()
            if len(words) == 4 and words[2].isdigit() and (words[3] == PASS or (places.filters / words[3]).exists()):
                yield int(words[2]), Step(words[0], words[1], words[3])


def _cheapest(edges: Sequence[tuple[int, Step]], start: str, ends: set[str]) -> list[Step] | None:
    heap: list[tuple[int, int, str, list[Step]]] = [(0, 0, start, [])]
    seen: set[str] = set()
    while heap:
        cost, _, here, path = heapq.heappop(heap)
        if here in ends:
            return path
        if here in seen:
            continue
        seen.add(here)
        for more, step in edges:
            if step.source == here and step.target not in seen:
                # The second member only keeps equal costs apart: lists of steps cannot be compared.
                heapq.heappush(heap, (cost + more, len(heap) + len(seen) * 1000, step.target, [*path, step]))
    return None


def _environment(description: Path, final: str, places: CupsPlaces, folder: str) -> dict[str, str]:
    return {
        "PATH": f"{places.filters}:/usr/bin:/bin",
        "PPD": str(description),
        "CUPS_DATADIR": str(places.data),
        "CUPS_SERVERBIN": str(places.filters.parent),
        "CONTENT_TYPE": PDF,
        "FINAL_CONTENT_TYPE": final,
        "PRINTER": "geometry",
        "CHARSET": "utf-8",
        "LANG": "en.UTF-8",
        "TMPDIR": folder,
        "HOME": folder,
        # CUPS may live outside the system's folders; the rest of this environment is no business of its filters.
        **{name: value for name, value in os.environ.items() if name == "LD_LIBRARY_PATH"},
    }


def _run(step: Step, data: bytes, env: Mapping[str, str], options: Mapping[str, str], places: CupsPlaces,
         seconds: float) -> bytes:  # fmt: skip
    program = places.filters / step.program
    told = " ".join(f"{name}={value}" for name, value in options.items())
    try:
        done = subprocess.run([program, "1", "kiosk", "geometry", "1", told], input=data, env=env, capture_output=True,
                              timeout=seconds, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasurableError(f"{step.program}: {type(error).__name__}") from error
    if done.returncode or not done.stdout:
        raise NotMeasurableError(f"{step.program} ended with {done.returncode}")
    return done.stdout
