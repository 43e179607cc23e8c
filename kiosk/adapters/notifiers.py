"""Messages to telephones: an HTTP gateway, or lines in a file for acceptance without one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import requests

from kiosk.config import Hospital, NotifierSettings, secret
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.notifier import Notifier
from kiosk.words import sections

TIMEOUT_S = (3.0, 10.0)


class MessageWords(NamedTuple):
    """What messages say; `code` with `{code}` still to be filled in."""

    code: str
    ready: str


class HttpNotifier:
    """POST {telephone, text} as JSON to the hospital's gateway."""

    def __init__(self, url: str, token: str, words: MessageWords) -> None:
        self._url, self._token, self._words = url, token, words

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        self._send(telephone, self._words.code.format(code=code))

    def report_ready(self, telephone: str) -> None:
        """See the port."""
        self._send(telephone, self._words.ready)

    def _send(self, telephone: str, text: str) -> None:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        message = {"telephone": telephone, "text": text}
        try:
            answer = requests.post(self._url, json=message, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"message gateway: {type(error).__name__}") from error


class FileNotifier:
    """Appends each message to a file that only its owner can read."""

    def __init__(self, path: Path, words: MessageWords) -> None:
        self._path, self._words = path, words

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        self._send(telephone, self._words.code.format(code=code))

    def report_ready(self, telephone: str) -> None:
        """See the port."""
        self._send(telephone, self._words.ready)

    def _send(self, telephone: str, text: str) -> None:
        line = f"{telephone}\t{text}\n"
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"message file: {error.strerror}") from error


def notifier_of(wanted: NotifierSettings, hospital: Hospital, language: str) -> Notifier | None:
    """What the configuration asks for, speaking `language`; None where no messages can be sent."""
    if wanted.kind == "http":
        return HttpNotifier(wanted.url, secret(wanted.token).get_secret_value(), _message(hospital, language))
    return FileNotifier(wanted.path, _message(hospital, language)) if wanted.kind == "file" else None


def _message(hospital: Hospital, language: str) -> MessageWords:
    """Braces in the hospital's name would be taken for places to be filled in."""
    name = hospital.name_in(language).replace("{", "").replace("}", "")
    notice = sections(language)["notice"]
    return MessageWords(*(notice[key].replace("{hospital}", name) for key in MessageWords._fields))
