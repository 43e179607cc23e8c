"""Updates of a machine in the proof: a newer release made of the image's own, signed, offered, taken, cut off, left."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from guest import Guest, GuestError, until
from prove import ROOT, Proof

HOME = "/opt/cloud-film-kiosk"
LEDGER = "/var/lib/kiosk/ledger.db"
LOOK = "systemctl start kiosk-update.service; systemctl show -p ExecMainStatus --value kiosk-update.service"
BROKEN = 'raise SystemExit("this release draws nothing")\n'


class Upgrades:
    """One machine's. The depot is a second disk, read-only, that is plugged in when it is wanted."""

    def __init__(self, proof: Proof) -> None:
        self.proof, self.guest = proof, proof.guest
        self.room = proof.guest.room / "upgrades"
        self.depots = 0

    # --- releases -----------------------------------------------------------------------------------------------
    def packed(self, release: str, broken: bool = False) -> Path:
        """The image's own release under another name; every path of it says so."""
        original = next(self.guest.image.glob("????????????.tar.zst"))
        old = original.name.split(".")[0]
        work = self.room / release
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        self._run("tar", "--extract", "--zstd", "--file", str(original), "--directory", str(work))
        (work / old).rename(work / release)
        for file in self._run("grep", "-rlIF", f"releases/{old}", str(work / release)).split():
            Path(file).write_text(Path(file).read_text(encoding="utf-8").replace(old, release), encoding="utf-8")
        if broken:
            application = work / release / "ui/app.py"
            text = application.read_text(encoding="utf-8")
            application.write_text(text.replace("\nimport ", f"\n{BROKEN}import ", 1), encoding="utf-8")
        self._mark(work / release)
        archive = self.room / f"{release}.tar.zst"
        words = ["--create", "--zstd", "--owner=0", "--group=0", "--file", str(archive), "--directory", str(work)]
        self._run("tar", *words, release)
        shutil.rmtree(work)
        return archive

    @staticmethod
    def _mark(folder: Path) -> None:
        """As the installer marks what it laid down."""
        text = (ROOT / "installer/install.sh").read_text(encoding="utf-8")
        function = text[text.index("contents() {") : text.index("# Whether a release is what was installed")]
        done = subprocess.run(["bash", "-c", f'{function}\ncontents "$1"', "bash", str(folder)], check=True,
                              capture_output=True, text=True)  # fmt: skip
        (folder / ".complete").write_text(done.stdout, encoding="utf-8")

    @staticmethod
    def _run(*command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def kiosk(self, *words: str) -> None:
        """A command of this checkout."""
        subprocess.run([sys.executable, "-m", "kiosk", *words], check=True, cwd=ROOT, env={**os.environ})

    @property
    def key(self) -> Path:
        """Made once."""
        secret = self.room / "secret.key"
        if not secret.exists():
            self.room.mkdir(parents=True, exist_ok=True)
            self._run("minisign", "-G", "-W", "-p", str(self.room / "update.pub"), "-s", str(secret))
            public = (self.room / "update.pub").read_text(encoding="utf-8")
            self.guest.says(f"cat >/etc/kiosk/update.pub <<'END'\n{public}END\nsync")
        return secret

    def offer(self, archive: Path, number: int, tamper: bool = False) -> None:
        """A depot with it, in the machine."""
        depot = self.room / "depot"
        shutil.rmtree(depot, ignore_errors=True)
        words = ["--number", str(number), "--secret-key", str(self.key), "--out", str(depot)]
        self.kiosk("fleet", "release", "sign", str(archive), *words)
        if tamper:
            manifest = depot / "release.json"
            manifest.write_text(manifest.read_text(encoding="utf-8").replace(f'"number": {number}', '"number": 99'))
        self.depots += 1
        image = self.room / f"depot-{self.depots}.raw"
        image.unlink(missing_ok=True)
        size = sum(file.stat().st_size for file in depot.iterdir()) // (1 << 20) + 64
        self._run("truncate", "-s", f"{size}M", str(image))
        self._run("mkfs.ext4", "-q", "-d", str(depot), str(image))
        name = f"depot{self.depots}"
        drive = {"driver": "raw", "node-name": name, "read-only": True,
                 "file": {"driver": "file", "filename": str(image)}}  # fmt: skip
        self.guest.tell("blockdev-add", **drive)
        self.guest.tell("device_add", driver="usb-storage", id=f"{name}-disk", drive=name, bus="usb.0")
        self.mount(name)

    def mount(self, name: str) -> None:
        """The kiosk refuses such disks; who proves it may not be refused."""
        self.guest.says(
            "umount /srv/depot 2>/dev/null; mkdir -p /srv/depot; sleep 3; cd /sys/bus/usb/devices; "
            "for i in *:*; do if grep -q 08 $i/bInterfaceClass && grep -q 0 $i/authorized; then echo 1 >$i/authorized; "
            "echo $i >../drivers_probe; fi; done; sleep 5; mount -o ro $(ls /dev/sd? | tail -1) /srv/depot; "
            "test -e /srv/depot/release.json"
        )

    def start(self) -> None:
        """For all, at once."""
        self.guest.says("kiosk fleet release start --soak 0 --by proof")

    def current(self) -> str:
        """The release in use."""
        return self.guest.says(f"basename $(readlink {HOME}/current)")

    def look(self) -> str:
        """What the updater came to."""
        self.guest.inside(f"systemctl reset-failed kiosk; {LOOK}", 1800)
        return self.guest.says("journalctl -u kiosk-update -o cat --no-pager | grep -E '^release:' | tail -1")

    # --- steps --------------------------------------------------------------------------------------------------
    def taken(self) -> str:
        """Verified, switched between two visits, judged well."""
        self.offer(self.packed("aaaaaaaaaaaa"), 2)
        self.start()
        began = time.monotonic()
        said = self.look()
        if self.current() != "aaaaaaaaaaaa" or "taken" not in said:
            raise GuestError(f"{self.current()}: {said}")
        self.proof.attract()
        return f"{said}; {time.monotonic() - began:.0f} s with unpacking and judging; the attract screen"

    def refused(self) -> str:
        """Nothing is unpacked of what was not signed so, or is older."""
        self.offer(self.room / "aaaaaaaaaaaa.tar.zst", 3, tamper=True)
        tampered = self.look()
        self.offer(self.room / "aaaaaaaaaaaa.tar.zst", 1)
        older = self.look()
        if "refused" not in tampered or "refused" not in older or self.current() != "aaaaaaaaaaaa":
            raise GuestError(f"{tampered} / {older}")
        return f"{tampered} · {older}"

    def undone(self) -> str:
        """A release without a first picture is left by itself."""
        self.guest.says("sed -i 's/^gate_s = .*/gate_s = 60/' /etc/kiosk/kiosk.toml")
        self.offer(self.packed("bbbbbbbbbbbb", broken=True), 4)
        self.start()
        began = time.monotonic()
        said = self.look()
        until("the kiosk", self.guest.is_active)
        if self.current() != "aaaaaaaaaaaa" or "went back" not in said:
            raise GuestError(f"{self.current()}: {said}")
        self.guest.says("sed -i 's/^gate_s = .*/gate_s = 600/' /etc/kiosk/kiosk.toml")
        self.proof.attract()
        return f"{said}; {time.monotonic() - began:.0f} s; the release before, the attract screen"

    def cut_off(self) -> str:
        """At a random moment after the update began; the look after the boot ends it."""
        self.offer(self.packed("cccccccccccc"), 5)
        self.start()
        self.guest.inside("systemctl start --no-block kiosk-update.service")
        moment = random.uniform(5.0, 60.0)
        time.sleep(moment)
        self.guest.cut()
        self.guest.power_on()
        seconds = self.guest.ready()
        release = self.current()
        trial = self.guest.inside(f"cat {HOME}/updates/trial")[1].strip()
        self.guest.says(LOOK)
        self.guest.says(f"! test -e {HOME}/updates/trial; test -z \"$(systemctl --failed --no-legend --plain)\"")
        self.proof.attract()
        return (
            f"cut {moment:.0f} s after it began: {seconds:.0f} s to READY with {release}, "
            f"{'judged after the boot' if trial.startswith('{') else 'not switched yet'}, now {self.current()}"
        )

    def uninstalled(self) -> str:
        """Programs and units go, settings and ledger stay."""
        self.guest.says(f"{HOME}/current/installer/install.sh --uninstall")
        self.guest.says(f"test ! -e {HOME}/current && test -s /etc/kiosk/kiosk.toml && test -s {LEDGER}")
        self.guest.says("! ls /etc/systemd/system/kiosk.service /usr/local/bin/kiosk 2>/dev/null")
        return "programs, units and rules gone; settings, secrets and ledger there"

    def efi(self) -> str:
        """From a new disk, by the firmware and the disk's own boot loader."""
        self.guest.cut()
        other = Guest(self.guest.image, self.guest.room / "efi", efi=True)
        other.new_disk()
        other.power_on()
        try:
            until("the page of a machine without settings", lambda: other.is_active("kiosk-setup"))
            return f"{time.monotonic() - other.started:.0f} s to the page of a new machine"
        finally:
            other.cut()
