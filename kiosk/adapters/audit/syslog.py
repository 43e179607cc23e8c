"""Syslog over TLS (RFC 5425): octet counting, both sides with certificates.

TLS 1.3 lets a client write before the server has refused its certificate, so records could vanish without a word:
after the handshake the line is watched for an alert before anything is sent, and again after each batch.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

ALERT_S, CONNECT_S = 0.5, 10.0


class TlsSyslog:
    """One connection, opened when it is needed. Raises KioskError MESSAGE_NOT_SENT."""

    def __init__(
        self, host: str, port: int, ca_file: Path | None, cert_file: Path | None, key_file: Path | None
    ) -> None:
        """Raises KioskError CONFIG_INVALID where the certificates cannot be read."""
        self._host, self._port = host, port
        try:
            self._context = ssl.create_default_context(cafile=ca_file)
            self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            if cert_file is not None:
                self._context.load_cert_chain(cert_file, key_file)
        except (OSError, ssl.SSLError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"audit certificates: {error}") from error
        self._line: ssl.SSLSocket | None = None

    @property
    def open(self) -> bool:
        """True while the line is there; a new one may have to repeat what the old one lost."""
        return self._line is not None

    def connect(self) -> None:
        """Open the line and wait for a refusal."""
        try:
            plain = socket.create_connection((self._host, self._port), timeout=CONNECT_S)
            try:
                self._line = self._context.wrap_socket(plain, server_hostname=self._host)
            except BaseException:
                plain.close()
                raise
            self._listen()
        except OSError as error:
            self.close()
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"audit repository: {error}") from error

    def send(self, messages: Sequence[bytes]) -> None:
        """Send a batch, and look whether the line stands after it."""
        assert self._line is not None  # noqa: S101 - connect comes first
        try:
            self._line.settimeout(CONNECT_S)
            self._line.sendall(b"".join(b"%d " % len(one) + one for one in messages))
            self._listen()
        except OSError as error:
            self.close()
            raise KioskError(FaultCode.MESSAGE_NOT_SENT, f"audit repository: {error}") from error

    def _listen(self) -> None:
        """A receiver has nothing to say: whatever comes is an alert or the end."""
        assert self._line is not None  # noqa: S101
        self._line.settimeout(ALERT_S)
        try:
            said = self._line.recv(1)
        except TimeoutError:
            return
        if not said:
            raise ConnectionResetError("the receiver has closed the line")

    def close(self) -> None:
        """End the line properly, so that the receiver has read all of it."""
        line, self._line = self._line, None
        if line is None:
            return
        with contextlib.suppress(OSError, ValueError):
            line.settimeout(ALERT_S)
            line.unwrap()
        line.close()
