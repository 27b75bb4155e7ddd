"""Actions of a plan, as the first line writes and accepts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Difference, Invalid, NotFound
from app.models.accounts import User
from app.models.base import TITLE_LENGTH
from app.models.org import Process, Unit, process_liaison
from app.models.plans import Action, Plan, PlanFinding, RootCause
from app.permissions import Permission, authorize, can
from app.services import drafts, plan_rows, plan_terms, submissions, successors
from app.services.action_events import fire
from app.services.terms import local_date
from app.services.transitions import check_version, load_for
from workflows.base import add_months
from workflows.enums import ActionType

__all__ = [
    "ActionData",
    "accept",
    "create",
    "decline",
    "edit",
    "editable",
    "eligible_people",
    "fire",
    "place",
    "units",
    "writable",
]

DRAFT_FORM = "action"
LARGEST_TARGET = Decimal("999999999999.99")
UNIT_LENGTH, POSITION_LENGTH = 100, 200
COMMITTED = (
    "description",
    "indicator_name",
    "indicator_formula",
    "unit_of_measure",
    "target_quantity",
    "start_date",
    "end_date",
    "responsible_unit_id",
    "responsible_position",
)
"""What the head of the unit accepts: when one of these changes, it must be accepted anew."""


@dataclass(frozen=True, slots=True)
class ActionData:
    """What the first line writes of an action; it may be left incomplete until it is sent."""

    type: ActionType
    description: str
    objective: str = ""
    root_cause_id: int | None = None
    indicator_name: str = ""
    indicator_formula: str = ""
    unit_of_measure: str = ""
    target_quantity: Decimal | None = None
    start_date: date | None = None
    end_date: date | None = None
    responsible_unit_id: int | None = None
    responsible_position: str = ""
    executor_ids: tuple[int, ...] = ()
    expected_evidence: str = ""
    resources: str = ""


ROW_FIELDS = tuple(each.name for each in fields(ActionData) if each.name != "executor_ids")


def eligible_people(ctx: Context, process: Process) -> list[User]:
    """Who may carry out actions of a process: its liaisons, its leader, and its unit's people."""
    liaisons = select(process_liaison.c.user_id).where(process_liaison.c.process_id == process.id)
    chosen = [User.id.in_(liaisons), User.id == process.leader_id]
    if process.unit_id is not None:
        chosen.append(User.unit_id == process.unit_id)
    rows = ctx.session.scalars(
        select(User).where(or_(*chosen), User.disabled_at.is_(None)).order_by(User.name)
    )
    return list(rows)


def units(ctx: Context) -> list[Unit]:
    """The units that may answer for an action, by name."""
    return list(ctx.session.scalars(select(Unit).where(Unit.active).order_by(Unit.name)))


