"""Lists of plans, actions and requests: in reach, by key, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.plans import Action, Plan, Progress, action_executor
from app.permissions import can
from app.services import action_lists, change_request_pages, plan_lists, plan_pages
from app.services.action_flags import action_flags
from app.services.action_lists import Cursor, Filters
from app.services.progress import percentage
from tests.factories import acting, make_process, make_user
from tests.plan_world import (
    World,
    make_complete_plan,
    make_running_action,
    make_running_plan,
    make_world,
)
from workflows.action import ActionState
from workflows.enums import ActionFlag, ActionType, Role
from workflows.plan import PlanState

MANY = 2000
SOON_DAYS = 15


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


@pytest.fixture
def queries(engine: Engine) -> Callable[[Callable[[], object]], int]:
    """How many statements a call sends to the database."""

    def count(call: Callable[[], object]) -> int:
        sent: list[str] = []

        def note(*arguments: object) -> None:
            if not str(arguments[2]).startswith("BEGIN"):
                sent.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    return count


def fill(world: World, count: int = MANY) -> Plan:
    """Actions of every state and date; the liaison carries out one in ten."""
    plan = make_running_plan(world)
    model = world.ctx.session.scalars(select(Action).where(Action.plan_id == plan.id)).one()
    states = list(ActionState)
    rows = [
        {
            "code": f"{plan.code}-B{number:04d}",
            "plan_id": plan.id,
            "finding_id": model.finding_id,
            "audit_id": model.audit_id,
            "process_id": model.process_id,
            "type": ActionType.CORRECTIVE,
            "description": f"Acción {number}",
            "target_quantity": Decimal(7),
            "start_date": date(2027, 1, 1),
            "end_date": None if number % 50 == 0 else date(2027, 2, 1) + timedelta(number % 97),
            "responsible_unit_id": world.office.unit.id,
            "state": states[number % len(states)],
            "formulated_by_id": world.office.leader.id,
            "created_at": world.ctx.now(),
        }
        for number in range(count)
    ]
    with world.ctx.transaction() as session:
        session.execute(insert(Action), rows)
        made = session.scalars(select(Action.id).where(Action.code.like("%-B%"))).all()
        session.execute(
            insert(action_executor),
            [{"action_id": i, "user_id": world.office.liaison.id} for i in made[::10]],
        )
        session.execute(insert(Progress), [_entry(world, i) for i in made[::3]])
        world.ctx.record("system", "fill", plan, {})
    return plan


def _entry(world: World, action_id: int) -> dict[str, object]:
    return {
        "action_id": action_id,
        "day": date(2027, 2, 1),
        "quantity": Decimal("2.1"),
        "narrative": "Avance.",
        "author_id": world.office.liaison.id,
        "created_at": world.ctx.now(),
        "approved_at": world.ctx.now(),
        "rejection_reason": "",
    }


def test_everybody_pages_through_what_he_may_read_with_the_same_few_queries(
    world: World, queries: Callable[[Callable[[], object]], int]
) -> None:
    fill(world)
    for name in ("head", "leader", "liaison", "planner", "manager", "auditor"):
        who: Context = getattr(world, name)
        assert queries(lambda who=who: action_lists.page(who, Filters())) <= 5  # type: ignore[misc]  # bound now
        seen, after, total = [], None, 0
        while True:
            page = action_lists.page(who, Filters(), after)
            seen += [row.action for row in page.rows]
            total, after = page.total, page.next_cursor
            if after is None:
                break
        readable = [
            a for a in world.ctx.session.scalars(select(Action)) if can(who.actor, "action.read", a)
        ]
        assert len(seen) == len({a.id for a in seen}) == total == len(readable), name
        dates = [(a.end_date or date.max, a.id) for a in seen]
        assert dates == sorted(dates), name


def test_flags_of_the_list_are_those_of_the_rows(world: World) -> None:
    fill(world, 300)
    rows = world.ctx.session.scalars(select(Action)).all()
    today = world.ctx.today()
    for flag in action_lists.LISTED_FLAGS:
        expected = {a.id for a in rows if flag in action_flags(a, today, SOON_DAYS)}
        found, after = set(), None
        while True:
            page = action_lists.page(world.planner, Filters(flag=flag), after)
            found |= {row.action.id for row in page.rows}
            after = page.next_cursor
            if after is None:
                break
        assert found == expected, flag
    assert {
        row.flags for row in action_lists.page(world.planner, Filters(flag=ActionFlag.OVERDUE)).rows
    }


def test_filters_and_progress_of_actions(world: World) -> None:
    fill(world, 100)
    mine = action_lists.page(world.liaison, Filters(mine=True))
    assert mine.total == 11  # one in ten, and the one of the plan itself
    unit = action_lists.page(world.planner, Filters(unit_id=999))
    assert (unit.total, unit.rows, unit.next_cursor) == (0, (), None)
    running = action_lists.page(world.planner, Filters(state=ActionState.RUNNING))
    assert {row.action.state for row in running.rows} == {ActionState.RUNNING}
    third = next(row for row in mine.rows if row.pct)
    assert third.pct == Decimal(30)  # 2,1 of 7


def test_a_cursor_that_is_none_is_ignored() -> None:
    assert Cursor.parse("") is None
    assert Cursor.parse("2027-02-31.5") is None
    assert Cursor.parse("2027-02-01.x") is None
    assert Cursor.parse("2027-02-01.99999999999999") is None
    assert Cursor.parse(str(Cursor(date(2027, 2, 1), 7))) == Cursor(date(2027, 2, 1), 7)
    assert Cursor.parse(str(Cursor(None, 7))) == Cursor(None, 7)


def test_plans_are_listed_in_reach(
    world: World, queries: Callable[[Callable[[], object]], int]
) -> None:
    draft, running = make_complete_plan(world), make_running_plan(world)
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    expected = {
        "leader": {draft.id, running.id},
        "planner": {draft.id, running.id},
        "head": {running.id},
        "manager": {running.id},
    }
    for name, ids in expected.items():
        who: Context = getattr(world, name)
        page = plan_lists.page(who, plan_lists.Filters())
        assert ({row.plan.id for row in page.rows}, page.total) == (ids, len(ids)), name
        assert queries(lambda who=who: plan_lists.page(who, plan_lists.Filters())) == 3  # type: ignore[misc]  # bound now
    assert plan_lists.page(acting(world.ctx, stranger), plan_lists.Filters()).total == 0
    filters = plan_lists.Filters(state=PlanState.RUNNING, year=2027)
    assert plan_lists.page(world.leader, filters).total == 1
    assert plan_lists.page(world.leader, plan_lists.Filters(year=2026)).total == 0
    assert plan_lists.years(world.leader) == [2027]
    assert [p.id for p in plan_lists.processes(world.leader)] == [world.office.process.id]
    row = plan_lists.page(world.leader, filters).rows[0]
    assert (row.action_count, row.done_count, row.pct) == (1, 0, 0)


def test_a_page_costs_the_same_with_one_action_or_with_many(
    world: World, engine: Engine, queries: Callable[[Callable[[], object]], int]
) -> None:
    one, many = make_running_plan(world).id, make_running_plan(world, action_count=6).id
    action_id = make_running_action(world).id
    actor = world.leader.actor

    def cost(read: Callable[[Context], object]) -> int:
        with Session(engine) as session:  # a request of its own: nothing is known beforehand
            return queries(lambda: read(replace(world.ctx, actor=actor, session=session)))

    first = cost(lambda who: plan_pages.plan_page(who, one))
    assert first == cost(lambda who: plan_pages.plan_page(who, many)) <= 20
    assert cost(lambda who: plan_pages.action_page(who, action_id)) <= 25
    assert cost(lambda who: change_request_pages.page(who)) == 2


def test_the_database_computes_progress_as_one_action_does(world: World) -> None:
    """A tenth short of the target is never 100 %, and what is beyond it is."""
    plan = fill(world, 40)
    targets = ["7", "2.1", "0.01", "2.09", "21000", "2.11", "3"]
    with world.ctx.transaction() as session:
        found = session.scalars(select(Action).where(Action.code.like("%-B%")).order_by(Action.id))
        for number, action in enumerate(found):
            action.target_quantity = Decimal(targets[number % len(targets)])
        world.ctx.record("system", "fill", plan, {})
    sums = approved_sums(world)
    for row in action_lists.page(world.planner, Filters()).rows:
        done = sums.get(row.action.id, Decimal(0))
        assert row.pct == percentage(done, row.action.target_quantity), row.action.code


def approved_sums(world: World) -> dict[int, Decimal]:
    entries = world.ctx.session.scalars(select(Progress).where(Progress.approved_at.is_not(None)))
    sums: dict[int, Decimal] = {}
    for entry in entries:
        sums[entry.action_id] = sums.get(entry.action_id, Decimal(0)) + entry.quantity
    return sums
