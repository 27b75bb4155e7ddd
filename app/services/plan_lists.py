"""The list of plans: those one may read, newest first, with how many of their actions are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.org import Process
from app.models.plans import Action, Plan
from app.permissions import Permission, scope
from app.services import batches
from workflows.action import COMPLETE_STATES, ActionState
from workflows.enums import PlanSource
from workflows.plan import PlanState

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list; every part may be left out."""

    state: PlanState | None = None
    process_id: int | None = None
    source: PlanSource | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One plan with its count of actions; those voided are not counted."""

    plan: Plan
    action_count: int
    done_count: int

    @property
    def pct(self) -> float | None:
        return 100 * self.done_count / self.action_count if self.action_count else None


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    total: int
    next_id: int | None


def page(ctx: Context, filters: Filters, before: int | None = None) -> Page:
    """The next `PAGE` plans older than `before`, in three queries whoever asks."""
    wanted = _conditions(ctx, filters)
    total = ctx.session.scalar(select(func.count(Plan.id)).where(*wanted)) or 0
    if before is not None:
        wanted.append(Plan.id < before)
    found = ctx.session.scalars(
        select(Plan)
        .where(*wanted)
        .options(joinedload(Plan.process))
        .order_by(Plan.id.desc())
        .limit(PAGE + 1)
    ).all()
    plans = found[:PAGE]
    counts = _counts(ctx, [plan.id for plan in plans])
    rows = tuple(Row(plan, *counts.get(plan.id, (0, 0))) for plan in plans)
    return Page(rows, total, plans[-1].id if len(found) > PAGE else None)


def selected(ctx: Context, ids: Sequence[int]) -> Sequence[Plan]:
    """Of these plans, those that the actor may read, by code; one query."""
    return batches.selected(ctx, Plan, ids, Plan.code, joinedload(Plan.process))


def _conditions(ctx: Context, filters: Filters) -> list[ColumnElement[bool]]:
    wanted = [scope(ctx.actor, Permission.PLAN_READ, Plan)]
    if filters.state is not None:
        wanted.append(Plan.state == filters.state)
    if filters.process_id is not None:
        wanted.append(Plan.process_id == filters.process_id)
    if filters.source is not None:
        wanted.append(Plan.source == filters.source)
    if filters.year is not None:
        wanted.append(Plan.code.startswith(f"{filters.year:04d}-PM-", autoescape=True))
    return wanted


def _counts(ctx: Context, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many actions each plan has, and how many are complete; only those one may read."""
    if not ids:
        return {}
    rows = ctx.session.execute(
        select(
            Action.plan_id,
            func.count(Action.id),
            func.sum(case((Action.state.in_(sorted(COMPLETE_STATES)), 1), else_=0)),
        )
        .where(
            Action.plan_id.in_(ids),
            Action.state != ActionState.VOIDED,
            scope(ctx.actor, Permission.ACTION_READ, Action),
        )
        .group_by(Action.plan_id)
    )
    return {plan_id: (int(count), int(done)) for plan_id, count, done in rows}


def processes(ctx: Context) -> Sequence[Process]:
    """The processes of the plans one may read, by name, for the filter."""
    seen = select(Plan.process_id).where(scope(ctx.actor, Permission.PLAN_READ, Plan))
    return ctx.session.scalars(
        select(Process).where(Process.id.in_(seen)).order_by(Process.name)
    ).all()


def years(ctx: Context) -> list[int]:
    """The years of the plans one may read, newest first, for the filter."""
    year = func.substr(Plan.code, 1, 4)
    rows = ctx.session.scalars(
        select(year).where(scope(ctx.actor, Permission.PLAN_READ, Plan)).distinct()
    )
    return sorted((int(value) for value in rows), reverse=True)
