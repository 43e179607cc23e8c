"""nginx with a configuration that is delivered, its marked lines changed as an administrator would."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.certificates import self_signed
from tests.support.servers import program

DELIVERED = Path(__file__).parents[2] / "installer" / "nginx"
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx_files(folder: Path, name: str, tls: int, plain: int, changes: Mapping[str, str]) -> Path:
    """The main file, which includes NAME.conf in `folder` with a certificate for 127.0.0.1; `changes`: old to new."""
    certificate, key = self_signed(folder)
    text = (DELIVERED / f"{name}.conf").read_text(encoding="utf-8")
    pem = re.findall(r"ssl_certificate (\S+);", text)[0]
    everywhere = {
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "listen 80": f"listen 127.0.0.1:{plain}",
        pem: str(certificate),
        pem.replace(".pem", ".key"): str(key),
        "/var/log/nginx": str(folder),
    }
    for old, new in {**changes, **everywhere}.items():
        assert old in text, old
        text = text.replace(old, new)
    version = subprocess.run([program("nginx", "nginx"), "-v"], capture_output=True, text=True, check=True).stderr
    if tuple(map(int, re.findall(r"\d+", version)[:3])) < (1, 25, 1):  # Debian 12's knows the older spelling only
        text = text.replace("    http2 on;\n", "").replace(f":{tls} ssl", f":{tls} ssl http2")
    (folder / f"{name}.conf").write_text(text, encoding="utf-8")
    paths = "\n".join(f"{kind}_temp_path {folder}/temp-{kind};" for kind in KINDS)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ {paths}\n include {folder}/{name}.conf; }}\n"
    )
    return main
