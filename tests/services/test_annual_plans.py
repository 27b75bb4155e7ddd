"""The annual plan: editions, what the committee approves, what may then begin."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import AnnualPlan, Audit, CommitteeDecision
from app.models.traceability import HistoryEntry
from app.services import annual_plans, audits
from tests import factories as make
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType

TEXTS = annual_plans.PlanTexts(objective="Vigilar lo crítico.", scope="Toda la entidad.")


def test_only_the_head_makes_a_plan_and_one_is_under_way_at_a_time(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    plan = annual_plans.create(head, 2027, TEXTS, key="k")
    assert annual_plans.create(head, 2027, TEXTS, key="k").id == plan.id
    with pytest.raises(Invalid) as refused:
        annual_plans.create(head, 2027, TEXTS)
    assert (refused.value.field, refused.value.code) == ("year", "annual_plan.exists")
    with pytest.raises(Invalid):
        annual_plans.create(head, 1999, TEXTS)
    for person in (office.lead, office.manager, office.leader):
        with pytest.raises(Forbidden):
            annual_plans.create(make.acting(ctx, person), 2028, TEXTS)


def test_a_draft_is_edited_with_its_version(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    plan = annual_plans.create(head, 2027, TEXTS)
    version = plan.version
    other = replace(TEXTS, scope="Solo la sede central.")
    annual_plans.edit(make.acting(ctx, office.lead), plan.id, other, version=version)
    with pytest.raises(StaleVersion) as stale:
        annual_plans.edit(head, plan.id, replace(TEXTS, scope="Otra."), version=version)
    assert [d.field for d in stale.value.differences] == ["scope"]
    with pytest.raises(Forbidden):
        annual_plans.edit(make.acting(ctx, office.auditor), plan.id, TEXTS, version=None)
    with pytest.raises(NotFound):
        annual_plans.edit(make.acting(ctx, office.leader), plan.id, TEXTS, version=None)


def test_a_plan_without_audits_is_not_presented(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    plan = annual_plans.create(head, 2027, TEXTS)
    annual_plans.fire(head, plan.id, "submit", version=None)
    with pytest.raises(Blocked) as blocked:
        annual_plans.fire(head, plan.id, "present", version=None)
    assert blocked.value.unmet == ("annual_plan.needs_lines",)


def test_the_committee_approves_with_its_minutes_and_the_head_does_not_vote(
    ctx: Context, office: make.Office
) -> None:
    head, manager = make.acting(ctx, office.head), make.acting(ctx, office.manager)
    plan = make.make_annual_plan(ctx, office, audit_count=2, approved=False)
    for event in ("submit", "present"):
        annual_plans.fire(head, plan.id, event, version=None)
    minutes = {"minutes_number": "CICCI-01", "minutes_date": ctx.today()}
    with pytest.raises(Forbidden):
        annual_plans.fire(head, plan.id, "approve", version=None, inputs=minutes)
    with pytest.raises(Blocked) as blocked:
        annual_plans.fire(manager, plan.id, "approve", version=None)
    assert blocked.value.unmet == ("annual_plan.needs_minutes",)
    future = {**minutes, "minutes_date": ctx.today() + timedelta(days=1)}
    with pytest.raises(Invalid):
        annual_plans.fire(manager, plan.id, "approve", version=None, inputs=future)
    plan = annual_plans.fire(manager, plan.id, "approve", version=None, inputs=minutes)
    assert (plan.state, plan.minutes_number) == (AnnualPlanState.APPROVED, "CICCI-01")
    entry = ctx.session.scalars(select(HistoryEntry).where(HistoryEntry.event == "approve")).one()
    assert entry.details["audits"] == ["2027-AUD-01", "2027-AUD-02"]
    decision = ctx.session.scalars(select(CommitteeDecision)).one()
    assert decision.type is CommitteeDecisionType.APPROVE_ANNUAL_PLAN
    with pytest.raises(OutOfPlace):
        annual_plans.fire(manager, plan.id, "approve", version=None, inputs=minutes)


def test_the_committee_may_send_it_back(ctx: Context, office: make.Office) -> None:
    head, manager = make.acting(ctx, office.head), make.acting(ctx, office.manager)
    plan = make.make_annual_plan(ctx, office, approved=False)
    with pytest.raises(NotFound):  # a draft is not theirs to know
        annual_plans.view(manager, plan.id)
    for event in ("submit", "present"):
        annual_plans.fire(head, plan.id, event, version=None)
    plan = annual_plans.fire(manager, plan.id, "send_back", version=None, reason="Falta TIC.")
    assert plan.state is AnnualPlanState.RETURNED
    plan = annual_plans.fire(head, plan.id, "submit", version=None)
    assert plan.state is AnnualPlanState.IN_REVIEW


def test_an_approved_plan_takes_no_more_audits_but_a_new_edition_does(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    first = make.make_annual_plan(ctx, office)
    data = make.audit_data(office, annual_plan_id=first.id, special_authorization="")
    with pytest.raises(Invalid) as refused:
        audits.create(head, data)
    assert refused.value.code == "annual_plan.not_open"
    second = make.make_annual_plan(ctx, office, approved=False)
    assert second.edition == 2
    # Until the committee approves the change the first edition rules, and shows its audit.
    view = annual_plans.view(head, second.id)
    assert [a.code for a in view.audits] == ["2027-AUD-01", "2027-AUD-02"]
    for event in ("submit", "present"):
        annual_plans.fire(head, second.id, event, version=None)
    minutes = {"minutes_number": "CICCI-05", "minutes_date": ctx.today()}
    manager = make.acting(ctx, office.manager)
    annual_plans.fire(manager, second.id, "approve", version=None, inputs=minutes)
    homes = ctx.session.scalars(select(Audit.annual_plan_id).order_by(Audit.id)).all()
    assert homes == [second.id, second.id]
    newer = annual_plans.view(head, first.id).newer_edition
    assert newer is not None
    assert newer.id == second.id


def test_the_first_audit_puts_the_plan_in_execution_and_its_share_is_counted(
    ctx: Context, office: make.Office
) -> None:
    plan = make.make_annual_plan(ctx, office, audit_count=2)
    audit = ctx.session.scalars(select(Audit).order_by(Audit.id)).first()
    assert audit is not None
    make.make_members(ctx, office, audit.id)
    make.fire(ctx, office.head, audit.id, "start_planning")
    assert ctx.session.get_one(AnnualPlan, plan.id).state is AnnualPlanState.RUNNING
    with ctx.transaction():
        audit.state = AuditState.FOLLOW_UP
        ctx.record("change", "edit", audit)
    execution = annual_plans.view(make.acting(ctx, office.head), plan.id).execution
    assert (execution.done, execution.total, execution.percent) == (1, 2, 50.0)


def test_an_audit_not_approved_by_the_committee_does_not_begin(
    ctx: Context, office: make.Office
) -> None:
    make.make_annual_plan(ctx, office, approved=False)
    audit = ctx.session.scalars(select(Audit)).one()
    make.make_members(ctx, office, audit.id)
    with pytest.raises(Blocked) as blocked:
        make.fire(ctx, office.head, audit.id, "start_planning")
    assert blocked.value.unmet == ("audit.needs_approved_annual_plan",)


def test_the_start_belongs_to_the_year_of_the_plan(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    plan = annual_plans.create(head, 2028, TEXTS)
    data = make.audit_data(office, annual_plan_id=plan.id, special_authorization="")
    with pytest.raises(Invalid) as refused:
        audits.create(head, data)
    assert refused.value.field == "planned_start"
    moved = replace(data, planned_start=date(2028, 2, 1), planned_end=date(2028, 3, 1))
    assert audits.create(head, moved).code == "2028-AUD-01"


def test_people_at_once_get_different_codes(
    ctx: Context, office: make.Office, engine: Engine
) -> None:
    """Two people press at the same moment: the second waits for the first one's number."""
    data, codes, failures = make.audit_data(office), [], []
    head = make.acting(ctx, office.head)
    ctx.session.rollback()
    gate = threading.Barrier(4)

    def press() -> None:
        with Session(engine) as session:
            gate.wait()
            try:
                codes.append(audits.create(replace(head, session=session), data).code)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=press) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(codes) == [f"2027-AUD-0{n}" for n in (1, 2, 3, 4)]
