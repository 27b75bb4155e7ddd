"""La bitácora: who did what, when, to which thing, with which document. Read from the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.accounts import User
from app.models.audits import AnnualPlan, Audit, WorkingPaper
from app.models.documents import Document
from app.models.findings import Finding
from app.models.org import Filing, Process, Unit
from app.models.plans import Action, Plan
from app.models.traceability import HistoryEntry, LedgerEvent
from app.models.universe import AuditableUnit, Prioritization
from app.permissions import authorize, can

PAGE = 50
SECURITY_KINDS = ("login", "permission")
NAMES: Mapping[str, tuple[Any, Any]] = {
    "audit": (Audit.id, Audit.code),
    "finding": (Finding.id, Finding.code),
    "plan": (Plan.id, Plan.code),
    "action": (Action.id, Action.code),
    "annual_plan": (AnnualPlan.id, AnnualPlan.year),
    "auditable_unit": (AuditableUnit.id, AuditableUnit.code),
    "prioritization": (Prioritization.id, Prioritization.year),
    "working_paper": (WorkingPaper.id, WorkingPaper.code),
    "document": (Document.id, Document.title),
    "filing": (Filing.id, Filing.number),
    "user": (User.id, User.name),
    "unit": (Unit.id, Unit.name),
    "process": (Process.id, Process.name),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. `details` is the private body of the event, or None if erased."""

    seq: int
    at: datetime
    kind: str
    action: str
    thing_kind: str
    thing_id: str
    person: User | None
    details: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the trail; every part may be left out."""

    thing_kind: str = ""
    thing_id: str = ""
    person_id: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


def read(ctx: Context, query: Query) -> tuple[list[Entry], int | None]:
    """Newest first, `PAGE` at a time, and the sequence to go on from (None: that was all).

    The head of the OCI reads the trail of audit objects; the administrator the security log.
    Raises: Forbidden.
    """
    if not can(ctx.actor, "security_log.read"):
        authorize(ctx.actor, "trail.read")
    statement = select(LedgerEvent).options(joinedload(LedgerEvent.body))
    if not can(ctx.actor, "trail.read"):
        statement = statement.where(LedgerEvent.kind.in_(SECURITY_KINDS))
    for condition in _conditions(ctx, query):
        statement = statement.where(condition)
    rows = ctx.session.scalars(statement.order_by(LedgerEvent.seq.desc()).limit(PAGE + 1)).all()
    people = _people(ctx, rows[:PAGE])
    entries = [_entry(row, people) for row in rows[:PAGE]]
    return entries, entries[-1].seq if len(rows) > PAGE else None


def _conditions(ctx: Context, query: Query) -> list[Any]:
    zone = ZoneInfo(ctx.config.time_zone)
    asked: list[Any] = []
    if query.thing_kind:
        asked.append(LedgerEvent.thing_kind == query.thing_kind)
    if query.thing_id:
        asked.append(LedgerEvent.thing_id == query.thing_id)
    if query.person_id is not None:
        asked.append(LedgerEvent.actor_id == query.person_id)
    if query.kind:
        asked.append(LedgerEvent.kind == query.kind)
    if query.since:
        asked.append(LedgerEvent.at >= datetime.combine(query.since, time.min, zone))
    if query.until:
        end = datetime.combine(query.until + timedelta(days=1), time.min, zone)
        asked.append(LedgerEvent.at < end)
    if query.before is not None:
        asked.append(LedgerEvent.seq < query.before)
    return asked


def _people(ctx: Context, rows: Sequence[LedgerEvent]) -> dict[int, User]:
    wanted = {row.actor_id for row in rows if row.actor_id is not None}
    users = ctx.session.scalars(select(User).where(User.id.in_(wanted)))
    return {user.id: user for user in users}


def _entry(row: LedgerEvent, people: Mapping[int, User]) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        action=row.action,
        thing_kind=row.thing_kind,
        thing_id=row.thing_id,
        person=people.get(row.actor_id) if row.actor_id is not None else None,
        details=json.loads(row.body.body) if row.body is not None else None,
        hash=row.hash.hex(),
    )


def history(
    ctx: Context, things: Sequence[tuple[str, str]], limit: int = 200
) -> list[HistoryEntry]:
    """Transitions of these things (kind, id), newest first, with the person of each.

    The caller has checked that the actor may read them.
    """
    if not things:
        return []
    wanted = or_(
        *(
            (HistoryEntry.thing_kind == kind) & (HistoryEntry.thing_id == thing_id)
            for kind, thing_id in things
        )
    )
    statement = select(HistoryEntry).options(joinedload(HistoryEntry.actor)).where(wanted)
    return list(ctx.session.scalars(statement.order_by(HistoryEntry.id.desc()).limit(limit)))


def names(ctx: Context, entries: Sequence[Entry]) -> dict[tuple[str, str], str]:
    """What these things are called (kind, id): a code, a title, a person's name; one query a kind.

    The caller has read the entries: the codes tell no more than they do.
    """
    found: dict[tuple[str, str], str] = {}
    for kind, (key, name) in NAMES.items():
        ids = {entry.thing_id for entry in entries if entry.thing_kind == kind}
        wanted = [int(thing_id) for thing_id in ids if thing_id.isdecimal()]
        if wanted:
            rows = ctx.session.execute(select(key, name).where(key.in_(wanted)))
            found.update({(kind, str(number)): str(text) for number, text in rows})
    return found


def people(ctx: Context) -> list[User]:
    """Everyone with an account, for the filter. Raises: Forbidden."""
    if not can(ctx.actor, "security_log.read"):
        authorize(ctx.actor, "trail.read")
    return list(ctx.session.scalars(select(User).order_by(User.name)))
