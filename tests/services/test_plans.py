"""A plan from its draft to its end, through the people who move it."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Action, Plan, PlanFinding, Remark
from app.models.traceability import HistoryEntry, OutboxItem
from app.services import ledger, plans, remarks
from tests.conftest import Clock
from tests.factories import PDF, acting, make_process, make_user
from tests.plan_world import (
    World,
    actions_of,
    evaluate,
    fire_plan,
    items,
    make_action,
    make_complete_plan,
    make_external_findings,
    make_firm_findings,
    make_fulfilled,
    make_plan,
    make_running_plan,
    make_world,
    review_plan,
)
from workflows.action import ActionState
from workflows.audit import AuditState
from workflows.enums import PlanSource, Role
from workflows.finding import FindingState
from workflows.plan import PlanState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def state_of(world: World, plan: Plan) -> PlanState:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Plan, plan.id).state


# ---------------------------------------------------------------- making one


def test_a_plan_takes_its_term_and_code_from_the_year_and_the_audit(world: World) -> None:
    found = make_firm_findings(world, 2)
    plan = make_plan(world, found)
    audit = world.ctx.session.get_one(Audit, found[0].audit_id)
    assert plan.code == "2027-PM-001"
    assert (plan.source, plan.audit_id) == (PlanSource.INTERNAL_AUDIT, audit.id)
    assert plan.due_on == audit.plan_due_on is not None
    assert plan.due == audit.plan_due
    assert [item.finding_id for item in items(world, plan.id)] == [f.id for f in found]
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(HistoryEntry.thing_kind == "plan")
    ).one()
    assert (entry.event, entry.target, entry.actor_id) == (
        "create",
        "borrador",
        world.office.leader.id,
    )


def test_codes_do_not_repeat_and_begin_anew_each_year(world: World, clock: Clock) -> None:
    first, second = (make_plan(world, make_external_findings(world)) for _ in range(2))
    clock.advance(days=365)
    third = make_plan(world, make_external_findings(world))
    assert [plan.code for plan in (first, second, third)] == [
        "2027-PM-001",
        "2027-PM-002",
        "2028-PM-001",
    ]


def test_an_external_plan_is_due_by_the_term_of_its_body(world: World) -> None:
    plan = make_plan(world, make_external_findings(world))
    assert plan.due_on == date(2027, 3, 8)  # ten working days after the report of 22 February
    assert plan.due is not None
    assert plan.due["term"]["code"] == "external_plan_bogota"


def test_a_second_press_gives_the_first_plan(world: World) -> None:
    found = make_firm_findings(world)
    first = make_plan(world, found, key="k1")
    assert make_plan(world, found, key="k1").id == first.id
    assert world.ctx.session.scalars(select(Plan)).all() == [first]


def test_a_finding_lives_in_one_plan_only(world: World) -> None:
    found = make_firm_findings(world)
    plan = make_plan(world, found)
    with pytest.raises(Invalid, match="finding_not_free"):
        make_plan(world, found)
    fire_plan(world.leader, plan.id, "discard", reason="Se hará con otro.")
    assert make_plan(world, found).id != plan.id


def test_findings_of_two_origins_do_not_share_a_plan(world: World) -> None:
    mixed = [*make_firm_findings(world), *make_external_findings(world)]
    with pytest.raises(Invalid, match="mixed_origins"):
        make_plan(world, mixed)
    with pytest.raises(Invalid, match="no_findings"):
        plans.create(world.leader, world.office.process.id, title="Plan", finding_ids=[])


@pytest.mark.parametrize("state", [FindingState.PRELIMINARY, FindingState.CLOSED])
def test_only_firm_findings_are_planned(world: World, state: FindingState) -> None:
    found = make_firm_findings(world, state=state)
    with pytest.raises(Invalid, match="finding_not_free"):
        make_plan(world, found)


def test_a_leader_plans_his_own_process_only(world: World) -> None:
    found = make_firm_findings(world)
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    with pytest.raises(NotFound):
        plans.create(
            acting(world.ctx, stranger),
            found[0].process_id,
            title="Plan",
            finding_ids=[found[0].id],
        )


def test_nobody_but_the_first_line_formulates(world: World) -> None:
    found = make_firm_findings(world)
    for who in (world.head, world.auditor, world.planner, world.manager):
        with pytest.raises(Forbidden):
            plans.create(who, found[0].process_id, title="Plan", finding_ids=[found[0].id])


def test_a_person_of_the_office_formulates_nothing_though_also_a_leader(world: World) -> None:
    both = make_user(world.ctx, Role.PROCESS_OWNER, Role.AUDITOR)
    process = make_process(world.ctx, leader=both)
    found = make_firm_findings(world, process_id=process.id)
    with pytest.raises((Forbidden, NotFound)):
        plans.create(acting(world.ctx, both), process.id, title="Plan", finding_ids=[found[0].id])


def test_editing_needs_the_version_that_was_read(world: World) -> None:
    plan = make_plan(world)
    seen = plan.version
    plans.edit(world.leader, plan.id, title="Otro título", version=seen)
    with pytest.raises(StaleVersion) as refused:
        plans.edit(world.liaison, plan.id, title="Un tercero", version=seen)
    assert refused.value.differences[0].theirs == "Otro título"


def test_findings_of_the_same_audit_can_be_added(world: World) -> None:
    first, second = make_firm_findings(world, 2)
    plan = make_plan(world, [first])
    assert [f.id for f in plans.addable(world.ctx, plan)] == [second.id]
    plans.edit(world.leader, plan.id, title=plan.title, add=[second.id], version=plan.version)
    assert len(items(world, plan.id)) == 2
    with pytest.raises(Invalid, match="finding_not_free"):
        plans.edit(world.leader, plan.id, title="x", add=[second.id], version=None)


# ---------------------------------------------------------------- sending and review


def test_an_incomplete_plan_says_all_that_is_missing(world: World) -> None:
    plan = make_plan(world)
    with pytest.raises(Blocked) as refused:
        fire_plan(world.leader, plan.id, "submit")
    assert refused.value.unmet == ("plan.needs_actions", "plan.needs_root_causes")
    make_action(world, plan.id, accepted=False)
    with pytest.raises(Blocked) as refused:
        fire_plan(world.leader, plan.id, "submit")
    assert refused.value.unmet == ("plan.needs_complete_actions",)
    assert getattr(refused.value.facts, "incomplete_actions") == ("2027-PM-001-A01",)  # noqa: B009 # facts of any thing


def test_sending_takes_the_actions_along_and_recalling_brings_them_back(world: World) -> None:
    plan = make_complete_plan(world, action_count=2)
    sent = fire_plan(world.leader, plan.id, "submit")
    assert sent.first_submitted_at is not None
    assert {a.state for a in actions_of(world, plan.id)} == {ActionState.IN_REVIEW}
    fire_plan(world.leader, plan.id, "recall", reason="Falta un dato.")
    assert {a.state for a in actions_of(world, plan.id)} == {ActionState.FORMULATED}
    assert state_of(world, plan) is PlanState.DRAFT


def test_a_late_plan_is_marked_not_refused(world: World, clock: Clock) -> None:
    plan = make_complete_plan(world)
    clock.advance(days=20)  # due on 15 March; today is 21 March, and the 22nd is a holiday
    sent = fire_plan(world.leader, plan.id, "submit")
    assert sent.late_by_days == 4
    entry = world.ctx.session.scalars(
        select(HistoryEntry).where(
            HistoryEntry.event == "submit", HistoryEntry.thing_kind == "plan"
        )
    ).one()
    assert entry.details["late_by_days"] == 4


def test_who_formulated_does_not_review(world: World) -> None:
    planner = make_user(world.ctx, Role.PROCESS_OWNER, Role.SECOND_LINE)
    process = make_process(world.ctx, leader=planner, unit=world.office.unit)
    own = replace(world, office=replace(world.office, leader=planner, process=process))
    plan = make_plan(own, make_firm_findings(own))
    make_action(own, plan.id, by=own.leader, executor_ids=())
    fire_plan(own.leader, plan.id, "submit")
    with pytest.raises(Blocked) as refused:
        fire_plan(own.leader, plan.id, "start_review")
    assert refused.value.unmet == ("plan.needs_reviewer",)
    fire_plan(world.planner, plan.id, "start_review")
    with pytest.raises(Invalid, match="own_consolidation"):
        plans.consolidate(own.leader, plan.id, version=None)


def test_only_actions_with_remarks_go_back(world: World) -> None:
    plan = make_complete_plan(world, action_count=2)
    review_plan(world, plan)
    with pytest.raises(Blocked, match="blocked"):
        fire_plan(world.planner, plan.id, "send_back")
    first = actions_of(world, plan.id)[0]
    remarks.add(
        world.planner, plan.id, text="El indicador no mide.", field="indicator", action_id=first.id
    )
    back = fire_plan(world.planner, plan.id, "send_back")
    assert (back.state, back.returned_count) == (PlanState.RETURNED, 1)
    assert back.consolidated_at is None
    assert back.due_on == date(2027, 3, 8)  # five working days to present it corrected
    states = [a.state for a in actions_of(world, plan.id)]
    assert states == [ActionState.RETURNED, ActionState.IN_REVIEW]
    told = world.ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()
    assert any("observaciones" in item.payload["text"] for item in told)


def test_an_unanswered_remark_keeps_the_plan_from_being_accepted(world: World) -> None:
    plan = make_complete_plan(world)
    review_plan(world, plan)
    remark = remarks.add(world.planner, plan.id, text="Falta un hallazgo.")
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "approve")
    assert refused.value.unmet == ("plan.needs_answered_remarks",)
    remarks.answer(world.liaison, remark.id, text="Va en otro plan.")
    with pytest.raises(OutOfPlace):
        remarks.answer(world.leader, remark.id, text="Otra vez.")
    fire_plan(world.head, plan.id, "approve")


def test_a_remark_is_withdrawn_by_its_author_only(world: World) -> None:
    plan = make_complete_plan(world)
    fire_plan(world.leader, plan.id, "submit")
    remark = remarks.add(world.planner, plan.id, text="No se entiende.")
    with pytest.raises(Forbidden):
        remarks.withdraw(world.head, remark.id)
    remarks.withdraw(world.planner, remark.id)
    assert world.ctx.session.get_one(Remark, remark.id).answered_at is not None


def test_the_first_line_writes_no_remarks(world: World) -> None:
    plan = make_complete_plan(world)
    with pytest.raises(Forbidden):
        remarks.add(world.leader, plan.id, text="Todo bien.")
    other = make_complete_plan(world)
    action = actions_of(world, other.id)[0]
    with pytest.raises(NotFound):  # an action of another plan
        remarks.add(world.planner, plan.id, text="x", action_id=action.id)


# ---------------------------------------------------------------- acceptance


def test_acceptance_moves_actions_findings_and_audit(world: World) -> None:
    plan = make_complete_plan(world)
    review_plan(world, plan)
    fire_plan(world.head, plan.id, "approve")
    assert state_of(world, plan) is PlanState.RUNNING  # its action starts today
    action = actions_of(world, plan.id)[0]
    finding = world.ctx.session.get_one(Finding, action.finding_id)
    audit = world.ctx.session.get_one(Audit, plan.audit_id)
    assert action.state is ActionState.RUNNING
    assert action.original_end_date == action.end_date
    assert finding.state is FindingState.IN_TREATMENT
    assert audit.state is AuditState.FOLLOW_UP
    assert ledger.verify(world.ctx.session).ok


def test_acceptance_needs_the_visto_bueno_and_another_person(world: World) -> None:
    plan = make_complete_plan(world)
    fire_plan(world.leader, plan.id, "submit")
    fire_plan(world.head, plan.id, "start_review")
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "approve")
    assert refused.value.unmet == ("plan.needs_consolidation",)
    with pytest.raises(Forbidden):
        plans.consolidate(world.head, plan.id, version=None)


def test_an_internal_plan_is_not_subscribed(world: World) -> None:
    plan = make_complete_plan(world)
    review_plan(world, plan)
    with pytest.raises((Forbidden, NotFound)):
        fire_plan(world.manager, plan.id, "subscribe")


def test_an_external_plan_is_subscribed_with_its_proof(world: World) -> None:
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "approve")
    assert refused.value.unmet == ("plan.needs_internal_source",)
    with pytest.raises(Blocked) as refused:
        fire_plan(world.manager, plan.id, "subscribe")
    assert refused.value.unmet == ("plan.needs_transmission",)
    document = plans.add_transmission(world.leader, plan.id, io.BytesIO(PDF), "radicado.pdf")
    assert document.plan_id == plan.id
    fire_plan(world.manager, plan.id, "subscribe")
    assert state_of(world, plan) is PlanState.RUNNING
    with pytest.raises(Invalid, match="transmission_closed"):
        plans.add_transmission(world.leader, plan.id, io.BytesIO(PDF), "otro.pdf")


def test_an_internal_plan_takes_no_proof_of_transmission(world: World) -> None:
    plan = make_complete_plan(world)
    with pytest.raises(Invalid, match="internal_transmission"):
        plans.add_transmission(world.leader, plan.id, io.BytesIO(PDF), "radicado.pdf")


def test_a_stranger_learns_nothing(world: World) -> None:
    plan = make_complete_plan(world)
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    other = acting(world.ctx, stranger)
    for event in ("submit", "recall", "approve", "complete"):
        with pytest.raises(NotFound):
            fire_plan(other, plan.id, event)
    with pytest.raises(NotFound):
        plans.edit(other, plan.id, title="x", version=None)


def test_nobody_fires_the_events_of_the_system(world: World) -> None:
    plan = make_running_plan(world)
    for event in ("start_execution", "complete", "reopen"):
        for who in (world.head, world.leader, world.planner):
            with pytest.raises(Forbidden):
                fire_plan(who, plan.id, event)


def test_an_event_that_there_is_not_is_not_found(world: World) -> None:
    plan = make_plan(world)
    with pytest.raises(NotFound):
        fire_plan(world.leader, plan.id, "explode")


def test_a_stale_page_moves_nothing(world: World) -> None:
    plan = make_complete_plan(world)
    seen = plan.version
    plans.edit(world.leader, plan.id, title="Nuevo", version=None)
    with pytest.raises(StaleVersion):
        plans.fire(world.leader, plan.id, "submit", version=seen)


# ---------------------------------------------------------------- the end


def test_a_plan_is_fulfilled_evaluated_and_closed(world: World, clock: Clock) -> None:
    plan = make_running_plan(world)
    action = make_fulfilled(world, actions_of(world, plan.id)[0])
    assert state_of(world, plan) is PlanState.COMPLETED
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "evaluate")
    assert refused.value.unmet == ("plan.needs_evaluated_actions",)
    clock.advance(days=120)
    evaluate(world, action)
    fire_plan(world.head, plan.id, "evaluate")
    fire_plan(world.head, plan.id, "close")
    assert state_of(world, plan) is PlanState.CLOSED
    finding = world.ctx.session.get_one(Finding, action.finding_id)
    assert finding.state is FindingState.TO_VERIFY


def test_an_external_plan_closes_with_the_result_of_its_body(world: World, clock: Clock) -> None:
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    plans.add_transmission(world.leader, plan.id, io.BytesIO(PDF), "radicado.pdf")
    fire_plan(world.manager, plan.id, "subscribe")
    action = make_fulfilled(world, actions_of(world, plan.id)[0])
    clock.advance(days=120)
    evaluate(world, action)
    fire_plan(world.head, plan.id, "evaluate")
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "close")
    assert refused.value.unmet == ("plan.needs_authority_result",)
    fire_plan(world.head, plan.id, "close", inputs={"authority_result": "Cumplida efectiva."})
    assert world.ctx.session.get_one(Plan, plan.id).authority_result == "Cumplida efectiva."


ACT = {
    "act_number": "Resolución 12",
    "act_authority": "Representante legal",
    "act_date": date(2027, 3, 1),
}


def test_cancelling_needs_an_act_and_frees_the_findings(world: World) -> None:
    plan = make_running_plan(world, action_count=2)
    with pytest.raises(Blocked) as refused:
        fire_plan(world.head, plan.id, "cancel", reason="Se suprimió el proceso.")
    assert refused.value.unmet == ("plan.needs_authority_act",)
    fire_plan(world.head, plan.id, "cancel", reason="Se suprimió el proceso.", inputs=ACT)
    cancelled = world.ctx.session.get_one(Plan, plan.id)
    assert cancelled.authority_act == "Resolución 12, Representante legal, 1 de marzo de 2027"
    assert {a.state for a in actions_of(world, plan.id)} == {ActionState.VOIDED}
    finding = world.ctx.session.get_one(Finding, items(world, plan.id)[0].finding_id)
    assert finding.state is FindingState.CONFIRMED
    assert make_plan(world, [finding]).id != plan.id


def test_a_draft_is_discarded_but_not_once_it_was_sent(world: World) -> None:
    plan = make_complete_plan(world)
    fire_plan(world.leader, plan.id, "submit")
    fire_plan(world.leader, plan.id, "recall", reason="Falta un dato.")
    with pytest.raises(Blocked) as refused:
        fire_plan(world.leader, plan.id, "discard", reason="Ya no.")
    assert refused.value.unmet == ("plan.needs_never_submitted",)
    other = make_complete_plan(world)
    fire_plan(world.leader, other.id, "discard", reason="Ya no.")
    assert {a.state for a in actions_of(world, other.id)} == {ActionState.VOIDED}
    finding = world.ctx.session.get_one(Finding, items(world, other.id)[0].finding_id)
    assert finding.state is FindingState.CONFIRMED


def test_a_refusal_far_down_undoes_everything(world: World) -> None:
    """Cancelling moves plan, actions and findings together, or nothing at all."""
    plan = make_running_plan(world)
    before = world.ctx.session.scalars(select(HistoryEntry.id)).all()
    with pytest.raises(Blocked):
        fire_plan(world.head, plan.id, "cancel", reason=" ", inputs=ACT)
    assert state_of(world, plan) is PlanState.RUNNING
    assert world.ctx.session.scalars(select(HistoryEntry.id)).all() == before
    assert world.ctx.session.scalars(select(Action.state)).all() == [ActionState.RUNNING]
    assert world.ctx.session.scalars(select(PlanFinding.id)).all() != []


def test_plans_made_at_once_have_codes_of_their_own(world: World, engine: Engine) -> None:
    found = [make_external_findings(world)[0].id for _each in range(6)]
    actor, process_id = world.leader.actor, world.office.process.id
    ready = threading.Barrier(len(found))

    def make(finding_id: int) -> str:
        with Session(engine) as session:
            who = replace(world.ctx, actor=actor, session=session)
            ready.wait()
            return plans.create(who, process_id, title="A la vez", finding_ids=[finding_id]).code

    with ThreadPoolExecutor(len(found)) as pool:
        codes = list(pool.map(make, found))
    assert sorted(codes) == [f"2027-PM-{number:03d}" for number in range(1, 7)]


def test_of_two_plans_for_one_finding_at_once_one_is_refused(world: World, engine: Engine) -> None:
    finding = make_external_findings(world)[0].id
    actor, process_id = world.leader.actor, world.office.process.id
    ready = threading.Barrier(2)

    def make(_number: int) -> bool:
        with Session(engine) as session:
            who = replace(world.ctx, actor=actor, session=session)
            ready.wait()
            try:
                plans.create(who, process_id, title="A la vez", finding_ids=[finding])
            except Invalid:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, range(2))) == [False, True]


def test_a_plan_may_answer_any_source(world: World) -> None:
    """Bodies of control have theirs subscribed; what is the entity's own, the OCI accepts."""
    for source in PlanSource:
        if source is not PlanSource.INTERNAL_AUDIT:
            assert plan_of(world, source).state is PlanState.RUNNING, source


def plan_of(world: World, source: PlanSource) -> Plan:
    """From its finding to the execution."""
    plan = make_plan(world, make_external_findings(world, source=source))
    make_action(world, plan.id)
    review_plan(world, plan)
    assert plan.source is source
    if source.is_external:
        with pytest.raises(Blocked):
            fire_plan(world.head, plan.id, "approve")
        plans.add_transmission(world.planner, plan.id, io.BytesIO(PDF), "constancia.pdf")
        return fire_plan(world.manager, plan.id, "subscribe")
    with pytest.raises((Blocked, Forbidden, NotFound)):
        fire_plan(world.manager, plan.id, "subscribe")
    return fire_plan(world.head, plan.id, "approve")
