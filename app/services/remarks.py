"""Observaciones on a plan or an action, by field, and their answers; and comments, which nothing
waits for, on the progress of an action under way and on a change that is asked for."""

from __future__ import annotations

from typing import Any

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace
from app.models.plans import CHANGE_COMMENT, PROGRESS_COMMENT, Action, ChangeRequest, Plan, Remark
from app.permissions import Permission, authorize, can
from app.services import plan_notices, plan_rows, submissions
from app.services.transitions import load_for

PLAN_FIELDS = ("general", "findings", "causes", "actions")
ACTION_FIELDS = (
    "general",
    "description",
    "root_cause",
    "indicator",
    "target",
    "dates",
    "responsible",
    "evidence",
)
WITHDRAWN = "Retirada por quien la hizo."


def add(
    ctx: Context, plan_id: int, *, text: str, field: str = "general", action_id: int | None = None
) -> Remark:
    """Write a remark on the plan, or on one of its actions.

    Raises: NotFound, Forbidden, Invalid.
    """
    known = PLAN_FIELDS if action_id is None else ACTION_FIELDS
    if field not in known:
        raise Invalid("field", "remark.unknown_field")
    if not text.strip():
        raise Invalid("text", "remark.no_text")
    with ctx.transaction() as session:
        plan = remarkable(ctx, plan_id, action_id)
        remark = Remark(
            plan_id=plan.id,
            action_id=action_id,
            field=field,
            text=text.strip(),
            author_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(remark)
        session.flush()
        ctx.record("change", "create", remark, {"plan": plan.code, "field": field, "text": text})
    return remark


def remarkable(ctx: Context, plan_id: int, action_id: int | None) -> Plan:
    """The plan of which the actor may write a remark now: the state of what it is about decides.

    Raises: NotFound, Forbidden.
    """
    if action_id is None:
        return load_for(ctx, Plan, plan_id, Permission.PLAN_REMARK)
    plan_rows.lock_around_plan(ctx.session, plan_id)
    action = load_for(ctx, Action, action_id, Permission.PLAN_REMARK)
    if action.plan_id != plan_id:
        raise NotFound
    return ctx.session.get_one(Plan, plan_id)


def comment_on_progress(ctx: Context, action_id: int, *, text: str, key: str = "") -> Remark:
    """Say something of an action under way. Who carries it out learns of it in the daily digest.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        plan_rows.lock_around_action(session, action_id)
        action = load_for(ctx, Action, action_id, Permission.ACTION_COMMENT)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Remark, int(earlier))
        remark = _comment(ctx, action, text, action_id=action.id, field=PROGRESS_COMMENT)
        plan_notices.progress_commented(ctx, remark, action)
        submissions.finish(ctx, key, remark.id)
    return remark


def comment_on_change(ctx: Context, request_id: int, *, text: str, key: str = "") -> Remark:
    """Say something of a change that waits for its decision. Who asked for it learns of it in the
    daily digest.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        plan_rows.lock_around_request(session, request_id)
        request = load_for(ctx, ChangeRequest, request_id, Permission.CHANGE_REQUEST_COMMENT)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Remark, int(earlier))
        action = session.get_one(Action, request.action_id)
        remark = _comment(ctx, action, text, change_request_id=request.id, field=CHANGE_COMMENT)
        plan_notices.request_commented(ctx, remark, request)
        submissions.finish(ctx, key, remark.id)
    return remark


def _comment(ctx: Context, action: Action, text: str, **about: Any) -> Remark:
    if not text.strip():
        raise Invalid("text", "remark.no_comment")
    remark = Remark(
        plan_id=action.plan_id,
        text=text.strip(),
        author_id=ctx.actor.user_id,
        created_at=ctx.now(),
        **about,
    )
    ctx.session.add(remark)
    ctx.session.flush()
    body = {"action": action.code, "field": remark.field, "text": remark.text}
    ctx.record("change", "comment", remark, body)
    return remark


def answer(ctx: Context, remark_id: int, *, text: str) -> Remark:
    """Say how a remark was attended to; it is resolved then.

    Raises: NotFound, Forbidden, Invalid, OutOfPlace when it was resolved already.
    """
    if not text.strip():
        raise Invalid("answer", "remark.no_answer")
    with ctx.transaction():
        remark = answerable(ctx, remark_id)
        _resolve(ctx, remark, text.strip(), "answer")
    return remark


def answerable(ctx: Context, remark_id: int) -> Remark:
    """A remark without answer that this actor may answer.

    Raises: NotFound, Forbidden, OutOfPlace when it was resolved already.
    """
    remark = _open(ctx, remark_id)
    plan = ctx.session.get_one(Plan, remark.plan_id)
    authorize(ctx.actor, Permission.PLAN_ANSWER_REMARK, plan)
    return remark


def withdraw(ctx: Context, remark_id: int) -> Remark:
    """Take back one's own remark; it stays, marked as such.

    Raises: NotFound, Forbidden, OutOfPlace when it was resolved already.
    """
    with ctx.transaction():
        remark = _open(ctx, remark_id)
        if remark.author_id not in ctx.actor.persons:
            raise Forbidden("remark.of_another")
        _resolve(ctx, remark, WITHDRAWN, "withdraw")
    return remark


def _open(ctx: Context, remark_id: int) -> Remark:
    """A remark without answer on something this actor may read, its plan locked."""
    session = ctx.session
    remark = session.get(Remark, remark_id)
    if remark is None:
        raise NotFound
    plan_rows.lock_around_plan(session, remark.plan_id)
    session.refresh(remark)
    if not _may_read(ctx, remark):
        raise NotFound
    if remark.answered_at is not None:
        raise OutOfPlace(event="answer", state="answered")
    return remark


def _may_read(ctx: Context, remark: Remark) -> bool:
    session = ctx.session
    if remark.change_request_id is not None:
        request = session.get_one(ChangeRequest, remark.change_request_id)
        return can(ctx.actor, Permission.CHANGE_REQUEST_READ, request)
    if can(ctx.actor, Permission.PLAN_READ, session.get_one(Plan, remark.plan_id)):
        return True
    action = session.get(Action, remark.action_id) if remark.action_id else None
    return action is not None and can(ctx.actor, Permission.ACTION_READ, action)


def _resolve(ctx: Context, remark: Remark, text: str, what: str) -> None:
    remark.answer = text
    remark.answered_by_id, remark.answered_at = ctx.actor.user_id, ctx.now()
    ctx.record("change", what, remark, {"answer": text})
