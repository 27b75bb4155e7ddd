"""What is true of an action today: by expiring, overdue, late, extended. Computed, never stored.

Source: docs/domain.md, "Plan and action states" (semáforo); `vencida` is never typed (R13).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false

from app.models.plans import Action
from app.services.terms import local_date
from workflows.action import ActionState
from workflows.enums import ActionFlag

PENDING_STATES = frozenset({ActionState.APPROVED, ActionState.RUNNING})
"""The work is agreed and not yet reported as done: the end date runs against it."""
REPORTED_STATES = frozenset(
    {
        ActionState.REPORTED,
        ActionState.IN_VERIFICATION,
        ActionState.FULFILLED,
        ActionState.IN_EVALUATION,
        ActionState.CLOSED_EFFECTIVE,
        ActionState.INEFFECTIVE,
    }
)
"""The first line has said that the work is done, on the day of `reported_at`."""


class ActionLike(Protocol):
    """What the flags read: a row, or what a list has of it."""

    @property
    def state(self) -> ActionState: ...
    @property
    def end_date(self) -> date | None: ...
    @property
    def reported_at(self) -> datetime | None: ...
    @property
    def extension_count(self) -> int: ...


class Light(StrEnum):
    """The semáforo: done in term, done late or about to expire, overdue; none before it runs."""

    GREEN = "verde"
    YELLOW = "amarillo"
    RED = "rojo"
    NONE = "ninguno"


def action_flags(action: ActionLike, today: date, due_soon_days: int) -> frozenset[ActionFlag]:
    """Every flag that holds on `today`; `due_soon_days` are days of the calendar."""
    flags = set()
    if action.extension_count > 0:
        flags.add(ActionFlag.EXTENDED)
    if action.end_date is None:
        return frozenset(flags)
    if action.state in PENDING_STATES:
        left = (action.end_date - today).days
        if left < 0:
            flags.add(ActionFlag.OVERDUE)
        elif left <= due_soon_days:
            flags.add(ActionFlag.DUE_SOON)
    elif _reported_late(action, action.end_date):
        flags.add(ActionFlag.LATE)
    return frozenset(flags)


def _reported_late(action: ActionLike, end_date: date) -> bool:
    if action.state not in REPORTED_STATES or action.reported_at is None:
        return False
    return local_date(action.reported_at) > end_date


def light(state: ActionState, flags: frozenset[ActionFlag]) -> Light:
    """Green: finished in term. Yellow: finished late, or by expiring. Red: overdue or unmet."""
    if ActionFlag.OVERDUE in flags or state is ActionState.UNMET:
        return Light.RED
    if flags & {ActionFlag.LATE, ActionFlag.DUE_SOON}:
        return Light.YELLOW
    return Light.GREEN if state in REPORTED_STATES else Light.NONE


@dataclass(frozen=True, slots=True)
class Span:
    """The end dates for which a flag holds of a pending action; None is open."""

    first: date | None
    last: date | None


def end_dates(flag: ActionFlag, today: date, due_soon_days: int) -> Span | None:
    """Between which end dates a pending action carries the flag; None for other flags."""
    if flag is ActionFlag.OVERDUE:
        return Span(None, today - timedelta(days=1))
    if flag is ActionFlag.DUE_SOON:
        return Span(today, today + timedelta(days=due_soon_days))
    return None


def flag_condition(flag: ActionFlag, today: date, due_soon_days: int) -> ColumnElement[bool]:
    """The rows that carry the flag, for lists: the twin of `action_flags`.

    Overdue, by expiring and extended only; nothing for the rest.
    """
    if flag is ActionFlag.EXTENDED:
        return Action.extension_count > 0
    span = end_dates(flag, today, due_soon_days)
    if span is None:
        return false()
    conditions: list[ColumnElement[bool]] = [Action.state.in_(sorted(PENDING_STATES))]
    if span.first is not None:
        conditions.append(Action.end_date >= span.first)
    if span.last is not None:
        conditions.append(Action.end_date <= span.last)
    return and_(*conditions)
