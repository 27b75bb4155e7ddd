"""The history of one finding, read from the ledger: its steps, and for the team what was
written between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.accounts import User
from app.models.findings import Finding
from app.models.traceability import HistoryEntry, LedgerEvent

LIMIT = 200
TELLING = ("communicate", "register_external")
"""The steps by which a finding becomes known outside the office."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history; `target` is "" for what moved nothing."""

    seq: int
    at: datetime
    action: str
    person: User | None
    source: str
    target: str
    reason: str
    on_behalf_of: str


def read(ctx: Context, finding: Finding, *, is_team: bool) -> list[Step]:
    """Newest first, in two queries. Who is not of the team is told of the steps only, and of
    those since the finding was communicated."""
    kind, thing_id = finding.ref
    conditions = [
        LedgerEvent.thing_kind == kind,
        LedgerEvent.thing_id == thing_id,
        LedgerEvent.kind == "change",
    ]
    if not is_team:
        told = (
            select(func.min(HistoryEntry.ledger_seq))
            .where(
                HistoryEntry.thing_kind == kind,
                HistoryEntry.thing_id == thing_id,
                HistoryEntry.event.in_(TELLING),
            )
            .scalar_subquery()
        )
        conditions += [HistoryEntry.id.is_not(None), LedgerEvent.seq >= told]
    statement = (
        select(LedgerEvent, HistoryEntry)
        .outerjoin(HistoryEntry, HistoryEntry.ledger_seq == LedgerEvent.seq)
        .options(joinedload(LedgerEvent.body))
        .where(*conditions)
        .order_by(LedgerEvent.seq.desc())
        .limit(LIMIT)
    )
    return _steps(ctx, [(event, entry) for event, entry in ctx.session.execute(statement)])


def _steps(ctx: Context, rows: Sequence[tuple[LedgerEvent, HistoryEntry | None]]) -> list[Step]:
    bodies = {event.seq: _body(event) for event, _entry in rows}
    wanted = {event.actor_id for event, _entry in rows if event.actor_id is not None}
    wanted |= {person for body in bodies.values() for person in body.get("acting_for", [])}
    users = ctx.session.scalars(select(User).where(User.id.in_(sorted(wanted))))
    people = {user.id: user for user in users}
    return [
        Step(
            seq=event.seq,
            at=event.at,
            action=event.action,
            person=people.get(event.actor_id) if event.actor_id is not None else None,
            source=entry.source if entry else "",
            target=entry.target if entry else "",
            reason=entry.reason if entry else str(bodies[event.seq].get("reason", "")),
            on_behalf_of=", ".join(
                people[i].name for i in bodies[event.seq].get("acting_for", []) if i in people
            ),
        )
        for event, entry in rows
    ]


def _body(event: LedgerEvent) -> Mapping[str, Any]:
    """The private part of the event; empty once it was erased by law."""
    if event.body is None:
        return {}
    value: dict[str, Any] = json.loads(event.body.body)
    return value


def reached(ctx: Context, finding: Finding) -> dict[str, datetime]:
    """When the finding came to each state, the last time."""
    kind, thing_id = finding.ref
    rows = ctx.session.execute(
        select(HistoryEntry.target, func.max(HistoryEntry.at))
        .where(HistoryEntry.thing_kind == kind, HistoryEntry.thing_id == thing_id)
        .group_by(HistoryEntry.target)
    )
    return {state: at for state, at in rows}
