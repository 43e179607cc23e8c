"""Light viewer beside a cornerstone3D page over the same frames and the same codec, in Chromium of a phone's size.

Needs npm's packages of kiosk/cloud/portal/viewer (`installer/viewer.sh`). The line is slowed by the server, so that
worker threads are slowed too; the processor is slowed by Chromium, which leaves worker threads (the codec, the same in
both) at full speed. Run: python -m tests.benchmarks.viewer [--runs 3]
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from kiosk.cloud.wire.manifest import SeriesFacts
from tests.support.phone import PHONE
from tests.support.servers import program
from tests.support.shared_data import SHARED
from tests.support.viewer_exam import ViewerExam, packaged
from tests.support.viewer_site import STATIC, Line, ViewerSite

SLOWER = 6  # times
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PAGES = {"light viewer": "viewer", "cornerstone3D": "peer"}


def exam(slices: int) -> ViewerExam:
    """Real CT slices, again and again until there are so many."""
    made = ViewerExam(f"ct{slices}")
    made.add_files("Head", sorted((SHARED / "series/ct_ge_28").glob("*.dcm")) or [packaged("693_J2KI.dcm")])
    own = made.series[0].frames
    frames = tuple(own[at % len(own)] for at in range(slices))
    made.series = [made.series[0].model_copy(update={"frames": frames})]
    made.values = [[made.values[0][at % len(own)] for at in range(slices)]]
    assert isinstance(made.series[0], SeriesFacts)
    return made


def peer() -> bytes:
    """The other page's script, bundled as ours is."""
    viewer = STATIC.parent / "viewer"
    source = Path(__file__).with_name("viewer_peer.ts")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peer.js"
        command = [str(viewer / "node_modules/.bin/esbuild"), str(source), "--bundle", "--minify", "--format=iife",
                   "--target=es2020", "--external:fs", "--external:path", f"--outfile={out}"]  # fmt: skip
        subprocess.run(command, check=True, env={"NODE_PATH": str(viewer / "node_modules"), "PATH": "/usr/bin:/bin"})
        return out.read_bytes()


@contextmanager
def page(driver: Any, slower: int) -> Iterator[tuple[Browser, Page]]:
    """A fresh browser: nothing is warm."""
    browser = driver.chromium.launch(executable_path=program("chromium", "chromium"), args=list(FLAGS))
    opened = browser.new_context(**PHONE).new_page()
    opened.context.new_cdp_session(opened).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    yield browser, opened
    browser.close()


def ready(opened: Page, url: str) -> None:
    opened.goto(url, wait_until="commit", timeout=300_000)
    opened.wait_for_selector("#film canvas", state="attached", timeout=300_000)
    opened.evaluate("() => window.__film.ready.then(() => 0)")


def mark(opened: Page, name: str) -> float:
    """Seconds from the beginning of the page to the first of a mark."""
    found: float = opened.evaluate("name => performance.getEntriesByName(name)[0]?.startTime ?? NaN", name)
    return found / 1000


def first(driver: Any, site: ViewerSite, kind: str, runs: int) -> dict[str, float]:
    """Medians in seconds."""
    told: dict[str, list[float]] = {"film-prefix": [], "film-lossless": []}
    for _ in range(runs):
        with page(driver, SLOWER) as (_, opened):
            ready(opened, site.url("ct280").replace("/viewer/", f"/{kind}/"))
            for name, times in told.items():
                times.append(mark(opened, name))
    return {name: statistics.median(times) for name, times in told.items()}


def scrolled(driver: Any, site: ViewerSite, kind: str, slices: int, slower: int) -> dict[str, float]:
    """Every slice, one after the other, lossless: renderer's memory (MiB) at its highest, longest task (ms)."""
    with page(driver, slower) as (browser, opened):
        opened.add_init_script(
            "window.longest = 0; new PerformanceObserver(list => list.getEntries().forEach(one =>"
            " window.longest = Math.max(window.longest, one.duration))).observe({type: 'longtask'})"
        )
        ready(opened, site.url(f"ct{slices}").replace("/viewer/", f"/{kind}/"))
        opened.evaluate("window.longest = 0")
        opened.evaluate("async n => { for (let i = 0; i < n; i++) await window.__film.go(i); }", slices)
        told = {"task": opened.evaluate("window.longest"), "memory": highest(browser)}
        if kind == "viewer" and slower == 1:
            told["equal"] = equal(opened, site.exams[f"ct{slices}"])
        return told


def highest(browser: Browser) -> float:
    """VmHWM of the largest renderer and of the GPU process (where WebGL keeps its textures), MiB."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    by_kind: dict[str, float] = {}
    for one in told:
        status = Path(f"/proc/{one['id']}/status").read_text()
        size = int(status.split("VmHWM:")[1].split()[0]) / 1024
        by_kind[one["type"]] = max(by_kind.get(one["type"], 0.0), size)
    return by_kind.get("renderer", 0.0) + by_kind.get("GPU", 0.0)


def equal(opened: Page, of: ViewerExam) -> float:
    """How many slices have pydicom's values."""
    script = """async n => { const hash = await crypto.subtle.digest("SHA-256", await window.__film.pixels(n));
        return [...new Uint8Array(hash)].map(one => one.toString(16).padStart(2, "0")).join(""); }"""
    wanted = [hashlib.sha256(values.astype("<i4").tobytes()).hexdigest() for values in of.values[0]]
    return float(sum(opened.evaluate(script, at) == digest for at, digest in enumerate(wanted)))


def first_pictures(driver: Any, exams: dict[str, ViewerExam], more: dict[str, bytes], runs: int) -> None:
    """Prints the times of both pages on a slow line."""
    with ViewerSite(exams, line=Line(1600, 0.15), more=more) as site:
        times = {name: first(driver, site, kind, runs) for name, kind in PAGES.items()}
    other = times["cornerstone3D"]["film-lossless"]
    print(f"cornerstone3D: first lossless picture {other:.2f} s")
    for name, seconds in times["light viewer"].items():
        print(f"light viewer: {name} {seconds:.2f} s, {seconds / other:.2f}x", flush=True)


def main() -> None:
    """Prints the rows of docs/benchmarks.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=3, help="of the first picture; 0: only scrolling")
    asked.add_argument("--own", action="store_true", help="scroll in the light viewer only")
    given = asked.parse_args()
    runs = given.runs
    more, exams = {} if given.own else {"peer.js": peer()}, {f"ct{slices}": exam(slices) for slices in (280, 1500)}
    print(f"{psutil.cpu_count()} cores, {runs} runs, medians")
    with sync_playwright() as driver:
        if runs:
            first_pictures(driver, exams, more, runs)
        with ViewerSite(exams, more=more) as site:
            for name, kind in PAGES.items():
                if given.own and kind != "viewer":
                    continue
                for slices, slower in ((280, 1), (280, SLOWER), (1500, 1))[: 3 if kind == "viewer" else 2]:
                    told = scrolled(driver, site, kind, slices, slower)
                    said = ", ".join(f"{key} {figure:.0f}" for key, figure in told.items())
                    print(f"{name}, {slices} slices at {slower}x: {said}", flush=True)


if __name__ == "__main__":
    main()
