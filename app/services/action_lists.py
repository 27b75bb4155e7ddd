"""The list of actions: those one may read, by end date, with their progress and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.models.org import Process, Unit
from app.models.plans import Action, action_executor
from app.permissions import Permission, can, scope
from app.services import plan_terms
from app.services.action_flags import action_flags, flag_condition
from app.services.progress import progress_pct
from workflows.action import ActionState
from workflows.enums import ActionFlag

PAGE = 50
LISTED_FLAGS = (ActionFlag.OVERDUE, ActionFlag.DUE_SOON, ActionFlag.EXTENDED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list; every part may be left out. `mine`: those one carries out."""

    state: ActionState | None = None
    flag: ActionFlag | None = None
    process_id: int | None = None
    unit_id: int | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last action shown: the list goes on after it. Actions without a date come last."""

    end_date: date | None
    id: int

    def __str__(self) -> str:
        return f"{self.end_date.isoformat() if self.end_date else ''}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """None for what is no cursor."""
        day, _, number = text.partition(".")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            return None
        try:
            return cls(date.fromisoformat(day) if day else None, int(number))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Row:
    """One action of the list; `pct` is None while it has no target."""

    action: Action
    pct: Decimal | None
    flags: frozenset[ActionFlag]
    may_report: bool


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    total: int
    next_cursor: Cursor | None


def page(ctx: Context, filters: Filters, after: Cursor | None = None) -> Page:
    """The next `PAGE` actions after the cursor, in four queries whoever asks."""
    days = plan_terms.due_soon_days(ctx.session)
    wanted = _conditions(ctx, filters, days)
    total = ctx.session.scalar(select(func.count(Action.id)).where(*wanted)) or 0
    statement = (
        select(Action, progress_pct())
        .where(*wanted)
        .options(
            joinedload(Action.plan),
            joinedload(Action.finding),
            joinedload(Action.process),
            joinedload(Action.responsible_unit),
            selectinload(Action.executors),
        )
        .order_by(Action.end_date.asc().nulls_last(), Action.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(_after(after))
    found = ctx.session.execute(statement).all()
    rows = tuple(_row(ctx, action, pct, days) for action, pct in found[:PAGE])
    last = rows[-1].action if len(found) > PAGE else None
    return Page(rows, total, Cursor(last.end_date, last.id) if last else None)


def _conditions(ctx: Context, filters: Filters, days: int) -> list[ColumnElement[bool]]:
    wanted = [scope(ctx.actor, Permission.ACTION_READ, Action)]
    if filters.state is not None:
        wanted.append(Action.state == filters.state)
    if filters.flag is not None:
        wanted.append(flag_condition(filters.flag, ctx.today(), days))
    if filters.process_id is not None:
        wanted.append(Action.process_id == filters.process_id)
    if filters.unit_id is not None:
        wanted.append(Action.responsible_unit_id == filters.unit_id)
    if filters.mine:
        mine = select(action_executor.c.action_id).where(
            action_executor.c.user_id.in_(sorted(ctx.actor.persons))
        )
        wanted.append(Action.id.in_(mine))
    return wanted


def _after(cursor: Cursor) -> ColumnElement[bool]:
    if cursor.end_date is None:
        return and_(Action.end_date.is_(None), Action.id > cursor.id)
    same_day = and_(Action.end_date == cursor.end_date, Action.id > cursor.id)
    return or_(Action.end_date > cursor.end_date, same_day, Action.end_date.is_(None))


def _row(ctx: Context, action: Action, pct: object, days: int) -> Row:
    return Row(
        action=action,
        pct=None if pct is None else Decimal(str(pct)),
        flags=action_flags(action, ctx.today(), days),
        may_report=can(ctx.actor, Permission.ACTION_REPORT_PROGRESS, action),
    )


def processes(ctx: Context) -> Sequence[Process]:
    """The processes that the actor's actions belong to, by name, for the filter."""
    seen = select(Action.process_id).where(scope(ctx.actor, Permission.ACTION_READ, Action))
    return ctx.session.scalars(
        select(Process).where(Process.id.in_(seen)).order_by(Process.name)
    ).all()


def units(ctx: Context) -> Sequence[Unit]:
    """The units responsible for the actor's actions, by name, for the filter."""
    seen = select(Action.responsible_unit_id).where(
        scope(ctx.actor, Permission.ACTION_READ, Action)
    )
    return ctx.session.scalars(select(Unit).where(Unit.id.in_(seen)).order_by(Unit.name)).all()
