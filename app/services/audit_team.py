"""The audit's team: who is assigned, who declared about conflicts of interest, who may not be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.accounts import RoleGrant, User
from app.models.audits import Audit, AuditMember
from app.models.org import Process, Unit
from app.permissions import authorize, can
from app.services import accounts, committee, filing, process_ties
from app.services.audit_facts import current_members, is_in_conflict
from app.services.report_words import day
from app.services.transitions import load_for
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType, Role

LEADING = frozenset({Role.LEAD_AUDITOR, Role.OCI_HEAD})
AUDITING = LEADING | {Role.AUDITOR}
WITHOUT_LEAD_ALLOWED = frozenset({AuditState.SCHEDULED, AuditState.PLANNING})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be assigned. `tie` names what binds the person to the audited process:
    "" nothing, "leader", "liaison", "head" or "past" (which exclude), "unit" (which only warns).
    `free_from`: of "past", the first day on which it binds no more."""

    user: User
    can_lead: bool
    tie: str
    free_from: date | None = None

    @property
    def is_excluded(self) -> bool:
        return self.tie in EXCLUDING


EXCLUDING = frozenset({"leader", "liaison", "head", "past"})


def candidates(ctx: Context, audit: Audit) -> list[Candidate]:
    """Active auditors who are not in the team yet, by name, with their ties to the process."""
    session = ctx.session
    process = _process(session, audit.process_id)
    taken = {member.user_id for member in current_members(session, audit.id)}
    roles = _auditors(session)
    free = process_ties.free_from(session, process.id, ctx.today())
    users = session.scalars(
        select(User)
        .where(User.id.in_(set(roles) - taken), User.disabled_at.is_(None))
        .order_by(User.name)
    )
    return [
        Candidate(
            user,
            bool(roles[user.id] & LEADING),
            _binding(tie_to(process, user), user.id in free),
            free.get(user.id),
        )
        for user in users
    ]


def _binding(tie: str, was_tied: bool) -> str:
    """The tie that weighs most: one of today, then one of not long ago."""
    return tie if tie in EXCLUDING or not was_tied else "past"


def members(ctx: Context, audit: Audit) -> list[AuditMember]:
    """The team today, the lead first, with each person."""
    return current_members(ctx.session, audit.id)


def look_back_months(ctx: Context) -> int:
    """How long after answering for a process one still may not audit it. What was before this
    system kept its processes is for each one's declaration."""
    return process_ties.look_back_months(ctx.session)


def tie_to(process: Process, user: User) -> str:
    """What binds a person to a process today. Nobody audits what he or she answers for."""
    if process.leader_id == user.id:
        return "leader"
    if any(liaison.id == user.id for liaison in process.liaisons):
        return "liaison"
    if process.unit is not None and process.unit.head_id == user.id:
        return "head"
    if process.unit_id is not None and user.unit_id == process.unit_id:
        return "unit"
    return ""


def assign(ctx: Context, audit_id: int, user_id: int, *, lead: bool = False) -> AuditMember:
    """Put a person in the team, or make a member its lead; an earlier lead stays as auditor.

    Asking twice for the same changes nothing.
    Raises: NotFound, Forbidden, Invalid (not an active auditor, tied to the process).
    """
    with ctx.transaction():
        audit = load_for(ctx, Audit, audit_id, "audit.staff")
        return add_member(ctx, audit, user_id, lead=lead)


def make_lead(ctx: Context, audit_id: int, member_id: int) -> AuditMember:
    """Make a member of the team its lead. Raises: NotFound, Forbidden, Invalid."""
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.staff")
        member = _member(session, audit, member_id)
        return add_member(ctx, audit, member.user_id, lead=True)


def add_member(ctx: Context, audit: Audit, user_id: int, *, lead: bool) -> AuditMember:
    """The same in the open transaction; the caller has authorised it. Raises: Invalid."""
    session = ctx.session
    members = current_members(session, audit.id)
    member = next((each for each in members if each.user_id == user_id), None)
    if member is not None and (member.is_lead or not lead):
        return member
    user = _demand_auditor(ctx, audit, user_id, lead=lead)
    if lead:
        _relieve(ctx, audit, members)
    if member is None:
        member = AuditMember(audit_id=audit.id, user_id=user.id, added_at=ctx.now(), is_lead=lead)
        session.add(member)
    member.is_lead = lead
    session.flush()
    body = {"user": user.id, "name": user.name, "is_lead": lead}
    ctx.record("permission", "assign_member", audit, body)
    return member


def _demand_auditor(ctx: Context, audit: Audit, user_id: int, *, lead: bool) -> User:
    session = ctx.session
    user = session.get(User, user_id)
    roles = _auditors(session).get(user_id, frozenset())
    if user is None or user.disabled_at is not None or not roles & AUDITING:
        raise Invalid("user_id", "audit_team.not_auditor")
    if lead and not roles & LEADING:
        raise Invalid("user_id", "audit_team.cannot_lead")
    if tie_to(_process(session, audit.process_id), user) in EXCLUDING:
        raise Invalid("user_id", "audit_team.tied", name=user.name)
    free_from = process_ties.free_from(session, audit.process_id, ctx.today()).get(user.id)
    if free_from is not None:
        until = day(free_from)
        raise Invalid("user_id", "audit_team.tied_lately", name=user.name, until=until)
    return user


def _relieve(ctx: Context, audit: Audit, members: Iterable[AuditMember]) -> None:
    """The lead until now goes on as a member: an audit has one lead."""
    for member in members:
        if member.is_lead:
            member.is_lead = False
            body = {"user": member.user_id, "name": member.user.name}
            ctx.record("permission", "relieve_lead", audit, body)
    ctx.session.flush()


