"""When progress may be registered: during its period and some days after; then it is closed.

Periods are of so many months of the year (setting; none: always open). The administrator may
close one earlier or open it again, with the reason. Source: docs/domain.md, "Plan and action
states".
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, StaleVersion
from app.models.plans import ProgressWindow
from app.permissions import Permission, authorize
from app.services import settings
from app.services.terms import DueDate
from app.services.upserts import insert

PERIOD, GRACE = "progress_period", "progress_window"
"""Months of a period, and the term to register after its end."""
YEAR_MONTHS = 12
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Window:
    """A period, both ends included, and the last day on which its progress is registered.

    `due`: the arithmetic of that day, unless the administrator set another (`reason`).
    """

    first: date
    last: date
    closes_on: date
    due: DueDate
    reason: str = ""
    version: int = 0

    def is_open(self, today: date) -> bool:
        return today <= self.closes_on


def period_of(day: date, months: int) -> tuple[date, date]:
    """The period of a day: 3 months are the quarters of the year.

    Raises: ValueError when the year is not made of such periods.
    """
    if months < 1 or YEAR_MONTHS % months:
        raise ValueError("a year is made of 1, 2, 3, 4, 6 or 12 months")
    opening = (day.month - 1) // months * months + 1
    closing = opening + months - 1
    last = calendar.monthrange(day.year, closing)[1]
    return date(day.year, opening, 1), date(day.year, closing, last)


def months_of(ctx: Context) -> int:
    """The months of a period; 0 when progress is always open, or the setting makes no periods."""
    months = settings.limit(ctx.session, PERIOD)
    return months if months >= 1 and YEAR_MONTHS % months == 0 else 0


def window_of(ctx: Context, day: date) -> Window | None:
    """The window of the period of that day; None when there are no periods."""
    months = months_of(ctx)
    if not months:
        return None
    first, last = period_of(day, months)
    return _window(ctx, first, last, _rows(ctx, [first]).get(first))


def _rows(ctx: Context, firsts: Sequence[date]) -> dict[date, ProgressWindow]:
    statement = select(ProgressWindow).where(ProgressWindow.first.in_(firsts))
    return {row.first: row for row in ctx.session.scalars(statement)}


def _window(ctx: Context, first: date, last: date, row: ProgressWindow | None) -> Window:
    due = settings.due(ctx.session, GRACE, last)
    if row is None:
        return Window(first, last, due.date, due)
    return Window(first, last, row.closes_on, due, row.reason, row.version)


def demand_open(ctx: Context, day: date) -> None:
    """Raises: Invalid when progress of that day is not registered any more."""
    window = window_of(ctx, day)
    if window is not None and not window.is_open(ctx.today()):
        raise Invalid(
            "day",
            "progress.window_closed",
            first=f"{window.first:%d/%m/%Y}",
            last=f"{window.last:%d/%m/%Y}",
            closed=f"{window.closes_on:%d/%m/%Y}",
        )


def recent(ctx: Context, count: int = SHOWN) -> list[Window]:
    """The present period and those before it, newest first; none when there are no periods."""
    months = months_of(ctx)
    if not months:
        return []
    periods = [period_of(ctx.today(), months)]
    while len(periods) < count:
        periods.append(period_of(periods[-1][0] - timedelta(days=1), months))
    rows = _rows(ctx, [first for first, _last in periods])
    return [_window(ctx, first, last, rows.get(first)) for first, last in periods]


def change(
    ctx: Context, first: date, *, closes_on: date | None, reason: str, version: int
) -> ProgressWindow:
    """Set the last day on which the progress of a period is registered: open again, or closed.

    `version` is that of the window which the page showed (0: nobody had changed it).
    Raises: Forbidden, Invalid, StaleVersion.
    """
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    person = ctx.actor.user_id
    if person is None:
        raise Forbidden(Permission.CATALOGUES_MANAGE)
    months = months_of(ctx)
    if not months or period_of(first, months)[0] != first or first > ctx.today():
        raise Invalid("closes_on", "progress.no_such_period")
    if closes_on is None or closes_on < first:
        raise Invalid("closes_on", "progress.bad_closing")
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction() as session:
        before = _window(ctx, first, period_of(first, months)[1], _rows(ctx, [first]).get(first))
        if before.version != version:
            raise StaleVersion(expected=version, actual=before.version)
        if version == 0:  # of two people at once the second finds the first's row
            blank = {
                "first": first,
                "closes_on": before.closes_on,
                "reason": "",
                "changed_by_id": person,
                "changed_at": ctx.now(),
                "version": 1,
            }
            made = session.execute(
                insert(session, ProgressWindow).values(**blank).on_conflict_do_nothing()
            )
            if not made.rowcount:  # type: ignore[attr-defined]  # the result of a write has it
                raise StaleVersion(expected=0, actual=1)
        progress_window = session.scalars(
            select(ProgressWindow)
            .where(ProgressWindow.first == first)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        progress_window.closes_on, progress_window.reason = closes_on, reason.strip()
        progress_window.changed_by_id, progress_window.changed_at = person, ctx.now()
        body = {
            "first": first.isoformat(),
            "closes_on": [before.closes_on.isoformat(), closes_on.isoformat()],
            "reason": progress_window.reason,
        }
        ctx.record("change", "change", progress_window, body)
    return progress_window
