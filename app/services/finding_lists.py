"""The list of findings, and the rows that its filters and the forms of a finding offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.context import Context
from app.errors import NotFound
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.org import MipgPolicy, Norm, Process, Unit
from app.permissions import Permission, can, scope
from app.services import batches
from app.services.finding_facts import UNCOMMUNICATED
from app.services.findings import WRITABLE_AUDITS
from workflows.finding import FindingState

PAGE = 25
CARDS = 20
"""How many of each column the board shows."""
S = FindingState
COLUMNS: Mapping[str, tuple[FindingState, ...]] = {
    "writing": (S.DRAFT, S.IN_REVIEW),
    "communicated": (S.PRELIMINARY, S.CONTRADICTION),
    "decided": (S.RATIFIED, S.MODIFIED, S.CONFIRMED),
    "planned": (S.IN_PLAN, S.IN_TREATMENT, S.REOPENED),
    "to_verify": (S.TO_VERIFY,),
    "ended": (S.CLOSED, S.WITHDRAWN),
}
"""The road of a finding from left to right; each state has its place on it."""
CHOICES = 300


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is asked for; every part may be left out."""

    audit_id: int | None = None
    process_id: int | None = None
    state: str = ""
    type: str = ""
    severity: str = ""
    year: int | None = None
    text: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Findings newest first; `next_id` goes on from the last one (None: that was all)."""

    rows: tuple[Finding, ...]
    total: int
    next_id: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board: its newest findings, and how many there are."""

    name: str
    rows: tuple[Finding, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Rows that the selects of the forms offer."""

    audits: Sequence[Audit] = ()
    processes: Sequence[Process] = ()
    units: Sequence[Unit] = ()
    norms: Sequence[Norm] = ()
    policies: Sequence[MipgPolicy] = ()
    earlier: Sequence[Finding] = ()


def page(ctx: Context, filters: Filters) -> Page:
    """Findings that the actor may read, `PAGE` at a time; three queries."""
    conditions = [scope(ctx.actor, Permission.FINDING_READ, Finding), *_asked(filters)]
    session = ctx.session
    total = session.scalar(select(func.count(Finding.id)).where(*conditions)) or 0
    if filters.before is not None:
        conditions.append(Finding.id < filters.before)
    statement = (
        select(Finding)
        .where(*conditions)
        .options(joinedload(Finding.audit), joinedload(Finding.process))
        .order_by(Finding.id.desc())
        .limit(PAGE + 1)
    )
    rows = session.scalars(statement).all()
    return Page(tuple(rows[:PAGE]), total, rows[PAGE - 1].id if len(rows) > PAGE else None)


def selected(ctx: Context, ids: Sequence[int]) -> Sequence[Finding]:
    """Of these findings, those that the actor may read, by code; one query."""
    loaded = joinedload(Finding.audit), joinedload(Finding.process)
    return batches.selected(ctx, Finding, ids, Finding.code, *loaded)


def board(ctx: Context, filters: Filters) -> tuple[Column, ...]:
    """The same findings by stage, the `CARDS` newest of each; two queries."""
    conditions = [scope(ctx.actor, Permission.FINDING_READ, Finding), *_asked(filters)]
    stage = case(*((Finding.state.in_(states), name) for name, states in COLUMNS.items()), else_="")
    counted = select(stage, func.count(Finding.id)).where(*conditions).group_by(stage)
    totals = {name: total for name, total in ctx.session.execute(counted)}
    place = func.row_number().over(partition_by=stage, order_by=Finding.id.desc())
    newest = select(Finding.id, place.label("place")).where(*conditions).subquery()
    statement = (
        select(Finding)
        .join(newest, newest.c.id == Finding.id)
        .where(newest.c.place <= CARDS)
        .options(joinedload(Finding.audit), joinedload(Finding.process))
        .order_by(Finding.id.desc())
    )
    rows = ctx.session.scalars(statement).all()
    return tuple(
        Column(name, tuple(row for row in rows if row.state in states), totals.get(name, 0))
        for name, states in COLUMNS.items()
    )


def _asked(filters: Filters) -> list[ColumnElement[bool]]:
    pairs: list[tuple[InstrumentedAttribute[Any], object]] = [
        (Finding.audit_id, filters.audit_id),
        (Finding.process_id, filters.process_id),
        (Finding.state, filters.state or None),
        (Finding.type, filters.type or None),
        (Finding.severity, filters.severity or None),
    ]
    asked: list[ColumnElement[bool]] = [
        column == value for column, value in pairs if value is not None
    ]
    if filters.year is not None:
        asked.append(Finding.code.startswith(f"{filters.year:04d}-", autoescape=True))
    if filters.text:
        asked.append(Finding.title.icontains(filters.text, autoescape=True))
    return asked


def filter_choices(ctx: Context) -> Choices:
    """Audits and processes for the filters; two queries."""
    return Choices(audits=_audits(ctx, Permission.AUDIT_READ), processes=_active(ctx, Process))


def writable_audits(ctx: Context) -> Sequence[Audit]:
    """Audits in which the actor may write a finding now."""
    statement = (
        select(Audit)
        .where(
            scope(ctx.actor, Permission.FINDING_CREATE, Audit),
            Audit.state.in_(sorted(WRITABLE_AUDITS)),
        )
        .order_by(Audit.id.desc())
        .limit(CHOICES)
    )
    return ctx.session.scalars(statement).all()


def may_write(ctx: Context) -> bool:
    """Whether the actor may write a finding now, of some audit or external; one query at most."""
    return can(ctx.actor, Permission.FINDING_CREATE, Finding()) or bool(writable_audits(ctx))


def writable_audit(ctx: Context, audit_id: int) -> Audit:
    """An audit the actor may read, to write a finding of it. Raises: NotFound."""
    statement = (
        select(Audit)
        .where(Audit.id == audit_id, scope(ctx.actor, Permission.AUDIT_READ, Audit))
        .options(joinedload(Audit.process))
    )
    audit = ctx.session.scalars(statement).one_or_none()
    if audit is None or not can(ctx.actor, Permission.FINDING_CREATE, audit):
        raise NotFound
    return audit


def form_choices(ctx: Context, finding: Finding | None, process_id: int | None) -> Choices:
    """Everything the form of a finding offers; an inactive row stays while it is the chosen one."""
    earlier = (
        select(Finding)
        .where(
            scope(ctx.actor, Permission.FINDING_READ, Finding),
            Finding.state.not_in(UNCOMMUNICATED | {FindingState.WITHDRAWN}),
        )
        .order_by((Finding.process_id == (process_id or 0)).desc(), Finding.id.desc())
        .limit(CHOICES)
    )
    if finding is not None:
        earlier = earlier.where(Finding.id != finding.id)
    return Choices(
        processes=_active(ctx, Process, finding.process_id if finding else None),
        units=_active(ctx, Unit, finding.unit_id if finding else None),
        norms=_active(ctx, Norm, finding.norm_id if finding else None),
        policies=_active(ctx, MipgPolicy, finding.mipg_policy_id if finding else None),
        earlier=ctx.session.scalars(earlier).all(),
    )


def _audits(ctx: Context, permission: str) -> Sequence[Audit]:
    statement = select(Audit).where(scope(ctx.actor, permission, Audit))
    return ctx.session.scalars(statement.order_by(Audit.code.desc()).limit(CHOICES)).all()


def _active(ctx: Context, model: type[Any], kept: int | None = None) -> Sequence[Any]:
    statement = select(model).where(model.active | (model.id == (kept or 0))).order_by(model.name)
    return ctx.session.scalars(statement).all()
