"""A FHIR R4 server (HL7 FHIR 4.0.1): searches page by page, reads, binaries. Nothing is created or changed.

Searches are simple ones, one resource type each, without chaining and includes, which many servers lack; what was found
is compared with what was asked for by whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from kiosk.adapters.archive.dicomweb_http import Outgoing
from kiosk.adapters.ris.row_values import decoded
from kiosk.adapters.ris.web.answers import unpacked
from kiosk.adapters.ris.web.link import WebAnswer, WebLink
from kiosk.domain.faults import FaultCode, KioskError

Resource = Mapping[str, Any]
JSON = "application/fhir+json"
NEEDED = {
    "Patient": ("identifier",),
    "ServiceRequest": ("identifier", "subject"),
    "ImagingStudy": ("identifier", "subject"),
    "DiagnosticReport": ("subject",),
}


class FhirServer:
    """Asks one. Raises KioskError like the archive."""

    def __init__(self, link: WebLink, root: str) -> None:
        self._link, self._root = link, root.rstrip("/")

    def search(self, kind: str, parameter: str, value: str) -> list[Resource]:
        """All resources that match, over all pages. Raises ARCHIVE_TRUNCATED where there are too many."""
        path = f"/{kind}?{parameter}={quote(value, safe='/,|')}&_count={min(self._link.most, 100)}"
        found: dict[str, Resource] = {}  # a resource that stands on two pages is one
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            bundle = self._json(path, "Bundle")
            found |= {text_of(one, "id"): one for one in _matches(bundle, kind)}
            if len(found) > self._link.most:
                raise KioskError(FaultCode.ARCHIVE_TRUNCATED, f"more than {self._link.most} of {kind}")
            path = self._next(bundle)
        return list(found.values())

    def read(self, kind: str, ident: str) -> Resource:
        """One resource. Raises KioskError ARCHIVE_ERROR where it is not there."""
        return self._json(f"/{kind}/{quote(ident, safe='')}", kind)

    def binary(self, address: str) -> bytes:
        """What an attachment points to on this server, as it is or in a Binary resource."""
        path = self._below(address)
        answer = self._link.ask(Outgoing(path, headers={"Accept": f"application/pdf, {JSON};q=0.5"}))
        if "json" not in answer.content_type.lower():
            return answer.body
        return unpacked(str(_object(answer, "Binary").get("data", "")))

    def holds(self, address: str) -> bool:
        """True for a relative address and one below this server's own."""
        return "://" not in address or address.startswith(f"{self._root}/")

    def capabilities(self) -> list[str]:
        """The searches that are needed and that its CapabilityStatement does not offer; a server may tell none."""
        told = self._json("/metadata", "CapabilityStatement")
        version = text_of(told, "fhirVersion")
        if not version.startswith("4."):
            raise KioskError(FaultCode.CONFIG_INVALID, f"FHIR {version or 'of no version'}, not R4")
        offered = {(text_of(one, "type"), text_of(search, "name")) for rest in listed(told, "rest")
                   for one in listed(rest, "resource") for search in listed(one, "searchParam")}  # fmt: skip
        wanted = [(kind, name) for kind, names in NEEDED.items() for name in names]
        same = {"subject": "patient"}  # two names of one search
        return [f"{kind}?{name}" for kind, name in wanted
                if offered and not {(kind, name), (kind, same.get(name, name))} & offered]  # fmt: skip

    def _json(self, path: str, kind: str) -> Resource:
        return _object(self._link.ask(Outgoing(path, headers={"Accept": JSON})), kind)

    def _next(self, bundle: Resource) -> str:
        links = [text_of(link, "url") for link in listed(bundle, "link") if text_of(link, "relation") == "next"]
        return self._below(links[0]) if links else ""

    def _below(self, address: str) -> str:
        """As a path below the root; pages and binaries elsewhere would be sent our token."""
        if "://" not in address:
            return "/" + address.lstrip("/")
        there, here = urlsplit(address), urlsplit(self._root)
        begin = here.path.rstrip("/") + "/"
        if (there.scheme, there.netloc) != (here.scheme, here.netloc) or not there.path.startswith(begin):
            raise KioskError(FaultCode.ARCHIVE_ERROR, "the server points to another one")
        return "/" + there.path[len(begin) :] + (f"?{there.query}" if there.query else "")


def listed(node: Any, name: str) -> list[Resource]:
    """The objects of a list, whatever stands there."""
    found = node.get(name) if isinstance(node, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def inside(node: Any, name: str) -> Resource:
    """The object in a field; an empty one where there is none."""
    found = node.get(name) if isinstance(node, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text_of(node: Any, name: str) -> str:
    """The text in a field; an empty one where there is none."""
    found = node.get(name) if isinstance(node, Mapping) else None
    return found if isinstance(found, str) else ""


def _matches(bundle: Resource, kind: str) -> Iterator[Resource]:
    for entry in listed(bundle, "entry"):
        resource = inside(entry, "resource")
        if text_of(resource, "resourceType") == kind and text_of(inside(entry, "search"), "mode") in ("", "match"):
            yield resource


def _object(answer: WebAnswer, kind: str) -> Resource:
    try:
        tree = json.loads(decoded(answer.body))
    except (ValueError, RecursionError) as error:
        raise KioskError(FaultCode.ARCHIVE_ERROR, "the answer is not JSON") from error
    if not isinstance(tree, dict) or tree.get("resourceType") != kind:
        raise KioskError(FaultCode.ARCHIVE_ERROR, f"no {kind} was answered")
    return tree
