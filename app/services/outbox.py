"""The one queue: rows of the business transaction, done by the worker, once per key."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import NotFound
from app.models.traceability import OutboxItem
from app.permissions import authorize

Handler = Callable[[Context, Mapping[str, Any]], None]
Contexts = Callable[[], AbstractContextManager[Context]]
log = logging.getLogger("vigia.worker")

LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 8
FIRST_DELAY_S = 5
LONGEST_DELAY_S = 3600
ERROR_LENGTH = 500


class GiveUp(Exception):
    """Trying again would never help: the row goes to the dead letters at once."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row taken by this worker until its lease ends."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int


def add_once(
    ctx: Context,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    available_at: datetime | None = None,
) -> bool:
    """Add a row unless its key exists (work on a timetable); open its own transaction."""
    with ctx.transaction() as session:
        if session.scalar(select(OutboxItem.id).where(OutboxItem.key == key)):
            return False
        ctx.enqueue(kind, key, payload, available_at=available_at)
    return True


def claim(ctx: Context, *, kinds: frozenset[str], limit: int = 10) -> list[Claimed]:
    """Take due rows: SKIP LOCKED on PostgreSQL, the lease column on both."""
    now = ctx.now()
    with ctx.transaction() as session:
        rows = session.scalars(
            select(OutboxItem)
            .where(
                OutboxItem.done_at.is_(None),
                OutboxItem.dead_at.is_(None),
                OutboxItem.available_at <= now,
                OutboxItem.kind.in_(kinds),
                or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < now),
            )
            .order_by(OutboxItem.available_at, OutboxItem.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.leased_until = now + LEASE
            row.attempts += 1
        claimed = [Claimed(r.id, r.kind, dict(r.payload), r.attempts) for r in rows]
    return claimed


def delay_s(attempts: int) -> int:
    """Back-off after the given number of failed attempts, in seconds."""
    return int(min(FIRST_DELAY_S * 4 ** (attempts - 1), LONGEST_DELAY_S))


def drain(
    contexts: Contexts,
    handlers: Mapping[str, Handler],
    *,
    limit: int = 10,
) -> int:
    """Do what is due now; answer how many rows were tried. One failure never stops the rest."""
    with contexts() as ctx:
        batch = claim(ctx, kinds=frozenset(handlers), limit=limit)
    for item in batch:
        try:
            with contexts() as ctx:
                handlers[item.kind](ctx, item.payload)
        except Exception as error:
            log.exception("outbox %s (%s) failed", item.id, item.kind)
            with contexts() as ctx:
                _failed(ctx, item, error)
        else:
            with contexts() as ctx:
                _done(ctx, item)
    return len(batch)


def _done(ctx: Context, item: Claimed) -> None:
    with ctx.transaction() as session:
        row = session.get_one(OutboxItem, item.id)
        row.done_at, row.leased_until, row.last_error = ctx.now(), None, ""


def _failed(ctx: Context, item: Claimed, error: Exception) -> None:
    with ctx.transaction() as session:
        row = session.get_one(OutboxItem, item.id)
        row.leased_until = None
        row.last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
        if item.attempts >= MAX_ATTEMPTS or isinstance(error, GiveUp):
            row.dead_at = ctx.now()
        else:
            row.available_at = ctx.now() + timedelta(seconds=delay_s(item.attempts))


def dead_letters(ctx: Context) -> list[OutboxItem]:
    """Rows that failed too often, newest first. Raises: Forbidden."""
    authorize(ctx.actor, "outbox.manage", None)
    statement = select(OutboxItem).where(OutboxItem.dead_at.is_not(None))
    return list(ctx.session.scalars(statement.order_by(OutboxItem.id.desc()).limit(200)))


def retry(ctx: Context, item_id: int) -> None:
    """Give a dead row another round of attempts. Raises: Forbidden, NotFound."""
    authorize(ctx.actor, "outbox.manage", None)
    with ctx.transaction() as session:
        row = session.get(OutboxItem, item_id, with_for_update=True)
        if row is None or row.dead_at is None:
            raise NotFound
        row.dead_at, row.attempts, row.available_at = None, 0, ctx.now()
        ctx.record("system", "retry", ("outbox", str(row.id)), {"kind": row.kind})


def waiting(session: Session, now: datetime) -> int:
    """How many rows are due and not done (for the health page)."""
    statement = select(func.count(OutboxItem.id)).where(
        OutboxItem.done_at.is_(None), OutboxItem.dead_at.is_(None), OutboxItem.available_at <= now
    )
    return session.scalar(statement) or 0
