"""The priorities of a year as they are read: the matrix, one unit of it, how a plan meets them.

Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.context import Context
from app.errors import NotFound
from app.models.audits import AnnualPlan, Audit
from app.models.findings import Finding
from app.models.plans import Action
from app.models.traceability import HistoryEntry
from app.models.universe import AuditableUnit, Prioritization, UnitPriority
from app.permissions import Permission, scope
from app.services import universe
from app.services.action_flags import flag_condition
from app.services.finding_records import FIRM_STATES
from app.services.priority_rows import Figures, Row, from_json, ranked, row, to_json
from app.services.transitions import load_for
from workflows.audit import AuditState
from workflows.enums import ActionFlag


@dataclass(frozen=True, slots=True)
class Matrix:
    """The priorities of a year with their rows, first what comes first."""

    prioritization: Prioritization
    rows: Sequence[Row]

    @property
    def unfinished(self) -> Sequence[Row]:
        return [each for each in self.rows if not each.is_finished]

    @property
    def fingerprint(self) -> str:
        """Of all that is approved with it; the days that go by change nothing."""
        told = [{**to_json(each), "days": None} for each in self.rows]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def included(self) -> Sequence[Row]:
        return [each for each in self.rows if each.is_included]


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit within the priorities of a year; `judged` None: nobody has begun."""

    prioritization: Prioritization
    unit: AuditableUnit
    judged: UnitPriority | None
    row: Row
    following: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far an annual plan meets the priorities of its year."""

    prioritization: Prioritization
    included: int
    missing: Sequence[Row]
    beyond: Sequence[Audit]
    """Audits of the plan that no priority asks for; a legal report, for one, is no audit."""
    addable: frozenset[int]
    """The units that an audit can be opened for now."""


def years(ctx: Context) -> Sequence[Prioritization]:
    """The years that have priorities, newest first; nothing for who may not read them."""
    return ctx.session.scalars(
        select(Prioritization)
        .where(scope(ctx.actor, Permission.PRIORITIZATION_READ, Prioritization))
        .order_by(Prioritization.year.desc())
    ).all()


def open_year(ctx: Context, year: int) -> Prioritization:
    """Priorities that the actor may still change. Raises: NotFound, Forbidden."""
    return of_year(ctx, year, Permission.PRIORITIZATION_EDIT)


def matrix(ctx: Context, year: int) -> Matrix:
    """The priorities of a year: as approved, or as they stand today. Raises: NotFound."""
    found = _readable(ctx, year)
    if found is None:
        raise NotFound
    return build(ctx, found)


def unit(ctx: Context, year: int, unit_id: int) -> UnitView:
    """One unit within a year that is still open, and the next one that waits for a judgement.

    Raises: NotFound, Forbidden (also once approved).
    """
    found = of_year(ctx, year, Permission.PRIORITIZATION_EDIT)
    whole = build(ctx, found)
    own = next((each for each in whole.rows if each.unit_id == unit_id), None)
    if own is None:
        raise NotFound
    waiting = sorted(
        (each for each in whole.unfinished if each.unit_id != unit_id), key=lambda each: each.code
    )
    after = [each for each in waiting if each.code > own.code] or waiting
    return UnitView(
        prioritization=found,
        unit=ctx.session.get_one(AuditableUnit, unit_id),
        judged=judged_of(ctx, found).get(unit_id),
        row=own,
        following=after[0].unit_id if after else None,
    )


def coverage(ctx: Context, plan: AnnualPlan, audits: Sequence[Audit]) -> Coverage | None:
    """How far these audits of a plan meet the priorities of its year; None where the actor reads
    none."""
    found = _readable(ctx, plan.year)
    if found is None:
        return None
    included = build(ctx, found).included
    planned = [audit for audit in audits if audit.state is not AuditState.CANCELLED]
    met = [
        (each.unit_id, audit.id)
        for each in included
        for audit in planned
        if universe.is_of(audit, each.unit_id, each.kind, each.process_id)
    ]
    covered, asked_for = {pair[0] for pair in met}, {pair[1] for pair in met}
    return Coverage(
        found,
        included=len(included),
        missing=[each for each in included if each.unit_id not in covered],
        beyond=[each for each in planned if each.type.is_audit and each.id not in asked_for],
        addable=frozenset(each.id for each in universe.active(ctx)),
    )


def earlier(ctx: Context, year: int) -> Sequence[HistoryEntry]:
    """The times that approved priorities were opened again, newest first, each with the matrix
    that was approved until then. Raises: NotFound."""
    found = matrix(ctx, year).prioritization
    return ctx.session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.thing_kind == found.thing,
            HistoryEntry.thing_id == str(found.id),
            HistoryEntry.event == "reopen",
        )
        .order_by(HistoryEntry.id.desc())
    ).all()


def earlier_rows(ctx: Context, year: int, entry_id: int) -> Sequence[Row]:
    """A matrix as it was approved once. Raises: NotFound."""
    for entry in earlier(ctx, year):
        if entry.id == entry_id:
            return [from_json(each) for each in entry.details["approved_matrix"]]
    raise NotFound


def _readable(ctx: Context, year: int) -> Prioritization | None:
    may_read = scope(ctx.actor, Permission.PRIORITIZATION_READ, Prioritization)
    statement = select(Prioritization).where(Prioritization.year == year, may_read)
    return ctx.session.scalars(statement).one_or_none()


def of_year(ctx: Context, year: int, permission: Permission) -> Prioritization:
    """To change it, locked. Raises: NotFound, Forbidden."""
    found = ctx.session.scalar(select(Prioritization.id).where(Prioritization.year == year))
    if found is None:
        raise NotFound
    return load_for(ctx, Prioritization, found, permission)


def judged_of(ctx: Context, of: Prioritization) -> dict[int, UnitPriority]:
    """What was judged for a year, by unit."""
    statement = select(UnitPriority).where(UnitPriority.prioritization_id == of.id)
    rows = ctx.session.scalars(statement.execution_options(populate_existing=True))
    return {each.auditable_unit_id: each for each in rows}


def build(ctx: Context, of: Prioritization) -> Matrix:
    """The matrix of priorities that the actor may read, in a fixed number of queries."""
    if of.approved_at is not None:
        return Matrix(of, [from_json(each) for each in of.approved_matrix])
    units = universe.active(ctx)
    judged, figures = judged_of(ctx, of), _figures(ctx, units, of.year)
    basis: dict[str, Any] = {"weights": dict(of.weights), "cycles": dict(of.cycles)}
    rows = [
        row(each, judged.get(each.id), figures[each.id], year=of.year, today=ctx.today(), **basis)
        for each in units
    ]
    return Matrix(of, ranked(rows))


def _figures(ctx: Context, units: Sequence[AuditableUnit], year: int) -> dict[int, Figures]:
    """What the records say of each unit: of its own audits the dates, the rest of its process."""
    audited, years = universe.last_audits(ctx, units), universe.last_years(ctx, units, year)
    overdue = _by_process(ctx, Action, flag_condition(ActionFlag.OVERDUE, ctx.today(), 0))
    open_findings = _by_process(ctx, Finding, Finding.state.in_(sorted(FIRM_STATES)))
    return {
        each.id: Figures(
            last_audited_on=audited.get(each.id),
            audited_year=years.get(each.id),
            overdue_actions=overdue.get(each.process_id, 0),
            open_findings=open_findings.get(each.process_id, 0),
        )
        for each in units
    }


def _by_process(ctx: Context, model: type[Any], condition: Any) -> dict[int, int]:
    statement = (
        select(model.process_id, func.count(model.id)).where(condition).group_by(model.process_id)
    )
    return {process_id: number for process_id, number in ctx.session.execute(statement)}
