"""Comments on work under way: told to who works on it, and nothing waits for them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace
from app.models.accounts import Notice
from app.models.plans import Action, ChangeRequest, Plan, Remark
from app.models.traceability import LedgerEvent
from app.services import (
    action_facts,
    change_request_pages,
    change_requests,
    plan_facts,
    plan_pages,
    remarks,
)
from app.services.change_proposals import Proposal
from tests.plan_world import (
    World,
    actions_of,
    fire,
    make_complete_plan,
    make_reported,
    make_running_action,
    make_world,
)
from workflows.enums import ChangeRequestType

pytestmark = pytest.mark.postgres_long

WORD = "El avance no tiene soporte."


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def ask(world: World, action: Action) -> ChangeRequest:
    return change_requests.create(
        world.leader,
        action.id,
        ChangeRequestType.EXTENSION,
        reason="El proveedor entrega en noviembre.",
        proposal=Proposal(end_date=date(2027, 12, 1)),
    )


def told(world: World) -> set[tuple[int, str, str]]:
    """(person, kind of thing, path) of the news that were left."""
    found = world.ctx.session.scalars(select(Notice).where(Notice.key.like("remark:%")))
    return {(each.user_id, each.thing_kind, each.path) for each in found}


@pytest.mark.parametrize("name", ["planner", "lead", "auditor", "head"])
def test_progress_is_commented_told_and_answered(world: World, name: str) -> None:
    action = make_running_action(world)
    who = getattr(world, name)
    remark = remarks.comment_on_progress(who, action.id, text=f" {WORD} ")
    page = plan_pages.action_page(world.liaison, action.id)
    assert [(each.text, each.is_comment) for each in page.remarks] == [(WORD, True)]
    leader, liaison = world.office.leader.id, world.office.liaison.id
    path = f"/acciones/{action.id}"
    assert told(world) == {(leader, "action", path), (liaison, "action", path)}
    deeds = world.ctx.session.scalars(
        select(LedgerEvent.action).where(LedgerEvent.thing_kind == "remark")
    ).all()
    assert deeds == ["comment"]
    answered = remarks.answer(world.liaison, remark.id, text="Va mañana.")
    assert answered.answered_by_id == liaison


def test_a_comment_on_progress_is_waited_for_by_nothing(world: World) -> None:
    action = make_running_action(world)
    remarks.comment_on_progress(world.planner, action.id, text=WORD)
    plan = world.ctx.session.get_one(Plan, action.plan_id)
    assert plan_facts.gather(world.head, plan).open_remarks() == []
    assert len(plan_facts.gather(world.head, plan).remarks) == 1
    assert action_facts.gather(world.head, action).open_remark_count == 0
    make_reported(world, action)
    fire(world.lead, action.id, "start_verification")


def test_who_carries_an_action_out_does_not_comment_on_it(world: World) -> None:
    action = make_running_action(world)
    for who in (world.leader, world.liaison, world.manager):
        with pytest.raises(Forbidden):
            remarks.comment_on_progress(who, action.id, text=WORD)
    with pytest.raises(Invalid, match="no_comment"):
        remarks.comment_on_progress(world.planner, action.id, text=" ")
    assert world.ctx.session.scalars(select(Remark)).all() == []


def test_only_what_is_under_way_has_comments(world: World) -> None:
    draft = actions_of(world, make_complete_plan(world).id)[0]
    with pytest.raises(Forbidden):
        remarks.comment_on_progress(world.planner, draft.id, text=WORD)
    with pytest.raises(NotFound):
        remarks.comment_on_progress(world.head, draft.id, text=WORD)
    reported = make_reported(world, make_running_action(world))
    with pytest.raises(Forbidden):
        remarks.comment_on_progress(world.planner, reported.id, text=WORD)


@pytest.mark.parametrize("name", ["planner", "lead"])
def test_a_change_request_is_commented_where_its_readers_see_it(world: World, name: str) -> None:
    action = make_running_action(world)
    request = ask(world, action)
    remark = remarks.comment_on_change(getattr(world, name), request.id, text=WORD)
    for reader in (world.leader, world.liaison, world.head, world.manager):
        page = change_request_pages.request_page(reader, request.id)
        assert [each.text for each in page.comments] == [WORD]
    asker = world.office.leader.id
    assert told(world) == {(asker, "change_request", f"/cambios/{request.id}")}
    plan = world.ctx.session.get_one(Plan, action.plan_id)
    assert plan_facts.gather(world.head, plan).remarks == []
    assert plan_pages.action_page(world.leader, action.id).remarks == []
    assert action_facts.gather(world.head, action).open_remark_count == 0
    change_requests.fire(world.planner, request.id, "start_review", version=None)
    change_requests.fire(world.head, request.id, "approve", version=None)
    with pytest.raises(Forbidden):
        remarks.comment_on_change(world.planner, request.id, text=WORD)
    remarks.answer(world.leader, remark.id, text="Se adjuntó.")
    page = change_request_pages.request_page(world.leader, request.id)
    assert [each.answer for each in page.comments] == ["Se adjuntó."]
    assert asker in page.people


def test_who_decides_or_asks_does_not_comment(world: World) -> None:
    request = ask(world, make_running_action(world))
    for who in (world.head, world.auditor, world.leader, world.liaison, world.manager):
        with pytest.raises(Forbidden):
            remarks.comment_on_change(who, request.id, text=WORD)
    with pytest.raises(Invalid, match="no_comment"):
        remarks.comment_on_change(world.lead, request.id, text="")


def test_a_comment_is_withdrawn_by_its_author(world: World) -> None:
    request = ask(world, make_running_action(world))
    remark = remarks.comment_on_change(world.lead, request.id, text=WORD)
    with pytest.raises(Forbidden):
        remarks.withdraw(world.planner, remark.id)
    remarks.withdraw(world.lead, remark.id)
    with pytest.raises(OutOfPlace):
        remarks.answer(world.leader, remark.id, text="Tarde.")


def test_a_button_pressed_twice_leaves_one_comment(world: World) -> None:
    action = make_running_action(world)
    request = ask(world, action)
    for _each in range(2):
        remarks.comment_on_progress(world.planner, action.id, text=WORD, key="uno")
        remarks.comment_on_change(world.planner, request.id, text=WORD, key="dos")
    world.ctx.session.rollback()
    assert world.ctx.session.scalar(select(func.count(Remark.id))) == 2
