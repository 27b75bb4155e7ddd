"""Activities of an action: the steps by which it is done, each with its figure and its dates.

Written while the action is; what is done of each is told while it runs. The action's own
progress, with its evidence and visto bueno, is what counts officially.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.plans import Action, Activity
from app.permissions import Permission, authorize, can
from app.services import edits
from app.services.actions import LARGEST_TARGET, POSITION_LENGTH, UNIT_LENGTH
from app.services.transitions import load_for

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class ActivityData:
    """What the first line writes of an activity; only the description is needed."""

    description: str
    unit_of_measure: str = ""
    target_quantity: Decimal | None = None
    start_date: date | None = None
    end_date: date | None = None
    responsible: str = ""

    def values(self) -> dict[str, Any]:
        return {
            "description": self.description.strip(),
            "unit_of_measure": self.unit_of_measure.strip(),
            "target_quantity": self.target_quantity,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "responsible": self.responsible.strip(),
        }


def weeks(activity: Activity) -> int | None:
    """Its length as the comptroller's form asks for it: (end - start) / 7, rounded."""
    if activity.start_date is None or activity.end_date is None:
        return None
    return round((activity.end_date - activity.start_date).days / WEEK_DAYS)


def of_action(session: Session, action_id: int) -> Sequence[Activity]:
    """Those in use, in order."""
    return session.scalars(
        select(Activity)
        .where(Activity.action_id == action_id, Activity.removed_at.is_(None))
        .order_by(Activity.number)
    ).all()


def add(ctx: Context, action_id: int, data: ActivityData) -> Activity:
    """Add a step to an action that is being written.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        action = load_for(ctx, Action, action_id, Permission.ACTION_EDIT)
        _check(action, data)
        taken = select(func.count(Activity.id)).where(Activity.action_id == action.id)
        activity = Activity(
            action_id=action.id,
            number=(session.scalar(taken) or 0) + 1,  # the action is locked, none is deleted
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
            **data.values(),
        )
        session.add(activity)
        session.flush()
        body = {"action": action.code, "number": activity.number, "text": activity.description}
        ctx.record("change", "add", activity, body)
    return activity


def edit(ctx: Context, activity_id: int, data: ActivityData, *, version: int | None) -> Activity:
    """Raises: NotFound, Forbidden, StaleVersion, Invalid."""
    with ctx.transaction():
        activity, action = _load(ctx, activity_id, Permission.ACTION_EDIT)
        edits.check_version(activity, version, data.values())
        _check(action, data)
        changed = edits.apply(activity, data.values())
        if changed:
            ctx.record("change", "edit", activity, {"fields": changed})
    return activity


def remove(ctx: Context, activity_id: int, *, version: int | None) -> Activity:
    """Take it out of the action; its row stays. Raises: NotFound, Forbidden, StaleVersion."""
    with ctx.transaction():
        activity, action = _load(ctx, activity_id, Permission.ACTION_EDIT)
        edits.check_version(activity, version, {})
        activity.removed_at = ctx.now()
        body = {"action": action.code, "number": activity.number}
        ctx.record("change", "remove", activity, body)
    return activity


def advance(
    ctx: Context, activity_id: int, *, done: Decimal | None, version: int | None
) -> Activity:
    """How much of it is done up to today, in its unit, while the action runs.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction():
        activity, _action = _load(ctx, activity_id, Permission.ACTION_REPORT_PROGRESS)
        edits.check_version(activity, version, {"done_quantity": done})
        if done is None or not _is_figure(done, least=Decimal(0)):
            raise Invalid("done_quantity", "progress.bad_quantity")
        changed = edits.apply(activity, {"done_quantity": done, "done_on": ctx.today()})
        ctx.record("change", "advance", activity, {"fields": changed})
    return activity


def editable(ctx: Context, activity_id: int, permission: str) -> tuple[Activity, Action]:
    """An activity whose action this actor may handle so. Raises: NotFound, Forbidden."""
    activity = ctx.session.get(Activity, activity_id)
    if activity is None or activity.removed_at is not None:
        raise NotFound
    if not can(ctx.actor, Permission.ACTION_READ, activity.action):
        raise NotFound
    authorize(ctx.actor, permission, activity.action)
    return activity, activity.action


def _load(ctx: Context, activity_id: int, permission: str) -> tuple[Activity, Action]:
    """The activity, with its action locked first. Raises: NotFound, Forbidden."""
    statement = select(Activity.action_id).where(Activity.id == activity_id)
    action_id = ctx.session.scalar(statement)
    if action_id is None:
        raise NotFound
    action = load_for(ctx, Action, action_id, permission)
    activity = ctx.session.get_one(Activity, activity_id, populate_existing=True)
    if activity.removed_at is not None:
        raise NotFound
    return activity, action


def _check(action: Action, data: ActivityData) -> None:
    """Raises: Invalid."""
    if not data.description.strip():
        raise Invalid("description", "activity.no_description")
    lengths = (("unit_of_measure", UNIT_LENGTH), ("responsible", POSITION_LENGTH))
    for name, most in lengths:
        if len(getattr(data, name).strip()) > most:
            raise Invalid(name, "action.too_long", most=most)
    target = data.target_quantity
    if target is not None and not _is_figure(target, least=Decimal("0.01")):
        raise Invalid("target_quantity", "action.bad_target")
    start, end = data.start_date, data.end_date
    if start is not None and end is not None and end < start:
        raise Invalid("end_date", "activity.ends_before_start")
    for name, day in (("start_date", start), ("end_date", end)):
        if day is not None and not _is_within(action, day):
            raise Invalid(name, "activity.outside_action")


def _is_within(action: Action, day: date) -> bool:
    """Whether the day lies in the action, as far as its dates are set."""
    begins = action.start_date is None or action.start_date <= day
    return begins and (action.end_date is None or day <= action.end_date)


def _is_figure(value: Decimal, *, least: Decimal) -> bool:
    return value.is_finite() and least <= value <= LARGEST_TARGET and value == round(value, 2)
