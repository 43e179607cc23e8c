"""Rows out of an answer that is XML or JSON, by the paths that the hospital's configuration gives.

XML is read without entities, document types and namespaces; the link has bounded its bytes. An answer in a character
set of China's is read whatever it says of itself.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.parser import parse as json_path
from lxml import etree

from kiosk.adapters.ris.row_values import Row, decoded
from kiosk.config.web import RequestTemplate
from kiosk.domain.faults import FaultCode, KioskError

_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHINESE = re.compile(rb"(?i)(?:charset|encoding)\s*=\s*[\"']?(?:gb2312|gbk|gb18030|gb_2312)")
_DATA_URL = re.compile(r"^data:[\w/+.-]+;base64,")
Find = Callable[[Any], list[Any]]


class AnswerReader:
    """Compiled paths of one template."""

    def __init__(
        self, wanted: RequestTemplate, key: str, refused: FaultCode = FaultCode.ARCHIVE_ERROR
    ) -> None:
        """`refused`: the fault of an answer that does not say that it succeeded.

        Raises KioskError CONFIG_INVALID for a path that is none.
        """
        self._refused = refused
        self._success_is, self.aliases = wanted.success_is, tuple(wanted.columns)
        self._success, self._inner, self._rows = (
            _path(written, f"{key}.{name}") if written else None
            for name, written in (("success", wanted.success), ("inner", wanted.inner), ("rows", wanted.rows))
        )
        self._columns = {name: _path(written, f"{key}.columns.{name}") for name, written in wanted.columns.items()}

    @property
    def plain(self) -> bool:
        """True where the answer is the document itself."""
        return not (self._rows or self._columns)

    def rows(self, body: bytes, content_type: str, most: int, without: Sequence[str] = ()) -> list[Row]:
        """Raises KioskError ARCHIVE_ERROR where the answer is not what was configured, ARCHIVE_TRUNCATED."""
        tree = self.tree(body, content_type)
        found = self._rows(tree) if self._rows else [tree]
        if len(found) > most:
            raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"the service answered with more than {most} rows")
        return [self._row(one, without) for one in found]

    def tree(self, body: bytes, content_type: str) -> Any:
        """The answer, or what is wrapped in it, once it says that it succeeded. Raises KioskError ARCHIVE_ERROR."""
        tree = _tree(_text(body, content_type))
        if self._inner:
            tree = _tree(_value(self._inner(tree)))
        if self._success:
            self._check(_value(self._success(tree)))
        return tree

    def _check(self, said: str) -> None:
        if said not in self._success_is:
            raise KioskError(self._refused, "the service does not say that it succeeded")

    def _row(self, node: Any, without: Sequence[str]) -> Row:
        wanted = {name: find for name, find in self._columns.items() if name not in without}
        row: dict[str, Any] = {name: _value(find(node)) for name, find in wanted.items()}
        if row.get("pdf"):
            row["pdf"] = unpacked(row["pdf"])
        return row


def unpacked(written: str) -> bytes:
    """Bytes out of base64, also in a data URL. Raises KioskError REPORT_UNREADABLE."""
    try:
        return base64.b64decode("".join(_DATA_URL.sub("", written).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise KioskError(FaultCode.REPORT_UNREADABLE, "the document is no base64") from error


def _text(body: bytes, content_type: str) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    if _CHINESE.search(content_type.encode(errors="replace")) or _CHINESE.search(body[:200]):
        return body.decode("gb18030", errors="replace")
    return decoded(body.removeprefix(codecs.BOM_UTF8))


def _tree(text: str) -> Any:
    begin = text.lstrip()[:1]
    if begin == "<":
        return _xml(text)
    if begin in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "the answer is broken JSON") from error
    raise KioskError(FaultCode.ARCHIVE_ERROR, "the answer is neither XML nor JSON")


def _xml(text: str) -> Any:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise KioskError(FaultCode.ARCHIVE_ERROR, "the answer brings a document type, as web pages do")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(_DECLARED.sub("", text).encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise KioskError(FaultCode.ARCHIVE_ERROR, "the answer is broken XML") from error
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def _path(written: str, key: str) -> Find:
    """An answer of the other kind than the path's is a fault of whoever answered or configured it."""
    try:
        if written.startswith("$"):
            query = json_path(written)
            return lambda node: [match.value for match in query.find(_expected(node, (dict, list)))]
        compiled = etree.XPath(written)
        return lambda node: _listed(compiled(_expected(node, etree._Element)))
    except (JSONPathError, etree.XPathError, RecursionError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{key}: {error}") from error


def _expected(node: Any, kind: Any) -> Any:
    if not isinstance(node, kind):
        raise KioskError(FaultCode.ARCHIVE_ERROR, "XML was answered where JSON was expected, or the other way round")
    return node


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _value(found: Sequence[Any]) -> str:
    """The first one as text; nothing for what is no value."""
    first = found[0] if found else None
    if isinstance(first, etree._Element):
        return "".join(first.itertext()).strip()
    if isinstance(first, bool):
        return str(first).lower()
    if isinstance(first, float) and first.is_integer():
        return str(int(first))
    return str(first).strip() if isinstance(first, str | int | float) else ""
