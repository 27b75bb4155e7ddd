"""Mails about a finding: what happened and where to look."""

from __future__ import annotations

from app.context import Context
from app.models.findings import Finding, Reply
from app.services import mails


def address(ctx: Context, finding: Finding) -> str:
    return f"{ctx.config.public_url}/hallazgos/{finding.id}"


def replied(ctx: Context, finding: Finding, reply: Reply) -> None:
    """To the lead auditors and the head of the OCI: a reply was filed and waits for analysis."""
    text = (
        f"El proceso auditado respondió el hallazgo {finding.code}, «{finding.title}», con "
        f"radicado {reply.filing_number}.\n\nLéala y analícela en {address(ctx, finding)}"
    )
    subject = f"Réplica al hallazgo {finding.code}"
    for person in mails.distinct(
        [*mails.leads(ctx.session, finding.audit_id), *mails.heads(ctx.session)]
    ):
        mails.enqueue(ctx, f"reply:{reply.id}", person, subject, text)


def proposed(ctx: Context, finding: Finding, proposal_id: int) -> None:
    """To the leader of the process: a liaison has written a reply for him."""
    text = (
        f"Hay una propuesta de réplica para el hallazgo {finding.code}, «{finding.title}». "
        f"Todavía no se ha radicado: solo usted puede hacerlo.\n\n"
        f"Revísela en {address(ctx, finding)}/replica"
    )
    subject = f"Propuesta de réplica al hallazgo {finding.code}"
    mails.enqueue(ctx, f"reply-proposal:{proposal_id}", finding.process.leader, subject, text)


def escalated(ctx: Context, finding: Finding) -> None:
    """To the head of the OCI, secretary of the committee: a difference to be settled."""
    text = (
        f"El proceso auditado llevó al comité su diferencia sobre el hallazgo {finding.code}, "
        f"«{finding.title}».\n\nRegistre la decisión del comité en {address(ctx, finding)}"
    )
    subject = f"Diferencia sobre el hallazgo {finding.code}"
    for person in mails.heads(ctx.session):
        mails.enqueue(ctx, f"escalated:{finding.id}:{finding.version}", person, subject, text)


def reopened(ctx: Context, finding: Finding, reason: str) -> None:
    """To the leader of the process: the finding needs new actions."""
    text = (
        f"La Oficina de Control Interno reabrió el hallazgo {finding.code}, «{finding.title}»."
        f"\n\nMotivo: {reason}\n\nConsúltelo en {address(ctx, finding)}"
    )
    key = f"finding-reopened:{finding.id}:{finding.version}"
    subject = f"El hallazgo {finding.code} se reabrió"
    mails.enqueue(ctx, key, finding.process.leader, subject, text)
