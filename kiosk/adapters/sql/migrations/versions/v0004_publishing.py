"""What the publisher needs: the half of a link to seal to, and where each study's publication stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
_WORD = sa.String(length=200)


def upgrade() -> None:
    for name, kind in (("public", sa.LargeBinary()), ("announcement", sa.LargeBinary()), ("told", sa.Float(53))):
        op.add_column("links", sa.Column(name, kind, nullable=True))
    op.add_column("link_studies", sa.Column("sent", sa.Integer(), nullable=False, server_default="0"))
    for name, kind in (
        ("sealed", sa.LargeBinary()),
        ("envelope", sa.LargeBinary()),
        ("final", sa.Float(53)),
        ("published", sa.Float(53)),
    ):
        op.add_column("publications", sa.Column(name, kind, nullable=True))
    for name in ("exam", "subject", "content", "fault", "lease"):
        op.add_column("publications", sa.Column(name, _WORD, nullable=False, server_default=""))
    op.add_column("publications", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("publications", sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"))
    _phone_events()
    op.add_column("publications", sa.Column("until", sa.Float(53), nullable=False, server_default="0"))


def _phone_events() -> None:
    words = (sa.Column(name, _WORD, nullable=False) for name in ("kind", "locator", "exam", "detail"))
    number = sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False)
    key = sa.PrimaryKeyConstraint("number", name="pk_phone_events")
    op.create_table("phone_events", number, *words, sa.Column("at", sa.Float(53), nullable=False), key)
    op.create_index("ix_phone_events_at", "phone_events", ["at"])
