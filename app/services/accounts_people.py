"""People with an account and their roles. Every change is traced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Difference, Forbidden, Invalid, NotFound
from app.models.accounts import OneTimeLink, RoleGrant, User
from app.models.org import Unit
from app.permissions import Permission, authorize
from app.services import accounts_passwords as passwords
from app.services.accounts_sessions import check_email, end_sessions
from app.services.transitions import check_version
from workflows.enums import Role

# Nobody is the system. A person of an oversight body reads only what the OCI shares with him.
GRANTABLE = tuple(role for role in Role if role is not Role.SYSTEM)
OCI_ROLES = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR, Role.OCI_SECRETARY})
TEXT_MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class PersonData:
    """What the administrator writes about a person."""

    email: str
    name: str
    position: str = ""
    unit_id: int | None = None


def create_user(
    ctx: Context, data: PersonData, *, roles: Iterable[Role] = (), password: str | None = None
) -> User:
    """Make an account. Without a password the person sets it through an invitation.

    Raises: Forbidden, Invalid.
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    wanted = [_grantable(ctx, None, role) for role in dict.fromkeys(roles)]
    clean = checked(data)
    hashed = accepted_password(password, clean) if password is not None else ""
    with ctx.transaction() as session:
        demand_free_email(session, clean.email)
        _demand_unit(session, clean.unit_id)
        user = User(
            email=clean.email,
            name=clean.name,
            position=clean.position,
            unit_id=clean.unit_id,
            password_hash=hashed,
            password_changed_at=ctx.now() if hashed else None,
            created_at=ctx.now(),
        )
        session.add(user)
        session.flush()
        ctx.record("permission", "create", user, {"email": user.email, "name": user.name})
        for role in wanted:
            add_grant(ctx, user, role)
    return user


def accepted_password(password: str, data: PersonData) -> str:
    passwords.check_acceptable(password, email=data.email, name=data.name)
    return passwords.hash_password(password)


def checked(data: PersonData) -> PersonData:
    name, position = " ".join(data.name.split()), " ".join(data.position.split())
    if not name or len(name) > TEXT_MAX_LENGTH:
        raise Invalid("name", "user.bad_name", most=TEXT_MAX_LENGTH)
    if len(position) > TEXT_MAX_LENGTH:
        raise Invalid("position", "user.bad_position", most=TEXT_MAX_LENGTH)
    return PersonData(check_email(data.email), name, position, data.unit_id)


def demand_free_email(session: Session, email: str, user_id: int | None = None) -> None:
    taken = session.scalar(select(User.id).where(User.email == email))
    if taken is not None and taken != user_id:
        raise Invalid("email", "user.email_taken")


def _demand_unit(session: Session, unit_id: int | None) -> None:
    if unit_id is not None and session.get(Unit, unit_id) is None:
        raise Invalid("unit_id", "user.no_such_unit")


def edit_user(ctx: Context, user_id: int, data: PersonData, *, version: int | None) -> User:
    """Change mail, name, position or unit. The old address is told when the mail changes.

    Raises: Forbidden, NotFound, Invalid, StaleVersion.
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    clean = checked(data)
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        changes = _differences(session, user, clean)
        check_version(user, version, changes)
        demand_free_email(session, clean.email, user.id)
        _demand_unit(session, clean.unit_id)
        if not changes:
            return user
        old_email = user.email
        user.email, user.name = clean.email, clean.name
        user.position, user.unit_id = clean.position, clean.unit_id
        session.flush()
        body = {change.field: [change.theirs, change.yours] for change in changes}
        ctx.record("permission", "edit", user, body)
        if old_email != user.email:
            _tell_old_address(ctx, user, old_email)
    return user


def _differences(session: Session, user: User, data: PersonData) -> list[Difference]:
    return [
        Difference(
            name,
            _shown(session, name, getattr(user, name)),
            _shown(session, name, getattr(data, name)),
        )
        for name in ("email", "name", "position", "unit_id")
        if getattr(user, name) != getattr(data, name)
    ]


def _shown(session: Session, name: str, value: object) -> str:
    """A value as people read it: the unit's name, not the number of its row."""
    if value is None or name != "unit_id":
        return "" if value is None else str(value)
    unit = session.get(Unit, value)
    return unit.name if unit is not None else ""


