"""What a scanned code claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """What the code selects: `kind` is accession, patient-id, visit-number or national-id."""

    kind: str
    value: str
