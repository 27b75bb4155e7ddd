"""Changes of an action: asked in time, decided by others, applied with their trace."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.org import TermRule
from app.models.plans import Action, ChangeRequest
from app.models.traceability import HistoryEntry
from app.services import change_requests, plan_cascades, plans
from app.services.change_proposals import Proposal
from app.services.plan_terms import DIRECTION_APPROVAL
from tests.conftest import Clock
from tests.factories import PDF, acting, make_process, make_unit, make_user
from tests.plan_world import (
    World,
    actions_of,
    fire,
    fire_plan,
    make_action,
    make_complete_plan,
    make_fulfilled,
    make_reported,
    make_running_action,
    make_running_plan,
    make_world,
    review_plan,
)
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ChangeRequestType as Type
from workflows.enums import Role
from workflows.plan import PlanState

pytestmark = pytest.mark.postgres_long

END = date(2027, 9, 1)
LATER = date(2027, 12, 1)
WHY = "El proveedor entrega en noviembre."


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def ask(
    world: World,
    action: Action,
    kind: Type = Type.EXTENSION,
    *,
    reason: str = WHY,
    key: str = "",
    **values: object,
) -> ChangeRequest:
    """A request of the leader; an extension to December unless told otherwise."""
    if kind is Type.EXTENSION:
        values.setdefault("end_date", LATER)
    proposal = replace(Proposal(), **values)  # type: ignore[arg-type]  # fields by name
    return change_requests.create(
        world.leader, action.id, kind, reason=reason, proposal=proposal, key=key
    )


def move(who: Context, request: ChangeRequest, event: str, reason: str = "") -> ChangeRequest:
    return change_requests.fire(who, request.id, event, version=None, reason=reason)


def decide(world: World, request: ChangeRequest, event: str = "approve") -> ChangeRequest:
    move(world.planner, request, "start_review")
    return move(world.head, request, event, "" if event == "approve" else "No procede.")


def fresh(world: World, action: Action) -> Action:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Action, action.id)


def state_of(world: World, request: ChangeRequest) -> ChangeRequestState:
    world.ctx.session.refresh(request)
    return request.state


# ---------------------------------------------------------------- asking


def test_an_extension_is_applied_and_the_original_date_stays(world: World) -> None:
    action = make_running_action(world)
    request = ask(world, action)
    assert (request.before, request.proposed) == (
        {"end_date": "2027-09-01"},
        {"end_date": "2027-12-01"},
    )
    decide(world, request)
    changed = fresh(world, action)
    assert (changed.end_date, changed.original_end_date, changed.extension_count) == (LATER, END, 1)
    events = world.ctx.session.scalars(
        select(HistoryEntry.event)
        .where(HistoryEntry.thing_kind == "change_request")
        .order_by(HistoryEntry.id)
    ).all()
    assert events == ["create", "start_review", "approve"]


def test_asking_lists_every_condition(world: World, clock: Clock) -> None:
    action = make_running_action(world)
    decide(world, ask(world, action))
    clock.at = clock.at.replace(month=11, day=25)  # four working days before the new end
    with pytest.raises(Blocked) as refused:
        ask(world, action, reason=" ", end_date=date(2028, 3, 1))
    assert refused.value.unmet == (
        "change_request.needs_reason",
        "change_request.needs_advance_notice",
        "change_request.needs_remaining_extension",
    )


def test_ten_working_days_before_are_enough_and_nine_are_not(world: World, clock: Clock) -> None:
    action = make_running_action(world)
    clock.at = clock.at.replace(month=8, day=18)  # ten working days left up to 1 September
    ask(world, action)
    other = make_running_action(world)
    clock.advance(days=1)
    with pytest.raises(Blocked) as refused:
        ask(world, other)
    assert refused.value.unmet == ("change_request.needs_advance_notice",)


def test_one_request_at_a_time(world: World) -> None:
    action = make_running_action(world)
    first = ask(world, action, key="k")
    assert ask(world, action, key="k").id == first.id
    with pytest.raises(Blocked) as refused:
        ask(world, action, Type.TARGET_CHANGE, target_quantity=Decimal(8))
    assert refused.value.unmet == ("change_request.needs_no_pending_request",)
    move(world.leader, first, "withdraw", "Se alcanza a terminar.")
    ask(world, action, Type.TARGET_CHANGE, target_quantity=Decimal(8))


def test_values_that_make_no_sense_are_refused(world: World) -> None:
    action = make_running_action(world)
    unit = world.office.unit
    wrong = [
        (Type.EXTENSION, {"end_date": END}, "end_date"),
        (Type.EXTENSION, {"end_date": None}, "end_date"),
        (Type.EXTENSION, {"end_date": date(2028, 9, 2)}, "end_date"),
        (Type.TARGET_CHANGE, {"target_quantity": Decimal(0)}, "target_quantity"),
        (Type.TARGET_CHANGE, {"target_quantity": Decimal(10)}, "target_quantity"),
        (Type.RESPONSIBLE_CHANGE, {"responsible_unit_id": 999}, "responsible_unit_id"),
        (Type.RESPONSIBLE_CHANGE, {"responsible_unit_id": unit.id}, "responsible_position"),
        (
            Type.RESPONSIBLE_CHANGE,
            {
                "responsible_unit_id": unit.id,
                "responsible_position": "Jefe",
                "executor_ids": (world.office.head.id,),
            },
            "executor_ids",
        ),
    ]
    for kind, values, field in wrong:
        with pytest.raises(Invalid) as refused:
            ask(world, action, kind, **values)  # type: ignore[arg-type]  # fields by name
        assert refused.value.field == field


def test_only_the_leader_of_the_process_asks(world: World) -> None:
    action = make_running_action(world)
    for who in (world.liaison, world.head, world.planner):
        with pytest.raises(Forbidden):
            change_requests.create(
                who, action.id, Type.EXTENSION, reason=WHY, proposal=Proposal(end_date=LATER)
            )
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    with pytest.raises(NotFound):
        change_requests.create(
            acting(world.ctx, stranger),
            action.id,
            Type.EXTENSION,
            reason=WHY,
            proposal=Proposal(end_date=LATER),
        )


def test_an_action_still_being_written_admits_no_change(world: World) -> None:
    action = actions_of(world, make_complete_plan(world).id)[0]
    with pytest.raises(Blocked) as refused:
        ask(world, action)
    assert "change_request.needs_live_action" in refused.value.unmet


# ---------------------------------------------------------------- deciding


def test_target_and_responsible_are_applied(world: World) -> None:
    action = make_running_action(world)
    decide(world, ask(world, action, Type.TARGET_CHANGE, target_quantity=Decimal("12.5")))
    assert fresh(world, action).target_quantity == Decimal("12.5")
    unit = make_unit(world.ctx, name="Subdirección Jurídica")
    request = ask(
        world,
        action,
        Type.RESPONSIBLE_CHANGE,
        responsible_unit_id=unit.id,
        responsible_position="Subdirectora",
        executor_ids=(world.office.leader.id,),
    )
    assert request.before["responsible_unit"] == "Dirección Administrativa"
    decide(world, request)
    changed = fresh(world, action)
    assert (changed.responsible_unit_id, changed.responsible_position) == (unit.id, "Subdirectora")
    assert [user.id for user in changed.executors] == [world.office.leader.id]


def test_a_denied_or_stale_request_changes_nothing(world: World) -> None:
    action = make_running_action(world)
    request = ask(world, action)
    with pytest.raises(StaleVersion):
        change_requests.fire(world.planner, request.id, "start_review", version=request.version + 1)
    with pytest.raises(OutOfPlace):
        move(world.head, request, "approve")
    denied = decide(world, request, "deny")
    assert (denied.state, denied.decision_reason) == (ChangeRequestState.DENIED, "No procede.")
    assert fresh(world, action).end_date == END


def test_who_asked_does_not_approve_through_a_substitution(world: World) -> None:
    """Nobody decides on the request of a person for whom he or she acts."""
    action = make_running_action(world)
    request = ask(world, action)
    move(world.planner, request, "start_review")
    actor = replace(world.head.actor, persons=world.head.actor.persons | {world.office.leader.id})
    with pytest.raises(Blocked) as refused:
        move(replace(world.ctx, actor=actor), request, "approve")
    assert refused.value.unmet == ("change_request.needs_other_approver",)


def test_the_direction_approves_when_the_entity_asks_for_it(world: World) -> None:
    with world.ctx.transaction() as session:
        rule = session.scalars(select(TermRule).where(TermRule.code == DIRECTION_APPROVAL)).one()
        rule.amount = 1
        world.ctx.record("change", "edit", rule, {"amount": [0, 1]})
    action = make_running_action(world)
    request = ask(world, action)
    move(world.planner, request, "start_review")
    with pytest.raises(Blocked) as refused:
        move(world.head, request, "approve")
    assert refused.value.unmet == ("change_request.needs_direction_approval",)
    with pytest.raises(Forbidden):
        change_requests.approve_direction(world.head, request.id, version=None)
    change_requests.approve_direction(world.manager, request.id, version=None)
    move(world.head, request, "approve")
    assert fresh(world, action).end_date == LATER


def test_an_external_plan_changes_under_a_rule_of_its_body(world: World) -> None:
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    plans.add_transmission(world.leader, plan.id, io.BytesIO(PDF), "radicado.pdf")
    fire_plan(world.manager, plan.id, "subscribe")
    action = actions_of(world, plan.id)[0]
    request = ask(world, action)
    move(world.planner, request, "start_review")
    with pytest.raises(Blocked) as refused:
        move(world.head, request, "approve")
    assert refused.value.unmet == ("change_request.needs_authority_rule",)
    change_requests.record_rule(
        world.planner, request.id, rule="Resolución 36 de 2019, art. 10.", version=None
    )
    move(world.head, request, "approve")
    assert fresh(world, action).extension_count == 1


# ---------------------------------------------------------------- annulment, reformulation, lapse


def test_an_annulment_leaves_no_finding_alone(world: World) -> None:
    plan = make_running_plan(world, action_count=2)
    first, second = actions_of(world, plan.id)
    decide(world, ask(world, first, Type.CANCELLATION))
    assert fresh(world, first).state is ActionState.VOIDED
    request = ask(world, second, Type.CANCELLATION)
    move(world.planner, request, "start_review")
    with pytest.raises(Blocked) as refused:
        move(world.head, request, "approve")
    assert refused.value.unmet == ("action.needs_other_action",)
    world.ctx.session.rollback()
    assert (
        world.ctx.session.get_one(ChangeRequest, request.id).state is ChangeRequestState.IN_REVIEW
    )


def test_voiding_the_last_unfinished_action_fulfils_the_plan(world: World) -> None:
    plan = make_running_plan(world, action_count=2)
    first, second = actions_of(world, plan.id)
    make_fulfilled(world, first)
    decide(world, ask(world, second, Type.CANCELLATION))
    world.ctx.session.refresh(plan)
    assert plan.state is PlanState.COMPLETED


def test_a_reformulation_lets_a_running_action_be_replaced(world: World) -> None:
    action = make_running_action(world)
    with pytest.raises(Invalid, match="not_replaceable"):
        make_action(world, action.plan_id, replaces_id=action.id)
    decide(world, ask(world, action, Type.REFORMULATION))
    successor = make_action(world, action.plan_id, replaces_id=action.id)
    fire(world.leader, successor.id, "submit")
    plans.consolidate_action(world.planner, successor.id, version=None)
    fire(world.head, successor.id, "approve")
    assert fresh(world, action).state is ActionState.REFORMULATED
    assert fresh(world, successor).state is ActionState.RUNNING


def test_a_request_lapses_when_its_action_ends(world: World) -> None:
    action = make_running_action(world)
    request = ask(world, action)
    make_reported(world, action)
    # the report may still come back
    assert state_of(world, request) is ChangeRequestState.REQUESTED
    fire(world.leader, action.id, "withdraw_report", "Falta un acta.")
    make_fulfilled(world, action)
    assert state_of(world, request) is ChangeRequestState.WITHDRAWN
    assert request.decided_at is not None


def test_the_timetable_files_what_was_left(world: World, clock: Clock) -> None:
    """A pending request of an action that was declared unmet is filed, whoever comes first."""
    action = make_running_action(world)
    ask(world, action)
    clock.advance(days=200)
    fire(world.head, action.id, "declare_unmet", "No se hizo.")
    report = plan_cascades.scheduled(world.ctx)
    assert report == {
        "planes y acciones que comenzaron": 0,
        "solicitudes de cambio archivadas": 0,
    }
    annulment = ask(world, action, Type.CANCELLATION)
    assert annulment.state is ChangeRequestState.REQUESTED
    assert plan_cascades.scheduled(world.ctx)["solicitudes de cambio archivadas"] == 0
