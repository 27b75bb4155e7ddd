"""Duties of changes of actions: to decide what was asked, to send what somebody prepared."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from app.models.plans import Action, ChangeDraft, ChangeRequest
from app.permissions import Actor, Permission, can
from app.services import duty_terms
from app.services.change_request_facts import LIVE_STATES
from app.services.task_rows import Desk, Duty, Source, Task, by_state, until
from workflows.change_request import ChangeRequestState

CHANGE_REQUESTS = (
    Source(
        "change_request.start_review",
        (ChangeRequestState.REQUESTED,),
        "change_request.start_review",
    ),
    Source("change_request.approve", (ChangeRequestState.IN_REVIEW,), "change_request.approve"),
    Source(
        "change_request.approve_direction",
        (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW),
        "change_request.approve_direction",
    ),
    Source(
        "change_request.read",
        (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW),
        "change_request.approve",
        waiting=True,
    ),
)


def changes(desk: Desk) -> list[Duty]:
    def make(request: ChangeRequest, source: Source) -> Task:
        action = request.action
        task = Task(
            source.event,
            f"{action.code} · {request.reason[:120]}",
            action.description[:120],
            "plans.change_request_show",
            {"request_id": request.id},
            waiting=source.waiting,
            thing=("change_request", request.id),
            unit_id=action.responsible_unit_id or action.process.unit_id,
        )
        return until(task, duty_terms.change_decision(desk.rules, request))

    return by_state(
        desk,
        ChangeRequest,
        CHANGE_REQUESTS,
        make,
        ChangeRequest.requested_at,
        joinedload(ChangeRequest.action).joinedload(Action.process),
    )


def prepared(desk: Desk) -> list[Duty]:
    """What a liaison left ready, for the leader to send while the action still admits it; its
    author waits for that."""
    live = sorted(frozenset().union(*LIVE_STATES.values()))
    rows = desk.rows(
        select(ChangeDraft)
        .join(ChangeDraft.action)
        .options(
            contains_eager(ChangeDraft.action).joinedload(Action.process),
            contains_eager(ChangeDraft.action).selectinload(Action.executors),
            joinedload(ChangeDraft.author),
        )
        .where(
            ChangeDraft.closed_at.is_(None),
            Action.state.in_(live),
            desk.may_be(Permission.CHANGE_REQUEST_DRAFT, Action),
        )
        .order_by(ChangeDraft.id)
    )
    return [_prepared_duty(row) for row in rows]


def _prepared_duty(row: ChangeDraft) -> Duty:
    action = row.action
    task = Task(
        "change_request.create",
        f"{action.code} · {row.reason[:120]}",
        f"La dejó preparada {row.author.name}",
        "plans.change_request_new",
        {"action_id": action.id, "tipo": row.type.value},
        thing=("change_draft", row.id),
        unit_id=action.responsible_unit_id or action.process.unit_id,
    )
    sends = partial(_may, Permission.CHANGE_REQUEST_CREATE, action)
    prepares = partial(_may, Permission.CHANGE_REQUEST_DRAFT, action)
    return Duty(action, ((sends, task), (prepares, replace(task, waiting=True))))


def _may(permission: str, action: Action, actor: Actor) -> bool:
    return can(actor, permission, action)
