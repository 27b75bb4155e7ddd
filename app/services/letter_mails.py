"""Mails about letters: what was issued, what waits for a signature."""

from __future__ import annotations

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.models.fieldwork import Letter
from app.services import mails
from app.services.report_words import name


def address(ctx: Context, letter: Letter) -> str:
    return f"{ctx.config.public_url}/auditorias/{letter.audit_id}/cartas/{letter.id}"


def issued(ctx: Context, audit: Audit, letter: Letter) -> None:
    """To the leader of the process."""
    mails.enqueue(
        ctx,
        f"letter-issued:{letter.id}",
        audit.process.leader,
        f"{name(letter.kind)} de la auditoría {audit.code}",
        f"La Oficina de Control Interno le comunica este documento de la auditoría "
        f"«{audit.title}», con radicado {letter.filing_number}.\n\n"
        f"Consúltelo en {address(ctx, letter)}",
    )


def to_sign(ctx: Context, audit: Audit, letter: Letter) -> None:
    """To the leader of the process: a letter waits for his signature."""
    mails.enqueue(
        ctx,
        f"letter-to-sign:{letter.id}:{letter.version}",
        audit.process.leader,
        f"Carta por firmar de la auditoría {audit.code}",
        f"La Oficina de Control Interno le pide leer y firmar la {name(letter.kind).lower()} de la "
        f"auditoría «{audit.title}». Si algo no es como dice, puede devolverla con su observación."
        f"\n\n{address(ctx, letter)}",
    )


def signed(ctx: Context, audit: Audit, letter: Letter) -> None:
    """To who wrote the letter: it was signed."""
    mails.enqueue(
        ctx,
        f"letter-signed:{letter.id}",
        ctx.session.get(User, letter.author_id),
        f"{name(letter.kind)} firmada: auditoría {audit.code}",
        f"El líder del proceso firmó la carta, con radicado {letter.filing_number}.\n\n"
        f"{address(ctx, letter)}",
    )


def sent_back(ctx: Context, audit: Audit, letter: Letter) -> None:
    """To who wrote the letter: the leader does not sign it as it reads."""
    mails.enqueue(
        ctx,
        f"letter-returned:{letter.id}:{letter.version}",
        ctx.session.get(User, letter.author_id),
        f"{name(letter.kind)} devuelta: auditoría {audit.code}",
        f"El líder del proceso devolvió la carta con esta observación:\n\n"
        f"{letter.returned_note}\n\n{address(ctx, letter)}",
    )
