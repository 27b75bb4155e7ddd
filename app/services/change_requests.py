"""Solicitudes de cambio: asked by the process leader, decided by the OCI, and then applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.context import Context
from app.errors import Blocked, Invalid, NotFound
from app.models.org import Process, Unit
from app.models.plans import Action, ChangeRequest
from app.permissions import Permission, authorize
from app.permissions_events import EVENT_ROLES
from app.services import (
    action_facts,
    actions,
    change_request_facts,
    plan_cascades,
    plan_notices,
    plan_rows,
    plan_terms,
    submissions,
)
from app.services.plan_facts import NOTHING, Inputs
from app.services.segregation import Deed, acts_apart
from app.services.transitions import advance, check_version, load_for
from workflows.base import add_months
from workflows.change_request import ChangeRequestWorkflow
from workflows.enums import ChangeRequestType as Type


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked; only what the type of the request needs is kept."""

    end_date: date | None = None
    target_quantity: Decimal | None = None
    responsible_unit_id: int | None = None
    responsible_position: str = ""
    executor_ids: tuple[int, ...] = ()


# ------------------------------------------------------------------ asking


def create(
    ctx: Context,
    action_id: int,
    kind: Type,
    *,
    reason: str,
    proposal: Proposal,
    key: str = "",
) -> ChangeRequest:
    """Ask for a change of an action; a second press gives the same request.

    Raises: NotFound, Forbidden, Blocked (with every condition on asking), Invalid.
    """
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(ChangeRequest, int(earlier))
        plan_rows.lock_around_action(session, action_id)
        action = askable(ctx, action_id)
        given = change_request_facts.creation_facts(ctx, action, kind, reason)
        unmet = ChangeRequestWorkflow.creation_unmet(given)
        if unmet:
            raise Blocked("change_request.create", unmet, given)
        before, proposed = _values(ctx, action, kind, proposal)
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


def _values(
    ctx: Context, action: Action, kind: Type, proposal: Proposal
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What there is and what is asked, as they are kept. Raises: Invalid."""
    if kind is Type.EXTENSION:
        return _extension(ctx, action, proposal)
    if kind is Type.TARGET_CHANGE:
        return _target(action, proposal)
    if kind is Type.RESPONSIBLE_CHANGE:
        return _responsible(ctx, action, proposal)
    return {}, {}


def _extension(
    ctx: Context, action: Action, proposal: Proposal
) -> tuple[dict[str, Any], dict[str, Any]]:
    present, asked = action.end_date, proposal.end_date
    if asked is None or present is None or asked <= present:
        raise Invalid("end_date", "change_request.not_later")
    months = plan_terms.action_max_months(ctx.session)
    if asked > add_months(present, months):
        raise Invalid("end_date", "change_request.too_late", months=months)
    return {"end_date": present.isoformat()}, {"end_date": asked.isoformat()}


def _target(action: Action, proposal: Proposal) -> tuple[dict[str, Any], dict[str, Any]]:
    present, asked = action.target_quantity, proposal.target_quantity
    if asked is None or not asked.is_finite() or not 0 < asked <= actions.LARGEST_TARGET:
        raise Invalid("target_quantity", "action.bad_target")
    if asked != round(asked, 2):
        raise Invalid("target_quantity", "action.bad_target")
    if asked == present:
        raise Invalid("target_quantity", "change_request.same_value")
    unit = action.unit_of_measure
    return (
        {"target_quantity": str(present), "unit_of_measure": unit},
        {"target_quantity": str(asked), "unit_of_measure": unit},
    )


def _responsible(
    ctx: Context, action: Action, proposal: Proposal
) -> tuple[dict[str, Any], dict[str, Any]]:
    session = ctx.session
    unit = session.get(Unit, proposal.responsible_unit_id or 0)
    if unit is None or not unit.active:
        raise Invalid("responsible_unit_id", "action.no_such_unit")
    position = proposal.responsible_position.strip()
    if not position or len(position) > actions.POSITION_LENGTH:
        raise Invalid("responsible_position", "change_request.no_position")
    process = session.get_one(Process, action.process_id)
    known = {user.id: user for user in actions.eligible_people(ctx, process)}
    if set(proposal.executor_ids) - set(known):
        raise Invalid("executor_ids", "action.foreign_executor")
    chosen = [known[person] for person in dict.fromkeys(proposal.executor_ids)]
    asked = _people_and_unit(unit, position, chosen)
    present_unit = session.get(Unit, action.responsible_unit_id or 0)
    present = _people_and_unit(present_unit, action.responsible_position, action.executors)
    if asked == present:
        raise Invalid("responsible_unit_id", "change_request.same_value")
    return present, asked


def _people_and_unit(unit: Unit | None, position: str, people: Sequence[Any]) -> dict[str, Any]:
    """Ids to apply, and the names as they were, to read."""
    ordered = sorted(people, key=lambda user: user.id)
    return {
        "responsible_unit_id": unit.id if unit else None,
        "responsible_unit": unit.name if unit else "",
        "responsible_position": position,
        "executor_ids": [user.id for user in ordered],
        "executors": [user.name for user in ordered],
    }


# ------------------------------------------------------------------ what the decision rests on


def approve_direction(ctx: Context, request_id: int, *, version: int | None) -> ChangeRequest:
    """The direction approves, where the entity asks for it; the OCI decides afterwards.

    Raises: NotFound, Forbidden, StaleVersion, Invalid (who asked, or approved already).
    """
    with ctx.transaction():
        request = _noted(ctx, request_id, Permission.CHANGE_REQUEST_APPROVE_DIRECTION, version)
        if not acts_apart(ctx, [Deed(request.requested_by_id, request.requested_at)]):
            raise Invalid("direction", "change_request.own")
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
) -> ChangeRequest:
    """Move a request; its approval changes the action at once. No event is signed.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, Invalid.
    """
    if f"change_request.{event}" not in EVENT_ROLES:
        raise NotFound
    with ctx.transaction() as session:
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