def _tell_old_address(ctx: Context, user: User, old_email: str) -> None:
    text = (
        f"{user.name}:\n\nSu correo de ingreso a Vigía se cambió por otro. Si usted no lo pidió, "
        "avise hoy mismo al administrador del sistema y al jefe de la Oficina de Control Interno."
    )
    payload = {"to": old_email, "subject": "Cambió su correo de ingreso a Vigía", "text": text}
    ctx.enqueue("mail", f"mail:email-changed:{user.id}:{user.version}", payload)


def disable_user(ctx: Context, user_id: int, *, reason: str) -> User:
    """Close an account: its sessions end now, its name stays in what it did.

    Raises: Forbidden, NotFound, Invalid.
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        if user.disabled_at is None:
            keep_an_administrator(session, user)
            user.disabled_at, user.disabled_reason = ctx.now(), reason.strip()
            end_sessions(session, user.id, ctx.now())
            void_links(session, user, ctx.now())
            ctx.record("permission", "disable", user, {"reason": reason.strip()})
    return user


def enable_user(ctx: Context, user_id: int) -> User:
    """Open a closed account again. Raises: Forbidden, NotFound."""
    authorize(ctx.actor, Permission.USERS_MANAGE)
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        if user.disabled_at is not None:
            body = {"reason": user.disabled_reason}
            user.disabled_at, user.disabled_reason = None, ""
            ctx.record("permission", "enable", user, body)
    return user


def locked_user(session: Session, user_id: int) -> User:
    statement = select(User).where(User.id == user_id).with_for_update()
    user = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if user is None:
        raise NotFound
    return user


def grant_role(ctx: Context, user_id: int, role: Role) -> None:
    """Give a role; nothing happens when the person has it.

    Raises: Forbidden (an OCI role for oneself, too), NotFound, Invalid.
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    _grantable(ctx, user_id, role)
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        if session.scalars(_live_grants(user.id, role)).first() is None:
            add_grant(ctx, user, role)


def _grantable(ctx: Context, user_id: int | None, role: Role) -> Role:
    if role not in GRANTABLE:
        raise Invalid("role", "user.role_not_grantable")
    if user_id is not None and user_id in ctx.actor.persons and role in OCI_ROLES:
        # Who manages the accounts does not let himself into the audits.
        raise Forbidden("user.own_oci_role")
    return role


def add_grant(ctx: Context, user: User, role: Role) -> None:
    grant = RoleGrant(
        user_id=user.id, role=role, granted_at=ctx.now(), granted_by_id=ctx.actor.user_id
    )
    ctx.session.add(grant)
    ctx.record("permission", "grant_role", user, {"role": role.value, "email": user.email})


def revoke_role(ctx: Context, user_id: int, role: Role) -> None:
    """Take a role back; effective at the person's next request. Raises: Forbidden, Invalid."""
    authorize(ctx.actor, Permission.USERS_MANAGE)
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        grants = session.scalars(_live_grants(user.id, role)).all()
        if grants and role == Role.ADMINISTRATOR:
            keep_an_administrator(session, user)
        for grant in grants:
            grant.revoked_at, grant.revoked_by_id = ctx.now(), ctx.actor.user_id
        if grants:
            ctx.record("permission", "revoke_role", user, {"role": role.value})


def _live_grants(user_id: int, role: Role) -> Select[RoleGrant]:
    return select(RoleGrant).where(
        RoleGrant.user_id == user_id, RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
    )


def administrators(session: Session, *, lock: bool = True) -> set[int]:
    """Ids of those who can administer now; their grants are locked until the transaction ends,
    so that two administrators cannot remove each other at once."""
    statement = (
        select(RoleGrant.user_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(RoleGrant.id)
    )
    if lock:
        statement = statement.with_for_update(of=RoleGrant)
    return set(session.scalars(statement))


def keep_an_administrator(session: Session, user: User) -> None:
    if administrators(session) == {user.id}:
        raise Invalid("role", "user.last_administrator")


def void_links(session: Session, user: User, now: datetime) -> None:
    for link in session.scalars(
        select(OneTimeLink).where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
    ):
        link.used_at = now
