"""HL7 v2 messages and a bare MLLP client, for tests."""

from __future__ import annotations

import base64
import socket
from types import TracebackType

NAME, NATIONAL = "王秀英", "11010519491231002X"


def oru(
    control: str = "1", accession: str = "ACC1", patient: str = "P1", name: str = NAME, status: str = "F",
    document: bytes = b"%PDF-1.4", charset: str = "UNICODE UTF-8", number: str = "R1", obx: str = "",
) -> bytes:  # fmt: skip
    """A report as ORU^R01 with a PDF in OBX-5."""
    data = base64.b64encode(document).decode()
    lines = [
        f"MSH|^~\\&|RIS|HOSP|KIOSK|HOSP|20261124093000||ORU^R01^ORU_R01|{control}|P|2.5.1||||||{charset}",
        f"PID|1||{patient}^^^HOSP^PI~{NATIONAL}^^^PRC^NNCHN||{name}||19491231|F|||||13800135678",
        f"OBR|1|{number}|{number}|CT001^胸部 CT 平扫|||20261124080000"
        f"|||||||||||{accession}||||20261124093000||CT|{status}",
        obx or f"OBX|1|ED|PDF^Report||^application^pdf^Base64^{data}||||||{status}",
    ]
    return "\r".join(lines).encode("gb18030" if "18030" in charset else "utf-8") + b"\r"


def orm(control: str, control_code: str = "NW", status: str = "", accession: str = "ACC9") -> bytes:
    """An order of 王秀英."""
    lines = [
        f"MSH|^~\\&|HIS|HOSP|KIOSK|HOSP|20261124073000||ORM^O01^ORM_O01|{control}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||P1^^^HOSP^PI||{NAME}||19491231|F",
        f"ORC|{control_code}|1|{accession}||{status}||||20261124073000",
        f"OBR|1|1|{accession}|CT001^头颅 CT||||||||||||||{accession}",
    ]
    return "\r".join(lines).encode() + b"\r"


def adt(control: str, trigger: str, patient: str, old: str = "", name: str = NAME) -> bytes:
    """A person's facts, or a merge."""
    lines = [
        f"MSH|^~\\&|HIS|HOSP|KIOSK|HOSP|20261124073000||ADT^{trigger}|{control}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{patient}^^^HOSP^PI~{NATIONAL}^^^PRC^NNCHN||{name}||19491231|F|||||13800135678",
        *([f"MRG|{old}^^^HOSP^PI"] if old else []),
    ]
    return "\r".join(lines).encode() + b"\r"


class MllpClient:
    """One connection. `send` returns the answer's MSA-1 and MSA-3."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._rest = b""

    def __enter__(self) -> MllpClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._socket.close()

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._socket.sendall(data)

    def send(self, message: bytes) -> tuple[str, str]:
        """A message in its block."""
        self.raw(b"\x0b" + message + b"\x1c\r")
        return self.answer()

    def answer(self) -> tuple[str, str]:
        """The next answer."""
        while b"\x1c\r" not in self._rest:
            piece = self._socket.recv(65536)
            if not piece:
                return "", ""
            self._rest += piece
        block, _, self._rest = self._rest.partition(b"\x1c\r")
        msa = next(line for line in block.split(b"\r") if line.startswith(b"MSA")).decode().split("|")
        return msa[1], msa[3] if len(msa) > 3 else ""
