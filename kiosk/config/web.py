"""Systems of the hospital that are asked over HTTP: web services by templates, a FHIR server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kiosk.config.base import SecretRef, Section


class WebSettings(Section):
    """A server of the hospital's, and how long it may take."""

    url: str = Field("", description="Its root, http(s)://host/path; every request goes below it, without redirects.")
    user: str = Field("", description="User name (HTTP Basic), where it wants one.")
    password: SecretRef = Field("", description="Its password, by reference.")
    token: SecretRef = Field("", description="Bearer token, by reference; instead of a user.")
    ca_file: Path | None = Field(None, description="Authority of its certificate (PEM); empty: the system's.")
    connect_s: int = Field(3, ge=1, le=30, description="Time to connect, seconds.")
    query_s: int = Field(8, ge=1, le=60, description="Time for one whole answer, seconds.")
    rows: int = Field(200, ge=1, le=5000, description="Most rows of an answer; more is a fault of the service.")
    answer_mib: int = Field(16, ge=1, le=256, description="Largest answer, MiB.")


class ServiceSettings(WebSettings):
    """A web service that the hospital lets the kiosk ask."""

    try_with: str = Field(
        "0",
        pattern=r"^[A-Za-z0-9._-]+$",
        description="The number that kiosk doctor asks for; a test patient's proves the columns too.",
    )


class FhirSettings(WebSettings):
    """A FHIR R4 server. Of identifiers without a system of theirs any counts whose value is the number."""

    patient_system: str = Field("", description="System of patient numbers, e.g. urn:oid:1.2.3.4.")
    accession_system: str = Field("", description="System of accession numbers.")
    national_system: str = Field("", description="System of citizen numbers; empty: they are not read.")


class RequestTemplate(Section):
    """One request, and where its answer keeps what is wanted.

    Paths that begin with $ are JSONPath, all others XPath 1.0, of names without their namespaces.
    """

    method: Literal["GET", "POST", "PUT"] = Field("GET", description="HTTP method.")
    path: str = Field("", description="Below the service's url, with {accession} {patient} {national} {study} {visit}.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers, e.g. Content-Type and SOAPAction.")
    body: str = Field("", description="What is sent; XML, JSON or a form, and what is filled in is escaped for it.")
    inner: str = Field("", description="Path of a text that is XML or JSON itself; all else is looked for in it.")
    success: str = Field("", description="Path of the answer's own word for its success, where it has one.")
    success_is: tuple[str, ...] = Field(("0",), description="What stands there when all is well.")
    rows: str = Field("", description="Path of the rows; empty: the answer is one row, or the document itself.")
    columns: dict[str, str] = Field(
        default_factory=dict, description="Path of each alias within its row; `pdf` is base64."
    )
