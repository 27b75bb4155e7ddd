"""Changes prepared by who carries the action out: sent by the leader, or discarded with a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, StaleVersion
from app.models.accounts import Notice
from app.models.plans import Action, ChangeDraft, ChangeRequest
from app.services import actions, change_drafts, change_requests, tasks
from app.services.change_drafts import Prepared
from app.services.change_proposals import Proposal
from tests.factories import make_process, make_user
from tests.plan_world import World, make_reported, make_running_action, make_world
from workflows.enums import ChangeRequestType as Type
from workflows.enums import Role

pytestmark = pytest.mark.postgres_long

WHY = "El proveedor entrega en noviembre."
DECEMBER = Proposal(end_date=date(2027, 12, 1))


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


@pytest.fixture
def action(world: World) -> Action:
    return make_running_action(world)


def prepare(
    who: Context,
    action: Action,
    *,
    kind: Type = Type.EXTENSION,
    reason: str = WHY,
    proposal: Proposal = DECEMBER,
    over: ChangeDraft | None = None,
    key: str = "",
) -> ChangeDraft:
    shown = Prepared(over.id, over.version) if over else None
    return change_drafts.prepare(
        who, action.id, kind, reason=reason, proposal=proposal, over=shown, key=key
    )


def send(
    who: Context, action: Action, draft: ChangeDraft | None, *, kind: Type = Type.EXTENSION
) -> ChangeRequest:
    shown = Prepared(draft.id, draft.version) if draft else None
    proposal = DECEMBER if kind is Type.EXTENSION else Proposal()
    return change_requests.create(
        who, action.id, kind, reason="Ajustada.", proposal=proposal, prepared=shown
    )


def requests(world: World) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.scalar(select(func.count(ChangeRequest.id))) or 0


def news_of(world: World, user_id: int) -> list[str]:
    world.ctx.session.rollback()
    return list(world.ctx.session.scalars(select(Notice.text).where(Notice.user_id == user_id)))


def steps(who: Context, *, waiting: bool = False) -> set[str]:
    inbox = tasks.inbox(who)
    return {task.event for task in (inbox.waiting if waiting else inbox.all_owed)}


def test_nothing_is_asked_until_the_leader_sends_it(world: World, action: Action) -> None:
    draft = prepare(world.liaison, action)
    assert requests(world) == 0
    assert "change_request.create" in steps(world.leader)
    assert "change_request.create" in steps(world.liaison, waiting=True)
    assert "change_request.create" not in steps(world.planner) | steps(world.head)
    found = change_drafts.open_of(world.leader, action)
    assert found is not None
    assert (found.proposed, found.author_id) == (
        {"end_date": "2027-12-01"},
        world.office.liaison.id,
    )
    request = send(world.leader, action, draft)
    assert (request.drafted_by_id, request.requested_by_id, request.reason) == (
        world.office.liaison.id,
        world.office.leader.id,
        "Ajustada.",
    )
    assert change_drafts.open_of(world.leader, action) is None
    assert "change_request.create" not in steps(world.leader)
    (told,) = news_of(world, world.office.liaison.id)
    assert f"envió la solicitud de cambio que preparó de {action.code}" in told


def test_only_the_first_line_of_the_action_prepares_and_knows(world: World, action: Action) -> None:
    other_liaison = make_user(world.ctx, Role.LIAISON)
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    others = [world.head, world.lead, world.auditor, world.planner, world.manager]
    others += [world.acting(other_liaison), world.acting(stranger)]
    for who in others:
        with pytest.raises((Forbidden, NotFound)):
            prepare(who, action)
    draft = prepare(world.liaison, action)
    for who in others:
        assert change_drafts.open_of(who, action) is None
        with pytest.raises(NotFound):
            change_drafts.discard(who, draft.id, reason="No.", version=draft.version)
    with pytest.raises(Forbidden):
        send(world.liaison, action, draft)


def test_a_liaison_who_does_not_carry_it_out_does_not_prepare(world: World, action: Action) -> None:
    with world.leader.transaction() as session:
        row = session.get_one(Action, action.id)
        row.executors = []
        row.formulated_by_id = world.office.leader.id
        world.leader.record("change", "edit", row, {})
    with pytest.raises((Forbidden, NotFound)):
        prepare(world.liaison, action)


def test_it_must_be_one_that_could_be_asked(world: World, action: Action) -> None:
    for wrong in (Proposal(), Proposal(end_date=date(2027, 9, 1))):
        with pytest.raises(Invalid):
            prepare(world.liaison, action, proposal=wrong)
    with pytest.raises(Blocked) as refused:
        prepare(world.liaison, action, reason=" ")
    assert refused.value.unmet == ("change_request.needs_reason",)
    send(world.leader, action, None)
    with pytest.raises(Blocked) as refused:
        prepare(world.liaison, action)
    assert refused.value.unmet == ("change_request.needs_no_pending_request",)


def test_there_is_one_at_a_time_and_it_is_written_over(world: World, action: Action) -> None:
    draft = prepare(world.liaison, action, key="una")
    assert prepare(world.liaison, action, key="una").id == draft.id
    with pytest.raises(StaleVersion):
        prepare(world.liaison, action)
    first = Prepared(draft.id, draft.version)
    changed = prepare(
        world.leader,
        action,
        kind=Type.TARGET_CHANGE,
        proposal=Proposal(target_quantity=Decimal(20)),
        over=draft,
    )
    assert (changed.id, changed.type, changed.author_id) == (
        draft.id,
        Type.TARGET_CHANGE,
        world.office.liaison.id,
    )
    with pytest.raises(StaleVersion):
        change_requests.create(
            world.leader,
            action.id,
            Type.EXTENSION,
            reason=WHY,
            proposal=DECEMBER,
            prepared=first,
        )
    assert requests(world) == 0
    twin = {"type": Type.EXTENSION, "reason": "x", "proposed": {}, "created_at": world.ctx.now()}
    twin |= {"action_id": action.id, "author_id": world.office.liaison.id}
    twin |= {"version": 1, "discard_reason": ""}
    with pytest.raises(IntegrityError):
        world.ctx.session.execute(insert(ChangeDraft).values(**twin))
    world.ctx.session.rollback()


def test_another_kind_of_request_leaves_it_where_it_is(world: World, action: Action) -> None:
    draft = prepare(world.liaison, action)
    request = send(world.leader, action, draft, kind=Type.REFORMULATION)
    assert request.drafted_by_id is None
    assert change_drafts.open_of(world.leader, action) is not None


def test_it_is_of_its_own_action(world: World, action: Action) -> None:
    draft = prepare(world.liaison, action)
    with pytest.raises(NotFound):
        change_drafts.take(world.leader, Action(id=action.id + 1), Prepared(draft.id, 1))
    with pytest.raises(NotFound):
        change_drafts.take(world.leader, action, Prepared(draft.id + 1, 1))


def test_it_is_discarded_with_a_word_to_its_author(world: World, action: Action) -> None:
    draft = prepare(world.liaison, action)
    with pytest.raises(Invalid):
        change_drafts.discard(world.leader, draft.id, reason=" ", version=draft.version)
    with pytest.raises(StaleVersion):
        change_drafts.discard(world.leader, draft.id, reason="No.", version=draft.version + 1)
    change_drafts.discard(world.leader, draft.id, reason="Sí alcanza.", version=draft.version)
    (told,) = news_of(world, world.office.liaison.id)
    assert "Sí alcanza." in told
    gone = replace(Prepared(draft.id, draft.version))
    for _again in range(2):
        with pytest.raises(StaleVersion):
            change_drafts.discard(world.leader, draft.id, reason="Otra.", version=gone.version)
    with pytest.raises(StaleVersion):
        send(world.leader, action, draft)
    mine = prepare(world.liaison, action)
    change_drafts.discard(world.liaison, mine.id, reason="Me equivoqué.", version=mine.version)
    assert len(news_of(world, world.office.liaison.id)) == 1
    assert change_drafts.open_of(world.liaison, action) is None


def test_a_liaison_does_not_discard_what_the_leader_keeps(world: World, action: Action) -> None:
    draft = prepare(world.leader, action)
    with pytest.raises(Forbidden):
        change_drafts.discard(world.liaison, draft.id, reason="No.", version=draft.version)


def test_an_action_that_ended_asks_for_nothing_more(world: World, action: Action) -> None:
    prepare(world.liaison, action)
    make_reported(world, action)
    assert "change_request.create" not in steps(world.leader)


def test_who_prepared_it_does_not_decide_on_it(world: World, action: Action) -> None:
    """A liaison who came to head the OCI meanwhile."""
    from app.services import change_request_facts

    request = send(world.leader, action, prepare(world.liaison, action))
    assert change_request_facts.facts(world.head, request).approved_by_other
    assert not change_request_facts.facts(world.liaison, request).approved_by_other


def test_people_are_asked_for_again_when_it_is_sent(world: World, action: Action) -> None:
    """What was prepared is judged anew: nothing of it is taken on trust."""
    units = actions.units(world.leader)
    proposal = Proposal(
        responsible_unit_id=units[0].id,
        responsible_position="Coordinación de compras",
        executor_ids=(world.office.liaison.id,),
    )
    draft = prepare(world.liaison, action, kind=Type.RESPONSIBLE_CHANGE, proposal=proposal)
    assert draft.proposed["responsible_position"] == "Coordinación de compras"
    with pytest.raises(Invalid):
        change_requests.create(
            world.leader,
            action.id,
            Type.RESPONSIBLE_CHANGE,
            reason=WHY,
            proposal=replace(proposal, executor_ids=(world.office.head.id,)),
            prepared=Prepared(draft.id, draft.version),
        )
    assert change_drafts.open_of(world.leader, action) is not None
