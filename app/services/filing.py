"""Radicado and signature: what gives a document its number, its time and its author."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from app.context import Context
from app.models.accounts import RoleGrant, User
from app.models.audits import Signature
from app.models.base import Traced
from app.models.org import Filing, FilingCounter
from app.trace import canonical
from workflows.enums import Role


def next_number(ctx: Context, *, subject: str, thing: Traced) -> Filing:
    """Give the next number of the year, AAAA-OCI-NNNNNN, inside the open transaction.

    The counter row of the year is locked until the transaction ends: no gaps, no repeats.
    """
    session = ctx.session
    year = ctx.today().year
    counter = session.scalars(
        select(FilingCounter).where(FilingCounter.year == year).with_for_update()
    ).one_or_none()
    if counter is None:
        counter = _open_year(ctx, year)
    counter.last += 1
    if thing in session.new:
        session.flush()
    filing = Filing(
        number=f"{year}-OCI-{counter.last:06d}",
        filed_at=ctx.now(),
        filed_by_id=ctx.actor.user_id,
        subject=subject,
        thing_kind=thing.ref[0],
        thing_id=thing.ref[1],
    )
    session.add(filing)
    session.flush()
    ctx.record("change", "file", filing, {"number": filing.number, "thing": ":".join(thing.ref)})
    return filing


def _open_year(ctx: Context, year: int) -> FilingCounter:
    """The first filing of a year makes its row; of two at once the second waits and reads it."""
    session = ctx.session
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        session.execute(insert(FilingCounter).values(year=year, last=0).on_conflict_do_nothing())
    else:
        session.add(FilingCounter(year=year, last=0))
        session.flush()
    return session.scalars(
        select(FilingCounter).where(FilingCounter.year == year).with_for_update()
    ).one()


def content_hash(content: object) -> str:
    """SHA-256 (hex) of the canonical form of what is signed."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def absent_head(ctx: Context) -> User | None:
    """The head of the OCI in whose place the actor signs; none when the actor is a head too."""
    statement = (
        select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            User.id.in_(sorted(ctx.actor.persons)),
            RoleGrant.role == Role.OCI_HEAD,
            RoleGrant.revoked_at.is_(None),
        )
        .order_by(User.id)
    )
    heads = ctx.session.scalars(statement).all()
    if any(head.id == ctx.actor.user_id for head in heads):
        return None
    return heads[0] if heads else None


def sign(
    ctx: Context,
    thing: Traced,
    *,
    purpose: str,
    content_sha256: str,
    on_behalf_of: User | None = None,
) -> Signature:
    """Sign as the person of the context, who has just given the password again (simple
    electronic signature; Ley 527 de 1999 art. 7).

    `on_behalf_of`: the absent person whose right is used, where the signer has none of his own.
    Must be called inside the open transaction. The use case has called
    `accounts.verify_password` before opening it, for that counts attempts in its own.
    """
    signature = Signature(
        user_id=ctx.actor.user_id,
        signed_at=ctx.now(),
        content_sha256=content_sha256,
        purpose=purpose,
        thing_kind=thing.ref[0],
        thing_id=thing.ref[1],
        on_behalf_of_id=on_behalf_of.id if on_behalf_of else None,
    )
    ctx.session.add(signature)
    ctx.session.flush()
    ctx.record(
        "change",
        "sign",
        thing,
        {"purpose": purpose, "sha256": content_sha256, "signature": signature.id},
    )
    return signature
