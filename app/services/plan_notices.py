"""Mails that tell the first line what the others decided about its plans. One per decision."""

from __future__ import annotations

from collections.abc import Iterable

from app.context import Context
from app.models.accounts import User
from app.models.org import Process
from app.models.plans import Action, ChangeRequest, Plan, Progress
from app.services import mails, report_words
from workflows.change_request import ChangeRequestState

DECISIONS = {ChangeRequestState.APPROVED: "aprobada", ChangeRequestState.DENIED: "negada"}


def plan_returned(ctx: Context, plan: Plan) -> None:
    until = (
        f" Preséntelo corregido a más tardar el {report_words.day(plan.due_on)}."
        if plan.due_on
        else ""
    )
    _tell_plan(
        ctx,
        plan,
        f"returned:{plan.returned_count}",
        f"Devuelto con observaciones: {plan.code}",
        f"El plan {plan.code} ({plan.title}) se devolvió con observaciones.{until}",
    )


def plan_accepted(ctx: Context, plan: Plan) -> None:
    _tell_plan(
        ctx,
        plan,
        "accepted",
        f"Plan aceptado: {plan.code}",
        f"El plan {plan.code} ({plan.title}) quedó aceptado. Sus acciones comienzan en la fecha "
        "de inicio de cada una.",
    )


def progress_rejected(ctx: Context, entry: Progress) -> None:
    action = ctx.session.get_one(Action, entry.action_id)
    _tell(
        ctx,
        [ctx.session.get(User, entry.author_id)],
        f"progress:{entry.id}:rejected",
        f"Avance sin visto bueno: {action.code}",
        f"El avance que registró de la acción {action.code} no recibió el visto bueno.\n"
        f"Motivo: {entry.rejection_reason}",
        f"/acciones/{action.id}",
    )


def report_rejected(ctx: Context, action: Action, reason: str) -> None:
    process = ctx.session.get_one(Process, action.process_id)
    _tell(
        ctx,
        [process.leader, *action.executors],
        f"action:{action.id}:rejected:{action.version}",
        f"Reporte rechazado: {action.code}",
        f"La Oficina de Control Interno no dio por cumplida la acción {action.code}.\n"
        f"Motivo: {reason}",
        f"/acciones/{action.id}",
    )


def request_decided(ctx: Context, request: ChangeRequest) -> None:
    action = ctx.session.get_one(Action, request.action_id)
    word = DECISIONS[request.state]
    why = f"\nMotivo: {request.decision_reason}" if request.decision_reason else ""
    _tell(
        ctx,
        [ctx.session.get(User, request.requested_by_id)],
        f"change_request:{request.id}:decided",
        f"Solicitud de cambio {word}: {action.code}",
        f"La solicitud de cambio de la acción {action.code} fue {word}.{why}",
        f"/cambios/{request.id}",
    )


def _tell_plan(ctx: Context, plan: Plan, what: str, subject: str, text: str) -> None:
    process = ctx.session.get_one(Process, plan.process_id)
    people = [process.leader, ctx.session.get(User, plan.formulated_by_id)]
    _tell(ctx, people, f"plan:{plan.id}:{what}", subject, text, f"/planes/{plan.id}")


def _tell(
    ctx: Context, people: Iterable[User | None], key: str, subject: str, text: str, path: str
) -> None:
    told = {user.id: user for user in people if user is not None}
    for user in told.values():
        body = f"{user.name}:\n\n{text}\n\n{ctx.config.public_url}{path}\n"
        mails.enqueue(ctx, key, user, subject, body)
