"""The terms of actions and change requests, as chips that open to their arithmetic."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext

from app.blueprints.due import DueChip, computed_chip, rules
from app.context import Context
from app.models.plans import Action, ChangeRequest
from app.services import duty_terms
from app.services.plan_cascades import PENDING_REQUESTS
from app.services.task_plans import TO_VERIFY


def follow_up(ctx: Context, action: Action) -> dict[str, DueChip | None]:
    """What the OCI owes an action that was reported: to verify it, and later its effect."""
    today, verified = ctx.today(), action.verified_at is not None
    verification = computed_chip(
        duty_terms.verification(rules(), action), today, done=action.state not in TO_VERIFY
    )
    if not verified:
        return {"verification": verification, "wait": None, "evaluation": None}
    evaluated = action.evaluated_at is not None or action.closed_at is not None
    wait = computed_chip(duty_terms.evaluable_from(rules(), action), today, done=True)
    evaluation = computed_chip(duty_terms.evaluation(rules(), action), today, done=evaluated)
    return {
        "verification": verification,
        "wait": replace(wait, label=gettext("Desde el"), status="ok") if wait else None,
        "evaluation": evaluation,
    }


def decision(ctx: Context, request: ChangeRequest) -> DueChip | None:
    """Until when a request for change is to be decided."""
    pending = request.state in PENDING_REQUESTS
    return computed_chip(
        duty_terms.change_decision(rules(), request), ctx.today(), done=not pending
    )
