"""The inbox's tables. Nothing in them can be read without the key."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

META = MetaData()
ITEMS = Table(
    "inbox_items", META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message", String(64), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("accession", String(64), nullable=False),
    Column("patient", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("received", Float, nullable=False),
    Column("due", Float, nullable=False),
    Column("tried", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("document", LargeBinary(128 << 20), nullable=False),
    Index("inbox_accession", "accession"), Index("inbox_patient", "patient"), Index("inbox_due", "state", "due"),
)  # fmt: skip
DECISIONS = Table(
    "inbox_decisions", META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("item", Integer, ForeignKey("inbox_items.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Float, nullable=False),
    Column("told", LargeBinary, nullable=False),  # who and why
    Column("before_state", String(16), nullable=False),
    Column("before_accession", String(64), nullable=False),
    Column("before_patient", String(64), nullable=False),
    Column("before_study", String(64), nullable=False),
    Column("before_facts", LargeBinary, nullable=False),
    Column("undone", Float),
    Index("inbox_decided", "item", "undone"),
)  # fmt: skip
MOVED = Table(
    "inbox_objects", META,
    Column("object", String(64), primary_key=True),
    Column("received", Float, nullable=False),
    Column("data", LargeBinary(1 << 30), nullable=False),
    Index("inbox_moved", "received"),
)  # fmt: skip
LISTED = [column for column in ITEMS.c if column.name != "document"]
