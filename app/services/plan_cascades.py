"""What happens to plans, actions and findings because something else happened, or a day came.

Every function but `scheduled` and `start_due` works inside the caller's open transaction. One
refusal rolls all back. Each moved thing has its own history row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.audits import Audit
from app.models.base import Versioned
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan
from app.services import (
    action_facts,
    audit_cascades,
    change_request_facts,
    finding_cascades,
    plan_facts,
    plan_notices,
    plan_rows,
)
from app.services.transitions import advance, cascade, machine
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.plan import PlanState

READY_STATES = (PlanState.APPROVED, PlanState.SUBSCRIBED)
PENDING_REQUESTS = (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW)


def system_step(ctx: Context, row: Versioned, event: str, facts: Any) -> None:
    """Fire an event as the system: caused by the acting person, or by the calendar alone."""
    if ctx.actor.is_person:
        cascade(ctx, row, event, facts)
    else:
        advance(ctx.as_system(), row, event, facts)


# ------------------------------------------------------------------ acceptance


def accept_action(ctx: Context, action: Action) -> None:
    """An action was accepted: its promise is frozen and what it replaces gives way to it."""
    action.approved_by_id, action.approved_at = ctx.actor.user_id, ctx.now()
    action.original_end_date = action.end_date
    ctx.session.flush()
    if action.replaces_id is not None:
        _give_way(ctx, action.replaces_id)


def _give_way(ctx: Context, replaced_id: int) -> None:
    replaced = ctx.session.get_one(Action, replaced_id, with_for_update=True)
    if "reformulate" not in machine(replaced).events():
        return
    system_step(ctx, replaced, "reformulate", action_facts.facts(ctx, replaced))
    replaced.closed_at = ctx.now()
    lapse_requests(ctx, replaced)


def accept_findings(ctx: Context, findings: Iterable[Finding]) -> None:
    """The findings of accepted actions are answered by their plan."""
    for finding in findings:
        finding_cascades.plan_accepted(ctx, finding)


def tell_audit(ctx: Context, plan: Plan) -> None:
    """The plan's audit looks again whether all its findings have a plan."""
    if plan.audit_id is not None:
        audit_cascades.plans_changed(ctx, ctx.session.get_one(Audit, plan.audit_id))


def reopen(ctx: Context, plan: Plan) -> None:
    """A plan that was over has a new action to carry out."""
    if plan.state in (PlanState.COMPLETED, PlanState.EVALUATED):
        system_step(ctx, plan, "reopen", plan_facts.facts(ctx, plan))


# ------------------------------------------------------------------ start and end


def start_if_due(ctx: Context, plan: Plan) -> int:
    """Start the plan and those of its actions whose day has come; answer how many moved."""
    moved = 0
    if plan.state in READY_STATES:
        facts = plan_facts.facts(ctx, plan)
        if not machine(plan).unmet("start_execution", facts):
            system_step(ctx, plan, "start_execution", facts)
            moved += 1
    if plan.state is not PlanState.RUNNING:
        return moved
    started = [a for a in plan_rows.actions_of(ctx.session, plan, lock=True) if _starts(ctx, a)]
    for action in started:
        system_step(ctx, action, "start_execution", action_facts.facts(ctx, action))
    for finding in findings_of(ctx.session, started):
        finding_cascades.treatment_started(ctx, finding)
    return moved + len(started)


def _starts(ctx: Context, action: Action) -> bool:
    if action.state is not ActionState.APPROVED or action.start_date is None:
        return False
    return action.start_date <= ctx.today()


def action_moved(ctx: Context, action: Action) -> None:
    """After every step of an action under way: its finding, its requests and its plan follow."""
    lapse_requests(ctx, action)
    finding_cascades.actions_changed(ctx, ctx.session.get_one(Finding, action.finding_id))
    complete_if_done(ctx, ctx.session.get_one(Plan, action.plan_id))


def complete_if_done(ctx: Context, plan: Plan) -> None:
    """The plan is fulfilled once none of its actions is unfinished."""
    if plan.state is not PlanState.RUNNING:
        return
    facts = plan_facts.facts(ctx, plan)
    if not machine(plan).unmet("complete", facts):
        system_step(ctx, plan, "complete", facts)


def lapse_requests(ctx: Context, action: Action) -> int:
    """File the pending requests of an action that no longer admits them; answer how many."""
    statement = select(ChangeRequest).where(
        ChangeRequest.action_id == action.id, ChangeRequest.state.in_(PENDING_REQUESTS)
    )
    lapsed = 0
    for request in ctx.session.scalars(statement.with_for_update()):
        facts = change_request_facts.facts(ctx, request)
        if not machine(request).unmet("lapse", facts):
            system_step(ctx, request, "lapse", facts)
            request.decided_at = ctx.now()
            plan_notices.request_lapsed(ctx, request)
            lapsed += 1
    return lapsed


