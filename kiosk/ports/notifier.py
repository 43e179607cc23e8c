"""Messages to a patient's telephone, through the hospital's gateway."""

from __future__ import annotations

from typing import Protocol


class Notifier(Protocol):
    """Called from an io lane. Raises KioskError MESSAGE_NOT_SENT when the gateway does not take the message."""

    def send_code(self, telephone: str, code: str) -> None:
        """A one-time code to the telephone on file."""
        ...

    def send_ready(self, telephone: str, name: str) -> None:
        """That a cloud film can be opened now; no name, no finding. `name`: of this notice, the same when it is sent
        again.
        """
        ...
