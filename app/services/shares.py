"""What bodies of control read: audits, or what comes from their own reports, between two days.

The rights themselves are in `accounts_actor.py` and `permissions_table.py`: final reports, firm
findings, agreed plans and their follow-up; never papers, evidence or drafts.
Source: docs/domain.md, "Roles", `ente_externo`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.accounts import OversightShare, RoleGrant, User
from app.models.audits import Audit
from app.models.plans import Plan
from app.permissions import Permission, authorize, scope
from app.services import mails, submissions
from workflows.enums import EXTERNAL_SOURCES, PlanSource, Role

MOST = 200


@dataclass(frozen=True, slots=True)
class Shared:
    """What is asked to be shared: an audit, or what comes from one source; not both."""

    user_id: int | None
    audit_id: int | None
    source: PlanSource | None
    starts_on: date
    until: date


@dataclass(frozen=True, slots=True)
class Row:
    """A share with its audit, and whether it is in force today."""

    share: OversightShare
    audit: Audit | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """What the acting person of a body of control may open today."""

    rows: tuple[Row, ...]
    plans: tuple[Plan, ...]


def page(ctx: Context) -> list[Row]:
    """Every share, the newest first, `MOST` at most. Raises: Forbidden."""
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    return _read(ctx, _shares().limit(MOST))


def readers(ctx: Context) -> list[User]:
    """Open accounts of bodies of control, by name. Raises: Forbidden."""
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    return list(ctx.session.scalars(_readers().order_by(User.name, User.id)))


def audits(ctx: Context) -> list[Audit]:
    """Those with a final report, the newest first. Raises: Forbidden."""
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    finished = select(Audit).where(Audit.final_issued_at.is_not(None)).order_by(Audit.code.desc())
    return list(ctx.session.scalars(finished))


def one(ctx: Context, share_id: int) -> OversightShare:
    """Raises: Forbidden, NotFound."""
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    found = ctx.session.get(OversightShare, share_id)
    if found is None:
        raise NotFound
    return found


def share(ctx: Context, asked: Shared, *, key: str = "") -> OversightShare:
    """Let a person of a body of control read, from one day to another, both included.

    Raises: Forbidden, Invalid.
    """
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(OversightShare, int(earlier))
        user, audit = _checked(ctx, asked)
        oversight_share = OversightShare(
            user_id=user.id,
            audit_id=asked.audit_id,
            source=asked.source,
            starts_on=asked.starts_on,
            until=asked.until,
            granted_at=ctx.now(),
            granted_by_id=ctx.actor.user_id,
        )
        session.add(oversight_share)
        session.flush()
        ctx.record("permission", "create", oversight_share, _body(oversight_share, user, audit))
        _tell(ctx, oversight_share, user)
        submissions.finish(ctx, key, oversight_share.id)
    return oversight_share


def revoke(ctx: Context, share_id: int, *, reason: str) -> None:
    """End a share now; nothing happens when it has been revoked already.

    Raises: Forbidden, NotFound, Invalid (no reason).
    """
    authorize(ctx.actor, Permission.OVERSIGHT_SHARE_MANAGE)
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction() as session:
        oversight_share = session.get(OversightShare, share_id, with_for_update=True)
        if oversight_share is None:
            raise NotFound
        if oversight_share.revoked_at is not None:
            return
        oversight_share.revoked_at = ctx.now()
        oversight_share.revoked_reason = reason.strip()
        audit = _audit_of(session, oversight_share)
        body = _body(oversight_share, oversight_share.user, audit)
        ctx.record("permission", "revoke", oversight_share, {**body, "reason": reason.strip()})


def mine(ctx: Context) -> Mine:
    """What is shared today with the acting person, and the plans that follow from it."""
    own = _shares().where(OversightShare.user_id.in_(sorted(ctx.actor.persons)))
    rows = tuple(row for row in _read(ctx, own) if row.in_force)
    readable = scope(ctx.actor, Permission.PLAN_READ, Plan)
    plans = ctx.session.scalars(select(Plan).where(readable).order_by(Plan.code)) if rows else ()
    return Mine(rows, tuple(plans))


def _shares() -> Select[OversightShare]:
    return (
        select(OversightShare)
        .options(joinedload(OversightShare.user), joinedload(OversightShare.granted_by))
        .order_by(OversightShare.id.desc())
    )


def _read(ctx: Context, statement: Select[OversightShare]) -> list[Row]:
    found = ctx.session.scalars(statement).all()
    ids = {each.audit_id for each in found if each.audit_id is not None}
    rows = ctx.session.scalars(select(Audit).where(Audit.id.in_(sorted(ids)))) if ids else ()
    audits_by_id = {audit.id: audit for audit in rows}
    today = ctx.today()
    return [
        Row(each, audits_by_id.get(each.audit_id or 0), _in_force(each, today)) for each in found
    ]


def _in_force(each: OversightShare, today: date) -> bool:
    begun = each.starts_on is None or each.starts_on <= today
    return each.revoked_at is None and begun and today <= each.until


def _readers() -> Select[User]:
    held = select(RoleGrant.user_id).where(
        RoleGrant.role == Role.OVERSIGHT_BODY, RoleGrant.revoked_at.is_(None)
    )
    return select(User).where(User.id.in_(held), User.disabled_at.is_(None))


def _checked(ctx: Context, asked: Shared) -> tuple[User, Audit | None]:
    """Raises: Invalid."""
    session = ctx.session
    user = session.scalars(_readers().where(User.id == asked.user_id)).one_or_none()
    if user is None:
        raise Invalid("user_id", "share.not_oversight")
    if (asked.audit_id is None) == (asked.source is None):
        raise Invalid("audit_id", "share.one_scope")
    if asked.source is not None and asked.source not in EXTERNAL_SOURCES:
        raise Invalid("source", "share.one_scope")
    audit = session.get(Audit, asked.audit_id) if asked.audit_id is not None else None
    if asked.audit_id is not None and (audit is None or audit.final_issued_at is None):
        raise Invalid("audit_id", "share.not_final")
    if asked.until < asked.starts_on:
        raise Invalid("until", "share.dates")
    if asked.until < ctx.today():
        raise Invalid("until", "share.past")
    return user, audit


def _audit_of(session: Session, oversight_share: OversightShare) -> Audit | None:
    number = oversight_share.audit_id
    return session.get(Audit, number) if number is not None else None


def _body(oversight_share: OversightShare, user: User, audit: Audit | None) -> dict[str, str]:
    """For the ledger, which the administrator reads too: codes, never titles."""
    body = {"user": user.name, "until": oversight_share.until.isoformat()}
    if oversight_share.starts_on is not None:
        body["starts_on"] = oversight_share.starts_on.isoformat()
    if audit is not None:
        body["audit"] = audit.code
    if oversight_share.source is not None:
        body["source"] = oversight_share.source.value
    return body


def _tell(ctx: Context, oversight_share: OversightShare, user: User) -> None:
    starts_on = oversight_share.starts_on or ctx.today()
    text = (
        f"{user.name}:\n\nLa Oficina de Control Interno compartió información con usted para "
        f"consulta, del {starts_on:%d/%m/%Y} al {oversight_share.until:%d/%m/%Y}.\n\n"
        f"Consúltela en {ctx.config.public_url}/compartido"
    )
    subject = "La Oficina de Control Interno compartió información con usted"
    mails.enqueue(ctx, f"share:{oversight_share.id}", user, subject, text)
