"""A hospital's web service in tests: a real HTTP server that answers SOAP with XML in a string, as they do, or JSON;
and that lies when it is told to."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from tests.support.ris import NATIONAL

Sent = tuple[int, str, bytes]


@dataclass
class WebService:
    """What it knows, what it was asked and told, and `lie`: what happens to a good answer before it is sent."""

    url: str = ""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"report": [], "order": [], "person": []})
    receipts: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    lie: Callable[[Sent], Sent | None] = lambda sent: sent

    def report(self, number: str, **values: Any) -> None:
        """A report: signed, of 王秀英, unless told otherwise."""
        row = {
            "BGDH": number, "BBH": 1, "ZT": "3", "SQDH": "ACC1", "BRID": "P1", "XM": "王秀英", "CSRQ": "1949-12-31",
            "SFZH": NATIONAL, "BGSJ": "2026-11-24 09:30:00", "BT": "CT 报告", **values,
        }  # fmt: skip
        self.tables["report"].append(row)

    def order(self, accession: str, **values: Any) -> None:
        """An order."""
        row = {"SQDH": accession, "BRID": "P1", "XM": "王秀英", "ZT": "50", "SJ": "2026-11-24 08:00:00",
               "SBLX": "CT", "MS": "胸部平扫", **values}  # fmt: skip
        self.tables["order"].append(row)

    def person(self, **values: Any) -> None:
        """A person."""
        row = {"BRID": "P1", "XM": "王秀英", "SFZH": NATIONAL, "CSRQ": "19491231", "DH": "13800135678", **values}
        self.tables["person"].append(row)

    def rows(self, table: str, asked: dict[str, str]) -> list[dict[str, Any]]:
        """The rows that hold all numbers asked for; documents only where one is asked for by its own number."""
        found = [row for row in self.tables[table] if all(str(row.get(name, "")) == v for name, v in asked.items())]
        return found if "BGDH" in asked else [{n: v for n, v in row.items() if n != "PDF"} for row in found]

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Sent:
        """To a request."""
        self.asked.append((f"{method} {target}", dict(headers), body))
        parts = urlsplit(target)
        if parts.path.endswith(".asmx"):
            return self._soap(body)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        table = parts.path.strip("/").rpartition("/")[2]
        if table == "printed":
            self.receipts.append(json.loads(body))
            return 200, "application/json", b'{"code": 0}'
        if table == "file":
            (row,) = self.rows("report", asked)
            return 200, "application/pdf", row["PDF"]
        told = {"code": 0, "data": {"list": _packed(self.rows(table, asked))}}
        return 200, "application/json; charset=utf-8", json.dumps(told, ensure_ascii=False).encode()

    def _soap(self, body: bytes) -> Sent:
        envelope = Xml.fromstring(body)  # noqa: S314 - of the kiosk's own making
        (operation,) = next(e for e in envelope if e.tag.endswith("Body"))
        inner = Xml.fromstring("".join(operation.itertext()).strip())  # noqa: S314
        asked = {e.tag: e.text or "" for e in inner}
        name = operation.tag.partition("}")[2]
        if name == "Printed":
            self.receipts.append(asked)
            rows: list[dict[str, Any]] = []
        else:
            rows = _packed(self.rows(name.removeprefix("Query").lower(), asked))
        return 200, "text/xml; charset=utf-8", soap(name, rows).encode()


def _packed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{n: base64.b64encode(v).decode() if isinstance(v, bytes) else v for n, v in row.items()} for row in rows]


def soap(operation: str, rows: list[dict[str, Any]], code: str = "0") -> str:
    """An envelope with a string in it that is XML itself."""
    told = "".join(
        "<Row>" + "".join(f"<{n}>{escape(str(v))}</{n}>" for n, v in row.items() if v is not None) + "</Row>"
        for row in rows
    )
    inner = f"<Response><ResultCode>{code}</ResultCode><Rows>{told}</Rows></Response>"
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body><{operation}Response xmlns="http://tempuri.org/"><{operation}Result>{escape(inner)}'
        f"</{operation}Result></{operation}Response></soap:Body></soap:Envelope>"
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Any

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sent = self.service.lie(self.service.answer(self.command, self.path, self.headers, body))
        if sent is None:
            self.close_connection = True
            return
        status, kind, answer = sent
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _any  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Whoever has hung up is not told of."""


@contextmanager
def serving(service: Any) -> Iterator[Any]:
    """Run one (anything with `answer`, `lie` and `url`)."""
    handler = type("_Handler", (_Handler,), {"service": service})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def late(sent: Sent) -> Sent:
    """Longer than a kiosk with query_s = 1 waits."""
    time.sleep(2.5)
    return sent


def as_gbk(sent: Sent) -> Sent:
    """The same in GBK, and no word of it."""
    return sent[0], sent[1].partition(";")[0], re.sub(rb"<\?xml.*?\?>", b"", sent[2]).decode().encode("gbk")
