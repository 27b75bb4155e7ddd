"""What is true of an action today, at the edges of its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.action_flags import (
    PENDING_STATES,
    REPORTED_STATES,
    Light,
    action_flags,
    end_dates,
    light,
)
from workflows.action import ActionState
from workflows.enums import ActionFlag

TODAY = date(2027, 3, 15)
SOON_DAYS = 15


@dataclass(frozen=True)
class Action:
    state: ActionState = ActionState.RUNNING
    end_date: date | None = TODAY
    reported_at: datetime | None = None
    extension_count: int = 0


def semaforo(action: Action) -> Light:
    return light(action.state, action_flags(action, TODAY, SOON_DAYS))


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [
        (-1, {ActionFlag.OVERDUE}),
        (0, {ActionFlag.DUE_SOON}),
        (SOON_DAYS, {ActionFlag.DUE_SOON}),
        (SOON_DAYS + 1, set()),
    ],
)
@pytest.mark.parametrize("state", sorted(PENDING_STATES))
def test_the_last_day_is_still_in_time(
    state: ActionState, days_left: int, expected: set[ActionFlag]
) -> None:
    action = Action(state, TODAY + timedelta(days=days_left))
    assert action_flags(action, TODAY, SOON_DAYS) == expected


@pytest.mark.parametrize("state", sorted(set(ActionState) - PENDING_STATES))
def test_only_work_under_way_is_overdue(state: ActionState) -> None:
    flags = action_flags(Action(state, date(2026, 1, 1)), TODAY, SOON_DAYS)
    assert not flags & {ActionFlag.OVERDUE, ActionFlag.DUE_SOON}


@pytest.mark.parametrize("state", sorted(REPORTED_STATES))
def test_late_by_the_day_in_bogota(state: ActionState) -> None:
    last_minute = datetime(2027, 3, 16, 4, 59, tzinfo=UTC)  # 23:59 of the 15th in Bogotá
    in_time = Action(state, TODAY, last_minute)
    late = Action(state, TODAY, last_minute + timedelta(minutes=1))
    assert action_flags(in_time, TODAY, SOON_DAYS) == set()
    assert action_flags(late, TODAY, SOON_DAYS) == {ActionFlag.LATE}
    assert semaforo(in_time) is Light.GREEN
    assert semaforo(late) is Light.YELLOW


def test_a_report_that_came_back_no_longer_counts() -> None:
    action = Action(ActionState.RUNNING, date(2027, 3, 1), datetime(2027, 2, 20, tzinfo=UTC))
    assert action_flags(action, TODAY, SOON_DAYS) == {ActionFlag.OVERDUE}


def test_extended_stands_beside_the_others() -> None:
    action = Action(end_date=date(2027, 3, 1), extension_count=1)
    assert action_flags(action, TODAY, SOON_DAYS) == {ActionFlag.OVERDUE, ActionFlag.EXTENDED}


def test_without_a_date_nothing_expires() -> None:
    assert action_flags(Action(end_date=None), TODAY, SOON_DAYS) == set()


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action(end_date=date(2027, 3, 1)), Light.RED),
        (Action(ActionState.UNMET, date(2027, 3, 1)), Light.RED),
        (Action(end_date=TODAY), Light.YELLOW),
        (Action(end_date=date(2027, 12, 1)), Light.NONE),
        (Action(ActionState.VOIDED), Light.NONE),
    ],
)
def test_semaforo(action: Action, expected: Light) -> None:
    assert semaforo(action) is expected


@given(
    end=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    days=st.integers(0, 60),
    flag=st.sampled_from([ActionFlag.OVERDUE, ActionFlag.DUE_SOON]),
)
def test_the_span_of_lists_agrees_with_the_flags(
    end: date, today: date, days: int, flag: ActionFlag
) -> None:
    span = end_dates(flag, today, days)
    assert span is not None
    within = (span.first is None or end >= span.first) and (span.last is None or end <= span.last)
    assert within == (flag in action_flags(Action(end_date=end), today, days))
