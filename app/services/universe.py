"""The audit universe: everything that can be audited, whether or not it will be.

Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.audits import Audit
from app.models.org import Process, Unit
from app.models.universe import AuditableUnit
from app.permissions import Permission, authorize, can, scope
from app.services import edits, submissions
from app.services.terms import local_date
from app.services.transitions import check_version, load, load_for
from app.services.upserts import insert
from workflows.audit import REPORTED, AuditState
from workflows.enums import AuditableUnitKind, AuditLineType

PAGE = 50


@dataclass(frozen=True, slots=True)
class UnitData:
    """What is said of an auditable unit. `code` stays as it was given first."""

    code: str
    name: str
    kind: AuditableUnitKind
    process_id: int
    unit_id: int | None = None
    description: str = ""
    last_audited_on: date | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list; every part may be left out."""

    text: str = ""
    kind: AuditableUnitKind | None = None
    process_id: int | None = None
    with_retired: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Units by code, `PAGE` at a time, each with the day of its last audit."""

    rows: Sequence[AuditableUnit]
    audited: dict[int, date]
    total: int
    next_after: str | None


@dataclass(frozen=True, slots=True)
class View:
    """A unit with its audits that the actor may read, newest first."""

    unit: AuditableUnit
    last_audited_on: date | None
    audits: Sequence[Audit]


def create(ctx: Context, data: UnitData, *, key: str = "") -> AuditableUnit:
    """Add something to the universe. Raises: Forbidden, Invalid."""
    authorize(ctx.actor, Permission.AUDITABLE_UNIT_CREATE)
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(AuditableUnit, int(earlier))
        code = data.code.strip()
        if not code:
            raise Invalid("code", "catalogue.needs_code")
        values = _values(ctx, data, None)
        made = {"code": code, "created_by_id": ctx.actor.user_id, "created_at": ctx.now()}
        # Of two people who write the same code at once, the second waits here and is told.
        unit_id = session.execute(
            insert(session, AuditableUnit)
            .values(**made, **values, retired_reason="", version=1)
            .on_conflict_do_nothing()
            .returning(AuditableUnit.id)
        ).scalar()
        if unit_id is None:
            raise Invalid("code", "catalogue.code_taken")
        unit = session.get_one(AuditableUnit, unit_id)
        body = {name: edits.as_text(value) for name, value in values.items()}
        ctx.record("change", "create", unit, {"code": code, **body})
        submissions.finish(ctx, key, unit.id)
    return unit


def edit(ctx: Context, unit_id: int, data: UnitData, *, version: int | None) -> AuditableUnit:
    """Correct a unit. Raises: NotFound, Forbidden (also when retired), StaleVersion, Invalid."""
    with ctx.transaction():
        unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_EDIT)
        values = _values(ctx, data, unit)
        edits.check_version(unit, version, values)
        if changed := edits.apply(unit, values):
            ctx.record("change", "edit", unit, changed)
    return unit


def _values(ctx: Context, data: UnitData, unit: AuditableUnit | None) -> dict[str, Any]:
    """The rules of a unit. Raises: Invalid."""
    session = ctx.session
    if not data.name.strip():
        raise Invalid("name", "auditable_unit.needs_name")
    process = session.get(Process, data.process_id)
    stays = unit is not None and unit.process_id == data.process_id
    if process is None or not (process.active or stays):
        raise Invalid("process_id", "audit.no_process")
    if data.unit_id is not None and session.get(Unit, data.unit_id) is None:
        raise Invalid("unit_id", "auditable_unit.no_unit")
    if data.last_audited_on is not None and data.last_audited_on > ctx.today():
        raise Invalid("last_audited_on", "auditable_unit.future_audit")
    return {
        "name": data.name.strip(),
        "kind": data.kind,
        "process_id": data.process_id,
        "unit_id": data.unit_id,
        "description": data.description.strip(),
        "last_audited_on": data.last_audited_on,
    }


def retire(ctx: Context, unit_id: int, *, reason: str, version: int | None) -> AuditableUnit:
    """Take out of the universe what is no longer there to be audited; its past stays.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (already retired), Invalid (no reason).
    """
    with ctx.transaction():
        unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_RETIRE)
        check_version(unit, version)
        if unit.retired_at is not None:
            raise OutOfPlace(event="retire")
        if not reason.strip():
            raise Invalid("reason", "auditable_unit.needs_reason")
        unit.retired_at, unit.retired_by_id = ctx.now(), ctx.actor.user_id
        unit.retired_reason = reason.strip()
        ctx.record_transition(unit, event="retire", source="", target="", reason=reason.strip())
    return unit


def restore(ctx: Context, unit_id: int, *, version: int | None) -> AuditableUnit:
    """Bring a retired unit back. Raises: NotFound, Forbidden, StaleVersion, OutOfPlace."""
    with ctx.transaction():
        unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_RETIRE)
        check_version(unit, version)
        if unit.retired_at is None:
            raise OutOfPlace(event="restore")
        unit.retired_at = unit.retired_by_id = None
        unit.retired_reason = ""
        ctx.record_transition(unit, event="restore", source="", target="")
    return unit


# ------------------------------------------------------------------ reading


def index(ctx: Context, filters: Filters, *, after: str | None = None) -> Page:
    """Units that the actor may read, in a fixed number of queries."""
    conditions = [scope(ctx.actor, Permission.AUDITABLE_UNIT_READ, AuditableUnit)]
    conditions += _conditions(filters)
    total = ctx.session.scalar(select(func.count(AuditableUnit.id)).where(*conditions)) or 0
    statement = select(AuditableUnit).where(*conditions)
    if after is not None:
        statement = statement.where(AuditableUnit.code > after)
    rows = ctx.session.scalars(
        statement.options(joinedload(AuditableUnit.process), joinedload(AuditableUnit.unit))
        .order_by(AuditableUnit.code)
        .limit(PAGE + 1)
    ).all()
    shown = rows[:PAGE]
    more = shown[-1].code if len(rows) > PAGE else None
    return Page(shown, last_audits(ctx, shown), total, more)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if not filters.with_retired:
        asked.append(AuditableUnit.retired_at.is_(None))
    if filters.kind is not None:
        asked.append(AuditableUnit.kind == filters.kind)
    if filters.process_id is not None:
        asked.append(AuditableUnit.process_id == filters.process_id)
    if filters.text:
        asked.append(
            or_(
                AuditableUnit.name.icontains(filters.text, autoescape=True),
                AuditableUnit.code.icontains(filters.text, autoescape=True),
            )
        )
    return asked


def active(ctx: Context) -> Sequence[AuditableUnit]:
    """All that can be audited now, by code: not retired, of a process that is active. Whoever asks
    may read the universe."""
    return ctx.session.scalars(
        select(AuditableUnit)
        .join(AuditableUnit.process)
        .where(AuditableUnit.retired_at.is_(None), Process.active)
        .options(joinedload(AuditableUnit.process))
        .order_by(AuditableUnit.code)
    ).all()


def choices(ctx: Context, kept: AuditableUnit | None = None) -> list[AuditableUnit]:
    """What an audit may be of, by process: what is active, and what it is of already."""
    if not can(ctx.actor, Permission.AUDITABLE_UNIT_READ):
        return [kept] if kept is not None else []
    rows = list(active(ctx))
    if kept is not None and kept not in rows:
        rows.append(kept)
    return sorted(rows, key=lambda each: (each.process.name, each.name))


def find(ctx: Context, unit_id: int | None) -> AuditableUnit | None:
    """The unit of an address, where it exists and the actor may read it."""
    unit = ctx.session.get(AuditableUnit, unit_id) if unit_id is not None else None
    return unit if unit and can(ctx.actor, Permission.AUDITABLE_UNIT_READ, unit) else None


def view(ctx: Context, unit_id: int) -> View:
    """A unit whole. Raises: NotFound."""
    unit = load(ctx.session, AuditableUnit, unit_id)
    if not can(ctx.actor, Permission.AUDITABLE_UNIT_READ, unit):
        raise NotFound
    audits = ctx.session.scalars(
        select(Audit)
        .where(_audits_of(unit), scope(ctx.actor, Permission.AUDIT_READ, Audit))
        .order_by(Audit.planned_start.desc(), Audit.id.desc())
    ).all()
    return View(unit, last_audits(ctx, [unit]).get(unit.id), audits)


def _audits_of(unit: AuditableUnit) -> ColumnElement[bool]:
    """Those that name it; of a whole process, also those of it that name no part."""
    own = Audit.auditable_unit_id == unit.id
    if unit.kind is not AuditableUnitKind.PROCESS:
        return own
    return own | (Audit.auditable_unit_id.is_(None) & (Audit.process_id == unit.process_id))


def is_of(audit: Audit, unit_id: int, kind: AuditableUnitKind, process_id: int) -> bool:
    """The same of one audit."""
    if audit.auditable_unit_id is not None:
        return audit.auditable_unit_id == unit_id
    return kind is AuditableUnitKind.PROCESS and audit.process_id == process_id


def last_audits(ctx: Context, units: Sequence[AuditableUnit]) -> dict[int, date]:
    """The day of the last final report about each, or the one that was typed, if later."""
    reported = _last(ctx, func.max(Audit.final_issued_at), Audit.state.in_(sorted(REPORTED)))
    found: dict[int, date] = {}
    for unit in units:
        moment = reported(unit)
        days = [unit.last_audited_on, local_date(moment) if moment else None]
        if any(days):
            found[unit.id] = max(day for day in days if day is not None)
    return found


def last_years(ctx: Context, units: Sequence[AuditableUnit], before: int) -> dict[int, int]:
    """The last year, earlier than `before`, of whose plan an audit of each is or was, not
    cancelled; or that of the day that was typed."""
    not_cancelled = Audit.state != AuditState.CANCELLED
    planned = _last(ctx, func.max(Audit.year), not_cancelled & (Audit.year < before))
    found: dict[int, int] = {}
    for unit in units:
        typed = unit.last_audited_on.year if unit.last_audited_on else None
        years = [year for year in (planned(unit), typed) if year is not None]
        if years:
            found[unit.id] = max(years)
    return found


def _last(
    ctx: Context, latest: Any, condition: ColumnElement[bool]
) -> Callable[[AuditableUnit], Any]:
    """How to ask for the latest of the audits of a unit, in one query for all of them.

    Only what examines counts: no follow-up, legal report, advice or training.
    """
    types = [each for each in AuditLineType if each.is_audit]
    rows = ctx.session.execute(
        select(Audit.auditable_unit_id, Audit.process_id, latest)
        .where(condition, Audit.type.in_(types))
        .group_by(Audit.auditable_unit_id, Audit.process_id)
    )
    own: dict[int, list[Any]] = {}
    whole: dict[int, list[Any]] = {}
    for unit_id, process_id, value in rows:
        if unit_id is None:
            whole.setdefault(process_id, []).append(value)
        else:
            own.setdefault(unit_id, []).append(value)

    def of(unit: AuditableUnit) -> Any:
        values = [*own.get(unit.id, [])]
        if unit.kind is AuditableUnitKind.PROCESS:
            values += whole.get(unit.process_id, [])
        return max((value for value in values if value is not None), default=None)

    return of
