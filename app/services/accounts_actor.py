"""Rights of a person on a given day: roles and reach, own and of the absent persons substituted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    cast,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from app.models.accounts import OversightShare, RoleGrant, Substitution, User
from app.models.audits import Audit, AuditMember
from app.models.findings import Finding
from app.models.org import Process, Unit, process_liaison
from app.models.plans import Plan
from app.permissions import Actor
from workflows.audit import AuditState
from workflows.enums import Role

OCI = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR})
# Each kind of reach counts only for a person who holds the role that goes with it.
NEEDED: dict[str, frozenset[Role]] = {
    "lead_audits": frozenset({Role.LEAD_AUDITOR}),
    "member_audits": OCI,
    "led_processes": frozenset({Role.PROCESS_OWNER}),
    "liaison_processes": frozenset({Role.LIAISON}),
    "headed_units": frozenset(),
    "headless_units": frozenset({Role.PROCESS_OWNER}),
    "undeclared_audits": OCI,
    "shared_audits": frozenset({Role.OVERSIGHT_BODY}),
    "shared_findings": frozenset({Role.OVERSIGHT_BODY}),
    "shared_plans": frozenset({Role.OVERSIGHT_BODY}),
}
IN_PERSON = "undeclared_audits"
# What else a row of rights may tell besides a kind of reach.
ABSENT, ROLE = "absent", "role:"
# Before the execution nobody needs to have declared; it does not begin until all have.
NOT_YET_DECLARED = (AuditState.SCHEDULED, AuditState.PLANNING)


def actor_for(session: Session, user: User, today: date, session_id: int | None = None) -> Actor:
    """Read the rights of today, in one query whatever there is to find.

    A substitute has what the absent person has, also while that person's account is disabled.
    Whether one of the two may not act in a given matter is for the guards, which compare
    persons. A substitute of a substitute gains nothing.
    """
    return _actor(user, _rights(session, today, user.id), session_id)


def actors_for(session: Session, users: Iterable[User], today: date) -> list[Actor]:
    """The same for many people, in one query for all of them."""
    rights = _rights(session, today)
    return [_actor(user, rights, None) for user in users]


@dataclass(frozen=True, slots=True)
class _Rights:
    """What each person holds by himself: live roles, and (kind of reach, thing) pairs; and the
    absent persons for whom he acts."""

    roles: Mapping[int, set[Role]]
    reach: Mapping[int, list[tuple[str, int]]]
    absent: Mapping[int, set[int]]


def _actor(user: User, rights: _Rights, session_id: int | None) -> Actor:
    acting_for = frozenset(rights.absent.get(user.id, ()))
    persons = acting_for | {user.id}
    reach: dict[str, set[int]] = {kind: set() for kind in NEEDED}
    for person in persons:
        for kind, thing_id in rights.reach.get(person, ()):
            held = not NEEDED[kind] or NEEDED[kind] & rights.roles.get(person, set())
            if held and (kind != IN_PERSON or person == user.id):
                reach[kind].add(thing_id)
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=frozenset(role for person in persons for role in rights.roles.get(person, ())),
        persons=persons,
        acting_for=acting_for,
        session_id=session_id,
        **{kind: frozenset(found) for kind, found in reach.items()},
    )


def _rights(session: Session, today: date, user_id: int | None = None) -> _Rights:
    """Of a person and of those for whom he acts today, or of everyone."""
    in_force = (
        Substitution.starts_on <= today,
        Substitution.ends_on >= today,
        Substitution.cancelled_at.is_(None),
    )
    mine = true() if user_id is None else Substitution.substitute_id == user_id
    absents = select(Substitution.absent_id).where(*in_force, mine)

    def among(column: Any) -> ColumnElement[bool]:
        if user_id is None:
            return true()
        return or_(column == user_id, column.in_(absents))

    absent_of = select(
        literal(ABSENT).label("kind"), Substitution.substitute_id, Substitution.absent_id
    ).where(*in_force, mine)
    granted = select(
        literal(ROLE, String) + cast(RoleGrant.role, String), RoleGrant.user_id, literal(0)
    ).where(among(RoleGrant.user_id), RoleGrant.revoked_at.is_(None))
    member = select(literal("member_audits"), AuditMember.user_id, AuditMember.audit_id).where(
        among(AuditMember.user_id), AuditMember.removed_at.is_(None)
    )
    lead = select(literal("lead_audits"), AuditMember.user_id, AuditMember.audit_id).where(
        among(AuditMember.user_id), AuditMember.removed_at.is_(None), AuditMember.is_lead
    )
    led = select(literal("led_processes"), Process.leader_id, Process.id).where(
        among(Process.leader_id)
    )
    liaison = select(
        literal("liaison_processes"), process_liaison.c.user_id, process_liaison.c.process_id
    ).where(among(process_liaison.c.user_id))
    headed = select(literal("headed_units"), Unit.head_id, Unit.id).where(among(Unit.head_id))
    gone = select(User.id).where(User.disabled_at.is_not(None))
    headless = (
        select(literal("headless_units"), Process.leader_id, Unit.id)
        .join(Unit, or_(Unit.head_id.is_(None), Unit.head_id.in_(gone)))
        .where(among(Process.leader_id), Process.leader_id.is_not(None))
        .distinct()
    )
    owed = (
        select(literal("undeclared_audits"), AuditMember.user_id, AuditMember.audit_id)
        .join(Audit, Audit.id == AuditMember.audit_id)
        .where(
            among(AuditMember.user_id),
            AuditMember.removed_at.is_(None),
            or_(
                AuditMember.declared_at.is_(None),
                and_(AuditMember.has_conflict, AuditMember.resolved_at.is_(None)),
            ),
            Audit.state.not_in(NOT_YET_DECLARED),
        )
    )
    shared = _shared(among(OversightShare.user_id), today)
    every: CompoundSelect[Any] = union_all(
        absent_of, granted, member, lead, led, liaison, headed, headless, owed, *shared
    )
    roles: dict[int, set[Role]] = defaultdict(set)
    reach: dict[int, list[tuple[str, int]]] = defaultdict(list)
    absent: dict[int, set[int]] = defaultdict(set)
    for kind, person, thing_id in session.execute(every):
        if kind == ABSENT:
            absent[person].add(thing_id)
        elif kind.startswith(ROLE):
            roles[person].add(Role(kind.removeprefix(ROLE)))
        else:
            reach[person].append((kind, thing_id))
    return _Rights(roles, reach, absent)


def _shared(among: ColumnElement[bool], today: date) -> list[Select[str, int, int]]:
    """What bodies of control may read today: audits by name, the rest by where it comes from."""
    begun = or_(OversightShare.starts_on.is_(None), OversightShare.starts_on <= today)
    live = (among, OversightShare.revoked_at.is_(None), begun, OversightShare.until >= today)
    return [
        select(literal("shared_audits"), OversightShare.user_id, Audit.id)
        .join(Audit, Audit.id == OversightShare.audit_id)
        .where(*live),
        select(literal("shared_findings"), OversightShare.user_id, Finding.id)
        .join(Finding, Finding.source == OversightShare.source)
        .where(*live),
        select(literal("shared_plans"), OversightShare.user_id, Plan.id)
        .join(Plan, Plan.source == OversightShare.source)
        .where(*live),
    ]


def names(session: Session, user_ids: frozenset[int]) -> list[str]:
    """Names of these people, sorted; no query for nobody."""
    if not user_ids:
        return []
    statement = select(User.name).where(User.id.in_(sorted(user_ids))).order_by(User.name)
    return list(session.scalars(statement))
