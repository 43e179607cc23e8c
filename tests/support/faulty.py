"""Networks and servers that misbehave: a TCP proxy with toxics, and a DICOMweb server that says what it is told to."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Toxics:
    """What is done to the answers; bytes are counted on each connection."""

    latency_s: float = 0.0
    bytes_per_s: float = 0.0
    slice_bytes: int = 0
    reset_after: int | None = None
    cut_after: int | None = None
    silent_after: int | None = None
    slow_close_s: float = 0.0
    times: int | None = None  # how many connections suffer; all by default

    def takes(self) -> bool:
        """True where this connection suffers."""
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


@dataclass
class FaultProxy:
    """Forwards to a port of this machine. `toxics` may be changed at any time and hold for new connections."""

    target: int
    port: int = 0
    toxics: Toxics | None = None
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def serve(self, client: socket.socket) -> None:
        """One connection."""
        self.connections += 1
        toxics = self.toxics if self.toxics and self.toxics.takes() else None
        over = threading.Event()
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            upward = threading.Thread(target=self._pump, args=(client, server, None, over), daemon=True)
            upward.start()
            self._pump(server, client, toxics, over)
            if toxics and toxics.slow_close_s:
                self.closed.wait(toxics.slow_close_s)
            over.set()
            upward.join()  # a socket that somebody still reads is not really closed
            if toxics and toxics.reset_after is not None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _pump(self, source: socket.socket, sink: socket.socket, toxics: Toxics | None, over: threading.Event) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while not over.is_set() and not self.closed.is_set():
                if not select.select([source], [], [], 0.02)[0]:
                    continue
                data = source.recv(64 << 10)
                if not data or (toxics and self._suffers(sink, toxics, passed, data)):
                    break
                if not toxics:
                    sink.sendall(data)
                passed += len(data)
            if not toxics or toxics.reset_after is None:
                sink.shutdown(socket.SHUT_WR)

    def _suffers(self, sink: socket.socket, toxics: Toxics, passed: int, data: bytes) -> bool:
        """Send what the toxics let through; True where the connection ends here."""
        self.closed.wait(toxics.latency_s)
        ends = [n for n in (toxics.reset_after, toxics.cut_after, toxics.silent_after) if n is not None]
        allowed = min([len(data), *(max(0, n - passed) for n in ends)])
        self._send(sink, data[:allowed], toxics)
        if allowed < len(data) and toxics.silent_after is not None:
            self.closed.wait(30)
        return allowed < len(data)

    def _send(self, sink: socket.socket, data: bytes, toxics: Toxics) -> None:
        step = toxics.slice_bytes or (4096 if toxics.bytes_per_s else len(data) or 1)
        if toxics.slice_bytes:
            sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), step):
            sink.sendall(data[start : start + step])
            if toxics.bytes_per_s:
                time.sleep(step / toxics.bytes_per_s)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what is tested."""


@contextlib.contextmanager
def proxied(target: int) -> Iterator[FaultProxy]:
    """A running proxy."""
    proxy = FaultProxy(target)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            proxy.serve(self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield proxy
        proxy.closed.set()
        server.shutdown()


Answer = Callable[["LyingHandler"], None]


class LyingHandler(BaseHTTPRequestHandler):
    """Answers every GET as the test says."""

    protocol_version = "HTTP/1.1"
    server: LyingServer

    def do_GET(self) -> None:
        """Count and answer."""
        self.server.requests.append(self.path)
        with contextlib.suppress(OSError):
            self.server.answer(self)

    def log_message(self, *_: Any) -> None:
        """Silence."""

    def send(self, body: bytes, status: int = 200, kind: str = "application/dicom+json", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(self, value: object) -> None:
        """DICOM JSON."""
        self.send(json.dumps(value).encode())

    def send_part(self, data: bytes) -> None:
        """One object as multipart."""
        head = b"--x\r\nContent-Type: application/dicom\r\nContent-Length: %d\r\n\r\n" % len(data)
        self.send(head + data + b"\r\n--x--", kind='multipart/related; type="application/dicom"; boundary=x')


class LyingServer(ThreadingHTTPServer):
    """A server whose answers are given by the test."""

    daemon_threads = True

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), LyingHandler)
        self.answer, self.requests = answer, list[str]()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}/dicom-web"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what is tested."""


@contextlib.contextmanager
def lying(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[LyingServer]:
    """A running liar."""
    with LyingServer(answer, context) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def study(uid: str = "1.2.1", patient_id: str = "T0001", accession: str = "A0001", **more: list[Any]) -> dict[str, Any]:
    """A study as QIDO-RS tells it."""
    values: dict[str, list[Any]] = {"0020000D": [uid], "00100020": [patient_id], "00080050": [accession], **more}
    return {tag: {"vr": "LO", "Value": value} for tag, value in values.items()}
