"""Solicitudes de cambio: asked by the process leader, decided by the OCI, and then applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.org import Process
from app.models.plans import Action, ChangeRequest
from app.permissions import Permission, authorize
from app.permissions_events import EVENT_ROLES
from app.services import (
    action_facts,
    actions,
    change_drafts,
    change_proposals,
    change_request_facts,
    plan_cascades,
    plan_notices,
    plan_rows,
    submissions,
)
from app.services.change_drafts import Prepared, demand_askable
from app.services.change_proposals import Proposal
from app.services.plan_facts import NOTHING, Inputs
from app.services.segregation import Deed, acts_apart
from app.services.transitions import advance, check_version, load_for
from workflows.change_request import ChangeRequestWorkflow
from workflows.enums import ChangeRequestType as Type

# ------------------------------------------------------------------ asking


def create(
    ctx: Context,
    action_id: int,
    kind: Type,
    *,
    reason: str,
    proposal: Proposal,
    prepared: Prepared | None = None,
    key: str = "",
) -> ChangeRequest:
    """Ask for a change of an action; a second press gives the same request. What was `prepared`
    for the leader is used up with it.

    Raises: NotFound, Forbidden, StaleVersion (what was prepared is another by now, or gone),
    Blocked (with every condition on asking), Invalid.
    """
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(ChangeRequest, int(earlier))
        plan_rows.lock_around_action(session, action_id)
        action = askable(ctx, action_id)
        draft = change_drafts.take(ctx, action, prepared) if prepared else None
        if draft is not None and draft.type is not kind:
            draft = None  # the leader asks for something else: what was prepared still stands
        demand_askable(ctx, action, kind, reason)
        before, proposed = change_proposals.values(ctx, action, kind, proposal)
        request = ChangeRequest(
            action_id=action.id,
            audit_id=action.audit_id,
            process_id=action.process_id,
            type=kind,
            reason=reason.strip(),
            before=before,
            proposed=proposed,
            requested_by_id=ctx.actor.user_id,
            requested_at=ctx.now(),
            drafted_by_id=draft.author_id if draft else None,
        )
        session.add(request)
        session.flush()
        body = {"type": kind.value, "action": action.code, "before": before, "proposed": proposed}
        ctx.record_transition(
            request,
            event="create",
            source="",
            target=request.state.value,
            reason=reason.strip(),
            details=body,
        )
        if draft is not None:
            change_drafts.use_up(ctx, draft, request)
        submissions.finish(ctx, key, request.id)
    return request


def askable(ctx: Context, action_id: int) -> Action:
    """An action for which this actor asks changes. Raises: NotFound, Forbidden."""
    action = load_for(ctx, Action, action_id, Permission.ACTION_READ)
    authorize(ctx.actor, Permission.CHANGE_REQUEST_CREATE, action)
    return action


def lacking(ctx: Context, action: Action, kind: Type) -> list[str]:
    """Guard codes that keep a change of this kind from being asked today, the reason apart."""
    given = change_request_facts.creation_facts(ctx, action, kind, reason="-")
    return ChangeRequestWorkflow.creation_unmet(given)


# ------------------------------------------------------------------ what the decision rests on


def approve_direction(
    ctx: Context, request_id: int, *, version: int | None, key: str = ""
) -> ChangeRequest:
    """The direction approves, where the entity asks for it; the OCI decides afterwards.

    Raises: NotFound, Forbidden, StaleVersion, Invalid (who asked, or approved already).
    """
    with ctx.transaction() as session:
        if submissions.claim(ctx, key) is not None:
            return session.get_one(ChangeRequest, request_id)
        request = _noted(ctx, request_id, Permission.CHANGE_REQUEST_APPROVE_DIRECTION, version)
        if not acts_apart(ctx, [Deed(request.requested_by_id, request.requested_at)]):
            raise Invalid("direction", "change_request.own")
        if request.direction_approved_at is not None:
            raise Invalid("direction", "change_request.direction_approved")
        request.direction_approved_by_id = ctx.actor.user_id
        request.direction_approved_at = ctx.now()
        ctx.record("change", "approve_direction", request, {})
    return request


def record_rule(ctx: Context, request_id: int, *, rule: str, version: int | None) -> ChangeRequest:
    """Write under which rule of the body of control an external plan may be changed.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    if not rule.strip():
        raise Invalid("rule", "change_request.no_rule")
    with ctx.transaction():
        request = _noted(ctx, request_id, Permission.CHANGE_REQUEST_RECORD_RULE, version)
        request.authority_rule = rule.strip()
        ctx.record("change", "record_rule", request, {"rule": rule.strip()})
    return request


