"""What the guards of a change request need to know."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select

from app.context import Context
from app.models.plans import Action, ChangeRequest, Plan
from app.services import plan_terms
from app.services.segregation import Deed, acts_apart
from workflows.action import ActionState
from workflows.change_request import ChangeRequestFacts, ChangeRequestState
from workflows.enums import ChangeRequestType as Type

UNDER_WAY = frozenset({ActionState.APPROVED, ActionState.RUNNING})
LIVE_STATES: Mapping[Type, frozenset[ActionState]] = {
    Type.EXTENSION: UNDER_WAY,
    Type.TARGET_CHANGE: UNDER_WAY,
    Type.RESPONSIBLE_CHANGE: UNDER_WAY,
    Type.REFORMULATION: frozenset({ActionState.RUNNING}),
    Type.CANCELLATION: UNDER_WAY | {ActionState.UNMET},
}
"""In which states of its action each change can still be made."""
ENDED_STATES = frozenset(
    {
        ActionState.FULFILLED,
        ActionState.IN_EVALUATION,
        ActionState.CLOSED_EFFECTIVE,
        ActionState.INEFFECTIVE,
        ActionState.UNMET,
        ActionState.REFORMULATED,
        ActionState.VOIDED,
    }
)
PENDING_STATES = (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW)


def facts(
    ctx: Context,
    request: ChangeRequest,
    *,
    reason: str = "",
    inputs: Mapping[str, Any] = MappingProxyType({}),
) -> ChangeRequestFacts:
    """Facts of one request now; its events have no inputs beyond the reason."""
    action = ctx.session.get_one(Action, request.action_id)
    plan = ctx.session.get_one(Plan, action.plan_id)
    approved = request.direction_approved_at is not None
    return ChangeRequestFacts(
        reason=reason,
        request_type=request.type,
        action_is_live=is_live(action, request.type),
        direction_approved=approved or not plan_terms.direction_approves(ctx.session),
        authority_rule_allows=not plan.source.is_external or bool(request.authority_rule.strip()),
        approved_by_other=acts_apart(
            ctx,
            [
                Deed(request.requested_by_id, request.requested_at),
                Deed(request.drafted_by_id, request.requested_at),
            ],
        ),
        action_ended=has_ended(action, request.type),
    )


def creation_facts(ctx: Context, action: Action, kind: Type, reason: str) -> ChangeRequestFacts:
    """Facts for asking a change of this kind today."""
    session = ctx.session
    pending = select(func.count(ChangeRequest.id)).where(
        ChangeRequest.action_id == action.id, ChangeRequest.state.in_(PENDING_STATES)
    )
    notice = plan_terms.notice_days(session)
    left = plan_terms.working_days_left(session, ctx.today(), action.end_date)
    if kind is Type.CANCELLATION and action.state is ActionState.UNMET:
        left = notice  # declared unmet: there is no end date left to ask before
    return ChangeRequestFacts(
        reason=reason,
        request_type=kind,
        action_is_live=is_live(action, kind),
        no_pending_request=not session.scalar(pending),
        working_days_left=left,
        notice_days=notice,
        extension_count=action.extension_count,
        max_extensions=plan_terms.max_extensions(session),
    )


def is_live(action: Action, kind: Type) -> bool:
    return action.state in LIVE_STATES[kind]


def has_ended(action: Action, kind: Type) -> bool:
    """Whether the action is past any change of this kind; a mere report may still come back."""
    return action.state in ENDED_STATES and not is_live(action, kind)
