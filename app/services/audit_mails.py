"""Mails about an audit: what happened, until when one may act, and where to look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.accounts import RoleGrant, User
from app.models.audits import Audit
from app.services import mails
from workflows.enums import Role


def address(ctx: Context, audit: Audit) -> str:
    return f"{ctx.config.public_url}/auditorias/{audit.id}"


def draft_issued(ctx: Context, audit: Audit, number: str, due_on: date) -> None:
    """To the leader of the process: the preliminary report and the term to reply."""
    mails.enqueue(
        ctx,
        f"draft-report:{audit.id}",
        audit.process.leader,
        f"Informe preliminar de la auditoría {audit.code}",
        f"La Oficina de Control Interno comunica el informe preliminar de la auditoría "
        f"«{audit.title}», con radicado {number}.\n\nPuede responder cada hallazgo hasta el "
        f"{due_on:%d/%m/%Y}. Los que no se respondan quedarán ratificados.\n\n"
        f"Consúltelo y responda en {address(ctx, audit)}",
    )


def final_issued(ctx: Context, audit: Audit, number: str, due_on: date | None) -> None:
    """To the leader of the process and to top management: the final report, the plan's term."""
    text = (
        f"La Oficina de Control Interno comunica el informe final de la auditoría "
        f"«{audit.title}», con radicado {number}.\n\n"
    )
    if due_on is not None:
        text += f"El plan de mejoramiento debe presentarse hasta el {due_on:%d/%m/%Y}.\n\n"
    text += f"Consúltelo en {address(ctx, audit)}"
    for person in _distinct([audit.process.leader, *_with_role(ctx.session, Role.TOP_MANAGEMENT)]):
        subject = f"Informe final de la auditoría {audit.code}"
        mails.enqueue(ctx, f"final-report:{audit.id}", person, subject, text)


def stopped(ctx: Context, audit: Audit, what: str) -> None:
    """To the leader of an announced process: the audit was suspended or cancelled.

    `what` says so in Spanish: "suspendida", "cancelada".
    """
    if audit.announced_at is None:
        return
    after = {
        "suspendida": "Mientras tanto no corre ningún término.",
        "cancelada": "No debe responder nada más de ella.",
    }
    mails.enqueue(
        ctx,
        f"audit-{what}:{audit.id}:{audit.version}",
        audit.process.leader,
        f"La auditoría {audit.code} fue {what}",
        f"La auditoría «{audit.title}» fue {what}. {after[what]}\n\n{address(ctx, audit)}",
    )


def resumed(ctx: Context, audit: Audit, due_on: date | None) -> None:
    """To the leader of an announced process: the audit goes on, with the term as it now ends."""
    if audit.announced_at is None:
        return
    term = f"El término de réplica se corrió y vence el {due_on:%d/%m/%Y}.\n\n" if due_on else ""
    mails.enqueue(
        ctx,
        f"audit-resumed:{audit.id}:{audit.version}",
        audit.process.leader,
        f"La auditoría {audit.code} se reanudó",
        f"La auditoría «{audit.title}» se reanudó.\n\n{term}Consúltela en {address(ctx, audit)}",
    )


def _with_role(session: Session, role: Role) -> list[User]:
    return list(
        session.scalars(
            select(User)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(RoleGrant.role == role, RoleGrant.revoked_at.is_(None))
            .order_by(User.id)
        )
    )


def _distinct(people: Iterable[User | None]) -> list[User]:
    return list({person.id: person for person in people if person is not None}.values())