def remove(ctx: Context, audit_id: int, member_id: int, *, reason: str) -> None:
    """Take a person out of the team; the row stays, with what was declared.

    Raises: NotFound, Forbidden, Invalid (no reason, or the lead of an audit that needs one).
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.staff")
        member = _member(session, audit, member_id)
        if not reason.strip():
            raise Invalid("reason", "needs_reason")
        if member.is_lead and audit.state not in WITHOUT_LEAD_ALLOWED:
            raise Invalid("reason", "audit_team.lead_needed")
        member.removed_at = ctx.now()
        body = {"user": member.user_id, "name": member.user.name, "reason": reason.strip()}
        ctx.record("permission", "remove_member", audit, body)


# ------------------------------------------------------------------ conflicts of interest


def own_membership(ctx: Context, members: Iterable[AuditMember]) -> AuditMember | None:
    """The acting person's place in the team, in person: a substitute declares nothing."""
    return next((each for each in members if each.user_id == ctx.actor.user_id), None)


def may_declare(ctx: Context, audit: Audit) -> bool:
    """Whether the page offers a declaration to who belongs to the team."""
    over = audit.state in {AuditState.CLOSED, AuditState.CANCELLED}
    return not over and can(ctx.actor, "audit.declare", audit)


def declare(
    ctx: Context, audit_id: int, *, has_conflict: bool, text: str, password: str
) -> AuditMember:
    """Declare, signed, whether one has a conflict of interest in this audit. A new declaration
    takes the place of the earlier one, whose record stays in the ledger.

    Raises: NotFound, Forbidden, OutOfPlace (audit over), Invalid, WrongPassword, Throttled.
    """
    text = text.strip()
    _to_declare(ctx, audit_id)
    if has_conflict and not text:
        raise Invalid("conflict_text", "audit_team.needs_conflict_text")
    accounts.verify_password(ctx, password)
    with ctx.transaction():
        audit, member = _to_declare(ctx, audit_id)
        content = {
            "audit": audit.code,
            "user": member.user_id,
            "has_conflict": has_conflict,
            "text": text,
        }
        # In person, even by who is replacing someone today.
        in_person = replace(ctx, actor=replace(ctx.actor, acting_for=frozenset()))
        signature = filing.sign(
            in_person,
            member,
            purpose="audit.declaration",
            content_sha256=filing.content_hash(content),
        )
        member.declared_at, member.declaration_signature_id = ctx.now(), signature.id
        member.has_conflict, member.conflict_text = has_conflict, text
        member.resolution, member.resolved_at, member.resolved_by_id = "", None, None
        in_person.record("change", "declare", audit, {**content, "signature": signature.id})
    return member


def demand_may_declare(ctx: Context, audit_id: int) -> None:
    """Raises: NotFound, Forbidden, OutOfPlace, when the actor declares nothing there."""
    _to_declare(ctx, audit_id)


def _to_declare(ctx: Context, audit_id: int) -> tuple[Audit, AuditMember]:
    audit = load_for(ctx, Audit, audit_id, "audit.read")
    member = own_membership(ctx, current_members(ctx.session, audit.id))
    if member is None:
        raise NotFound
    authorize(ctx.actor, "audit.declare", audit)
    if audit.state in {AuditState.CLOSED, AuditState.CANCELLED}:
        raise OutOfPlace(state=str(audit.state))
    return audit, member


def resolve(ctx: Context, audit_id: int, member_id: int, *, resolution: str) -> AuditMember:
    """Settle with reasons a conflict that a member declared (the other way is to replace him).

    Who declared does not settle the own conflict: that takes a decision of the committee,
    which resolves conflicts that touch the independence of the audit.
    Raises: NotFound, Forbidden, OutOfPlace (nothing to settle), Invalid.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.resolve_conflict")
        member = _member(session, audit, member_id)
        if not is_in_conflict(member):
            raise OutOfPlace(state=str(audit.state))
        if not resolution.strip():
            raise Invalid("resolution", "needs_reason")
        if member.user_id in ctx.actor.persons and not _settled_by_committee(ctx, audit, member):
            raise Invalid("resolution", "audit_team.own_conflict")
        member.resolution = resolution.strip()
        member.resolved_by_id, member.resolved_at = ctx.actor.user_id, ctx.now()
        body = {"user": member.user_id, "name": member.user.name, "reason": member.resolution}
        ctx.record("change", "resolve_conflict", audit, body)
    return member


def _settled_by_committee(ctx: Context, audit: Audit, member: AuditMember) -> bool:
    decisions = committee.about(ctx.session, audit, [CommitteeDecisionType.RESOLVE_CONFLICT])
    return member.declared_at is not None and any(
        decision.recorded_at >= member.declared_at for decision in decisions
    )


# ------------------------------------------------------------------ rows


def _member(session: Session, audit: Audit, member_id: int) -> AuditMember:
    for member in current_members(session, audit.id):
        if member.id == member_id:
            return member
    raise NotFound


def _process(session: Session, process_id: int) -> Process:
    return session.scalars(
        select(Process)
        .where(Process.id == process_id)
        .options(
            joinedload(Process.unit).joinedload(Unit.head),
            joinedload(Process.leader),
            selectinload(Process.liaisons),
        )
    ).one()


def _auditors(session: Session) -> dict[int, frozenset[Role]]:
    """Persons with a role of the office, and which."""
    rows = session.execute(
        select(RoleGrant.user_id, RoleGrant.role).where(
            RoleGrant.role.in_(sorted(AUDITING)), RoleGrant.revoked_at.is_(None)
        )
    )
    found: dict[int, set[Role]] = {}
    for user_id, role in rows:
        found.setdefault(user_id, set()).add(role)
    return {user_id: frozenset(roles) for user_id, roles in found.items()}
