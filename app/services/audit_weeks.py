"""In which weeks of a year an audit is planned, carried out and communicated.

The form of the annual plan has a column for each week and marks P, E or C in it. Weeks are counted
from the first of January: week 1 is 1 to 7 January, and the last one has one day, or two.
Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from app.models.audits import Audit

WEEKS = range(1, 54)
ONE_DAY = timedelta(days=1)


class WeekPhase(StrEnum):
    """What is done in a week, as the form marks it."""

    PLANNING = "P"
    FIELDWORK = "E"
    COMMUNICATION = "C"
    UNDIVIDED = "X"
    """The audit is planned then, and its phases have no dates."""


Marks = tuple[WeekPhase, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Weeks in a row with the same marks; with none, weeks without this audit."""

    marks: Marks
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def week_of(day: date, year: int) -> int:
    """The week of the year in which a day falls; what lies outside counts as its nearest week."""
    if day.year != year:
        return WEEKS[0] if day.year < year else WEEKS[-1]
    return (day - date(year, 1, 1)).days // 7 + 1


def marks(audit: Audit, year: int) -> list[Marks]:
    """What is done in each week of the year. In one where a phase follows another, both are."""
    found: list[list[WeekPhase]] = [[] for _ in WEEKS]
    for phase, first, last in _phases(audit):
        if first.year <= year <= last.year:
            for week in range(week_of(first, year), week_of(last, year) + 1):
                found[week - 1].append(phase)
    return [tuple(each) for each in found]


def _phases(audit: Audit) -> Iterator[tuple[WeekPhase, date, date]]:
    """Each phase with its first and last day; one that takes no day is left out."""
    fieldwork, communication = audit.fieldwork_start, audit.communication_start
    if fieldwork is None or communication is None:
        yield WeekPhase.UNDIVIDED, audit.planned_start, audit.planned_end
        return
    spans = (
        (WeekPhase.PLANNING, audit.planned_start, fieldwork - ONE_DAY),
        (WeekPhase.FIELDWORK, fieldwork, communication - ONE_DAY),
        (WeekPhase.COMMUNICATION, communication, audit.planned_end),
    )
    yield from (span for span in spans if span[1] <= span[2])


def runs(audit: Audit, year: int) -> Sequence[Run]:
    """The year of an audit, from the first week to the last."""
    found, first = [], WEEKS[0]
    for same, weeks in groupby(marks(audit, year)):
        length = len(list(weeks))
        found.append(Run(same, first, first + length - 1))
        first += length
    return found


def months(year: int) -> list[int]:
    """How many weeks begin in each month of the year."""
    begins = [date(year, 1, 1) + timedelta(days=7 * (week - 1)) for week in WEEKS]
    return [sum(day.month == month for day in begins) for month in range(1, 13)]
