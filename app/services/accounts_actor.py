"""Rights of a person on a given day: roles and reach, own and of the absent persons substituted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from app.models.accounts import RoleGrant, Substitution, User
from app.models.audits import AuditMember
from app.models.org import Process, Unit, process_liaison
from app.permissions import Actor
from workflows.enums import Role

OCI = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR})
# Each kind of reach counts only for a person who holds the role that goes with it.
NEEDED: dict[str, frozenset[Role]] = {
    "lead_audits": frozenset({Role.LEAD_AUDITOR}),
    "member_audits": OCI,
    "led_processes": frozenset({Role.PROCESS_OWNER}),
    "liaison_processes": frozenset({Role.LIAISON}),
    "headed_units": frozenset(),
}


def actor_for(session: Session, user: User, today: date, session_id: int | None = None) -> Actor:
    """Read the rights of today, in three queries whatever there is to find.

    A substitute has what the absent person has, also while that person's account is disabled.
    Whether one of the two may not act in a given matter is for the guards, which compare
    persons. A substitute of a substitute gains nothing.
    """
    acting_for = frozenset(_absent(session, user.id, today))
    persons = acting_for | {user.id}
    roles = _roles(session, persons)
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=frozenset(role for held in roles.values() for role in held),
        persons=persons,
        acting_for=acting_for,
        session_id=session_id,
        **_reach(session, roles, persons),
    )


def _absent(session: Session, user_id: int, today: date) -> Iterable[int]:
    return session.scalars(
        select(Substitution.absent_id).where(
            Substitution.substitute_id == user_id,
            Substitution.starts_on <= today,
            Substitution.ends_on >= today,
            Substitution.cancelled_at.is_(None),
        )
    )


def _roles(session: Session, persons: frozenset[int]) -> dict[int, set[Role]]:
    rows = session.execute(
        select(RoleGrant.user_id, RoleGrant.role).where(
            RoleGrant.user_id.in_(sorted(persons)), RoleGrant.revoked_at.is_(None)
        )
    )
    held: dict[int, set[Role]] = defaultdict(set)
    for person, role in rows:
        held[person].add(role)
    return held


def _reach(
    session: Session, roles: dict[int, set[Role]], persons: frozenset[int]
) -> dict[str, frozenset[int]]:
    ids = sorted(persons)
    member = select(
        literal("member_audits").label("kind"), AuditMember.user_id, AuditMember.audit_id
    ).where(AuditMember.user_id.in_(ids), AuditMember.removed_at.is_(None))
    lead = select(literal("lead_audits"), AuditMember.user_id, AuditMember.audit_id).where(
        AuditMember.user_id.in_(ids), AuditMember.removed_at.is_(None), AuditMember.is_lead
    )
    led = select(literal("led_processes"), Process.leader_id, Process.id).where(
        Process.leader_id.in_(ids)
    )
    liaison = select(
        literal("liaison_processes"), process_liaison.c.user_id, process_liaison.c.process_id
    ).where(process_liaison.c.user_id.in_(ids))
    headed = select(literal("headed_units"), Unit.head_id, Unit.id).where(Unit.head_id.in_(ids))
    reach: dict[str, set[int]] = {kind: set() for kind in NEEDED}
    for kind, person, thing_id in session.execute(union_all(member, lead, led, liaison, headed)):
        if not NEEDED[kind] or NEEDED[kind] & roles.get(person, set()):
            reach[kind].add(thing_id)
    return {kind: frozenset(found) for kind, found in reach.items()}


def names(session: Session, user_ids: frozenset[int]) -> list[str]:
    """Names of these people, sorted; no query for nobody."""
    if not user_ids:
        return []
    statement = select(User.name).where(User.id.in_(sorted(user_ids))).order_by(User.name)
    return list(session.scalars(statement))
