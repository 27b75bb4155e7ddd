"""The events of an action: permission, version, guards, and what each one brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.context import Context
from app.errors import NotFound, OutOfPlace
from app.models.findings import Finding
from app.models.plans import Action, Plan
from app.permissions_events import EVENT_ROLES
from app.services import (
    action_facts,
    finding_cascades,
    plan_cascades,
    plan_notices,
    plan_rows,
    settings,
)
from app.services.finding_facts import ONE_PERSON_OFFICE
from app.services.plan_facts import NOTHING, Inputs
from app.services.transitions import advance, check_version, load_for
from workflows.enums import Effectiveness, Efficacy

WITH_PLAN = frozenset({"submit", "recall", "send_back", "approve"})
"""Events that an action shares with its plan until the plan is accepted."""
EVALUATIONS = frozenset({"start_evaluation", "close_effective", "declare_ineffective"})


def fire(
    ctx: Context,
    action_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Inputs = NOTHING,
    password: str = "",
) -> Action:
    """Move an action, and with it its finding, its requests and its plan.

    No event of an action has inputs or is signed. Raises: NotFound, Forbidden, StaleVersion,
    OutOfPlace, Blocked.
    """
    if f"action.{event}" not in EVENT_ROLES:
        raise NotFound
    with ctx.transaction() as session:
        plan_rows.lock_around_action(session, action_id)
        action = load_for(ctx, Action, action_id, f"action.{event}")
        check_version(action, version)
        if is_with_plan(action.plan, event):
            raise OutOfPlace(event=event, state=action.state.value)
        given = action_facts.facts(ctx, action, reason=reason, inputs=inputs)
        advance(ctx, action, event, given, details=_details(ctx, action, event))
        EFFECTS[event](ctx, action, reason)
        session.flush()
    return action


def is_with_plan(plan: Plan, event: str) -> bool:
    """Whether the event is the whole plan's to give, not this action's alone."""
    return event in WITH_PLAN and plan.state not in plan_rows.AGREED_STATES


def _details(ctx: Context, action: Action, event: str) -> dict[str, Any]:
    """The values that the step rests on, kept in its history row."""
    details: dict[str, Any] = {}
    if event in ("verify", "reject"):
        details = {"efficacy": action.efficacy.value, "note": action.efficacy_note}
    elif event in ("close_effective", "declare_ineffective"):
        details = {"effectiveness": action.effectiveness.value, "note": action.effectiveness_note}
    if event in EVALUATIONS and action_facts.uses_exception(ctx, action):
        rule = settings.rule(ctx.session, ONE_PERSON_OFFICE)
        details["exception"] = rule.legal_ground or rule.name
    return details


# ------------------------------------------------------------------ what each event brings


def _nothing(_ctx: Context, _action: Action, _reason: str) -> None:
    """The step itself is all."""


def _written_anew(_ctx: Context, action: Action, _reason: str) -> None:
    """A successor goes back to its authors: the second line looks at it again."""
    action.consolidated_by_id, action.consolidated_at = None, None


def _approve(ctx: Context, action: Action, _reason: str) -> None:
    """A successor was accepted: what it replaces gives way, and its plan goes on."""
    plan_cascades.accept_action(ctx, action)
    finding = ctx.session.get_one(Finding, action.finding_id)
    plan_cascades.accept_findings(ctx, [finding])
    plan_cascades.reopen(ctx, action.plan)
    plan_cascades.start_if_due(ctx, action.plan)
    finding_cascades.actions_changed(ctx, finding)


def _discard(ctx: Context, action: Action, _reason: str) -> None:
    action.closed_at = ctx.now()
    plan_cascades.action_moved(ctx, action)


def _report(ctx: Context, action: Action, _reason: str) -> None:
    action.reported_by_id, action.reported_at = ctx.actor.user_id, ctx.now()
    plan_cascades.action_moved(ctx, action)


def _moved(ctx: Context, action: Action, _reason: str) -> None:
    plan_cascades.action_moved(ctx, action)


def _start_verification(ctx: Context, action: Action, _reason: str) -> None:
    action.verifier_id = ctx.actor.user_id
    action.efficacy, action.efficacy_note = Efficacy.NOT_EVALUATED, ""
    plan_cascades.action_moved(ctx, action)


def _verify(ctx: Context, action: Action, _reason: str) -> None:
    action.verified_by_id, action.verified_at = ctx.actor.user_id, ctx.now()
    plan_cascades.action_moved(ctx, action)


def _reject(ctx: Context, action: Action, reason: str) -> None:
    plan_notices.report_rejected(ctx, action, reason)
    plan_cascades.action_moved(ctx, action)


def _start_evaluation(ctx: Context, action: Action, _reason: str) -> None:
    action.evaluator_id = ctx.actor.user_id
    action.effectiveness, action.effectiveness_note = Effectiveness.NOT_EVALUATED, ""
    plan_cascades.action_moved(ctx, action)


def _evaluated(ctx: Context, action: Action, _reason: str) -> None:
    action.evaluated_at = ctx.now()
    plan_cascades.action_moved(ctx, action)


def _close(ctx: Context, action: Action, reason: str) -> None:
    action.closed_at = ctx.now()
    _evaluated(ctx, action, reason)


def _close_by_exception(ctx: Context, action: Action, reason: str) -> None:
    """Its effectiveness stays unevaluated, and every page says so."""
    action.closing_exception, action.closed_at = reason.strip(), ctx.now()
    action.effectiveness, action.effectiveness_note = Effectiveness.NOT_EVALUATED, ""
    plan_cascades.action_moved(ctx, action)


Effect = Callable[[Context, Action, str], None]
EFFECTS: Mapping[str, Effect] = {
    "submit": _written_anew,
    "recall": _written_anew,
    "send_back": _written_anew,
    "approve": _approve,
    "discard": _discard,
    "start_execution": _nothing,
    "report_completion": _report,
    "withdraw_report": _moved,
    "start_verification": _start_verification,
    "verify": _verify,
    "reject": _reject,
    "declare_unmet": _moved,
    "start_evaluation": _start_evaluation,
    "close_effective": _close,
    "declare_ineffective": _evaluated,
    "close_by_exception": _close_by_exception,
    "reformulate": _nothing,
    "void": _nothing,
    "cancel_with_plan": _nothing,
    "annul_with_finding": _nothing,
}
