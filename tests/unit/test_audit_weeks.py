"""The weeks of a year that the phases of an audit take."""

from __future__ import annotations

from datetime import date

import pytest

from app.models.audits import Audit
from app.services import audit_weeks
from app.services.audit_weeks import WeekPhase, week_of

P, E, C, X = WeekPhase


def audit(start: date, end: date, *phases: date) -> Audit:
    fieldwork, communication = phases or (None, None)
    return Audit(
        planned_start=start,
        planned_end=end,
        fieldwork_start=fieldwork,
        communication_start=communication,
    )


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2027, 1, 1), 1),
        (date(2027, 1, 7), 1),
        (date(2027, 1, 8), 2),
        (date(2027, 12, 30), 52),
        (date(2027, 12, 31), 53),
        (date(2028, 12, 30), 53),
        (date(2026, 12, 31), 1),
        (date(2028, 1, 1), 53),
    ],
)
def test_weeks_are_counted_from_the_first_of_january(day: date, week: int) -> None:
    year = 2028 if day == date(2028, 12, 30) else 2027
    assert week_of(day, year) == week


def told(subject: Audit, year: int) -> list[tuple[str, int, int]]:
    runs = audit_weeks.runs(subject, year)
    assert [runs[0].first, runs[-1].last] == [1, 53]
    assert sum(run.length for run in runs) == 53
    return [("/".join(run.marks), run.first, run.last) for run in runs if run.marks]


def test_each_phase_has_its_weeks_and_shares_the_one_in_which_it_begins() -> None:
    subject = audit(date(2027, 1, 8), date(2027, 3, 4), date(2027, 1, 15), date(2027, 2, 24))
    assert told(subject, 2027) == [("P", 2, 2), ("E", 3, 7), ("E/C", 8, 8), ("C", 9, 9)]


def test_a_phase_that_takes_no_day_is_not_there() -> None:
    day = date(2027, 1, 8)
    assert told(audit(day, date(2027, 1, 20), day, day), 2027) == [("C", 2, 3)]


def test_without_phases_the_whole_audit_is_marked() -> None:
    assert told(audit(date(2027, 12, 20), date(2028, 2, 1)), 2027) == [("X", 51, 53)]


def test_what_goes_on_in_the_next_year_ends_with_this_one() -> None:
    subject = audit(date(2027, 12, 3), date(2028, 2, 1), date(2027, 12, 17), date(2028, 1, 14))
    assert told(subject, 2027) == [("P", 49, 50), ("E", 51, 53)]
    assert told(subject, 2028) == [("E", 1, 1), ("E/C", 2, 2), ("C", 3, 5)]
    assert told(subject, 2026) == []


def test_the_months_hold_every_week() -> None:
    assert audit_weeks.months(2027) == [5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 5]
    assert sum(audit_weeks.months(2028)) == 53
