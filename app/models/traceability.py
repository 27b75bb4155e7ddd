"""The three records written with each business transaction: history, ledger, outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.base import CODE_LENGTH, Base

BigId = BigInteger().with_variant(Integer(), "sqlite")
HASH_BYTES = 32


class HistoryEntry(Base):
    """One transition of one thing. Append-only: a trigger refuses UPDATE and DELETE."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_thing", "thing_kind", "thing_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_id: Mapped[str] = mapped_column(String(CODE_LENGTH))
    event: Mapped[str] = mapped_column(String(CODE_LENGTH))
    source: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    target: Mapped[str] = mapped_column(String(CODE_LENGTH))
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    ledger_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledger_event.seq"))
    actor: Mapped[User | None] = relationship()


class LedgerHead(Base):
    """Last sequence and hash of the chain; the row that writers lock, last of all."""

    __tablename__ = "ledger_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))


class LedgerEvent(Base):
    """One link of the chain. Append-only: a trigger refuses UPDATE and DELETE.

    `header` and `body` are canonical JSON text. `body_commit` = SHA-256(salt || body);
    `leaf` = SHA-256(0x00 || canonical(header with body_commit));
    `hash` = SHA-256(previous || leaf).
    Body and salt live in `ledger_body`, so that personal data can be erased and the chain
    still verifies.
    """

    __tablename__ = "ledger_event"
    __table_args__ = (Index("ix_ledger_event_thing", "thing_kind", "thing_id", "seq"),)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(CODE_LENGTH), index=True)
    action: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_id: Mapped[str] = mapped_column(String(CODE_LENGTH))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    header: Mapped[str] = mapped_column(Text)
    body_commit: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    leaf: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), unique=True)
    body: Mapped[LedgerBody | None] = relationship(uselist=False)


class LedgerBody(Base):
    """The private part of a ledger event: names, addresses, values, document hashes."""

    __tablename__ = "ledger_body"
    seq: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("ledger_event.seq"), primary_key=True, autoincrement=False
    )
    salt: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    body: Mapped[str] = mapped_column(Text)


class OutboxItem(Base):
    """Work to do after a transaction; `key` makes it happen once however often it is asked."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "done_at", "dead_at", "available_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
