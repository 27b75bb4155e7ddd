"""Terms: the working-day calendar and due dates that carry their own arithmetic. Pure functions.

Sources: Ley 4 de 1913, art. 62 (terms of days are working days unless stated; months run by the
calendar, and one that ends on a day of rest moves to the next working day); Código Civil,
art. 67 (months keep the number of the day, or end with a shorter month); Ley 51 de 1983 and
Ley 2578 de 2026, art. 6 (holidays).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from workflows.base import add_months

ONE_DAY = dt.timedelta(days=1)
SATURDAY_AND_SUNDAY = frozenset({5, 6})  # as date.weekday() numbers them
WEEKDAY_NAMES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
TIME_ZONE = "America/Bogota"
MAX_AMOUNT = 3660  # ten years in days: more is a slip of the keyboard


class TermKind(StrEnum):
    """What the amount of a rule counts. Only the first three are terms; the rest are limits."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    COUNT = "count"
    FLAG = "flag"
    NOTICE_DAYS = "notice_days"  # of the calendar, before or after a due date; 0 is never
    HOUR = "hour"  # of the day, 0 to 23


TERMS = frozenset({TermKind.WORKING_DAYS, TermKind.CALENDAR_DAYS, TermKind.MONTHS})


class DueStatus(StrEnum):
    OK = "ok"
    SOON = "soon"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Term:
    """A rule: so many days or months from an event, and the act that says so.

    `extended`: days granted beyond the rule, of the same kind.
    """

    code: str
    name: str
    amount: int
    kind: TermKind
    start_event: str = ""
    legal_ground: str = ""
    extended: int = 0

    @property
    def total(self) -> int:
        return self.amount + self.extended


