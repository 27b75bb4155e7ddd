"""The events of a plan: permission, version, guards, and what each one brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.context import Context
from app.errors import NotFound
from app.models.plans import Action, Plan
from app.permissions import can
from app.permissions_events import EVENT_ROLES
from app.services import (
    action_facts,
    plan_cascades,
    plan_facts,
    plan_notices,
    plan_rows,
    report_words,
    settings,
)
from app.services.plan_facts import NOTHING, Inputs
from app.services.plan_terms import CORRECTED_PLAN
from app.services.terms import local_date
from app.services.transitions import advance, cascade, check_version, load_for
from workflows.action import ActionState


@dataclass(frozen=True, slots=True)
class Fired:
    """What an effect may need to know of its event."""

    reason: str
    inputs: Inputs


def fire(
    ctx: Context,
    plan_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Inputs = NOTHING,
    password: str = "",
) -> Plan:
    """Move a plan, and with it its actions and findings. No event of a plan is signed.

    `inputs`: `authority_result` of `close`; `act_authority`, `act_number`, `act_date` of
    `cancel`. Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked.
    """
    if f"plan.{event}" not in EVENT_ROLES:
        raise NotFound
    with ctx.transaction() as session:
        plan_rows.lock_around_plan(session, plan_id)
        plan = load_for(ctx, Plan, plan_id, f"plan.{event}")
        check_version(plan, version)
        given = plan_facts.facts(ctx, plan, reason=reason, inputs=inputs)
        fired = Fired(reason, inputs)
        advance(ctx, plan, event, given, details=_details(ctx, plan, event, fired))
        if event in EFFECTS:
            EFFECTS[event](ctx, plan, fired)
        session.flush()
    return plan


def _details(ctx: Context, plan: Plan, event: str, fired: Fired) -> dict[str, Any]:
    """What the history row of the event keeps besides the reason."""
    if event == "submit":
        late = _late_days(ctx, plan)
        return {"late_by_days": late} if late else {}
    if event == "cancel":
        return {"authority_act": act_text(fired.inputs) or plan.authority_act}
    if event == "close" and plan.source.is_external:
        return {"authority_result": _text(fired.inputs, "authority_result")}
    return {}


def act_text(inputs: Inputs) -> str:
    """The act of an authority: "Resolución 12, Contraloría de Bogotá, 3 de marzo de 2027"."""
    day = inputs.get("act_date")
    parts = [_text(inputs, "act_number"), _text(inputs, "act_authority")]
    if isinstance(day, date):
        parts.append(report_words.day(day))
    return ", ".join(part for part in parts if part)


def _text(inputs: Inputs, name: str) -> str:
    return str(inputs.get(name) or "").strip()


# ------------------------------------------------------------------ what each event brings


def _submit(ctx: Context, plan: Plan, _fired: Fired) -> None:
    plan.late_by_days = _late_days(ctx, plan)
    plan.submitted_by_id, plan.submitted_at = ctx.actor.user_id, ctx.now()
    plan.first_submitted_at = plan.first_submitted_at or ctx.now()
    _with_actions(ctx, plan, "submit", {ActionState.FORMULATED, ActionState.RETURNED})


def _late_days(ctx: Context, plan: Plan) -> int:
    """Working days past its term, 0 in time: a late plan is marked, not refused."""
    if plan.due_on is None:
        return 0
    calendar = settings.calendar(ctx.session)
    return calendar.working_days_between(plan.due_on, ctx.today())


def _recall(ctx: Context, plan: Plan, fired: Fired) -> None:
    _with_actions(ctx, plan, "recall", {ActionState.IN_REVIEW}, reason=fired.reason)


def _start_review(ctx: Context, plan: Plan, _fired: Fired) -> None:
    plan.reviewer_id = ctx.actor.user_id


def _send_back(ctx: Context, plan: Plan, _fired: Fired) -> None:
    """Only the actions with remarks go back; the visto bueno must be given anew."""
    plan.returned_count += 1
    plan.consolidated_by_id, plan.consolidated_at, plan.consolidation_note = None, None, ""
    due = settings.due(ctx.session, CORRECTED_PLAN, local_date(ctx.now()))
    plan.due_on, plan.due = due.date, due.to_json()
    remarked = {r.action_id for r in plan_facts.gather(ctx, plan).open_remarks()}
    _with_actions(ctx, plan, "send_back", {ActionState.IN_REVIEW}, only=remarked)
    plan_notices.plan_returned(ctx, plan)


def _accept(ctx: Context, plan: Plan, _fired: Fired) -> None:
    """Accepted or subscribed: its actions too; what is due starts; findings and audit follow."""
    plan.approved_by_id, plan.approved_at = ctx.actor.user_id, ctx.now()
    for action in _accepted(ctx, plan):
        plan_cascades.accept_action(ctx, action)
    items = plan_rows.live_items(plan_rows.items_of(ctx.session, plan))
    plan_cascades.accept_findings(ctx, [item.finding for item in items])
    plan_cascades.start_if_due(ctx, plan)
    plan_cascades.tell_audit(ctx, plan)
    plan_notices.plan_accepted(ctx, plan)


def _accepted(ctx: Context, plan: Plan) -> list[Action]:
    """Accept every action under review, with the plan's visto bueno."""
    accepted = []
    for action in plan_rows.actions_of(ctx.session, plan, lock=True):
        if action.state is not ActionState.IN_REVIEW:
            continue
        # The plan has left its review: its visto bueno is the action's from here on.
        action.consolidated_by_id = plan.consolidated_by_id
        action.consolidated_at = plan.consolidated_at
        # Subscribing is the direction's, which accepts no action by itself: then the system does.
        step = advance if can(ctx.actor, "action.approve", action) else cascade
        step(ctx, action, "approve", action_facts.facts(ctx, action))
        accepted.append(action)
    return accepted


def _close(ctx: Context, plan: Plan, fired: Fired) -> None:
    plan.closed_at = ctx.now()
    if plan.source.is_external and _text(fired.inputs, "authority_result"):
        plan.authority_result = _text(fired.inputs, "authority_result")


def _discard(ctx: Context, plan: Plan, fired: Fired) -> None:
    plan.closed_at = ctx.now()
    plan_cascades.end_with_plan(ctx, plan, fired.reason)


def _cancel(ctx: Context, plan: Plan, fired: Fired) -> None:
    plan.closed_at = ctx.now()
    plan.authority_act = act_text(fired.inputs) or plan.authority_act
    plan_cascades.end_with_plan(ctx, plan, fired.reason)
    plan_notices.plan_cancelled(ctx, plan, fired.reason)


def _with_actions(
    ctx: Context,
    plan: Plan,
    event: str,
    states: set[ActionState],
    *,
    only: set[int | None] | None = None,
    reason: str = "",
) -> None:
    """The same event, by the same person, for the plan's actions in these states."""
    for action in plan_rows.actions_of(ctx.session, plan, lock=True):
        if action.state in states and (only is None or action.id in only):
            advance(ctx, action, event, action_facts.facts(ctx, action, reason=reason))


Effect = Callable[[Context, Plan, Fired], None]
EFFECTS: Mapping[str, Effect] = {
    "submit": _submit,
    "recall": _recall,
    "start_review": _start_review,
    "send_back": _send_back,
    "approve": _accept,
    "subscribe": _accept,
    "close": _close,
    "discard": _discard,
    "cancel": _cancel,
}
