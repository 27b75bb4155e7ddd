"""Rows of plans and actions as the services take them: loaded, and locked in the one order.

Locks go audit, finding, plan, action, change request: whoever changes an action locks what may
move with it first, so that no two transactions can wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.errors import NotFound
from app.models.accounts import User
from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan, PlanFinding
from workflows.finding import FindingState
from workflows.plan import PlanState

OPEN_STATES = frozenset({PlanState.DRAFT, PlanState.RETURNED})
"""The first line is writing the plan."""
ENDED_STATES = frozenset({PlanState.CLOSED, PlanState.CANCELLED})
AGREED_STATES = frozenset(
    {
        PlanState.APPROVED,
        PlanState.SUBSCRIBED,
        PlanState.RUNNING,
        PlanState.COMPLETED,
        PlanState.EVALUATED,
    }
)
"""Accepted and not ended: an action is only added as the successor of another."""


def lock_around_plan(session: Session, plan_id: int) -> None:
    """Lock the audit and the findings of a plan, then the plan."""
    audit_id = session.scalar(select(Plan.audit_id).where(Plan.id == plan_id))
    if audit_id is not None:
        session.execute(select(Audit.id).where(Audit.id == audit_id).with_for_update())
    held = select(PlanFinding.finding_id).where(PlanFinding.plan_id == plan_id)
    session.execute(
        select(Finding.id).where(Finding.id.in_(held)).order_by(Finding.id).with_for_update()
    )
    session.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update())


def lock_around_action(session: Session, action_id: int) -> None:
    """Lock everything that may move with an action, and the plan's other actions after it."""
    plan_id = session.scalar(select(Action.plan_id).where(Action.id == action_id))
    if plan_id is not None:
        lock_around_plan(session, plan_id)


def lock_around_request(session: Session, request_id: int) -> None:
    """Lock everything that may move with a change request, its action included."""
    statement = select(ChangeRequest.action_id).where(ChangeRequest.id == request_id)
    action_id = session.scalar(statement)
    if action_id is not None:
        lock_around_action(session, action_id)
        session.execute(select(Action.id).where(Action.id == action_id).with_for_update())


def items_of(session: Session, plan: Plan) -> list[PlanFinding]:
    """The findings of a plan with their causes, in the order of their codes; two queries."""
    statement = (
        select(PlanFinding)
        .join(PlanFinding.finding)
        .where(PlanFinding.plan_id == plan.id)
        .options(joinedload(PlanFinding.finding), selectinload(PlanFinding.causes))
        .order_by(Finding.code)
    )
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def live_items(items: Iterable[PlanFinding]) -> list[PlanFinding]:
    """Those whose finding still stands: a withdrawn one asks for nothing more."""
    return [item for item in items if item.finding.state != FindingState.WITHDRAWN]


def actions_of(session: Session, plan: Plan, *, lock: bool = False) -> list[Action]:
    """The actions of a plan in order, with executors, unit and cause."""
    statement = (
        select(Action)
        .where(Action.plan_id == plan.id)
        .options(
            selectinload(Action.executors),
            selectinload(Action.responsible_unit),
            selectinload(Action.root_cause),
        )
        .order_by(Action.id)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(statement))


def people(session: Session, ids: Iterable[int | None]) -> dict[int, User]:
    """The persons with these ids, in one query."""
    wanted = {person for person in ids if person is not None}
    if not wanted:
        return {}
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(wanted)))}


def item_of(session: Session, plan_id: int, item_id: int) -> PlanFinding:
    """A finding of this plan. Raises: NotFound."""
    statement = select(PlanFinding).where(PlanFinding.id == item_id, PlanFinding.plan_id == plan_id)
    item = session.scalars(statement.options(joinedload(PlanFinding.finding))).one_or_none()
    if item is None:
        raise NotFound
    return item
