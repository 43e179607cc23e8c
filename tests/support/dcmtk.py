"""dcmtk's servers in tests: an archive (dcmqrscp) and a print server (dcmprscp), each in a folder of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import Server, answers, free_port, program, wait_until

PACKAGE = "dcmtk"
QR_CONFIG = """NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
STRICT {folder} RW (200, 1024mb) ANY
AETable END
"""


@contextmanager
def archive(folder: Path, objects: Iterable[bytes]) -> Iterator[int]:
    """dcmqrscp with these objects in it; its port. Its AE title is STRICT."""
    store, port = folder / "store", free_port()
    store.mkdir(parents=True)
    config = folder / "dcmqrscp.cfg"
    config.write_text(QR_CONFIG.format(port=port, folder=store))
    server = Server([program("dcmqrscp", PACKAGE), "-c", str(config)], folder / "log")
    server.start()
    try:
        wait_until(lambda: answers(port), "start of dcmqrscp")
        for number, data in enumerate(objects):
            (folder / f"{number}.dcm").write_bytes(data)
        send = [program("storescu", PACKAGE), "-aec", "STRICT", "127.0.0.1", str(port)]
        files = map(str, sorted(folder.glob("*.dcm")))
        sent = subprocess.run([*send, *files], capture_output=True, text=True, check=False)
        assert sent.returncode == 0, sent.stderr + sent.stdout
        yield port
    finally:
        server.kill()
