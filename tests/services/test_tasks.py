"""Each step stands on the desk of who can take it now, and leaves it when it is taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.context import Context
from app.models.accounts import User
from app.models.plans import Action
from app.services import actions, finding_records, findings, plans, tasks, verification
from tests import factories
from tests import finding_world as fw
from tests import plan_world as pw
from tests.conftest import Clock
from tests.factories import Office
from tests.plan_world import World
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType, Effectiveness, Efficacy

pytestmark = pytest.mark.postgres_long

PAST_EVERY_TERM = 200  # days


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


def owed(ctx: Context, user: User) -> list[str]:
    """Without the evaluation of the audit, which is there all along: see test_evaluations."""
    ctx.session.rollback()
    found = tasks.inbox(factories.acting(ctx, user)).all_owed
    return [task.event for task in found if task.event != "audit.evaluate"]


def waiting(ctx: Context, user: User) -> list[str]:
    ctx.session.rollback()
    return [task.event for task in tasks.inbox(factories.acting(ctx, user)).waiting]


def test_a_finding_waits_for_its_plan_only_until_it_has_one(world: World, clock: Clock) -> None:
    """A plan handed in on time is not late while others review it."""
    leader, (finding,) = world.office.leader, pw.make_firm_findings(world)
    assert owed(world.ctx, leader) == ["plan.create"]
    plan = pw.make_plan(world, [finding])
    assert owed(world.ctx, leader) == ["plan.submit"]
    pw.make_action(world, plan.id)
    pw.fire_plan(world.leader, plan.id, "submit")
    clock.advance(days=30)
    assert owed(world.ctx, leader) == []


def test_who_heads_the_unit_is_asked_once(world: World) -> None:
    head = factories.make_user(world.ctx, name="Ulises Unidad")
    unit = factories.make_unit(world.ctx, head=head)
    plan = pw.make_plan(world)
    action = pw.make_action(world, plan.id, accepted=False, responsible_unit_id=unit.id)
    assert owed(world.ctx, head) == ["action.accept"]
    assert owed(world.ctx, world.office.leader) == ["plan.submit"], "it is not his to accept"
    unit_head = factories.acting(world.ctx, head)
    actions.decline(unit_head, action.id, reason="No es nuestra.", version=None)
    assert owed(world.ctx, head) == []
    actions.accept(unit_head, action.id, version=None)
    assert owed(world.ctx, head) == []


def test_the_auditor_records_what_he_found_and_then_waits(world: World) -> None:
    ctx, office = world.ctx, world.office
    action = pw.make_reported(world, pw.make_running_action(world))
    pw.fire(world.lead, action.id, "start_verification")
    assert "action.record_efficacy" in owed(ctx, office.auditor)
    note = "Se revisaron las diez."
    verification.record_efficacy(world.auditor, action.id, Efficacy.MET, note=note, version=None)
    assert "action.record_efficacy" not in owed(ctx, office.auditor)
    assert "action.verify" in waiting(ctx, office.auditor)
    assert "action.verify" in owed(ctx, office.lead)


def ineffective(world: World, clock: Clock) -> Action:
    action = pw.make_fulfilled(world, pw.make_running_action(world))
    clock.advance(days=PAST_EVERY_TERM)
    return pw.evaluate(world, action, Effectiveness.INEFFECTIVE)


def test_an_ineffective_action_leads_each_one_to_its_successor(
    world: World, clock: Clock, client: FlaskClient
) -> None:
    ctx, office = world.ctx, world.office
    failed = ineffective(world, clock)
    assert "finding.reopen" in owed(ctx, office.head)
    findings.fire(
        world.head,
        failed.finding_id,
        "reopen",
        version=None,
        reason="La acción no sirvió.",
        inputs={"ground": f"action:{failed.id}"},
    )
    assert "finding.reopen" not in owed(ctx, office.head)
    assert owed(ctx, office.leader) == ["action.replace"]
    page = factories.sign_in(client, office.leader).get("/panel").text
    address = f"/planes/{failed.plan_id}/acciones/nueva?hallazgo={failed.finding_id}"
    assert f"{address}&amp;reemplaza={failed.id}" in page
    end_date = ctx.today() + timedelta(days=90)
    other = pw.make_action(
        world,
        failed.plan_id,
        replaces_id=failed.id,
        start_date=ctx.today(),
        end_date=end_date,
    )
    assert owed(ctx, office.leader) == ["action.submit"]
    pw.fire(world.leader, other.id, "submit")
    assert owed(ctx, office.leader) == []
    assert owed(ctx, office.planner) == ["action.consolidate"]
    assert "action.approve" not in owed(ctx, office.head)
    plans.consolidate_action(world.planner, other.id, version=None)
    assert owed(ctx, office.planner) == []
    assert "action.approve" in owed(ctx, office.head)
    pw.fire(world.head, other.id, "approve")
    assert owed(ctx, office.liaison) == ["action.report_progress"]


def test_what_can_not_be_closed_yet_only_waits(world: World, clock: Clock) -> None:
    ctx, head = world.ctx, world.office.head
    action = pw.make_fulfilled(world, pw.make_running_action(world))
    early = owed(ctx, head)
    assert not {"finding.close", "plan.evaluate", "audit.close"} & set(early)
    clock.advance(days=PAST_EVERY_TERM)
    pw.evaluate(world, action)
    assert {"finding.close", "plan.evaluate"} <= set(owed(ctx, head))
    reason = "La acción fue efectiva."
    findings.fire(world.head, action.finding_id, "close", version=None, reason=reason)
    assert "audit.close" in owed(ctx, head)


def test_papers_of_a_cancelled_audit_are_nobodys_task(ctx: Context, office: Office) -> None:
    audit = factories.make_audit(ctx, office, AuditState.FIELDWORK)
    factories.make_paper(ctx, office, audit.id, reviewed=False)
    assert "working_paper.review" in owed(ctx, office.lead)
    factories.fire(ctx, office.head, audit.id, "cancel", reason="Cambió la prioridad.")
    assert "working_paper.review" not in owed(ctx, office.lead)


def test_a_difference_waits_for_the_minutes_of_the_committee(ctx: Context) -> None:
    world = fw.make_world(ctx)
    finding = fw.make_contested(world, fw.make_fieldwork_audit(world))
    fw.fire(world.head, finding, "ratify", reason="Se mantiene.")
    fw.fire(world.leader, finding, "escalate", reason="La muestra no es del año.")
    assert "finding.record_committee" in owed(ctx, world.users["head"])
    assert "finding.decide" not in owed(ctx, world.users["head"])
    decision = factories.decision(CommitteeDecisionType.SETTLE_DIFFERENCE, ctx.today())
    finding_records.record_decision(world.head, finding.id, decision, version=None)
    assert "finding.record_committee" not in owed(ctx, world.users["head"])
    assert "finding.decide" in owed(ctx, world.users["head"])
