"""The audit universe: everything that can be audited, whether or not it will be.

Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

from collections.abc import Sequence
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
from workflows.audit import REPORTED
from workflows.enums import AuditableUnitKind

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
        if session.scalar(select(AuditableUnit.id).where(AuditableUnit.code == code)) is not None:
            raise Invalid("code", "catalogue.code_taken")
        values = _values(ctx, data, None)
        unit = AuditableUnit(
            code=code, created_by_id=ctx.actor.user_id, created_at=ctx.now(), **values
        )
        session.add(unit)
        session.flush()
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
    """All that can be audited now, by code; whoever asks may read the universe."""
    return ctx.session.scalars(
        select(AuditableUnit)
        .where(AuditableUnit.retired_at.is_(None))
        .options(joinedload(AuditableUnit.process))
        .order_by(AuditableUnit.code)
    ).all()


def choices(ctx: Context, kept: AuditableUnit | None = None) -> list[AuditableUnit]:
    """What an audit may be of, by process: what is active, and what it is of already."""
    if not can(ctx.actor, Permission.AUDITABLE_UNIT_READ):
        return [kept] if kept is not None else []
    rows = list(active(ctx))
    if kept is not None and kept.retired_at is not None:
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
    """Its own audits; of a whole process, all of that process."""
    if unit.kind is AuditableUnitKind.PROCESS:
        return Audit.process_id == unit.process_id
    return Audit.auditable_unit_id == unit.id


def last_audits(ctx: Context, units: Sequence[AuditableUnit]) -> dict[int, date]:
    """When each was last audited: the day of its last final report, or the one that was typed.

    An audit of any part of a process counts for the process. In two queries.
    """
    own = _last_reports(ctx, Audit.auditable_unit_id)
    of_process = _last_reports(ctx, Audit.process_id)
    found: dict[int, date] = {}
    for unit in units:
        reported = own.get(unit.id)
        if unit.kind is AuditableUnitKind.PROCESS:
            reported = of_process.get(unit.process_id)
        days = [day for day in (unit.last_audited_on, reported) if day is not None]
        if days:
            found[unit.id] = max(days)
    return found


def _last_reports(ctx: Context, by: Any) -> dict[int, date]:
    last: Any = func.max(Audit.final_issued_at)
    statement = select(by, last).where(by.is_not(None), Audit.state.in_(sorted(REPORTED)))
    rows = ctx.session.execute(statement.group_by(by))
    return {thing_id: local_date(moment) for thing_id, moment in rows if moment is not None}
