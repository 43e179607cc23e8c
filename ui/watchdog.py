"""Tells systemd that the GUI loop turns (sd_notify): when it no longer does, systemd starts the kiosk again.

And whether somebody is at the kiosk: an upgrade waits for that (installer/session/wait-for-attract.sh).
"""

from __future__ import annotations

import os
import socket


def notify(message: str) -> bool:
    """Send one message to the service manager; False where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(message.encode(), address)
        except OSError:
            return False
    return True


def interval_s() -> float:
    """How often the watchdog wants to hear from us; 0 where there is none."""
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000 if mine else 0.0


class Occupation:
    """Says in the service's status line whether somebody is at the kiosk; only what changes is said."""

    def __init__(self) -> None:
        self._said: bool | None = None

    def tell(self, busy: bool) -> None:
        """To be called as often as one likes."""
        if busy != self._said:
            self._said = busy
            notify("STATUS=busy: somebody is at the kiosk" if busy else "STATUS=free")
