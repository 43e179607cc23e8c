"""Messages to telephones: an HTTP gateway, or lines in a file for acceptance without one."""

from __future__ import annotations

import os
from pathlib import Path

import requests

from kiosk.config import Settings, secret
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.notifier import Notifier

TIMEOUT_S = (3.0, 10.0)
WORDS = "{hospital}：您的取报告验证码 {code}，5 分钟内有效。请勿告诉他人。"


class HttpNotifier:
    """POST {telephone, text} as JSON to the hospital's gateway."""

    def __init__(self, url: str, token: str, hospital: str) -> None:
        self._url, self._token, self._hospital = url, token, hospital

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        message = {"telephone": telephone, "text": WORDS.format(hospital=self._hospital, code=code)}
        try:
            answer = requests.post(self._url, json=message, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, f"message gateway: {type(error).__name__}") from error


class FileNotifier:
    """Appends each message to a file that only its owner can read."""

    def __init__(self, path: Path, hospital: str) -> None:
        self._path, self._hospital = path, hospital

    def send_code(self, telephone: str, code: str) -> None:
        """See the port."""
        line = f"{telephone}\t{WORDS.format(hospital=self._hospital, code=code)}\n"
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, f"message file: {error.strerror}") from error


def notifier_of(settings: Settings) -> Notifier | None:
    """What the configuration asks for."""
    wanted, hospital = settings.notifier, settings.hospital.name
    if wanted.kind == "http":
        return HttpNotifier(wanted.url, secret(wanted.token).get_secret_value(), hospital)
    return FileNotifier(wanted.path, hospital) if wanted.kind == "file" else None
