"""A real Orthanc of the test's own: free port, temporary storage, DICOMweb plugin; gone when the test is."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support.servers import free_port

INSTALL = "apt-get install orthanc orthanc-dicomweb"
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


@dataclass
class Orthanc:
    """A running server. `url` is its REST root, `dicomweb` the root for the adapter."""

    url: str
    dicomweb: str
    user: str = ""
    password: str = ""

    def upload(self, files: Iterable[Path | bytes]) -> None:
        """Put objects in."""
        with requests.Session() as session:
            session.auth = (self.user, self.password) if self.user else None
            for file in files:
                data = file.read_bytes() if isinstance(file, Path) else file
                session.post(f"{self.url}/instances", data=data, timeout=30).raise_for_status()

    def empty(self) -> None:
        """Take everything out."""
        with requests.Session() as session:
            session.auth = (self.user, self.password) if self.user else None
            for patient in session.get(f"{self.url}/patients", timeout=30).json():
                session.delete(f"{self.url}/patients/{patient}", timeout=30).raise_for_status()


@contextmanager
def running(
    folder: Path, user: str = "", password: str = "", settings: dict[str, object] | None = None
) -> Iterator[Orthanc]:
    """Start it in `folder` and stop it at the end; fails with the line to install it where it is missing."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
    assert program and PLUGIN.exists(), f"Orthanc with its DICOMweb plugin is missing: {INSTALL}"
    port = free_port()
    config = {
        "Name": "kiosk-test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "Plugins": [str(PLUGIN)],
        "AuthenticationEnabled": bool(user),
        "RegisteredUsers": {user: password} if user else {},
        "StableAge": 1,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
        **(settings or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "orthanc.json"
    file.write_text(json.dumps(config))
    with (folder / "orthanc.log").open("wb") as log:
        server = subprocess.Popen([program, str(file)], stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(server, f"{url}/system", (user, password) if user else None, folder / "orthanc.log")
            yield Orthanc(url, f"{url}/dicom-web", user, password)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)


@contextmanager
def dimse(folder: Path, store: int = 0) -> Iterator[tuple[Orthanc, int]]:
    """The same, open for DIMSE to anybody as an archive with Chinese names is; with its port.

    `store`: the port of KIOSKSTORE, which it sends to by C-MOVE and then offers no C-GET.
    """
    port = free_port()
    settings: dict[str, object] = {
        "DicomServerEnabled": True,
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": not store,
        "DicomAlwaysAllowMove": bool(store),
        "DicomModalities": {"gateway": ["KIOSKSTORE", "127.0.0.1", store]} if store else {},
        "DefaultEncoding": "Chinese",
    }
    with running(folder, settings=settings) as server:
        yield server, port


def _wait(server: subprocess.Popen[bytes], url: str, auth: tuple[str, str] | None, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            if requests.get(url, auth=auth, timeout=1).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError(f"Orthanc did not start:\n{log.read_text(errors='replace')[-2000:]}")
