"""Terms against the law's examples, the published holidays, and properties of any term."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.terms import (
    MAX_AMOUNT,
    Calendar,
    DueDate,
    DueStatus,
    SkippedDay,
    Term,
    TermKind,
    compute_due,
    local_date,
    remaining_working_days,
    status,
)

# docs/domain.md, "Working-day calendar": month and day, by year.
HOLIDAYS = {
    2025: "01-01 01-06 03-24 04-17 04-18 05-01 06-02 06-23 06-30 07-20 08-07 08-18 10-13 11-03 "
    "11-17 12-08 12-25",
    2026: "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 "
    "10-12 11-02 11-16 12-08 12-25",
    2027: "01-01 01-11 03-22 03-25 03-26 05-01 05-10 05-31 06-07 07-05 07-12 07-20 08-07 08-16 "
    "10-18 11-01 11-15 12-08 12-25",
    2028: "01-01 01-10 03-20 04-13 04-14 05-01 05-29 06-19 06-26 07-03 07-10 07-20 08-07 08-21 "
    "10-16 11-06 11-13 12-08 12-25",
    2029: "01-01 01-08 03-19 03-29 03-30 05-01 05-14 06-04 06-11 07-02 07-09 07-20 08-07 08-20 "
    "10-15 11-05 11-12 12-08 12-25",
}
EVERY_DAY = frozenset[int]()  # no weekday of rest: what remains are the holidays
CALENDAR = Calendar()
MONDAY = date(2027, 3, 1)


def term(amount: int, kind: TermKind = TermKind.WORKING_DAYS) -> Term:
    return Term("reply", "Réplica", amount, kind, "Comunicación del informe", "Estatuto, art. 1")


def due(amount: int, start: date, kind: TermKind = TermKind.WORKING_DAYS) -> date:
    return compute_due(term(amount, kind), start, CALENDAR).date


# ---------------------------------------------------------------- the calendar


@pytest.mark.parametrize("year", HOLIDAYS)
def test_holidays_are_those_of_the_law(year: int) -> None:
    calendar = Calendar(rest_weekdays=EVERY_DAY)
    days = [date(year, 1, 1) + timedelta(n) for n in range(366)]
    found = [f"{day:%m-%d}" for day in days if day.year == year and calendar.rest_name(day)]
    assert found == HOLIDAYS[year].split()


def test_holidays_have_their_spanish_names() -> None:
    assert CALENDAR.rest_name(date(2027, 3, 25)) == "Jueves Santo"
    assert CALENDAR.rest_name(date(2027, 1, 11)) == "Día de los Reyes Magos"
    both = CALENDAR.rest_name(date(2025, 6, 30)) or ""
    assert "(" not in both
    assert "Sagrado Corazón" in both
    assert "San Pedro y San Pablo" in both


def test_saturday_and_sunday_rest_unless_the_entity_works_on_them() -> None:
    saturday, sunday = date(2027, 3, 6), date(2027, 3, 7)
    assert CALENDAR.rest_name(saturday) == "sábado"
    assert CALENDAR.rest_name(sunday) == "domingo"
    assert Calendar(rest_weekdays=frozenset({6})).is_working_day(saturday)
    assert not Calendar(rest_weekdays=frozenset({6})).is_working_day(sunday)
    with pytest.raises(ValueError, match="working weekday"):
        Calendar(rest_weekdays=frozenset(range(7)))


def test_the_entity_has_days_of_its_own() -> None:
    calendar = Calendar({MONDAY: "Día cívico"})
    assert calendar.rest_name(MONDAY) == "Día cívico"
    assert CALENDAR.is_working_day(MONDAY)


def test_skipped_days_are_named_and_leave_out_the_first() -> None:
    assert CALENDAR.skipped_between(date(2027, 3, 20), date(2027, 3, 22)) == (
        SkippedDay(date(2027, 3, 21), "domingo"),
        SkippedDay(date(2027, 3, 22), "Día de San José"),
    )
    assert CALENDAR.skipped_between(MONDAY, MONDAY) == ()


# ---------------------------------------------------------------- examples


def test_counting_begins_the_day_after_the_event() -> None:
    assert due(1, MONDAY) == date(2027, 3, 2)
    assert due(5, MONDAY) == date(2027, 3, 8)
    assert due(5, date(2027, 3, 5)) == date(2027, 3, 12)  # a Friday
    assert due(5, date(2027, 3, 6)) == date(2027, 3, 12)  # the Saturday after it


def test_holy_week_does_not_count() -> None:
    found = compute_due(term(5), date(2027, 3, 19), CALENDAR)
    assert found.date == date(2027, 3, 31)
    assert [(day.date.day, day.name) for day in found.skipped] == [
        (20, "sábado"),
        (21, "domingo"),
        (22, "Día de San José"),
        (25, "Jueves Santo"),
        (26, "Viernes Santo"),
        (27, "sábado"),
        (28, "domingo"),
    ]
    assert found.days_counted == 5
    assert found.nominal_date == found.date


def test_over_the_new_year() -> None:
    assert due(10, date(2026, 12, 22)) == date(2027, 1, 7)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2027, 3, 1), 3, date(2027, 6, 1)),
        (date(2027, 1, 31), 1, date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 11, 30), 12, date(2028, 11, 30)),
        (date(2027, 2, 1), 3, date(2027, 5, 3)),  # 1 May, a Saturday
        (date(2026, 9, 25), 3, date(2026, 12, 28)),  # Christmas, then a weekend
    ],
)
def test_months_run_by_the_calendar_and_end_on_a_working_day(
    start: date, months: int, expected: date
) -> None:
    assert due(months, start, TermKind.MONTHS) == expected


def test_months_show_the_days_passed_over_at_their_end_only() -> None:
    found = compute_due(term(3, TermKind.MONTHS), date(2026, 9, 25), CALENDAR)
    assert found.nominal_date == date(2026, 12, 25)
    assert [day.name for day in found.skipped] == ["Navidad", "sábado", "domingo"]
    assert found.days_counted == 91


def test_calendar_days_count_every_day_and_end_on_a_working_day() -> None:
    assert due(15, MONDAY, TermKind.CALENDAR_DAYS) == date(2027, 3, 16)
    assert due(5, MONDAY, TermKind.CALENDAR_DAYS) == date(2027, 3, 8)  # not Saturday 6


@pytest.mark.parametrize("kind", [TermKind.COUNT, TermKind.FLAG])
def test_a_limit_has_no_due_date(kind: TermKind) -> None:
    with pytest.raises(ValueError, match="limit"):
        compute_due(term(1, kind), MONDAY, CALENDAR)


def test_a_wait_of_no_months_has_ended_when_it_begins() -> None:
    sunday = date(2026, 11, 22)
    assert due(0, sunday, TermKind.MONTHS) == sunday


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT + 1])
def test_an_amount_out_of_range_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="1 to"):
        compute_due(term(amount), MONDAY, CALENDAR)


# ---------------------------------------------------------------- suspensions


def test_a_suspended_term_stands_still() -> None:
    stop = (date(2027, 3, 3), date(2027, 3, 9))
    found = compute_due(term(5), MONDAY, CALENDAR, [stop])
    assert found.date == date(2027, 3, 15)  # counted: 2, 10, 11, 12 and 15
    assert found.suspensions == (stop,)


def test_suspensions_that_touch_or_overlap_are_one() -> None:
    parts = [
        (date(2027, 3, 8), date(2027, 3, 9)),
        (date(2027, 3, 3), date(2027, 3, 5)),
        (date(2027, 3, 4), date(2027, 3, 7)),
    ]
    whole = [(date(2027, 3, 3), date(2027, 3, 9))]
    assert compute_due(term(5), MONDAY, CALENDAR, parts) == compute_due(
        term(5), MONDAY, CALENDAR, whole
    )


def test_suspensions_before_and_after_the_term_do_not_show() -> None:
    before = (date(2027, 2, 1), MONDAY)
    after = (date(2027, 3, 9), date(2027, 4, 1))
    found = compute_due(term(5), MONDAY, CALENDAR, [before, after])
    assert (found.date, found.suspensions) == (date(2027, 3, 8), ())


def test_months_are_moved_on_by_the_days_of_the_suspension() -> None:
    stop = (date(2027, 3, 10), date(2027, 3, 16))  # 7 days
    found = compute_due(term(1, TermKind.MONTHS), MONDAY, CALENDAR, [stop])
    assert found.date == date(2027, 4, 8)
    assert found.days_counted == 31


def test_months_begin_after_a_suspension_that_holds_their_start() -> None:
    stop = (date(2027, 2, 15), date(2027, 3, 10))
    found = compute_due(term(1, TermKind.MONTHS), MONDAY, CALENDAR, [stop])
    assert found.date == date(2027, 4, 12)  # 10 April is a Saturday


def test_a_month_that_ends_on_a_weekend_before_a_suspension_ends_after_both() -> None:
    stop = (date(2027, 5, 3), date(2027, 5, 4))  # the Monday and Tuesday after Saturday 1 May
    found = compute_due(term(3, TermKind.MONTHS), date(2027, 2, 1), CALENDAR, [stop])
    assert found.date == date(2027, 5, 5)


def test_a_suspension_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        compute_due(term(5), MONDAY, CALENDAR, [(date(2027, 3, 9), date(2027, 3, 8))])


# ---------------------------------------------------------------- what is left of a term


def test_remaining_days_go_down_and_below_zero() -> None:
    found = compute_due(term(5), MONDAY, CALENDAR)  # Monday 8
    left = [remaining_working_days(date(2027, 3, day), found, CALENDAR) for day in range(1, 12)]
    assert left == [5, 4, 3, 2, 1, 1, 1, 0, -1, -2, -3]
    assert remaining_working_days(date(2027, 3, 4), date(2027, 3, 8), CALENDAR) == 2


def test_suspended_days_are_not_left() -> None:
    found = compute_due(term(5), MONDAY, CALENDAR, [(date(2027, 3, 3), date(2027, 3, 9))])
    assert remaining_working_days(date(2027, 3, 3), found, CALENDAR) == 4


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (1, DueStatus.OK),
        (4, DueStatus.OK),
        (5, DueStatus.SOON),
        (8, DueStatus.SOON),
        (9, DueStatus.LATE),
    ],
)
def test_status(today: int, expected: DueStatus) -> None:
    found = compute_due(term(5), MONDAY, CALENDAR)
    assert status(date(2027, 3, today), found, soon_days=3) is expected
    assert status(date(2027, 3, today), found.date, soon_days=3) is expected
    assert status(date(2027, 3, today), found, True, soon_days=3) is DueStatus.DONE


def test_the_day_is_that_of_bogota() -> None:
    assert local_date(datetime(2027, 3, 2, 4, 59, 59, tzinfo=UTC)) == date(2027, 3, 1)
    assert local_date(datetime(2027, 3, 2, 5, 0, tzinfo=UTC)) == date(2027, 3, 2)
    assert local_date(datetime(2027, 3, 2, 4, 59, tzinfo=UTC), "UTC") == date(2027, 3, 2)
    with pytest.raises(ValueError, match="naive"):
        local_date(datetime(2027, 3, 2, 5, 0))  # noqa: DTZ001 - what the test is about


# ---------------------------------------------------------------- properties of any term

DAYS = st.dates(date(2025, 1, 1), date(2035, 12, 31))
AMOUNTS = st.integers(1, 60)
KINDS = st.sampled_from([TermKind.WORKING_DAYS, TermKind.CALENDAR_DAYS, TermKind.MONTHS])
STOPS = st.lists(
    st.tuples(DAYS, st.integers(0, 40)).map(lambda s: (s[0], s[0] + timedelta(s[1]))), max_size=4
)
CALENDARS = st.builds(
    Calendar,
    st.dictionaries(DAYS, st.just("Día cívico"), max_size=20),
    st.sampled_from([frozenset({5, 6}), frozenset({6}), EVERY_DAY]),
)
STARTS_AND_STOPS = DAYS.flatmap(
    lambda start: st.tuples(
        st.just(start),
        st.lists(
            st.tuples(st.integers(-30, 90), st.integers(0, 30)).map(
                lambda s: (start + timedelta(s[0]), start + timedelta(s[0] + s[1]))
            ),
            max_size=4,
        ),
    )
)


def is_suspended(day: date, stops: list[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in stops)


@given(KINDS, AMOUNTS, STARTS_AND_STOPS, CALENDARS)
def test_a_term_ends_on_a_working_day_that_is_not_suspended(
    kind: TermKind,
    amount: int,
    start_and_stops: tuple[date, list[tuple[date, date]]],
    calendar: Calendar,
) -> None:
    start, stops = start_and_stops
    found = compute_due(term(amount, kind), start, calendar, stops)
    assert found.date > start
    assert calendar.is_working_day(found.date)
    assert not is_suspended(found.date, stops)
    assert start < found.nominal_date <= found.date


@given(AMOUNTS, STARTS_AND_STOPS, CALENDARS)
def test_the_arithmetic_adds_up(
    amount: int, start_and_stops: tuple[date, list[tuple[date, date]]], calendar: Calendar
) -> None:
    start, stops = start_and_stops
    found = compute_due(term(amount), start, calendar, stops)
    days = [start + timedelta(n) for n in range(1, (found.date - start).days + 1)]
    suspended = [day for day in days if is_suspended(day, stops)]
    assert found.days_counted == amount
    assert len(days) == amount + len(found.skipped) + len(suspended)
    assert suspended == [day for day in days if is_suspended(day, list(found.suspensions))]
    assert {day.date for day in found.skipped}.isdisjoint(suspended)
    assert all(not calendar.is_working_day(day.date) for day in found.skipped)
    assert remaining_working_days(start, found, calendar) == amount


@given(AMOUNTS, DAYS, CALENDARS)
def test_without_suspensions_the_working_days_are_the_amount(
    amount: int, start: date, calendar: Calendar
) -> None:
    found = compute_due(term(amount), start, calendar)
    assert calendar.working_days_between(start, found.date) == amount


@given(AMOUNTS, DAYS, st.integers(0, 40), CALENDARS, STOPS)
def test_a_later_start_never_ends_earlier(
    amount: int, start: date, later_days: int, calendar: Calendar, stops: list[tuple[date, date]]
) -> None:
    later = start + timedelta(later_days)
    for kind in (TermKind.WORKING_DAYS, TermKind.CALENDAR_DAYS):
        first = compute_due(term(amount, kind), start, calendar, stops)
        assert first.date <= compute_due(term(amount, kind), later, calendar, stops).date
    months = term(amount, TermKind.MONTHS)
    assert compute_due(months, start, calendar).date <= compute_due(months, later, calendar).date


@given(KINDS, AMOUNTS, DAYS, STOPS)
def test_a_longer_term_never_ends_earlier(
    kind: TermKind, amount: int, start: date, stops: list[tuple[date, date]]
) -> None:
    shorter = compute_due(term(amount, kind), start, CALENDAR, stops).date
    longer = compute_due(term(amount + 1, kind), start, CALENDAR, stops).date
    assert shorter < longer if kind is TermKind.WORKING_DAYS else shorter <= longer


@given(KINDS, AMOUNTS, STARTS_AND_STOPS, CALENDARS)
def test_a_suspension_never_shortens_a_term(
    kind: TermKind,
    amount: int,
    start_and_stops: tuple[date, list[tuple[date, date]]],
    calendar: Calendar,
) -> None:
    start, stops = start_and_stops
    free = compute_due(term(amount, kind), start, calendar)
    assert compute_due(term(amount, kind), start, calendar, stops).date >= free.date


@given(KINDS, AMOUNTS, STARTS_AND_STOPS, CALENDARS)
def test_a_due_date_survives_json(
    kind: TermKind,
    amount: int,
    start_and_stops: tuple[date, list[tuple[date, date]]],
    calendar: Calendar,
) -> None:
    start, stops = start_and_stops
    found = compute_due(term(amount, kind), start, calendar, stops)
    assert DueDate.from_json(json.loads(json.dumps(found.to_json()))) == found


@given(
    after=st.dates(date(2025, 1, 1), date(2029, 12, 31)),
    days=st.integers(-40, 900),
    extra=st.sets(st.dates(date(2025, 1, 1), date(2029, 12, 31)), max_size=8),
    rest=st.sampled_from([frozenset({5, 6}), frozenset({6}), frozenset()]),
)
def test_working_days_are_those_one_would_count_one_by_one(
    after: date, days: int, extra: set[date], rest: frozenset[int]
) -> None:
    calendar = Calendar({day: "Día cívico" for day in extra}, rest)
    until = after + timedelta(days=days)
    ahead = [after + timedelta(days=n) for n in range(1, days + 1)]
    counted = sum(calendar.is_working_day(day) for day in ahead)
    assert calendar.working_days_between(after, until) == counted
    assert remaining_working_days(after, until, calendar) == (
        counted if days >= 0 else -calendar.working_days_between(until, after)
    )
