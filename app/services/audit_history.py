"""The history of an audit with its findings, papers and documents, read from the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit, Report, WorkingPaper
from app.models.documents import Document
from app.models.findings import Finding
from app.models.traceability import HistoryEntry, LedgerEvent
from app.permissions import can, scope

PAGE = 50
KINDS = ("audit", "finding", "working_paper", "document", "report")
TRACED = ("change", "permission")
TOLD_TO_AUDITEE = ("announce", "shift_term")
"""Steps that are no transition and of which the auditee is told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history. `name` is the code of the thing, "" for the audit; `subject`
    the person whom the step is about, if any."""

    seq: int
    at: datetime
    kind: str
    thing_id: str
    name: str
    action: str
    subject: str
    person: User | None
    source: str
    target: str
    reason: str
    on_behalf_of: tuple[str, ...]
    document: Document | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first; `next_before` is the sequence from which the following page goes on."""

    steps: Sequence[Step]
    next_before: int | None


def read(ctx: Context, audit: Audit, *, kind: str = "", before: int | None = None) -> HistoryPage:
    """What happened in an audit, as far as the actor may know it, in a fixed number of queries.

    The office sees everything. Others see transitions only, of the audit from its announcement
    and of the findings from the preliminary report: reasons of internal reviews are not theirs.
    """
    inside = can(ctx.actor, "working_paper.read", audit)
    wanted = [each for each in KINDS if kind in ("", each)]
    conditions = [_of_kind(ctx, audit, each, inside=inside) for each in wanted]
    statement = (
        select(LedgerEvent, HistoryEntry)
        .outerjoin(HistoryEntry, HistoryEntry.ledger_seq == LedgerEvent.seq)
        .options(joinedload(LedgerEvent.body))
        .where(LedgerEvent.kind.in_(TRACED), or_(false(), *conditions))
        .order_by(LedgerEvent.seq.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(LedgerEvent.seq < before)
    rows = ctx.session.execute(statement).all()
    shown = [(event, entry) for event, entry in rows[:PAGE]]
    steps = _steps(ctx, shown)
    return HistoryPage(steps, steps[-1].seq if len(rows) > PAGE else None)


def _of_kind(ctx: Context, audit: Audit, kind: str, *, inside: bool) -> ColumnElement[bool]:
    mine = LedgerEvent.thing_kind == kind
    if kind == "audit":
        mine = and_(mine, LedgerEvent.thing_id == str(audit.id))
        return mine if inside else and_(mine, _told(audit))
    if kind == "finding":
        known = [Finding.audit_id == audit.id, scope(ctx.actor, "finding.read", Finding)]
        if not inside:
            if audit.draft_issued_at is None:
                return false()
            mine = and_(mine, HistoryEntry.id.is_not(None))
            mine = and_(mine, LedgerEvent.at >= audit.draft_issued_at)
        ids = select(cast(Finding.id, String)).where(*known).correlate(LedgerEvent)
        return and_(mine, LedgerEvent.thing_id.in_(ids))
    if kind == "document":
        readable = scope(ctx.actor, "document.read", Document)
        documents = select(cast(Document.id, String)).where(Document.audit_id == audit.id, readable)
        return and_(mine, LedgerEvent.thing_id.in_(documents))
    if not inside:
        return false()
    model = WorkingPaper if kind == "working_paper" else Report
    ids = select(cast(model.id, String)).where(model.audit_id == audit.id)
    return and_(mine, LedgerEvent.thing_id.in_(ids))


def _told(audit: Audit) -> ColumnElement[bool]:
    """What those outside the office may know of the audit's own steps."""
    if audit.announced_at is None:
        return and_(HistoryEntry.id.is_not(None), HistoryEntry.event.in_(["create", "cancel"]))
    return and_(
        LedgerEvent.at >= audit.announced_at,
        or_(
            LedgerEvent.action.in_(TOLD_TO_AUDITEE),
            and_(HistoryEntry.id.is_not(None), HistoryEntry.event != "return_to_fieldwork"),
        ),
    )


Row = tuple[LedgerEvent, HistoryEntry | None]


def _steps(ctx: Context, rows: Sequence[Row]) -> list[Step]:
    bodies = {event.seq: _body(event) for event, _entry in rows}
    absent = {int(i) for body in bodies.values() for i in body.get("acting_for", [])}
    people = _people(ctx, {event.actor_id for event, _entry in rows} | absent)
    names = _names(ctx, rows)
    documents = _documents(ctx, rows)
    steps = []
    for event, entry in rows:
        body = bodies[event.seq]
        document = documents.get(event.thing_id) if event.thing_kind == "document" else None
        behalf = [people[i].name for i in body.get("acting_for", []) if i in people]
        steps.append(
            Step(
                seq=event.seq,
                at=event.at,
                kind=event.thing_kind,
                thing_id=event.thing_id,
                name=names.get((event.thing_kind, event.thing_id), ""),
                action=_action(event, body),
                subject=str(body.get("name", "")) if event.thing_kind == "audit" else "",
                person=people.get(event.actor_id) if event.actor_id is not None else None,
                source=entry.source if entry else "",
                target=entry.target if entry else "",
                reason=entry.reason if entry else str(body.get("reason", "")),
                on_behalf_of=tuple(behalf),
                document=document,
            )
        )
    return steps


def _action(event: LedgerEvent, body: Mapping[str, Any]) -> str:
    """What was done; of a signature, also what was signed."""
    return (
        f"sign.{body['purpose']}" if event.action == "sign" and "purpose" in body else event.action
    )


def _body(event: LedgerEvent) -> Mapping[str, Any]:
    """The private part of the event; empty once it was erased by law."""
    if event.body is None:
        return {}
    value: dict[str, Any] = json.loads(event.body.body)
    return value


def _people(ctx: Context, ids: Iterable[int | None]) -> dict[int, User]:
    wanted = sorted(each for each in set(ids) if each is not None)
    return {user.id: user for user in ctx.session.scalars(select(User).where(User.id.in_(wanted)))}


def _names(ctx: Context, rows: Sequence[Row]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for kind, model in (("finding", Finding), ("working_paper", WorkingPaper)):
        ids = [int(event.thing_id) for event, _entry in rows if event.thing_kind == kind]
        named = ctx.session.execute(select(model.id, model.code).where(model.id.in_(ids)))
        found |= {(kind, str(i)): code for i, code in named}
    return found


def _documents(ctx: Context, rows: Sequence[Row]) -> dict[str, Document]:
    ids = [int(event.thing_id) for event, _entry in rows if event.thing_kind == "document"]
    documents = ctx.session.scalars(select(Document).where(Document.id.in_(ids)))
    return {str(document.id): document for document in documents}


def reached(ctx: Context, audit: Audit) -> dict[str, datetime]:
    """When the audit came to each state (the last time)."""
    kind, thing_id = audit.ref
    rows = ctx.session.execute(
        select(HistoryEntry.target, func.max(HistoryEntry.at))
        .where(HistoryEntry.thing_kind == kind, HistoryEntry.thing_id == thing_id)
        .group_by(HistoryEntry.target)
    )
    return {state: at for state, at in rows}