def create(
    ctx: Context,
    plan_id: int,
    finding_id: int,
    data: ActionData,
    *,
    replaces_id: int | None = None,
    key: str = "",
) -> Action:
    """Add an action for a finding of the plan; a second press gives the same one.

    To a plan that is running only as the successor of an action that failed or is being
    reformulated. Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Action, int(earlier))
        plan_rows.lock_around_plan(session, plan_id)
        plan, item = writable(ctx, plan_id, finding_id, replaces_id)
        _check(ctx, plan, item, data)
        action = Action(
            code=_next_code(session, plan),
            plan_id=plan.id,
            finding_id=finding_id,
            audit_id=plan.audit_id,
            process_id=plan.process_id,
            formulated_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
            replaces_id=replaces_id,
            **_values(data),
        )
        action.executors = _executors(ctx, plan, data.executor_ids)
        session.add(action)
        session.flush()
        body = {"code": action.code, "plan": plan.code, "finding": item.finding.code}
        ctx.record_transition(
            action, event="create", source="", target=action.state.value, details=body
        )
        drafts.drop(ctx, DRAFT_FORM, draft_of(plan.id, finding_id, replaces_id))
        submissions.finish(ctx, key, action.id)
    return action


def draft_of(plan_id: int, finding_id: int, replaces_id: int | None) -> str:
    """The name of the draft of an action that is not there yet."""
    return f"new-{plan_id}-{finding_id}-{replaces_id or 0}"


def writable(
    ctx: Context, plan_id: int, finding_id: int, replaces_id: int | None
) -> tuple[Plan, PlanFinding]:
    """A plan and the finding in it to which this actor may add an action now.

    Raises: NotFound, Forbidden, Invalid.
    """
    plan = load_for(ctx, Plan, plan_id, Permission.PLAN_CREATE)
    if plan.state not in plan_rows.AGREED_STATES:
        authorize(ctx.actor, Permission.PLAN_EDIT, plan)
    item = ctx.session.scalars(
        select(PlanFinding).where(
            PlanFinding.plan_id == plan.id, PlanFinding.finding_id == finding_id
        )
    ).one_or_none()
    if item is None:
        raise NotFound
    waiting = {action.id for action in successors.replaceable(ctx, plan, finding_id)}
    if replaces_id is not None and replaces_id not in waiting:
        raise Invalid("replaces_id", "action.not_replaceable")
    if replaces_id is None and plan.state in plan_rows.AGREED_STATES:
        raise Invalid("replaces_id", "action.needs_replaced")
    return plan, item


def _next_code(session: Session, plan: Plan) -> str:
    """AAAA-PM-NNN-AMM; the plan is locked, and no action is ever deleted."""
    taken = session.scalar(select(func.count(Action.id)).where(Action.plan_id == plan.id)) or 0
    return f"{plan.code}-A{taken + 1:02d}"


def _values(data: ActionData) -> dict[str, Any]:
    values = {name: getattr(data, name) for name in ROW_FIELDS}
    return {k: v.strip() if type(v) is str else v for k, v in values.items()}


def edit(ctx: Context, action_id: int, data: ActionData, *, version: int | None) -> Action:
    """Change an action still being written. A changed promise must be accepted anew.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction():
        action = load_for(ctx, Action, action_id, Permission.ACTION_EDIT)
        changes = _differences(action, data)
        check_version(action, version, changes)
        plan, item = place(ctx, action)
        _check(ctx, plan, item, data)
        executors = _executors(ctx, plan, data.executor_ids)
        before = sorted(user.id for user in action.executors)
        body: dict[str, Any] = {c.field: [c.theirs, c.yours] for c in changes}
        if before != sorted(user.id for user in executors):
            body["executors"] = [before, sorted(user.id for user in executors)]
            action.executors = executors
        for name, value in _values(data).items():
            setattr(action, name, value)
        if {change.field for change in changes} & set(COMMITTED):
            action.accepted_by_id, action.accepted_at = None, None
        drafts.drop(ctx, DRAFT_FORM, action.id)
        if body:
            _clear_refusal(action)
            ctx.record("change", "edit", action, body)
    return action


def _clear_refusal(action: Action) -> None:
    action.declined_by_id, action.declined_at, action.declined_reason = None, None, ""


