"""Mails about what is reserved: that there is something to read, and where; nothing of what. Not
even the subject says so much, for the administrator reads those of the mails that fail."""

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
        "Tiene un mensaje de la Oficina de Control Interno",
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
            "Tiene una respuesta por leer",
            f"Respondieron una comunicación reservada: {address(ctx, referral)}",
        )
