"""What the others decided about the plans of the first line. A return starts a term and is
mailed at once; the rest is news of the next daily digest."""

from __future__ import annotations

from app.context import Context
from app.models.accounts import User
from app.models.org import Process
from app.models.plans import Action, ChangeDraft, ChangeRequest, Plan, Progress, Remark
from app.services import mails, news, report_words
from workflows.change_request import ChangeRequestState

DECISIONS = {ChangeRequestState.APPROVED: "aprobada", ChangeRequestState.DENIED: "negada"}


def plan_returned(ctx: Context, plan: Plan) -> None:
    until = (
        f" Preséntelo corregido a más tardar el {report_words.day(plan.due_on)}."
        if plan.due_on
        else ""
    )
    text = f"El plan {plan.code} ({plan.title}) se devolvió con observaciones.{until}"
    url = f"{ctx.config.public_url}/planes/{plan.id}"
    for user in {user.id: user for user in _formulators(ctx, plan) if user}.values():
        key = f"plan:{plan.id}:returned:{plan.returned_count}"
        subject = f"Devuelto con observaciones: {plan.code}"
        mails.enqueue(ctx, key, user, subject, f"{user.name}:\n\n{text}\n\n{url}\n")


def plan_accepted(ctx: Context, plan: Plan) -> None:
    text = (
        f"El plan {plan.code} ({plan.title}) quedó aceptado. Sus acciones comienzan en la fecha "
        "de inicio de cada una."
    )
    path = f"/planes/{plan.id}"
    news.tell(ctx, _formulators(ctx, plan), f"plan:{plan.id}:accepted", plan, text, path)


def plan_cancelled(ctx: Context, plan: Plan, reason: str) -> None:
    """To who formulated it, and to who carried out its actions."""
    executors = [user for action in plan.actions for user in action.executors]
    text = f"El plan {plan.code} ({plan.title}) se canceló, con sus acciones. Motivo: {reason}"
    people = [*_formulators(ctx, plan), *executors]
    news.tell(ctx, people, f"plan:{plan.id}:cancelled", plan, text, f"/planes/{plan.id}")


def action_annulled(ctx: Context, action: Action, reason: str) -> None:
    """To who carried it out; the leader learns it of the finding."""
    text = (
        f"La acción {action.code} quedó anulada, porque se anuló el hallazgo que respondía. "
        f"Motivo: {reason}"
    )
    key = f"action:{action.id}:annulled"
    news.tell(ctx, action.executors, key, action, text, f"/acciones/{action.id}")


def progress_rejected(ctx: Context, entry: Progress) -> None:
    action = ctx.session.get_one(Action, entry.action_id)
    text = (
        f"El avance que registró de la acción {action.code} no recibió el visto bueno. "
        f"Motivo: {entry.rejection_reason}"
    )
    author = ctx.session.get(User, entry.author_id)
    key = f"progress:{entry.id}:rejected"
    news.tell(ctx, [author], key, action, text, f"/acciones/{action.id}")


def report_rejected(ctx: Context, action: Action, reason: str) -> None:
    process = ctx.session.get_one(Process, action.process_id)
    text = (
        f"La Oficina de Control Interno no dio por cumplida la acción {action.code}. "
        f"Motivo: {reason}"
    )
    people = [process.leader, *action.executors]
    key = f"action:{action.id}:rejected:{action.version}"
    news.tell(ctx, people, key, action, text, f"/acciones/{action.id}")


def request_decided(ctx: Context, request: ChangeRequest) -> None:
    action = ctx.session.get_one(Action, request.action_id)
    why = f" Motivo: {request.decision_reason}" if request.decision_reason else ""
    word = DECISIONS[request.state]
    text = f"La solicitud de cambio de la acción {action.code} fue {word}.{why}"
    author = ctx.session.get(User, request.requested_by_id)
    key = f"change_request:{request.id}:decided"
    news.tell(ctx, [author], key, request, text, f"/cambios/{request.id}")


def draft_sent(ctx: Context, draft: ChangeDraft, request: ChangeRequest) -> None:
    """To who prepared it, unless he sent it himself."""
    _about_draft(ctx, draft, "envió", request, f"/cambios/{request.id}")


def draft_discarded(ctx: Context, draft: ChangeDraft, action: Action) -> None:
    """To who prepared it, unless he discarded it himself, with the word of the leader."""
    path = f"/acciones/{action.id}"
    _about_draft(ctx, draft, "no enviará", action, path, f" Motivo: {draft.discard_reason}")


def _about_draft(
    ctx: Context,
    draft: ChangeDraft,
    verb: str,
    about: ChangeRequest | Action,
    path: str,
    why: str = "",
) -> None:
    if draft.author_id == ctx.actor.user_id:
        return
    action = ctx.session.get_one(Action, draft.action_id)
    author = ctx.session.get(User, draft.author_id)
    text = f"{ctx.actor.name} {verb} la solicitud de cambio que preparó de {action.code}.{why}"
    news.tell(ctx, [author], f"change_draft:{draft.id}:closed", about, text, path)


def request_lapsed(ctx: Context, request: ChangeRequest) -> None:
    """Nobody decided on it while the action lasted."""
    action = ctx.session.get_one(Action, request.action_id)
    text = (
        f"La solicitud de cambio de la acción {action.code} se archivó sin decidir, porque la "
        "acción terminó."
    )
    author = ctx.session.get(User, request.requested_by_id)
    key = f"change_request:{request.id}:lapsed"
    news.tell(ctx, [author], key, request, text, f"/cambios/{request.id}")


def progress_commented(ctx: Context, remark: Remark, action: Action) -> None:
    process = ctx.session.get_one(Process, action.process_id)
    text = f"{ctx.actor.name} comentó el avance de la acción {action.code}."
    people = [process.leader, *action.executors]
    key = f"remark:{remark.id}:written"
    news.tell(ctx, people, key, action, text, f"/acciones/{action.id}")


def request_commented(ctx: Context, remark: Remark, request: ChangeRequest) -> None:
    action = ctx.session.get_one(Action, request.action_id)
    text = f"{ctx.actor.name} comentó la solicitud de cambio de la acción {action.code}."
    author = ctx.session.get(User, request.requested_by_id)
    key = f"remark:{remark.id}:written"
    news.tell(ctx, [author], key, request, text, f"/cambios/{request.id}")


def _formulators(ctx: Context, plan: Plan) -> list[User | None]:
    process = ctx.session.get_one(Process, plan.process_id)
    return [process.leader, ctx.session.get(User, plan.formulated_by_id)]
