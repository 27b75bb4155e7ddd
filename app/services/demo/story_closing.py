"""What the head of the office closes once everything under it is done."""

from __future__ import annotations

from typing import Any

from app.models.audits import Audit
from app.models.base import Versioned
from app.models.findings import Finding
from app.models.plans import Plan
from app.services import (
    audit_events,
    audit_facts,
    case_files,
    finding_facts,
    finding_records,
    findings,
    plan_events,
    plan_facts,
)
from app.services.demo.stage import Stage, Story
from app.services.demo.story_plan import PlanStory
from app.services.transitions import machine
from workflows.audit import AuditState
from workflows.finding import FindingState

WHY = "Las acciones se cumplieron y la revisión posterior mostró que la causa desapareció."
RESULT = "El ente de control dio por cumplida la acción en su informe de seguimiento."


def close_up(plan: PlanStory, finding_id: int) -> Story:
    """The finding, then its plan, then its audit, each as soon as nothing is missing."""
    stage = plan.stage
    part, _told = plan.of(finding_id)
    if part.closes and _close_finding(stage, plan, finding_id):
        yield stage.after(5)
        _close_plan(stage, plan)
        yield stage.after(5)
        _close_audit(stage, plan)


def _may(row: Versioned, event: str, facts: Any) -> bool:
    workflow = machine(row)
    return event in workflow.events() and not workflow.unmet(event, facts)


def _close_finding(stage: Stage, plan: PlanStory, finding_id: int) -> bool:
    """Only when each of its actions ended well. Answers whether it was closed."""
    ctx = stage.act("jefe_oci")
    row = ctx.session.get_one(Finding, finding_id, populate_existing=True)
    facts = finding_facts.finding_facts(ctx, row, reason=WHY)
    if row.state is not FindingState.TO_VERIFY or facts.actions_not_effective != ():
        return False
    if plan.follow.body:
        finding_records.record_authority_result(
            stage.act("jefe_oci"), finding_id, version=None, text=RESULT, day=stage.day
        )
    findings.fire(stage.act("jefe_oci"), finding_id, "close", version=None, reason=WHY)
    return True


def _close_plan(stage: Stage, plan: PlanStory) -> None:
    inputs = {"authority_result": RESULT} if plan.follow.body else {}
    for event in ("evaluate", "close"):
        ctx = stage.act("jefe_oci")
        row = ctx.session.get_one(Plan, plan.plan_id, populate_existing=True)
        if _may(row, event, plan_facts.facts(ctx, row, inputs=inputs)):
            plan_events.fire(ctx, plan.plan_id, event, version=None, inputs=inputs)


def _close_audit(stage: Stage, plan: PlanStory) -> None:
    """The case file first: without it the audit does not close."""
    session = stage.base.session
    audit_id = session.get_one(Plan, plan.plan_id).audit_id
    if audit_id is None:
        return
    row = session.get_one(Audit, audit_id, populate_existing=True)
    ctx = stage.act("jefe_oci")
    if row.state is not AuditState.FOLLOW_UP or audit_facts.facts(ctx, row).open_findings:
        return
    case_files.close(stage.act(plan.follow.lead), audit_id, version=None)
    audit_events.fire(stage.act("jefe_oci"), audit_id, "close", version=None)
