"""The one way a state moves: permission, version, guards, history and ledger together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from statemachine.exceptions import TransitionNotAllowed

from app.context import Context
from app.errors import (
    Blocked,
    Difference,
    Forbidden,
    NotFound,
    OutOfPlace,
    StaleVersion,
)
from app.models.base import Versioned
from app.permissions import authorize, can
from workflows import WORKFLOWS
from workflows.base import Step, Workflow

T = TypeVar("T", bound=Versioned)


def load(session: Session, model: type[T], row_id: int, *, lock: bool = False) -> T:
    """Fetch a row, locked for update when it is going to change.

    Raises: NotFound.
    """
    statement = select(model).where(model.id == row_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def load_for(ctx: Context, model: type[T], row_id: int, permission: str) -> T:
    """Fetch a row that this actor may read, to change it under `permission`.

    Raises: NotFound when it does not exist or may not be known to the actor; Forbidden when
    it may be read but not changed in this way.
    """
    row = load(ctx.session, model, row_id, lock=True)
    if can(ctx.actor, permission, row):
        return row
    if not can(ctx.actor, f"{row.thing}.read", row):
        raise NotFound
    raise Forbidden(permission)


def stale(
    row: Versioned,
    version: int | None,
    differences: Sequence[Difference] = (),
    typed: Mapping[str, str] | None = None,
) -> StaleVersion:
    """What is told to who worked on another version of the row: how it stands now."""
    return StaleVersion(
        expected=version or 0,
        actual=row.version,
        differences=differences,
        typed=typed,
        thing=row.thing,
        state=str(getattr(row, "state", "")),
    )


def check_version(
    row: Versioned, version: int | None, differences: Sequence[Difference] = ()
) -> None:
    """Compare with the version that the page showed. None: a step the system takes itself.

    Raises: StaleVersion.
    """
    if version is not None and row.version != version:
        raise stale(row, version, differences)


def machine(row: Versioned) -> Workflow:
    """The workflow of a row, at its present state."""
    return WORKFLOWS[row.thing](row)


def advance(
    ctx: Context,
    row: Versioned,
    event: str,
    facts: Any,
    *,
    details: Mapping[str, Any] | None = None,
) -> Step:
    """Fire `event` on `row` within the open transaction and write its history.

    The actor must hold the event's permission. Facts carry the reason, if one was given.
    Raises: Forbidden, Blocked (with every unmet condition), OutOfPlace.
    """
    authorize(ctx.actor, f"{row.thing}.{event}", row)
    workflow = machine(row)
    if event not in workflow.events():
        raise OutOfPlace(event=event, state=str(getattr(row, "state", "")))
    unmet = workflow.unmet(event, facts)
    if unmet:
        raise Blocked(f"{row.thing}.{event}", unmet, facts)
    try:
        workflow.send(event, facts=facts)
    except TransitionNotAllowed as error:
        raise OutOfPlace(event=event, state=str(getattr(row, "state", ""))) from error
    step = workflow.steps[-1]
    ctx.record_transition(
        row,
        event=step.event,
        source=step.source,
        target=step.target,
        reason=str(getattr(facts, "reason", "") or ""),
        details=details,
    )
    ctx.session.flush()
    return step


def cascade(
    ctx: Context,
    row: Versioned,
    event: str,
    facts: Any,
    *,
    details: Mapping[str, Any] | None = None,
) -> Step:
    """Fire an event that another one causes: as the system, naming who began it."""
    details = {**(details or {}), "caused_by": ctx.actor.user_id or 0}
    return advance(ctx.as_system(), row, event, facts, details=details)


def possible(ctx: Context, row: Versioned) -> list[str]:
    """Events that leave the present state and that this actor may fire, in table order."""
    return [e for e in machine(row).events() if can(ctx.actor, f"{row.thing}.{e}", row)]
