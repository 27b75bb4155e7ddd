"""Actions: written, accepted, started, verified, evaluated, replaced."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding
from app.models.org import TermRule
from app.models.plans import Action, Plan
from app.models.traceability import HistoryEntry
from app.services import actions, findings, plan_cascades, plans, verification
from app.services.finding_facts import ONE_PERSON_OFFICE
from tests.conftest import Clock
from tests.factories import PDF, acting, make_process, make_unit, make_user
from tests.plan_world import (
    World,
    action_data,
    actions_of,
    evaluate,
    fire,
    items,
    make_action,
    make_complete_plan,
    make_firm_findings,
    make_fulfilled,
    make_plan,
    make_reported,
    make_running_action,
    make_running_plan,
    make_world,
    review_plan,
    upload,
)
from workflows.action import ActionState
from workflows.enums import Effectiveness, Efficacy, Role
from workflows.finding import FindingState
from workflows.plan import PlanState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def fresh(world: World, action: Action) -> Action:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Action, action.id)


# ---------------------------------------------------------------- writing


def test_an_action_takes_the_next_code_of_its_plan(world: World) -> None:
    plan = make_plan(world)
    made = [make_action(world, plan.id) for _each in range(2)]
    assert [a.code for a in made] == ["2027-PM-001-A01", "2027-PM-001-A02"]
    fire(world.leader, made[1].id, "discard", "Repetida.")
    assert make_action(world, plan.id).code == "2027-PM-001-A03"


NONSENSE: list[tuple[dict[str, Any], str, str]] = [
    ({"description": "  "}, "description", "no_description"),
    ({"target_quantity": Decimal(0)}, "target_quantity", "bad_target"),
    ({"target_quantity": Decimal("1.234")}, "target_quantity", "bad_target"),
    ({"target_quantity": Decimal("1e15")}, "target_quantity", "bad_target"),
    ({"target_quantity": Decimal("NaN")}, "target_quantity", "bad_target"),
    ({"end_date": date(2027, 3, 1)}, "end_date", "ends_before_start"),
    ({"end_date": date(2028, 3, 2)}, "end_date", "too_long_term"),
    ({"start_date": date(2027, 2, 28)}, "start_date", "starts_before_plan"),
    ({"responsible_unit_id": 9999}, "responsible_unit_id", "no_such_unit"),
    ({"root_cause_id": 9999}, "root_cause_id", "foreign_cause"),
    ({"executor_ids": (9999,)}, "executor_ids", "foreign_executor"),
    ({"indicator_name": "x" * 301}, "indicator_name", "too_long"),
]


def test_what_makes_no_sense_is_refused(world: World) -> None:
    plan = make_plan(world)
    finding_id = items(world, plan.id)[0].finding_id
    for changes, field, code in NONSENSE:
        with pytest.raises(Invalid, match=code) as refused:
            actions.create(world.leader, plan.id, finding_id, action_data(world, **changes))
        assert refused.value.field == field
    assert actions_of(world, plan.id) == []


def test_twelve_months_to_the_day_are_allowed(world: World) -> None:
    plan = make_plan(world)
    action = make_action(world, plan.id, end_date=date(2028, 3, 1))
    assert action.end_date == date(2028, 3, 1)


def test_causes_and_findings_of_another_plan_are_foreign(world: World) -> None:
    plan, other = make_plan(world), make_complete_plan(world)
    foreign = actions_of(world, other.id)[0]
    with pytest.raises(Invalid, match="foreign_cause"):
        make_action(world, plan.id, root_cause_id=foreign.root_cause_id)
    with pytest.raises(NotFound):
        actions.create(world.leader, plan.id, foreign.finding_id, action_data(world))


def test_a_liaison_writes_his_own_actions_only(world: World) -> None:
    other = make_user(world.ctx, Role.LIAISON)
    process = make_process(
        world.ctx, leader=world.office.leader, liaisons=[world.office.liaison, other]
    )
    own = replace(world, office=replace(world.office, process=process))
    plan = make_plan(own, make_firm_findings(own))
    action = make_action(own, plan.id)
    stranger = acting(world.ctx, other)
    with pytest.raises(NotFound):
        actions.edit(stranger, action.id, action_data(own), version=None)
    actions.edit(own.liaison, action.id, action_data(own, description="Otra."), version=None)


def test_the_office_edits_no_action(world: World) -> None:
    plan = make_complete_plan(world)
    action = actions_of(world, plan.id)[0]
    for who in (world.head, world.auditor):
        with pytest.raises((Forbidden, NotFound)):
            actions.edit(who, action.id, action_data(world), version=None)


def test_what_is_under_review_stays_as_it_is(world: World) -> None:
    plan = make_complete_plan(world)
    review_plan(world, plan)
    action = actions_of(world, plan.id)[0]
    with pytest.raises(Forbidden):
        actions.edit(world.leader, action.id, action_data(world), version=None)
    with pytest.raises(Forbidden):
        make_action(world, plan.id)


def test_a_changed_promise_must_be_accepted_anew(world: World) -> None:
    action = make_action(world, make_plan(world).id)
    same = replace(action_data(world), root_cause_id=action.root_cause_id)
    actions.edit(world.liaison, action.id, replace(same, resources="Dos personas."), version=None)
    assert fresh(world, action).accepted_at is not None
    actions.edit(world.liaison, action.id, replace(same, target_quantity=Decimal(5)), version=None)
    assert fresh(world, action).accepted_at is None


def test_the_second_editor_is_told_what_the_first_changed(world: World) -> None:
    action = make_action(world, make_plan(world).id)
    seen = action.version
    changed = action_data(world, description="Primera versión.", root_cause_id=action.root_cause_id)
    actions.edit(world.leader, action.id, changed, version=seen)
    with pytest.raises(StaleVersion) as refused:
        actions.edit(world.liaison, action.id, action_data(world), version=seen)
    assert "description" in {difference.field for difference in refused.value.differences}


def test_the_head_of_the_unit_accepts_or_declines(world: World) -> None:
    head = make_user(world.ctx, name="Ulises Unidad")
    unit = make_unit(world.ctx, head=head)
    action = make_action(world, make_plan(world).id, accepted=False, responsible_unit_id=unit.id)
    unit_head = acting(world.ctx, head)
    with pytest.raises(Invalid, match="needs_reason"):
        actions.decline(unit_head, action.id, reason=" ", version=None)
    declined = actions.decline(unit_head, action.id, reason="No es nuestra.", version=None)
    assert declined.declined_by_id == head.id
    accepted = actions.accept(unit_head, action.id, version=None)
    assert (accepted.accepted_by_id, accepted.declined_at) == (head.id, None)
    for other in (world.liaison, world.leader):
        with pytest.raises(Forbidden):
            actions.accept(other, action.id, version=None)


# ---------------------------------------------------------------- starting by date


def test_an_action_waits_for_its_day(world: World, clock: Clock) -> None:
    start = world.ctx.today() + timedelta(days=10)
    plan = make_plan(world)
    make_action(world, plan.id, start_date=start)
    review_plan(world, plan)
    plans.fire(world.head, plan.id, "approve", version=None)
    action = actions_of(world, plan.id)[0]
    assert plan_cascades.scheduled(world.ctx)["planes y acciones que comenzaron"] == 0
    assert fresh(world, action).state is ActionState.APPROVED
    clock.advance(days=10)
    assert plan_cascades.scheduled(world.ctx)["planes y acciones que comenzaron"] == 2
    assert plan_cascades.scheduled(world.ctx)["planes y acciones que comenzaron"] == 0
    assert fresh(world, action).state is ActionState.RUNNING
    assert world.ctx.session.get_one(Plan, plan.id).state is PlanState.RUNNING
    finding = world.ctx.session.get_one(Finding, action.finding_id)
    assert finding.state is FindingState.IN_TREATMENT


# ---------------------------------------------------------------- verification


def test_verification_needs_someone_who_did_not_do_it(world: World) -> None:
    """A person of the office who is also named as executor does not verify."""
    action = make_running_action(world)
    make_reported(world, action)
    with world.leader.transaction() as session:
        row = session.get_one(Action, action.id)
        row.executors = [
            *row.executors,
            session.get_one(type(world.office.lead), world.office.lead.id),
        ]
        world.leader.record("change", "edit", row, {})
    with pytest.raises(Blocked) as refused:
        fire(world.lead, action.id, "start_verification")
    assert refused.value.unmet == ("action.needs_independent_verifier",)
    fire(world.auditor, action.id, "start_verification")
    assert fresh(world, action).verifier_id == world.office.auditor.id
    with pytest.raises(Forbidden):
        verification.record_efficacy(
            world.lead, action.id, Efficacy.MET, note="Bien.", version=None
        )


def test_a_partial_result_is_rejected_and_tried_again(world: World) -> None:
    action = make_reported(world, make_running_action(world))
    fire(world.auditor, action.id, "start_verification")
    verification.record_efficacy(
        world.auditor,
        action.id,
        Efficacy.PARTIAL,
        note="Faltan dos.",
        file=upload("revision.pdf"),
        version=None,
    )
    with pytest.raises(Blocked) as refused:
        fire(world.lead, action.id, "verify")
    assert refused.value.unmet == ("action.needs_efficacy",)
    fire(world.lead, action.id, "reject", "Faltan dos designaciones.")
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(HistoryEntry.event == "reject")
    ).one()
    assert entry.details["efficacy"] == "parcial"
    document = world.ctx.session.scalars(
        select(Document).where(Document.purpose == DocumentPurpose.VERIFICATION)
    ).one()
    assert document.action_id == action.id
    assert fresh(world, action).state is ActionState.RUNNING
    fire(world.leader, action.id, "report_completion")
    fire(world.lead, action.id, "start_verification")
    assert fresh(world, action).efficacy is Efficacy.NOT_EVALUATED


def test_a_result_needs_its_support(world: World) -> None:
    action = make_reported(world, make_running_action(world))
    fire(world.lead, action.id, "start_verification")
    for result, note, field in (
        (Efficacy.MET, "  ", "note"),
        (Efficacy.NOT_EVALUATED, "Bien.", "efficacy"),
    ):
        with pytest.raises(Invalid) as refused:
            verification.record_efficacy(world.lead, action.id, result, note=note, version=None)
        assert refused.value.field == field


def test_only_the_office_verifies_and_in_its_time(world: World) -> None:
    action = make_running_action(world)
    with pytest.raises(OutOfPlace):
        fire(world.lead, action.id, "start_verification")
    make_reported(world, action)
    for who in (world.leader, world.planner, world.manager):
        with pytest.raises(Forbidden):
            fire(who, action.id, "start_verification")
    with pytest.raises(Forbidden):
        verification.record_efficacy(
            world.lead, action.id, Efficacy.MET, note="Bien.", version=None
        )


def test_an_action_is_declared_unmet_only_after_its_end(world: World, clock: Clock) -> None:
    action = make_running_action(world)
    with pytest.raises(Blocked) as refused:
        fire(world.head, action.id, "declare_unmet", "No se hizo.")
    assert refused.value.unmet == ("action.needs_past_end_date",)
    clock.at = clock.at.replace(month=9, day=2)
    assert fire(world.head, action.id, "declare_unmet", "No se hizo.").state is ActionState.UNMET


# ---------------------------------------------------------------- effectiveness


def test_effectiveness_waits_and_takes_another_person(world: World, clock: Clock) -> None:
    action = make_fulfilled(world, make_running_action(world))
    with pytest.raises(Blocked) as refused:
        fire(world.head, action.id, "start_evaluation")
    assert refused.value.unmet == ("action.needs_waiting_period",)
    clock.at = clock.at.replace(month=6, day=1)  # three months after the report of 1 March
    with pytest.raises(Blocked) as refused:
        fire(world.lead, action.id, "start_evaluation")
    assert refused.value.unmet == ("action.needs_other_evaluator",)
    closed = evaluate(world, action)
    assert (closed.state, closed.effectiveness) == (
        ActionState.CLOSED_EFFECTIVE,
        Effectiveness.EFFECTIVE,
    )


def test_an_office_of_one_person_may_evaluate_and_it_is_written_down(
    world: World, clock: Clock
) -> None:
    action = make_reported(world, make_running_action(world))
    fire(world.head, action.id, "start_verification")
    verification.record_efficacy(world.head, action.id, Efficacy.MET, note="Bien.", version=None)
    fire(world.head, action.id, "verify")
    clock.advance(days=120)
    with pytest.raises(Blocked):
        fire(world.head, action.id, "start_evaluation")
    _declare_one_person_office(world)
    evaluate(world, action)
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(HistoryEntry.event == "close_effective")
    ).one()
    assert entry.details["exception"]


def _declare_one_person_office(world: World) -> None:
    with world.ctx.transaction() as session:
        rule = session.scalars(select(TermRule).where(TermRule.code == ONE_PERSON_OFFICE)).one()
        rule.amount = 1
        world.ctx.record("change", "edit", rule, {"amount": [0, 1]})


def test_a_partial_effect_counts_as_none(world: World, clock: Clock) -> None:
    action = make_fulfilled(world, make_running_action(world))
    clock.advance(days=120)
    failed = evaluate(world, action, Effectiveness.PARTIAL)
    assert failed.state is ActionState.INEFFECTIVE
    assert world.ctx.session.get_one(Plan, action.plan_id).state is PlanState.COMPLETED


def test_closing_by_exception_leaves_the_effect_unevaluated(world: World) -> None:
    action = make_fulfilled(world, make_running_action(world))
    closed = fire(world.head, action.id, "close_by_exception", "El proceso se suprimió.")
    assert closed.state is ActionState.CLOSED_EFFECTIVE
    assert closed.effectiveness is Effectiveness.NOT_EVALUATED
    assert closed.closing_exception == "El proceso se suprimió."


# ---------------------------------------------------------------- successors


def make_failed(world: World, clock: Clock) -> Action:
    action = make_fulfilled(world, make_running_action(world))
    clock.advance(days=120)
    return evaluate(world, action, Effectiveness.INEFFECTIVE)


def successor_of(world: World, action: Action) -> Action:
    today = world.ctx.today()
    return make_action(
        world,
        action.plan_id,
        replaces_id=action.id,
        start_date=today,
        end_date=today + timedelta(days=90),
        description="Automatizar el control.",
    )


def test_a_failed_action_gives_way_to_its_successor(world: World, clock: Clock) -> None:
    failed = make_failed(world, clock)
    findings.fire(
        world.head,
        failed.finding_id,
        "reopen",
        version=None,
        reason="La acción no sirvió.",
        inputs={"ground": f"action:{failed.id}"},
    )
    successor = successor_of(world, failed)
    with pytest.raises(Invalid, match="not_replaceable"):
        successor_of(world, failed)
    fire(world.leader, successor.id, "submit")
    with pytest.raises(Blocked) as refused:
        fire(world.head, successor.id, "approve")
    assert refused.value.unmet == ("action.needs_consolidation",)
    plans.consolidate_action(world.planner, successor.id, version=None)
    fire(world.head, successor.id, "approve")
    assert fresh(world, failed).state is ActionState.REFORMULATED
    assert fresh(world, successor).state is ActionState.RUNNING
    assert world.ctx.session.get_one(Plan, failed.plan_id).state is PlanState.RUNNING
    finding = world.ctx.session.get_one(Finding, failed.finding_id)
    assert finding.state is FindingState.IN_TREATMENT


def test_a_running_plan_takes_successors_only(world: World) -> None:
    plan = make_running_plan(world)
    with pytest.raises(Invalid, match="needs_replaced"):
        make_action(world, plan.id)
    running = actions_of(world, plan.id)[0]
    with pytest.raises(Invalid, match="not_replaceable"):
        successor_of(world, running)


def test_an_action_of_a_draft_moves_with_its_plan_only(world: World) -> None:
    action = actions_of(world, make_complete_plan(world).id)[0]
    with pytest.raises(OutOfPlace):
        fire(world.leader, action.id, "submit")


def test_stale_and_unknown_events_of_an_action(world: World) -> None:
    action = make_running_action(world)
    with pytest.raises(StaleVersion):
        actions.fire(world.leader, action.id, "report_completion", version=action.version - 1)
    with pytest.raises(NotFound):
        fire(world.leader, action.id, "explode")
    for event in (
        "start_execution",
        "reformulate",
        "void",
        "cancel_with_plan",
        "annul_with_finding",
    ):
        with pytest.raises(Forbidden):
            fire(world.head, action.id, event, "x")


# ---------------------------------------------------------------- the body of control's own result


def test_the_body_of_control_says_its_own_and_changes_nothing_of_ours(world: World) -> None:
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    plans.add_transmission(world.planner, plan.id, io.BytesIO(PDF), "constancia.pdf")
    plans.fire(world.manager, plan.id, "subscribe", version=None)
    action = make_fulfilled(world, actions_of(world, plan.id)[0])
    told = "CUMPLIDA INEFECTIVA, según el informe 12 de 2028."
    for who in (world.lead, world.leader, world.planner, world.manager):
        with pytest.raises(Forbidden):
            verification.record_authority_result(who, action.id, told, version=None)
    for text in ("", "  \n"):
        with pytest.raises(Invalid):
            verification.record_authority_result(world.head, action.id, text, version=None)
    verification.record_authority_result(world.head, action.id, told, version=action.version)
    row = fresh(world, action)
    assert (row.authority_result, row.efficacy) == (told, Efficacy.MET)
    assert row.state is ActionState.FULFILLED
    with pytest.raises(StaleVersion):
        verification.record_authority_result(world.head, action.id, "Otra.", version=1)


def test_there_is_no_such_result_on_a_plan_of_ours(world: World) -> None:
    action = make_running_action(world)
    with pytest.raises(Invalid, match="no_authority"):
        verification.record_authority_result(world.head, action.id, "Abierta.", version=None)


def test_who_recorded_the_efficacy_does_not_evaluate_the_effectiveness(
    world: World, clock: Clock
) -> None:
    """Though another was assigned the verification and took its result as good."""
    action = make_reported(world, make_running_action(world))
    fire(world.lead, action.id, "start_verification")
    note = "Se revisaron las diez."
    verification.record_efficacy(world.auditor, action.id, Efficacy.MET, note=note, version=None)
    fire(world.lead, action.id, "verify")
    clock.advance(days=200)
    for who in (world.auditor, world.lead):
        with pytest.raises(Blocked) as refused:
            fire(who, action.id, "start_evaluation")
        assert refused.value.unmet == ("action.needs_other_evaluator",)
    fire(world.head, action.id, "start_evaluation")
