"""A relay that keeps every byte that passes between a client and a server."""

from __future__ import annotations

import socket
import threading
from pathlib import Path


class Relay:
    """Listens on a local port, or on a Unix socket where `path` is given, and passes on to the target."""

    def __init__(self, target: tuple[str, int] | str, path: Path | None = None) -> None:
        self._target = target
        self.bytes = bytearray()
        self._lock = threading.Lock()
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.port = int(self._listener.getsockname()[1])
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            for source, drain in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, drain), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _pass_on(self, source: socket.socket, drain: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                with self._lock:
                    self.bytes += data
                drain.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, drain):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue
            source.close()
