"""Messages to telephones: an HTTP gateway, or lines in a file for acceptance without one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import requests

from kiosk.config import Hospital, NotifierSettings, secret
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.notifier import Notifier
from kiosk.words import sections

TIMEOUT_S = (3.0, 10.0)


@dataclass(frozen=True)
class Messages:
    """What is sent, in one language; `code` with `{code}` still to be filled in."""

    code: str
    ready: str

    @classmethod
    def of(cls, hospital: Hospital, language: str) -> Messages:
        """Braces in the hospital's name would be taken for a place to fill in."""
        name = hospital.name_in(language).replace("{", "").replace("}", "")
        words = sections(language)["notice"]
        return cls(words["code"].replace("{hospital}", name), words["ready"].replace("{hospital}", name))


class HttpNotifier:
    """POST {telephone, text} as JSON to the hospital's gateway; notices carry an Idempotency-Key."""

    def __init__(self, url: str, token: str, messages: Messages) -> None:
        self._url, self._messages = url, messages
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        self._send(telephone, self._messages.code.format(code=code), {})

    def send_ready(self, telephone: str, name: str) -> None:
        """See the port."""
        self._send(telephone, self._messages.ready, {"Idempotency-Key": name})

    def _send(self, telephone: str, text: str, more: dict[str, str]) -> None:
        message, headers = {"telephone": telephone, "text": text}, {**self._headers, **more}
        try:
            answer = requests.post(self._url, json=message, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"message gateway: {type(error).__name__}") from error


class FileNotifier:
    """Appends each message to a file that only its owner can read."""

    def __init__(self, path: Path, messages: Messages) -> None:
        self._path, self._messages = path, messages

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        self._write(telephone, self._messages.code.format(code=code))

    def send_ready(self, telephone: str, name: str) -> None:
        """See the port."""
        self._write(telephone, self._messages.ready)

    def _write(self, telephone: str, text: str) -> None:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(f"{telephone}\t{text}\n")
        except OSError as error:
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"message file: {error.strerror}") from error


def notifier_of(wanted: NotifierSettings, hospital: Hospital, language: str) -> Notifier | None:
    """What the configuration asks for, speaking `language`; None where no messages can be sent."""
    messages = Messages.of(hospital, language)
    if wanted.kind == "http":
        return HttpNotifier(wanted.url, secret(wanted.token).get_secret_value(), messages)
    return FileNotifier(wanted.path, messages) if wanted.kind == "file" else None
