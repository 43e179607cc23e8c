"""The long half of the proof: visits, keys, sticks, crashes, power cuts, updates, and going away again."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

from guest import GuestError, until
from prove import CHORDS, SETTINGS, UNITS, Proof, difference
from upgrades import Upgrades

LEDGER = "/var/lib/kiosk/ledger.db"
PRINTED = "/var/lib/kiosk/printed/report"
# Every sheet that was ever begun, and what lies in the printer's folder.
SHEETS = """python3 - LEDGER PRINTED <<'END'
import json, pathlib, sqlite3, sys
ledger = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
sheets = ledger.execute("select serial, document, copy, sheet, state from sheets").fetchall()
papers = {f.name: f.read_bytes()[-7:].strip().endswith(b"%%EOF") for f in pathlib.Path(sys.argv[2]).glob("*.pdf")}
whole = ledger.execute("pragma integrity_check").fetchone()[0]
print(json.dumps([sheets, papers, whole]))
END""".replace("LEDGER", LEDGER).replace("PRINTED", PRINTED)
KINDS = """python3 - LEDGER <<'END'
import json, sqlite3, sys
ledger = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(json.dumps(dict(ledger.execute("select kind, count(*) from events group by kind").fetchall())))
END""".replace("LEDGER", LEDGER)
CUPS_QUEUE = 'kind = "cups"\nqueue = "Paper"'
CUT_WITHIN_S = 12.0


class Whole:
    """What is done to a machine that passed the smoke test."""

    def __init__(self, proof: Proof) -> None:
        self.proof, self.guest = proof, proof.guest

    # --- a visit ------------------------------------------------------------------------------------------------
    def press(self, screen: str, begins: str) -> None:
        """A finger on a button."""
        places = self.proof.places[screen]
        name = next(name for name in places if name.startswith(begins))
        self.guest.touch(*places[name])

    def kinds(self) -> Counter[str]:
        """How often each thing is in the trail."""
        return Counter(json.loads(self.guest.says(KINDS)))

    def comes(self, kind: str, than: Counter[str], patience_s: float = 240.0) -> None:
        """One more of these in the trail."""
        until(f"{kind} in the trail", lambda: self.kinds()[kind] > than[kind], patience_s, 1.0)

    def to_print(self, slip: tuple[str, str]) -> Counter[str]:
        """Scan, prove, touch print; what was in the trail before."""
        before = self.kinds()
        self.guest.scan(slip[0])
        self.comes("identity-asked", before)
        time.sleep(2)
        for digit in slip[1]:
            self.press("confirm", digit)
            time.sleep(0.35)
        self.comes("exams-listed", before)
        time.sleep(4)
        self.press("list", "打印")
        return before

    def visit(self) -> str:
        """From the slip to the paper, and back to the start."""
        slip = self.proof.slips.pop(0)
        before = self.to_print(slip)
        self.guest.picture("printing")
        self.comes("document-printed", before)
        self.guest.picture("done")
        self.comes("visit-closed", before)
        states = self.account()
        _, papers, _ = json.loads(self.guest.says(SHEETS))
        if set(states) != {"printed"} or not all(papers.values()):
            raise GuestError(f"sheets {states}, papers {papers}")
        self.proof.attract()
        return f"{states['printed']} sheets printed, {len(papers)} whole PDFs, the attract screen back"

    def cups_visit(self) -> str:
        """The same through CUPS to a printer that speaks IPP Everywhere."""
        guest = self.guest
        guest.says(
            "systemd-run --unit=printer --quiet --property=DynamicUser=yes --property=RuntimeDirectory=printer "
            "ippeveprinter -p 8631 -n localhost -r off -d /run/printer -k -f application/pdf Paper; sleep 8; "
            "/opt/cloud-film-kiosk/current/installer/cups/add-queue.sh Paper ipp://localhost:8631/ipp/print"
        )
        settings = SETTINGS.format(report=CUPS_QUEUE)
        guest.says(f"cat >/etc/kiosk/kiosk.toml <<'END'\n{settings}\nEND\nsystemctl restart kiosk.service")
        before = self.to_print(self.proof.slips.pop(0))
        self.comes("document-printed", before)
        came = guest.says("find /run/private/printer /run/printer/ -name '*.pdf' -size +1k | wc -l")
        settings = SETTINGS.format(report='path = "/var/lib/kiosk/printed/report"\nseconds_per_sheet = 1.0')
        guest.says(f"cat >/etc/kiosk/kiosk.toml <<'END'\n{settings}\nEND\nsystemctl restart kiosk.service")
        guest.says("test -z \"$(find /run/cups-spool -type f)\"")
        if int(came) < 1:
            raise GuestError("nothing came out of the printer")
        return f"printed through CUPS: {came} documents came out, the spool is empty"

    # --- what strangers do --------------------------------------------------------------------------------------
    def chords(self) -> str:
        """Cases 96 to 98: no key opens anything."""
        running = self.guest.says("systemctl show -p MainPID --value kiosk kiosk-display")
        for chord in CHORDS:
            self.guest.chord(*(key.replace("sysrq", "sysrq") for key in chord.split("-")))
        self.guest.touch(540, 960)
        time.sleep(1)
        self.guest.tell("input-send-event", events=[
            {"type": "btn", "data": {"down": down, "button": "right"}} for down in (True, False)
        ])  # fmt: skip
        time.sleep(3)
        if self.guest.says("systemctl show -p MainPID --value kiosk kiosk-display") != running:
            raise GuestError("a program was ended by a key")
        self.guest.says("test \"$(cat /sys/class/tty/tty0/active)\" = tty1 -o -n \"$(cat /sys/class/tty/tty0/active)\"")
        self.at_rest()
        return f"{len(CHORDS)} chords and a right click: same programs, same terminal, the attract screen"

    def at_rest(self) -> None:
        """Nobody is there any more, and the start screen is back."""
        status = "systemctl show -p StatusText --value kiosk"
        until("the end of the visit", lambda: "free" in self.guest.says(status), 300, 2.0)
        until("the attract screen", lambda: difference(self.guest.picture("rest")) < 8, 120)

    def storage(self) -> str:
        """Case 99: a stick is never mounted, not even seen as a disk; one more keyboard types nothing that matters."""
        disks = self.guest.says("lsblk -ndo NAME | sort | tr '\\n' ' '")
        self.guest.plug("strange", self.proof.stick({"autorun.inf": "[autorun]"}))
        self.guest.tell("device_add", driver="usb-kbd", id="strange-keyboard", bus="usb.0")
        time.sleep(10)
        now = self.guest.says("lsblk -ndo NAME | sort | tr '\\n' ' '")
        refused = self.guest.says("cat /sys/bus/usb/devices/*/bInterfaceClass | grep -c 08")
        self.guest.says("! grep -E '/dev/sd' /proc/mounts")
        self.guest.unplug("strange")
        self.guest.tell("device_del", id="strange-keyboard")
        if now != disks:
            raise GuestError(f"a disk came: {disks} → {now}")
        self.at_rest()
        return f"{refused} storage interface seen and refused: no disk, no mount"

    # --- what programs do ---------------------------------------------------------------------------------------
    def frozen(self) -> str:
        """The watchdog ends it, systemd starts it again."""
        self.guest.says("kill -STOP $(systemctl show -p MainPID --value kiosk)")
        began = time.monotonic()
        restarts = "systemctl show -p NRestarts --value kiosk"
        count = self.guest.says(restarts)
        until("the watchdog", lambda: self.guest.says(restarts) != count, 120, 0.5)
        ended = time.monotonic() - began
        until("the kiosk", self.guest.is_active, pause_s=1.0)
        return f"ended after {ended:.0f} s, READY {time.monotonic() - began:.0f} s after it froze"

    def crashed(self) -> str:
        """Case 98: five crashes, then the page, never a shell; and back."""
        for _ in range(6):
            if not self.guest.inside("systemctl is-active --quiet kiosk-maintenance")[0]:
                break
            until("a process", lambda: self.guest.says("systemctl show -p MainPID --value kiosk") != "0", 120)
            self.guest.inside("systemctl kill --signal=KILL kiosk")
            time.sleep(3)
        until("the rest after five crashes", lambda: self.guest.is_active("kiosk-maintenance"), 120)
        until("the page", lambda: difference(self.guest.picture("maintenance")) > 8, 60)
        self.guest.says("systemctl stop kiosk-maintenance; systemctl reset-failed kiosk; systemctl start kiosk")
        self.at_rest()
        return "after five crashes the maintenance page, no shell; started again, the attract screen"

    def display_crashed(self) -> str:
        """The compositor dies; both come back."""
        self.guest.says("systemctl kill --signal=KILL kiosk-display")
        time.sleep(5)
        began = time.monotonic()
        until("display and kiosk", lambda: self.guest.is_active("kiosk-display") and self.guest.is_active())
        self.at_rest()
        return f"both back {time.monotonic() - began:.0f} s later"

    def exposure(self) -> str:
        """systemd-analyze security of what runs."""
        said = [self.guest.says(f"systemd-analyze security {unit} | tail -1").rsplit(": ", 1)[1] for unit in UNITS]
        said = [one.split()[0] for one in said]
        return ", ".join(f"{unit} {figure}" for unit, figure in zip(UNITS, said, strict=True))

    def quiet(self) -> str:
        """Warnings of the kiosk's own units in this boot."""
        units = " ".join(f"-u {unit}" for unit in UNITS)
        journal = f"journalctl -b -p warning -o cat --no-pager {units}"
        said = self.guest.says(f"{journal} | sort | uniq -c | sort -rn | head -8")
        memory = self.guest.says("free -m | awk '/Mem/ {print $3}'")
        return f"{memory} MiB used in all; warnings: {said.replace(chr(10), ' · ')[:400] or 'none'}"

    # --- power --------------------------------------------------------------------------------------------------
    def cuts(self, count: int) -> str:
        """The mains fail while it prints, at any moment; each time everything is accounted for afterwards."""
        boots: list[float] = []
        states: Counter[str] = Counter()
        for number in range(count):
            slip = self.proof.slips[number % len(self.proof.slips)]
            self.to_print(slip)
            time.sleep(random.uniform(0.0, CUT_WITHIN_S))
            self.guest.cut()
            self.guest.power_on()
            boots.append(self.guest.ready())
            self.at_rest()
            states = self.account()
            print(f"  cut {number + 1}: {boots[-1]:.0f} s to READY, {dict(states)}", flush=True)
        self.guest.says("test -z \"$(systemctl --failed --no-legend --plain)\"")
        return (
            f"{count} of {count} back at the attract screen ({min(boots):.0f}–{max(boots):.0f} s), ledger and trail "
            f"whole, sheets {dict(states)}, 0 doubles, 0 silent losses"
        )

    def account(self) -> Counter[str]:
        """Every sheet: printed with a whole paper, or told as missing or uncertain; none twice."""
        self.guest.says("kiosk audit verify")
        sheets, papers, integrity = json.loads(self.guest.says(SHEETS))
        lost = [serial for serial, *_, state in sheets if state == "printed" and not papers.get(f"{serial}.pdf")]
        printed = [(document, copy, sheet) for _, document, copy, sheet, state in sheets if state == "printed"]
        doubles = [one for one, times in Counter(printed).items() if times > 1]
        open_still = [serial for serial, *_, state in sheets if state in ("reserved", "submitted")]
        if doubles or lost or open_still or integrity != "ok":
            raise GuestError(f"doubles {doubles}, lost {lost}, open {open_still}, ledger {integrity}")
        return Counter(state for *_, state in sheets)