@dataclass(frozen=True, slots=True)
class SkippedDay:
    """A day that did not count, and why: the holiday, the entity's own day or the weekday."""

    date: dt.date
    name: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """When a term ends and how that was found; frozen, as JSON, when the term is notified.

    `start_date` is the day of the event: counting begins the day after. `days_counted` are the
    days that ran: working days for a term in working days, days of the calendar otherwise.
    `nominal_date` is where the count ended; `date` is later only when that was a day of rest.
    `skipped` are the days of rest passed over; `suspensions`, both ends included, those in which
    the term stood still.
    """

    date: dt.date
    start_date: dt.date
    nominal_date: dt.date
    days_counted: int
    term: Term
    skipped: tuple[SkippedDay, ...] = ()
    suspensions: tuple[tuple[dt.date, dt.date], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Text, whole numbers, lists and mappings only."""
        return {
            "date": self.date.isoformat(),
            "start_date": self.start_date.isoformat(),
            "nominal_date": self.nominal_date.isoformat(),
            "days_counted": self.days_counted,
            "term": {
                "code": self.term.code,
                "name": self.term.name,
                "amount": self.term.amount,
                "kind": self.term.kind.value,
                "start_event": self.term.start_event,
                "legal_ground": self.term.legal_ground,
                **({"extended": self.term.extended} if self.term.extended else {}),
            },
            "skipped": [[day.date.isoformat(), day.name] for day in self.skipped],
            "suspensions": [[day.isoformat() for day in stop] for stop in self.suspensions],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DueDate:
        """Raises: KeyError, TypeError or ValueError when it is not what `to_json` gives."""
        term = value["term"]
        day = dt.date.fromisoformat
        return cls(
            date=day(value["date"]),
            start_date=day(value["start_date"]),
            nominal_date=day(value["nominal_date"]),
            days_counted=value["days_counted"],
            term=Term(**{**term, "kind": TermKind(term["kind"])}),
            skipped=tuple(SkippedDay(day(date), name) for date, name in value["skipped"]),
            suspensions=tuple((day(first), day(last)) for first, last in value["suspensions"]),
        )


class Calendar:
    """Which days are working days: Colombian holidays, days of rest, and the entity's own days.

    `extra` names the entity's own non-working days; `rest_weekdays` are those without office
    hours (0 is Monday). Raises: ValueError when no weekday is left.
    """

    def __init__(
        self,
        extra: Mapping[dt.date, str] = MappingProxyType({}),
        rest_weekdays: frozenset[int] = SATURDAY_AND_SUNDAY,
    ) -> None:
        if rest_weekdays >= set(range(7)):
            raise ValueError("a calendar needs a working weekday")
        self._extra = dict(extra)
        self._rest_weekdays = rest_weekdays
        self._counted: dict[int, list[int]] = {}

    def rest_name(self, day: dt.date) -> str | None:
        """Why it is not a working day, in Spanish; None when it is one."""
        name = self._extra.get(day) or _holidays(day.year).get(day)
        if name is None and day.weekday() in self._rest_weekdays:
            return WEEKDAY_NAMES[day.weekday()]
        return name

    def is_working_day(self, day: dt.date) -> bool:
        return self.rest_name(day) is None

    def skipped_between(self, after: dt.date, until: dt.date) -> tuple[SkippedDay, ...]:
        """The days of rest in (after, until], with their names."""
        named = ((day, self.rest_name(day)) for day in _days(after, until))
        return tuple(SkippedDay(day, name) for day, name in named if name is not None)

    def working_days_between(self, after: dt.date, until: dt.date) -> int:
        """How many working days (after, until] has; 0 when `until` is not later."""
        if until <= after:
            return 0
        whole_years = sum(
            self._working_days_until(year)[-1] for year in range(after.year, until.year)
        )
        return whole_years + self._count(until) - self._count(after)

    def _count(self, day: dt.date) -> int:
        """Working days of its year up to a day, included."""
        return self._working_days_until(day.year)[day.timetuple().tm_yday]

    def _working_days_until(self, year: int) -> list[int]:
        """How many working days a year has had at the end of each of its days; 0 before the first.

        A list of a hundred tasks asks for the same months a hundred times.
        """
        if year not in self._counted:
            first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
            days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
            working = (self.is_working_day(day) for day in days)
            self._counted[year] = [0, *itertools.accumulate(working)]
        return self._counted[year]


def compute_due(
    term: Term,
    start: dt.date,
    calendar: Calendar,
    suspensions: Sequence[tuple[dt.date, dt.date]] = (),
) -> DueDate:
    """When a term ends whose event was on `start`, and how that is found.

    A suspension stops every kind of term from its first to its last day. Whatever the kind, a
    term that would end on a day of rest or in a suspension ends on the next working day.
    A wait of no months has ended when it begins.
    Raises: ValueError for a limit (count, flag), an amount out of range, or a suspension that
    ends before it begins.
    """
    if term.kind is TermKind.MONTHS and term.total == 0:
        return DueDate(start, start, start, 0, term)
    if not 1 <= term.total <= MAX_AMOUNT:
        raise ValueError(f"a term has 1 to {MAX_AMOUNT} days or months")
    stops = _merged(suspensions)
    nominal = _nominal(term, start, stops, calendar)
    due = nominal
    while not _counts(due, stops, calendar):
        due += ONE_DAY
    counting = calendar if term.kind is TermKind.WORKING_DAYS else None
    # Only a term in working days passes over days of rest on its way; the others at their end.
    resting = calendar.skipped_between(start if counting else nominal - ONE_DAY, due)
    return DueDate(
        date=due,
        start_date=start,
        nominal_date=nominal,
        days_counted=sum(_counts(day, stops, counting) for day in _days(start, nominal)),
        term=term,
        skipped=tuple(day for day in resting if not _is_within(day.date, stops)),
        suspensions=tuple(stop for stop in stops if stop[0] <= due and stop[1] > start),
    )


def remaining_working_days(today: dt.date, due: DueDate | dt.date, calendar: Calendar) -> int:
    """Working days left after today, the last one included; below 0, those it is late by.

    Days in which the term stands still are not counted.
    """
    date, stops = (due.date, due.suspensions) if isinstance(due, DueDate) else (due, ())
    if today > date:
        return -calendar.working_days_between(date, today)
    stopped = sum(
        calendar.working_days_between(max(first - ONE_DAY, today), min(last, date))
        for first, last in stops
    )
    return calendar.working_days_between(today, date) - stopped


def status(
    today: dt.date, due: DueDate | dt.date, done: bool = False, *, soon_days: int
) -> DueStatus:
    """`soon` from `soon_days` days of the calendar before the due date, which is still in time."""
    date = due.date if isinstance(due, DueDate) else due
    if done:
        return DueStatus.DONE
    if today > date:
        return DueStatus.LATE
    return DueStatus.SOON if (date - today).days <= soon_days else DueStatus.OK


def local_date(moment: dt.datetime, time_zone: str = TIME_ZONE) -> dt.date:
    """The day in the entity's zone of a moment with time zone. Raises: ValueError without one."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(ZoneInfo(time_zone)).date()


@cache
def _holidays(year: int) -> Mapping[dt.date, str]:
    found = holidays.country_holidays("CO", years=year, language="es")
    # A holiday moved to Monday is known by its own name; the library adds a mark to it.
    names = {day: name.replace(" (observado)", "") for day, name in found.items()}
    return MappingProxyType(names)


def _days(after: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The days of (after, until]."""
    return (after + dt.timedelta(days=n) for n in range(1, (until - after).days + 1))


Stops = Sequence[tuple[dt.date, dt.date]]


def _merged(suspensions: Stops) -> list[tuple[dt.date, dt.date]]:
    """In order, without overlaps. Raises: ValueError when one ends before it begins."""
    merged: list[tuple[dt.date, dt.date]] = []
    for first, last in sorted(suspensions):
        if last < first:
            raise ValueError("a suspension ends before it begins")
        if merged and first <= merged[-1][1] + ONE_DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _is_within(day: dt.date, stops: Stops) -> bool:
    return any(first <= day <= last for first, last in stops)


def _counts(day: dt.date, stops: Stops, calendar: Calendar | None) -> bool:
    """Whether the term runs on this day; any day not suspended does when `calendar` is None."""
    if _is_within(day, stops):
        return False
    return calendar is None or calendar.is_working_day(day)


def _nominal(term: Term, start: dt.date, stops: Stops, calendar: Calendar) -> dt.date:
    if term.kind is TermKind.WORKING_DAYS:
        return _nth_day(start, term.total, stops, calendar)
    if term.kind is TermKind.CALENDAR_DAYS:
        return _nth_day(start, term.total, stops, None)
    if term.kind is TermKind.MONTHS:
        return _after_months(start, term.total, stops)
    raise ValueError(f"{term.kind} is a limit, not a term")


def _nth_day(start: dt.date, amount: int, stops: Stops, calendar: Calendar | None) -> dt.date:
    day = start
    while amount:
        day += ONE_DAY
        amount -= _counts(day, stops, calendar)
    return day


def _after_months(start: dt.date, amount: int, stops: Stops) -> dt.date:
    """Months by the calendar, moved on by each day of the suspensions met on the way."""
    ahead = [stop for stop in stops if stop[1] > start]
    if ahead and ahead[0][0] <= start + ONE_DAY:
        start = ahead.pop(0)[1]  # it stands still before it has begun: as if the event were then
    end = add_months(start, amount)
    for first, last in ahead:
        if first <= end:
            end += last - first + ONE_DAY
    return end
