"""Windows of progress: a period closes some days after its end; the administrator moves it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.context import Context
from app.errors import Forbidden, Invalid, StaleVersion
from app.models.accounts import User
from app.models.plans import Action
from app.services import admin_catalogues, progress, progress_windows, settings
from app.services.progress import Report
from tests import plan_world as pw
from tests.conftest import Clock
from tests.factories import acting, make_user
from tests.plan_world import World
from workflows.enums import Role

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def admin(ctx: Context) -> Context:
    user: User = make_user(ctx, Role.ADMINISTRATOR, name="Adela Admin")
    return acting(ctx, user)


@pytest.fixture
def action(world: World) -> Action:
    return pw.make_running_action(world)


def report(world: World, action: Action, day: date) -> None:
    progress.report(world.leader, action.id, Report(day, Decimal(1), "Se hizo."))


@pytest.mark.parametrize(
    ("day", "months", "first", "last"),
    [
        (date(2027, 3, 31), 3, date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), 3, date(2027, 4, 1), date(2027, 6, 30)),
        (date(2028, 2, 29), 1, date(2028, 2, 1), date(2028, 2, 29)),
        (date(2027, 12, 31), 12, date(2027, 1, 1), date(2027, 12, 31)),
        (date(2027, 8, 15), 4, date(2027, 5, 1), date(2027, 8, 31)),
    ],
)
def test_periods_follow_the_year(day: date, months: int, first: date, last: date) -> None:
    assert progress_windows.period_of(day, months) == (first, last)


@pytest.mark.parametrize("months", [0, -1, 5, 13])
def test_a_year_has_no_such_periods(months: int) -> None:
    with pytest.raises(ValueError, match="a year"):
        progress_windows.period_of(date(2027, 1, 1), months)


def test_a_past_period_closes_with_its_term(world: World, action: Action, clock: Clock) -> None:
    day = world.ctx.today()
    window = progress_windows.window_of(world.ctx, day)
    assert window is not None
    assert window.last == date(2027, 3, 31)
    report(world, action, day)
    clock.advance(days=(window.closes_on - day).days)
    report(world, action, day)  # the last day is still inside it
    clock.advance(days=1)
    with pytest.raises(Invalid, match=r"progress\.window_closed") as refused:
        report(world, action, day)
    assert refused.value.field == "day"
    assert refused.value.params["closed"] == f"{window.closes_on:%d/%m/%Y}"
    report(world, action, world.ctx.today())  # the present period is open


def test_the_administrator_opens_it_again_and_closes_it(
    world: World, admin: Context, action: Action, clock: Clock
) -> None:
    day = world.ctx.today()
    clock.advance(days=80)
    first = date(2027, 1, 1)
    until = world.ctx.today() + timedelta(days=3)
    row = progress_windows.change(admin, first, closes_on=until, reason="Sede cerrada.", version=0)
    report(world, action, day)
    shown = progress_windows.recent(admin)[1]
    assert (shown.closes_on, shown.reason) == (until, "Sede cerrada.")
    with pytest.raises(StaleVersion):
        progress_windows.change(admin, first, closes_on=until, reason="Otra vez.", version=0)
    before = world.ctx.today() - timedelta(days=1)
    progress_windows.change(admin, first, closes_on=before, reason="Ya.", version=row.version)
    with pytest.raises(Invalid, match=r"progress\.window_closed"):
        report(world, action, day)


def test_what_makes_no_window_is_refused(world: World, admin: Context) -> None:
    first, today = date(2027, 1, 1), world.ctx.today()
    for wrong, closes_on, reason, field in (
        (date(2027, 1, 2), today, "x", "closes_on"),
        (date(2027, 4, 1), today, "x", "closes_on"),
        (first, None, "x", "closes_on"),
        (first, date(2026, 12, 31), "x", "closes_on"),
        (first, today, " ", "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            progress_windows.change(admin, wrong, closes_on=closes_on, reason=reason, version=0)
        assert refused.value.field == field


def test_only_the_administrator(world: World) -> None:
    for user in (world.office.head, world.office.leader, world.office.planner):
        with pytest.raises(Forbidden):
            progress_windows.change(
                world.acting(user),
                date(2027, 1, 1),
                closes_on=world.ctx.today(),
                reason="x",
                version=0,
            )


def test_an_entity_may_have_no_windows_or_monthly_ones(
    world: World, admin: Context, action: Action, clock: Clock
) -> None:
    day = world.ctx.today()
    clock.advance(days=80)
    for months, is_open in ((1, False), (0, True), (5, True)):
        admin.session.rollback()
        rule = settings.rule(admin.session, "progress_period")
        values = {"amount": months, "legal_ground": "Procedimiento"}
        admin_catalogues.edit(admin, "terminos", rule.id, values, version=rule.version)
        if is_open:
            report(world, action, day)
            assert progress_windows.recent(admin) == []
        else:
            with pytest.raises(Invalid):
                report(world, action, day)
            assert progress_windows.recent(admin)[0].first == world.ctx.today().replace(day=1)
