"""Mails about what is reserved: that there is something to read, and where; nothing of what."""

from __future__ import annotations

from app.context import Context
from app.models.accounts import User
from app.models.findings import Referral
from app.services import mails


def address(ctx: Context, referral: Referral) -> str:
    return f"{ctx.config.public_url}/comunicaciones-reservadas/{referral.id}"


def addressed(ctx: Context, referral: Referral, person: User) -> None:
    """To the person it is addressed to."""
    mails.enqueue(
        ctx,
        f"referral:{referral.id}",
        person,
        "Tiene una comunicación reservada por leer",
        "La Oficina de Control Interno le dejó una comunicación reservada. Solo usted puede "
        f"abrirla, con su cuenta.\n\n{address(ctx, referral)}",
    )


def answered(ctx: Context, referral: Referral) -> None:
    """To the head of the OCI."""
    for person in mails.heads(ctx.session):
        mails.enqueue(
            ctx,
            f"referral-answered:{referral.id}:{referral.version}",
            person,
            "Respondieron una comunicación reservada",
            f"La respuesta está en {address(ctx, referral)}",
        )