def _differences(action: Action, data: ActionData) -> list[Difference]:
    return [
        Difference(name, _text(getattr(action, name)), _text(value))
        for name, value in _values(data).items()
        if getattr(action, name) != value
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _executors(ctx: Context, plan: Plan, ids: Sequence[int]) -> list[User]:
    """Raises: Invalid when one is not of the process."""
    process = ctx.session.get_one(Process, plan.process_id)
    known = {user.id: user for user in eligible_people(ctx, process)} if ids else {}
    if set(ids) - set(known):
        raise Invalid("executor_ids", "action.foreign_executor")
    return [known[person] for person in dict.fromkeys(ids)]


# ------------------------------------------------------------------ what is refused at once


def _check(ctx: Context, plan: Plan, item: PlanFinding, data: ActionData) -> None:
    """What is written must make sense, though it may be incomplete. Raises: Invalid."""
    if not data.description.strip():
        raise Invalid("description", "action.no_description")
    _check_lengths(data)
    target = data.target_quantity
    if target is not None and (not target.is_finite() or not 0 < target <= LARGEST_TARGET):
        raise Invalid("target_quantity", "action.bad_target")
    if target is not None and target != round(target, 2):
        raise Invalid("target_quantity", "action.bad_target")
    _check_dates(ctx, plan, data)
    if data.root_cause_id is not None:
        cause = ctx.session.get(RootCause, data.root_cause_id)
        if cause is None or cause.plan_finding_id != item.id or cause.removed_at is not None:
            raise Invalid("root_cause_id", "action.foreign_cause")
    if data.responsible_unit_id is not None:
        unit = ctx.session.get(Unit, data.responsible_unit_id)
        if unit is None or not unit.active:
            raise Invalid("responsible_unit_id", "action.no_such_unit")


def _check_lengths(data: ActionData) -> None:
    for name, most in (
        ("indicator_name", TITLE_LENGTH),
        ("unit_of_measure", UNIT_LENGTH),
        ("responsible_position", POSITION_LENGTH),
    ):
        if len(getattr(data, name).strip()) > most:
            raise Invalid(name, "action.too_long", most=most)


def _check_dates(ctx: Context, plan: Plan, data: ActionData) -> None:
    start, end = data.start_date, data.end_date
    if start is not None and not plan.source.is_external and start < local_date(plan.created_at):
        raise Invalid("start_date", "action.starts_before_plan")
    if start is None or end is None:
        return
    if end <= start:
        raise Invalid("end_date", "action.ends_before_start")
    months = plan_terms.action_max_months(ctx.session)
    if end > add_months(start, months):
        raise Invalid("end_date", "action.too_long_term", months=months)


# ------------------------------------------------------------------ acceptance of the assignment


def accept(ctx: Context, action_id: int, *, version: int | None) -> Action:
    """The head of the responsible unit, or the process leader, takes the action on.

    Raises: NotFound, Forbidden, StaleVersion, Invalid while nobody is named responsible.
    """
    with ctx.transaction():
        action = _acceptable(ctx, action_id, version)
        if action.responsible_unit_id is None:
            raise Invalid("reason", "action.accepts_nothing")
        action.accepted_by_id, action.accepted_at = ctx.actor.user_id, ctx.now()
        _clear_refusal(action)
        ctx.record("change", "accept", action, {"code": action.code})
    return action


def decline(ctx: Context, action_id: int, *, reason: str, version: int | None) -> Action:
    """Refuse the assignment, with the reason for whoever formulated it.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction():
        action = _acceptable(ctx, action_id, version)
        action.accepted_by_id, action.accepted_at = None, None
        action.declined_by_id, action.declined_at = ctx.actor.user_id, ctx.now()
        action.declined_reason = reason.strip()
        ctx.record("change", "decline", action, {"reason": reason.strip()})
    return action


def _acceptable(ctx: Context, action_id: int, version: int | None) -> Action:
    action = load_for(ctx, Action, action_id, Permission.ACTION_ACCEPT)
    check_version(action, version)
    return action


def place(ctx: Context, action: Action) -> tuple[Plan, PlanFinding]:
    """The plan of an action, and in it the finding that it answers."""
    item = ctx.session.scalars(
        select(PlanFinding).where(
            PlanFinding.plan_id == action.plan_id, PlanFinding.finding_id == action.finding_id
        )
    ).one()
    return ctx.session.get_one(Plan, action.plan_id), item


def editable(ctx: Context, action_id: int) -> Action:
    """An action that this actor may write now. Raises: NotFound, Forbidden."""
    action = ctx.session.get(Action, action_id)
    if action is None or not can(ctx.actor, Permission.ACTION_READ, action):
        raise NotFound
    authorize(ctx.actor, Permission.ACTION_EDIT, action)
    return action
