"""The serial of a printed document."""

from __future__ import annotations

import secrets

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0, 1, I, L, O, U: a serial is read out over the telephone
_GROUPS, _GROUP = 3, 4


def new_serial() -> str:
    """Printed on every sheet and the name of the print job: 58 random bits, opaque, in groups that can be read out."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
