"""From the tap on “open” to the first picture, on a slow line and a slow phone: 400 kbit/s, 400 ms, CPU 6× slower.

    python -m tests.benchmarks.portal_first_picture [RUNS]

The peer is the study's page with cornerstone3D: 30.6 s to the first lossless picture on the same line (spec, M).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from kiosk.cloud.wire.objects import Kind
from tests.support.cloud import ANSWER, PortalServer, exam_of
from tests.support.phone import browsers, page_on

LINE = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
CPU = 6
# Time between the submit (navigation's start) and the picture's last byte and decoding, by the browser's own clock.
SHOWN = """async () => {
  const picture = document.querySelector('.stage img');
  await picture.decode();
  return performance.now();
}"""


def main() -> None:
    """Print median and all runs."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    times, sizes = [], set()
    with tempfile.TemporaryDirectory() as home, PortalServer(Path(home)) as server, browsers() as browser:
        sealed = exam_of()
        for _ in range(runs):
            link = server.link()
            server.bring(sealed, link)
            with page_on(browser) as page:
                tools = page.context.new_cdp_session(page)
                tools.send("Network.enable")
                tools.send("Network.emulateNetworkConditions", LINE)
                tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
                page.goto(f"{server.origin}/l#{link.text}")
                page.fill("input[name=answer]", ANSWER)
                page.click("#question [type=submit]", no_wait_after=True)
                page.wait_for_selector("[data-layer=film] img", timeout=120_000)
                times.append(page.evaluate(SHOWN) / 1000)
                html = len(page.content().encode())
                first = sealed.manifest.keys[0].pictures[0][1].picture
                sizes.add(html + len(sealed.plain.found[Kind.PICTURE][first]))
    print(f"400 kbit/s, 400 ms, CPU {CPU}×, {runs} runs: first picture {statistics.median(times):.2f} s (median)")
    print("  all:", ", ".join(f"{one:.2f}" for one in times), f"; HTML and picture {max(sizes)} bytes")


if __name__ == "__main__":
    main()
