"""Checking the ledger: that no link was changed, removed, added or moved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Result, func, select
from sqlalchemy.orm import Session

from app.models.traceability import LedgerBody, LedgerEvent, LedgerHead
from app.trace import GENESIS, SCHEMA, canonical, timestamp

BATCH = 2000


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """Result of a verification: `problems` holds one English line per break, with its sequence."""

    events: int
    head: str
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(
    session: Session, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> LedgerCheck:
    """Recompute the whole chain from its first link and compare it with the stored head.

    A body that was erased by law leaves its commitment: the chain still verifies.
    """
    problems: list[str] = []
    previous, expected_seq = GENESIS, 1
    total = session.scalar(select(func.count()).select_from(LedgerEvent)) or 0
    for row in _events(session):
        event, salt, body = row
        if event.seq != expected_seq:
            problems.append(f"{expected_seq}: missing, next is {event.seq}")
        problems.extend(_check_link(event, salt, body, previous))
        previous, expected_seq = event.hash, event.seq + 1
        if event.seq % BATCH == 0:
            progress(event.seq, total)
    head = session.get(LedgerHead, 1)
    head_seq, head_hash = (head.seq, head.hash) if head else (0, GENESIS)
    if (head_seq, head_hash) != (expected_seq - 1, previous):
        problems.append(f"head: names event {head_seq}, the last link is {expected_seq - 1}")
    progress(total, total)
    return LedgerCheck(total, previous.hex(), tuple(problems))


def _events(session: Session) -> Result[LedgerEvent, bytes | None, str | None]:
    statement = (
        select(LedgerEvent, LedgerBody.salt, LedgerBody.body)
        .outerjoin(LedgerBody, LedgerBody.seq == LedgerEvent.seq)
        .order_by(LedgerEvent.seq)
        .execution_options(yield_per=BATCH)
    )
    return session.execute(statement)


def _check_link(
    event: LedgerEvent, salt: bytes | None, body: str | None, previous: bytes
) -> list[str]:
    problems = []
    kept = body is not None and salt is not None
    if kept and hashlib.sha256((salt or b"") + (body or "").encode()).digest() != event.body_commit:
        problems.append(f"{event.seq}: the body does not match its commitment")
    if hashlib.sha256(b"\x00" + event.header.encode()).digest() != event.leaf:
        problems.append(f"{event.seq}: the header does not match its leaf")
    if hashlib.sha256(previous + event.leaf).digest() != event.hash:
        problems.append(f"{event.seq}: the link does not follow the one before")
    if not _columns_agree(event):
        problems.append(f"{event.seq}: the columns differ from the hashed header")
    return problems


def _columns_agree(event: LedgerEvent) -> bool:
    actor = "system" if event.actor_id is None else f"user:{event.actor_id}"
    header = {
        "schema": SCHEMA,
        "seq": event.seq,
        "kind": event.kind,
        "action": event.action,
        "thing": f"{event.thing_kind}:{event.thing_id}",
        "actor": actor,
        "at": timestamp(event.at),
        "commit": event.body_commit.hex(),
    }
    return canonical(header) == event.header
