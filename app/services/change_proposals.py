"""What is asked with a change of an action: read from what was typed, beside what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.context import Context
from app.errors import Invalid
from app.models.org import Process, Unit
from app.models.plans import Action
from app.services import actions, plan_terms
from workflows.base import add_months
from workflows.enums import ChangeRequestType as Type


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked; only what the type of the request needs is kept."""

    end_date: date | None = None
    target_quantity: Decimal | None = None
    responsible_unit_id: int | None = None
    responsible_position: str = ""
    executor_ids: tuple[int, ...] = ()


def values(
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
