"""Mails about extensions of the reply term: legal communications, sent at once."""

from __future__ import annotations

from app.context import Context
from app.models.audits import Audit
from app.models.findings import ReplyExtension
from app.services import mails
from workflows.enums import ExtensionState


def address(ctx: Context, extension: ReplyExtension) -> str:
    return f"{ctx.config.public_url}/prorrogas/{extension.id}"


def requested(ctx: Context, audit: Audit, extension: ReplyExtension) -> None:
    """To the head of the OCI, who decides, and to the lead auditors."""
    text = (
        f"El proceso {audit.process.name} pidió {extension.days} días más para responder el "
        f"informe preliminar de la auditoría {audit.code}, con radicado "
        f"{extension.filing_number}.\n\nMotivo: {extension.reason}\n\n"
        f"El término vence el {audit.reply_due_on:%d/%m/%Y}. Mientras no se decida, los hallazgos "
        f"no se ratifican por falta de respuesta.\n\n{address(ctx, extension)}"
    )
    subject = f"Piden prórroga para responder la auditoría {audit.code}"
    people = [*mails.heads(ctx.session), *mails.leads(ctx.session, audit.id)]
    for person in mails.distinct(people):
        mails.enqueue(ctx, f"extension-requested:{extension.id}", person, subject, text)


def decided(ctx: Context, audit: Audit, extension: ReplyExtension) -> None:
    """To the leader and the liaisons of the process: until when they may reply."""
    is_granted = extension.state is ExtensionState.GRANTED
    outcome = f"concedió {extension.days_granted} días de" if is_granted else "negó la"
    text = (
        f"El jefe de la Oficina de Control Interno {outcome} prórroga para responder el informe "
        f"preliminar de la auditoría {audit.code}.\n\nMotivo: {extension.decision_reason}\n\n"
        f"El término vence el {audit.reply_due_on:%d/%m/%Y}.\n\n{address(ctx, extension)}"
    )
    name = "Concedieron" if is_granted else "Negaron"
    subject = f"{name} la prórroga para responder la auditoría {audit.code}"
    people = [audit.process.leader, *audit.process.liaisons]
    for person in mails.distinct(people):
        mails.enqueue(ctx, f"extension-decided:{extension.id}", person, subject, text)