def whole(proof: Proof, cuts: int, only: Sequence[str]) -> None:
    """In this order: what may leave the machine otherwise than it was comes last."""
    work, upgrades = Whole(proof), Upgrades(proof)
    steps: list[tuple[str, str, Callable[[], str]]] = [
        ("visit", "a visit by touch, printed into a folder", work.visit),
        ("chords", "key chords and gestures (96–98)", work.chords),
        ("storage", "USB storage and keyboard (99)", work.storage),
        ("frozen", "a frozen kiosk", work.frozen),
        ("crashed", "a kiosk that crashes again and again", work.crashed),
        ("display", "a display that crashes", work.display_crashed),
        ("security", "systemd-analyze security", work.exposure),
        ("quiet", "memory and journal", work.quiet),
        ("cuts", f"{cuts} power cuts while printing", lambda: work.cuts(cuts)),
        ("cups", "a visit printed through CUPS", work.cups_visit),
        ("upgrade", "a signed update", upgrades.taken),
        ("tampered", "a tampered and an older one (103)", upgrades.refused),
        ("undone", "an update that draws nothing", upgrades.undone),
        ("cut-upgrade", "power cut in the middle of an update", upgrades.cut_off),
        ("uninstall", "uninstall", upgrades.uninstalled),
        ("efi", "boot by EFI", upgrades.efi),
    ]
    for name, what, step in steps:
        if not only or name in only:
            proof.see(what, step)
