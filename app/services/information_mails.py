"""Mails about requests of information: what is asked, until when, and what became of it."""

from __future__ import annotations

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.models.fieldwork import InformationDelivery, InformationRequest
from app.services import mails


def address(ctx: Context, asked: InformationRequest) -> str:
    return f"{ctx.config.public_url}/solicitudes/{asked.id}"


def _auditees(audit: Audit) -> list[User]:
    """The leader and the liaisons, each once."""
    return mails.distinct([audit.process.leader, *audit.process.liaisons])


def asked(ctx: Context, audit: Audit, request: InformationRequest) -> None:
    """To the leader and the liaisons of the process: what is asked and its term."""
    text = (
        f"La auditoría «{audit.title}» necesita esta información del proceso "
        f"{audit.process.name}:\n\n{request.title}\n{request.description}\n\n"
        f"Debe entregarse hasta el {request.due_on:%d/%m/%Y}.\n\n{address(ctx, request)}"
    )
    for person in _auditees(audit):
        mails.enqueue(
            ctx,
            f"information-asked:{request.id}",
            person,
            f"Solicitud de información {request.code} de la auditoría {audit.code}",
            text,
        )


def delivered(ctx: Context, audit: Audit, request: InformationRequest) -> None:
    """To who asked: it was delivered and waits to be reviewed."""
    mails.enqueue(
        ctx,
        f"information-delivered:{request.id}:{request.version}",
        ctx.session.get(User, request.requested_by_id),
        f"Entregaron la solicitud {request.code} de la auditoría {audit.code}",
        f"El proceso {audit.process.name} entregó: {request.title}.\n\n"
        f"Revísela en {address(ctx, request)}",
    )


def returned(
    ctx: Context, audit: Audit, request: InformationRequest, last: InformationDelivery
) -> None:
    """To the leader and the liaisons: it does not serve, and why."""
    for person in _auditees(audit):
        mails.enqueue(
            ctx,
            f"information-returned:{last.id}",
            person,
            f"Devolvieron la solicitud {request.code} de la auditoría {audit.code}",
            f"{request.title}\n\nObservación: {last.returned_note}\n\nDebe entregarse hasta el "
            f"{request.due_on:%d/%m/%Y}.\n\n{address(ctx, request)}",
        )


def withdrawn(ctx: Context, audit: Audit, request: InformationRequest) -> None:
    """To the leader and the liaisons: it is not needed any more."""
    for person in _auditees(audit):
        mails.enqueue(
            ctx,
            f"information-withdrawn:{request.id}",
            person,
            f"Retiraron la solicitud {request.code} de la auditoría {audit.code}",
            f"Ya no debe entregar: {request.title}.\n\n{address(ctx, request)}",
        )
