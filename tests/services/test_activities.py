"""Activities of an action: written with it, told while it runs, and never lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, StaleVersion
from app.models.plans import Action, Activity, Plan
from app.services import activities
from app.services.activities import ActivityData
from tests import plan_world as pw
from tests.plan_world import World

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def action(world: World) -> Action:
    return pw.make_action(world, pw.make_plan(world).id)


def data(action: Action, **changes: Any) -> ActivityData:
    given = {
        "description": "Designar los supervisores.",
        "unit_of_measure": "actas",
        "target_quantity": Decimal(4),
        "start_date": action.start_date,
        "end_date": action.end_date,
        "responsible": "Profesional de contratación",
        **changes,
    }
    return ActivityData(**given)


def add(world: World, action: Action, **changes: Any) -> Activity:
    return activities.add(world.leader, action.id, data(action, **changes))


def run(world: World, plan: Plan) -> None:
    pw.review_plan(world, plan)
    pw.fire_plan(world.head, plan.id, "approve")


def test_steps_are_numbered_and_a_removed_number_is_not_used_again(
    world: World, action: Action
) -> None:
    first, second = add(world, action), add(world, action)
    activities.remove(world.leader, second.id, version=second.version)
    third = add(world, action)
    assert [first.number, second.number, third.number] == [1, 2, 3]
    kept = activities.of_action(world.ctx.session, action.id)
    assert [each.id for each in kept] == [first.id, third.id]
    with pytest.raises(NotFound):
        activities.edit(world.leader, second.id, data(action), version=None)
    world.ctx.session.rollback()
    everything = select(Activity).where(Activity.action_id == action.id)
    assert len(world.ctx.session.scalars(everything).all()) == 3


def test_what_makes_no_sense_is_refused_at_its_field(world: World, action: Action) -> None:
    for field, value in (
        ("description", " "),
        ("target_quantity", Decimal(0)),
        ("target_quantity", Decimal("1.005")),
        ("target_quantity", Decimal("NaN")),
        ("responsible", "x" * 201),
        ("unit_of_measure", "x" * 101),
    ):
        with pytest.raises(Invalid) as refused:
            add(world, action, **{field: value})
        assert refused.value.field == field


def test_its_dates_lie_within_the_action(world: World, action: Action) -> None:
    assert action.start_date is not None
    assert action.end_date is not None
    day = timedelta(days=1)
    for changes in (
        {"start_date": action.start_date - day},
        {"end_date": action.end_date + day},
        {"start_date": action.start_date + 2 * day, "end_date": action.start_date + day},
    ):
        with pytest.raises(Invalid):
            add(world, action, **changes)
    only = add(world, action, start_date=None, end_date=None, target_quantity=None)
    assert activities.weeks(only) is None


def test_weeks_are_those_of_the_comptrollers_form() -> None:
    for days, expected in ((0, 0), (3, 0), (4, 1), (14, 2), (180, 26)):
        first = date(2027, 3, 1)
        made = Activity(start_date=first, end_date=first + timedelta(days=days))
        assert activities.weeks(made) == expected


def test_the_first_line_writes_and_nobody_else(world: World, action: Action) -> None:
    made = add(world, action)
    for user in (world.office.head, world.office.lead, world.office.planner, world.office.manager):
        ctx = world.acting(user)
        with pytest.raises((Forbidden, NotFound)):
            activities.add(ctx, action.id, data(action))
        with pytest.raises((Forbidden, NotFound)):
            activities.edit(ctx, made.id, data(action), version=None)
        with pytest.raises((Forbidden, NotFound)):
            activities.remove(ctx, made.id, version=None)
        with pytest.raises((Forbidden, NotFound)):
            activities.advance(ctx, made.id, done=Decimal(1), version=None)


def test_a_stale_page_loses(world: World, action: Action) -> None:
    made = add(world, action)
    version = made.version
    activities.edit(world.leader, made.id, data(action, description="Otra."), version=version)
    with pytest.raises(StaleVersion) as stale:
        activities.edit(world.leader, made.id, data(action), version=version)
    assert "description" in {each.field for each in stale.value.differences}


def test_what_is_done_is_told_only_while_the_action_runs(world: World) -> None:
    plan = pw.make_plan(world)
    action = pw.make_action(world, plan.id)
    made = add(world, action)
    with pytest.raises(Forbidden):
        activities.advance(world.leader, made.id, done=Decimal(1), version=None)
    run(world, plan)
    with pytest.raises(Forbidden):
        activities.edit(world.leader, made.id, data(action), version=None)
    told = activities.advance(world.liaison, made.id, done=Decimal("2.5"), version=None)
    assert (told.done_quantity, told.done_on) == (Decimal("2.50"), world.ctx.today())
    for wrong in (None, Decimal(-1), Decimal("0.001"), Decimal("Infinity")):
        with pytest.raises(Invalid):
            activities.advance(world.leader, made.id, done=wrong, version=None)
