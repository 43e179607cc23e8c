"""Requests out of the hospital's templates: what is filled in is escaped for where it stands, so that no number of a
slip can become a part of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from kiosk.adapters.archive.dicomweb_http import Outgoing
from kiosk.config.web import RequestTemplate
from kiosk.domain.faults import FaultCode, KioskError

_PLACE = re.compile(r"\{([A-Za-z_]+)\}")
_QUOTES = {'"': "&quot;", "'": "&apos;"}


class FilledTemplate:
    """One request of a template."""

    def __init__(self, wanted: RequestTemplate, known: Sequence[str], key: str) -> None:
        """`known`: what can be filled in. Raises KioskError CONFIG_INVALID naming `key` and what nobody fills."""
        self._wanted = wanted
        self.places = frozenset(_PLACE.findall(wanted.path + wanted.body))
        unknown = sorted(self.places - set(known))
        if unknown:
            said = f"{key}: nobody fills {', '.join(unknown)}; known: {', '.join(known)}"
            raise KioskError(FaultCode.CONFIG_INVALID, said)

    def fits(self, values: Mapping[str, str]) -> bool:
        """True where every place can be filled: an empty number is never asked for."""
        return all(values.get(name) for name in self.places)

    def request(self, values: Mapping[str, str]) -> Outgoing:
        """The request, UTF-8."""
        wanted = self._wanted
        body = _filled(wanted.body, values, _escaping(wanted.body)).encode()
        path = _filled(wanted.path, values, _in_address)
        return Outgoing(path, wanted.method, wanted.headers, body)


def _filled(template: str, values: Mapping[str, str], escaped: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda match: escaped(values.get(match[1], "")), template)


def _escaping(body: str) -> Callable[[str], str]:
    """By what the template begins with. In CDATA too: what it holds is parsed once more by whoever takes it out."""
    begin = body.lstrip()[:1]
    return {"<": _in_xml, "{": _in_json, "[": _in_json}.get(begin, _in_address)


def _in_xml(value: str) -> str:
    return escape(value, _QUOTES)


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _in_address(value: str) -> str:
    return quote(value, safe="")
