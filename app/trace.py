"""History, ledger and outbox, written in the business transaction.

Records are gathered while the transaction runs (`record`, `enqueue`) and sealed at its end:
the ledger head is locked last, after every business row, so that writers queue for the
shortest time and no two of them can wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from app.errors import Untraced
from app.models.audits import Audit
from app.models.base import Traced
from app.models.findings import Finding
from app.models.org import Entity
from app.models.plans import Action, Plan, Progress
from app.models.traceability import (
    HASH_BYTES,
    HistoryEntry,
    LedgerBody,
    LedgerEvent,
    LedgerHead,
)

GENESIS = bytes(HASH_BYTES)
SCHEMA = 1
PENDING = "vigia.pending"
CHANGED = "vigia.changed"
TOUCHED = "vigia.touched"


@dataclass(frozen=True, slots=True)
class Pending:
    """A record waiting for the end of its transaction."""

    kind: str
    action: str
    thing: tuple[str, str]
    actor_id: int | None
    at: datetime
    body: Mapping[str, Any]
    transition: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Touched:
    """Rows that the open transaction changed and the portal may be showing."""

    audits: set[int] = field(default_factory=set)
    actions: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)  # audits in another state
    entity: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Everything that the hash of one event covers."""

    seq: int
    header: str
    body: str
    salt: bytes
    body_commit: bytes
    leaf: bytes
    hash: bytes = field(repr=False)


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces, NFC text and no floats (golden vectors in the tests).

    Raises: TypeError for a float or any type JSON does not know.
    """
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def timestamp(at: datetime) -> str:
    """UTC, microseconds, `Z`: the only form of a time inside a hash."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chain(previous: bytes, seq: int, pending: Pending, salt: bytes) -> Link:
    """Compute one link of the chain."""
    body = canonical(pending.body)
    commit = hashlib.sha256(salt + body.encode()).digest()
    header = canonical(
        {
            "schema": SCHEMA,
            "seq": seq,
            "kind": pending.kind,
            "action": pending.action,
            "thing": ":".join(pending.thing),
            "actor": "system" if pending.actor_id is None else f"user:{pending.actor_id}",
            "at": timestamp(pending.at),
            "commit": commit.hex(),
        }
    )
    leaf = hashlib.sha256(b"\x00" + header.encode()).digest()
    return Link(seq, header, body, salt, commit, leaf, hashlib.sha256(previous + leaf).digest())


def add(session: Session, pending: Pending) -> None:
    """Keep a record until the transaction is sealed."""
    session.info.setdefault(PENDING, []).append(pending)


def seal(session: Session) -> int | None:
    """Write the gathered records; answer the last sequence, or None if there were none.

    Raises: Untraced when audited rows changed and nothing was recorded.
    """
    session.flush()
    pending: list[Pending] = session.info.get(PENDING, [])
    if not pending:
        if session.info.get(CHANGED):
            raise Untraced(", ".join(sorted(session.info[CHANGED])))
        return None
    head = session.execute(select(LedgerHead).where(LedgerHead.id == 1).with_for_update()).scalar()
    if head is None:
        head = LedgerHead(id=1, seq=0, hash=GENESIS)
        session.add(head)
        session.flush()
    for record in pending:
        link = chain(head.hash, head.seq + 1, record, secrets.token_bytes(HASH_BYTES))
        session.add(_event_row(record, link))
        session.flush()
        if record.transition is not None:
            session.add(_history_row(record, link.seq))
        head.seq, head.hash = link.seq, link.hash
    session.flush()
    return head.seq


def forget(session: Session) -> None:
    """Drop what a finished or rolled back transaction had gathered."""
    session.info.pop(PENDING, None)
    session.info.pop(CHANGED, None)
    session.info.pop(TOUCHED, None)


def touched(session: Session) -> Touched:
    """What the portal may have to follow of the open transaction."""
    found: Touched = session.info.get(TOUCHED) or Touched()
    return found


def _event_row(record: Pending, link: Link) -> LedgerEvent:
    return LedgerEvent(
        seq=link.seq,
        kind=record.kind,
        action=record.action,
        thing_kind=record.thing[0],
        thing_id=record.thing[1],
        actor_id=record.actor_id,
        at=record.at,
        header=link.header,
        body_commit=link.body_commit,
        leaf=link.leaf,
        hash=link.hash,
        body=LedgerBody(salt=link.salt, body=link.body),
    )


def _history_row(record: Pending, seq: int) -> HistoryEntry:
    values = record.transition or {}
    return HistoryEntry(
        thing_kind=record.thing[0],
        thing_id=record.thing[1],
        actor_id=record.actor_id,
        at=record.at,
        ledger_seq=seq,
        event=values["event"],
        source=values["source"],
        target=values["target"],
        reason=values["reason"],
        details=values["details"],
    )


@event.listens_for(Session, "before_flush")
def _note_changes(session: Session, _context: object, _instances: object) -> None:
    changed = [*session.new, *session.deleted]
    changed += [row for row in session.dirty if session.is_modified(row)]
    for row in changed:
        if isinstance(row, Traced):
            session.info.setdefault(CHANGED, set()).add(row.thing)
            _note_published(session, row)


def _note_published(session: Session, row: Traced) -> None:
    """Things that the portal may show; which of them it does, the projection asks."""
    seen: Touched = session.info.setdefault(TOUCHED, Touched())
    if isinstance(row, Finding | Plan | Action) and row.audit_id is not None:
        seen.audits.add(row.audit_id)
    elif isinstance(row, Progress) and row.action_id is not None:
        seen.actions.add(row.action_id)
    elif isinstance(row, Audit):
        status = inspect(row)
        if status.persistent and status.attrs.state.history.has_changes():
            seen.moved.add(row.id)
    elif isinstance(row, Entity):
        seen.entity = True