# ------------------------------------------------------------------ the end of a plan


def end_with_plan(ctx: Context, plan: Plan, reason: str) -> None:
    """The plan was cancelled or discarded: its actions end, its findings have no plan."""
    ended = [
        action
        for action in plan_rows.actions_of(ctx.session, plan, lock=True)
        if "cancel_with_plan" in machine(action).events()
    ]
    for action in ended:
        facts = replace(action_facts.facts(ctx, action), reason=reason)
        system_step(ctx, action, "cancel_with_plan", facts)
        action.closed_at = ctx.now()
        lapse_requests(ctx, action)
    if plan.approved_at is None:
        return
    for item in plan_rows.items_of(ctx.session, plan):
        finding_cascades.plan_lost(ctx, item.finding)


def annul_with_finding(ctx: Context, finding: Finding, reason: str) -> None:
    """The finding was annulled: what was agreed for it alone ends, and its plans may be done.

    Each action answers one finding, so those of the plan's other findings go on. Takes the locks
    of the plans, then of the actions; the caller holds the finding's.
    """
    held = select(Action.plan_id).where(Action.finding_id == finding.id)
    plans = ctx.session.scalars(
        select(Plan).where(Plan.id.in_(held)).order_by(Plan.id).with_for_update()
    )
    for plan in plans.all():
        for action in plan_rows.actions_of(ctx.session, plan, lock=True):
            if action.finding_id == finding.id:
                _annul(ctx, action, reason)
        complete_if_done(ctx, plan)


def _annul(ctx: Context, action: Action, reason: str) -> None:
    if "annul_with_finding" not in machine(action).events():
        return
    facts = action_facts.facts(ctx, action, reason=reason)
    system_step(ctx, action, "annul_with_finding", facts)
    action.closed_at = ctx.now()
    lapse_requests(ctx, action)
    plan_notices.action_annulled(ctx, action, reason)


def findings_of(session: Session, actions: Iterable[Action]) -> list[Finding]:
    """The findings of these actions, each once, in order."""
    ids = sorted({action.finding_id for action in actions})
    statement = select(Finding).where(Finding.id.in_(ids)).order_by(Finding.id)
    return list(session.scalars(statement)) if ids else []


# ------------------------------------------------------------------ by date


def scheduled(ctx: Context) -> dict[str, int]:
    """What today's date brings to plans: starts, and requests of finished actions filed.

    Each plan and each request has a transaction of its own; running it again changes nothing.
    """
    ctx = ctx.as_system()
    return {
        "planes y acciones que comenzaron": start_due(ctx),
        "solicitudes de cambio archivadas": _lapse_due(ctx),
    }


def start_due(ctx: Context) -> int:
    """Start every plan and action whose day has come; answer how many moved."""
    waiting = select(Action.id).where(
        Action.plan_id == Plan.id,
        Action.state == ActionState.APPROVED,
        Action.start_date <= ctx.today(),
    )
    ids = ctx.session.scalars(
        select(Plan.id)
        .where(or_(Plan.state.in_(READY_STATES), Plan.state == PlanState.RUNNING), waiting.exists())
        .order_by(Plan.id)
    ).all()
    return sum(_start_one(ctx, plan_id) for plan_id in ids)


def _start_one(ctx: Context, plan_id: int) -> int:
    with ctx.transaction() as session:
        plan_rows.lock_around_plan(session, plan_id)
        plan = session.get_one(Plan, plan_id, populate_existing=True)
        return start_if_due(ctx, plan)


def _lapse_due(ctx: Context) -> int:
    ids = ctx.session.scalars(
        select(ChangeRequest.id)
        .join(ChangeRequest.action)
        .where(
            ChangeRequest.state.in_(PENDING_REQUESTS),
            Action.state.in_(sorted(change_request_facts.ENDED_STATES)),
        )
        .order_by(ChangeRequest.id)
    ).all()
    return sum(_lapse_one(ctx, request_id) for request_id in ids)


def _lapse_one(ctx: Context, request_id: int) -> int:
    with ctx.transaction() as session:
        plan_rows.lock_around_request(session, request_id)
        request = session.get_one(ChangeRequest, request_id, populate_existing=True)
        return lapse_requests(ctx, session.get_one(Action, request.action_id))