def _noted(
    ctx: Context, request_id: int, permission: Permission, version: int | None
) -> ChangeRequest:
    request = load_for(ctx, ChangeRequest, request_id, permission)
    check_version(request, version)
    return request


# ------------------------------------------------------------------ events


def fire(
    ctx: Context,
    request_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Inputs = NOTHING,
    password: str = "",
    key: str = "",
) -> ChangeRequest:
    """Move a request; its approval changes the action at once. No event is signed. `key`: of the
    form, whose second press gives the same request.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, Invalid.
    """
    if f"change_request.{event}" not in EVENT_ROLES:
        raise NotFound
    with ctx.transaction() as session:
        if submissions.claim(ctx, key) is not None:
            return session.get_one(ChangeRequest, request_id)
        plan_rows.lock_around_request(session, request_id)
        request = load_for(ctx, ChangeRequest, request_id, f"change_request.{event}")
        check_version(request, version)
        given = change_request_facts.facts(ctx, request, reason=reason, inputs=inputs)
        advance(ctx, request, event, given)
        if event in ("approve", "deny", "withdraw"):
            request.decided_by_id, request.decided_at = ctx.actor.user_id, ctx.now()
            request.decision_reason = reason.strip()
        if event == "approve":
            action = session.get_one(Action, request.action_id, populate_existing=True)
            session.flush()
            APPLY[request.type](ctx, action, request)
        if event in ("approve", "deny"):
            plan_notices.request_decided(ctx, request)
    return request


def _apply_extension(ctx: Context, action: Action, request: ChangeRequest) -> None:
    """The original end date stays where the acceptance froze it."""
    action.end_date = date.fromisoformat(request.proposed["end_date"])
    action.extension_count += 1
    _record(ctx, action, request)


def _apply_target(ctx: Context, action: Action, request: ChangeRequest) -> None:
    action.target_quantity = Decimal(request.proposed["target_quantity"])
    _record(ctx, action, request)


def _apply_responsible(ctx: Context, action: Action, request: ChangeRequest) -> None:
    asked = request.proposed
    process = ctx.session.get_one(Process, action.process_id)
    known = {user.id: user for user in actions.eligible_people(ctx, process)}
    action.responsible_unit_id = asked["responsible_unit_id"]
    action.responsible_position = asked["responsible_position"]
    # Who left the process meanwhile is not named again.
    action.executors = [known[i] for i in asked["executor_ids"] if i in known]
    _record(ctx, action, request)


def _allow_reformulation(_ctx: Context, _action: Action, _request: ChangeRequest) -> None:
    """From now on the first line may formulate the action that replaces this one."""


def _void(ctx: Context, action: Action, request: ChangeRequest) -> None:
    facts = action_facts.facts(ctx, action, reason=request.reason)
    plan_cascades.system_step(ctx, action, "void", replace(facts, has_approved_change=True))
    action.closed_at = ctx.now()
    plan_cascades.action_moved(ctx, action)


def _record(ctx: Context, action: Action, request: ChangeRequest) -> None:
    body = {"request": request.id, "before": request.before, "proposed": request.proposed}
    ctx.record("change", "apply_change", action, body)


Apply = Callable[[Context, Action, ChangeRequest], None]
APPLY: Mapping[Type, Apply] = {
    Type.EXTENSION: _apply_extension,
    Type.TARGET_CHANGE: _apply_target,
    Type.RESPONSIBLE_CHANGE: _apply_responsible,
    Type.REFORMULATION: _allow_reformulation,
    Type.CANCELLATION: _void,
}
