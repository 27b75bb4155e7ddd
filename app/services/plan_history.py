"""The history of plans, actions and change requests: steps and other deeds, from the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.accounts import User
from app.models.base import Traced
from app.models.traceability import HistoryEntry, LedgerEvent
from app.services.plan_rows import people

PAGE = 50
Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history. `name` is the code of the thing; `details` what the step rests on.

    `source` and `target` are blank for a deed that is no transition.
    """

    seq: int
    at: datetime
    kind: str
    name: str
    action: str
    person: User | None
    on_behalf_of: tuple[str, ...]
    source: str
    target: str
    reason: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first; `next_before` is the sequence from which the following page goes on."""

    steps: tuple[Step, ...]
    next_before: int | None


def read(
    ctx: Context, names: Mapping[Ref, str], *, before: int | None = None, limit: int = PAGE
) -> HistoryPage:
    """What was done to these things, which the caller knows the actor may read; two queries.

    `names`: each thing with the code that the page calls it by.
    """
    if not names:
        return HistoryPage((), None)
    statement = (
        select(LedgerEvent, HistoryEntry)
        .outerjoin(HistoryEntry, HistoryEntry.ledger_seq == LedgerEvent.seq)
        .options(joinedload(LedgerEvent.body))
        .where(LedgerEvent.kind == "change", _about(names))
        .order_by(LedgerEvent.seq.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(LedgerEvent.seq < before)
    rows = ctx.session.execute(statement).all()
    shown = [(event, entry, _body(event)) for event, entry in rows[:limit]]
    absent = {int(i) for _, _, body in shown for i in body.get("acting_for", [])}
    known = people(ctx.session, {event.actor_id for event, _, _ in shown} | absent)
    steps = tuple(_step(event, entry, body, names, known) for event, entry, body in shown)
    return HistoryPage(steps, steps[-1].seq if len(rows) > limit else None)


def _about(names: Mapping[Ref, str]) -> ColumnElement[bool]:
    by_kind: dict[str, list[str]] = {}
    for kind, thing_id in names:
        by_kind.setdefault(kind, []).append(thing_id)
    return or_(
        *(
            and_(LedgerEvent.thing_kind == kind, LedgerEvent.thing_id.in_(ids))
            for kind, ids in by_kind.items()
        )
    )


def _body(event: LedgerEvent) -> Mapping[str, Any]:
    """The private part of the event; empty once it was erased by law."""
    if event.body is None:
        return {}
    value: dict[str, Any] = json.loads(event.body.body)
    return value


def _step(
    event: LedgerEvent,
    entry: HistoryEntry | None,
    body: Mapping[str, Any],
    names: Mapping[Ref, str],
    known: Mapping[int, User],
) -> Step:
    behalf = tuple(known[i].name for i in body.get("acting_for", []) if i in known)
    return Step(
        seq=event.seq,
        at=event.at,
        kind=event.thing_kind,
        name=names[(event.thing_kind, event.thing_id)],
        action=event.action,
        person=known.get(event.actor_id) if event.actor_id is not None else None,
        on_behalf_of=behalf,
        source=entry.source if entry else "",
        target=entry.target if entry else "",
        reason=entry.reason if entry else str(body.get("reason", "")),
        details=entry.details if entry else {},
    )


def reached(ctx: Context, row: Traced, states: Sequence[str]) -> dict[str, datetime]:
    """When the thing came to each of these states (the last time)."""
    kind, thing_id = row.ref
    rows = ctx.session.execute(
        select(HistoryEntry.target, func.max(HistoryEntry.at))
        .where(
            HistoryEntry.thing_kind == kind,
            HistoryEntry.thing_id == thing_id,
            HistoryEntry.target.in_(states),
        )
        .group_by(HistoryEntry.target)
    )
    return {state: at for state, at in rows}
