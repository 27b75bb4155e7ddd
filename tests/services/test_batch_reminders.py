"""Reminders of several findings or plans: who is told of what, and which rows are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.context import Context
from app.models.accounts import Notice
from app.models.findings import Finding
from app.models.traceability import LedgerEvent
from app.services import batch_reminders, batches
from app.services.batches import Outcome
from tests import finding_world as fw
from tests import plan_world as pw
from tests.conftest import Clock
from tests.factories import make_process, make_user
from workflows.enums import FindingType, Role
from workflows.finding import FindingState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> pw.World:
    return pw.make_world(ctx)


def told(ctx: Context) -> dict[int, str]:
    """The last reminder of each person."""
    ctx.session.rollback()
    statement = select(Notice).where(Notice.key.like("remind:%")).order_by(Notice.id)
    return {row.user_id: row.text for row in ctx.session.scalars(statement)}


def codes(outcomes: list[Outcome]) -> list[str]:
    return [each.error.code if each.error else "" for each in outcomes]


def test_a_finding_that_waits_for_its_reply(ctx: Context, clock: Clock) -> None:
    world = fw.make_world(ctx)
    finding = fw.make_preliminary(world, fw.make_fieldwork_audit(world))
    office = world.office
    assert codes(batch_reminders.findings(world.acting("planner"), [finding.id])) == ["not_found"]
    assert codes(batch_reminders.findings(world.liaison, [finding.id])) == ["finding.remind"]
    assert codes(batch_reminders.findings(world.lead, [finding.id], note="Falta.")) == [""]
    texts = told(ctx)
    assert set(texts) == {office.leader.id, office.liaison.id}
    assert "Laura Auditora le recuerda la réplica del hallazgo" in texts[office.leader.id]
    assert texts[office.leader.id].endswith(" Falta.")
    assert codes(batch_reminders.findings(world.head, [finding.id])) == ["reminder.told_today"]
    audit = fw.again(world, finding).audit
    assert audit is not None
    assert audit.reply_due_on is not None
    clock.at += timedelta(days=(audit.reply_due_on - ctx.today()).days)
    assert codes(batch_reminders.findings(world.head, [finding.id])) == [""], "its last day"
    clock.at += timedelta(days=1)
    over = codes(batch_reminders.findings(world.head, [finding.id]))
    assert over == ["finding.reply_term_over"]
    events = ctx.session.scalars(select(LedgerEvent).where(LedgerEvent.action == "remind"))
    assert [event.thing_id for event in events] == [str(finding.id)] * 2


def test_a_firm_finding_waits_for_a_plan_until_it_is_in_one(world: pw.World) -> None:
    first, second = pw.make_firm_findings(world, 2)
    (strength,) = pw.make_firm_findings(world, type=FindingType.STRENGTH)
    ended = pw.make_firm_findings(world, state=FindingState.CLOSED)[0]
    pw.make_plan(world, [second])
    ids = [first.id, second.id, strength.id, ended.id, 10**6]
    assert codes(batch_reminders.findings(world.planner, ids)) == [
        "",
        "finding.no_plan_awaited",
        "finding.no_plan_awaited",
        "finding.nothing_awaited",
        "not_found",
    ]
    texts = told(world.ctx)
    assert set(texts) == {world.office.leader.id, world.office.liaison.id}
    assert f"el plan de mejoramiento del hallazgo {first.code}" in texts[world.office.leader.id]


def test_a_plan_is_reminded_to_who_has_the_next_step(world: pw.World) -> None:
    office, plan = world.office, pw.make_complete_plan(world)
    assert codes(batch_reminders.plans(world.head, [plan.id])) == ["not_found"], "not sent yet"
    assert codes(batch_reminders.plans(world.leader, [plan.id])) == ["reminder.nobody"]
    assert codes(batch_reminders.plans(world.planner, [plan.id])) == [""]
    assert set(told(world.ctx)) == {office.leader.id}
    assert "que debe presentarse" in told(world.ctx)[office.leader.id]
    pw.fire_plan(world.leader, plan.id, "submit")
    assert codes(batch_reminders.plans(world.leader, [plan.id])) == [""]
    assert set(told(world.ctx)) == {office.leader.id, office.planner.id, office.head.id}
    assert "que espera su revisión" in told(world.ctx)[office.head.id]


def test_a_plan_for_which_nobody_must_act_says_why(world: pw.World) -> None:
    plan = pw.make_running_plan(world)
    assert codes(batch_reminders.plans(world.planner, [plan.id])) == ["plan.waits_for_actions"]
    (action,) = pw.actions_of(world, plan.id)
    pw.make_fulfilled(world, action)
    assert codes(batch_reminders.plans(world.planner, [plan.id])) == ["plan.waits_for_results"]
    act = {"act_authority": "Comité", "act_number": "1", "act_date": world.ctx.today()}
    pw.fire_plan(world.head, plan.id, "cancel", reason="Se anuló.", inputs=act)
    assert codes(batch_reminders.plans(world.planner, [plan.id])) == ["plan.ended"]
    assert told(world.ctx) == {}


def test_another_process_is_as_if_it_did_not_exist(world: pw.World) -> None:
    plan = pw.make_complete_plan(world)
    finding = world.ctx.session.scalars(select(Finding)).one()
    other = make_user(world.ctx, Role.PROCESS_OWNER, name="Otra Líder")
    make_process(world.ctx, leader=other, name="Otro proceso")
    assert codes(batch_reminders.plans(world.acting(other), [plan.id])) == ["not_found"]
    assert codes(batch_reminders.findings(world.acting(other), [finding.id])) == ["not_found"]
    assert told(world.ctx) == {}


def test_at_most_a_hundred_rows_and_each_once() -> None:
    seen: list[int] = []
    outcomes = batches.each([1, 1, *range(1, 300)], seen.append)
    assert seen == [outcome.row_id for outcome in outcomes] == list(range(1, batches.MOST + 1))
