"""Which actions may be replaced by another: those that failed, or whose change was approved."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from app.context import Context
from app.models.plans import Action, ChangeRequest, Plan
from app.services import plan_rows
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ChangeRequestType

FAILED_STATES = (ActionState.UNMET, ActionState.INEFFECTIVE)


def awaits_successor() -> ColumnElement[bool]:
    """Actions that another must replace and none does yet.

    An unmet or ineffective one waits by itself; a running one once its reformulation was
    approved. Those of an ended plan wait no more: their finding goes to a new plan.
    """
    successor = aliased(Action)
    taken = (
        select(successor.id)
        .where(successor.replaces_id == Action.id, successor.state != ActionState.VOIDED)
        .exists()
    )
    reformulated = (
        select(ChangeRequest.id)
        .where(
            ChangeRequest.action_id == Action.id,
            ChangeRequest.type == ChangeRequestType.REFORMULATION,
            ChangeRequest.state == ChangeRequestState.APPROVED,
        )
        .exists()
    )
    failed = Action.state.in_(FAILED_STATES)
    return and_(
        failed | ((Action.state == ActionState.RUNNING) & reformulated),
        ~taken,
        Action.plan.has(Plan.state.not_in(sorted(plan_rows.ENDED_STATES))),
    )


def replaceable(ctx: Context, plan: Plan, finding_id: int | None = None) -> list[Action]:
    """The plan's actions that wait for a successor, in order."""
    statement = (
        select(Action).where(Action.plan_id == plan.id, awaits_successor()).order_by(Action.id)
    )
    if finding_id is not None:
        statement = statement.where(Action.finding_id == finding_id)
    return list(ctx.session.scalars(statement))
