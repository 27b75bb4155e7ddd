"""Why somebody may or may not do something: the rule that decides, told piece by piece.

The administrator asks about another person; nothing is done in that person's name, and of the
thing only its code and kind are given: he reads no content of audits.
Source: docs/domain.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import NotFound
from app.models.accounts import Substitution, User
from app.models.audits import AnnualPlan, Audit, WorkingPaper
from app.models.documents import Document
from app.models.fieldwork import InformationRequest, Letter
from app.models.findings import Finding, ReplyExtension
from app.models.plans import Action, ChangeRequest, Plan
from app.models.publications import Publication
from app.models.universe import AuditableUnit, Prioritization
from app.permissions import Actor, Permission, authorize, decide
from app.permissions_rules import (
    ABSENT,
    ActorIs,
    All,
    ColumnRule,
    HasRole,
    OneOf,
    Rule,
    Some,
    ThingIs,
    value_of,
)
from app.permissions_table import POLICIES
from app.services.accounts_actor import actor_for
from app.services.accounts_lists import roles_of
from workflows.enums import Role

P = Permission
KINDS = (
    "audit",
    "finding",
    "plan",
    "action",
    "document",
    "annual_plan",
    "auditable_unit",
    "prioritization",
    "working_paper",
    "information_request",
    "letter",
    "reply_extension",
    "change_request",
    "publication",
)
"""Things that people name by a code, see `_statement`. A referral is not one: that it exists is
already more than the administrator may know."""
CODED: Mapping[str, type[Any]] = {
    "audit": Audit,
    "finding": Finding,
    "plan": Plan,
    "action": Action,
    "auditable_unit": AuditableUnit,
}
WITHIN_AUDIT: Mapping[str, type[Any]] = {
    "working_paper": WorkingPaper,
    "information_request": InformationRequest,
}
OF_A_YEAR: Mapping[str, type[Any]] = {
    "annual_plan": AnnualPlan,
    "prioritization": Prioritization,
}
FILED: Mapping[str, type[Any]] = {"letter": Letter, "reply_extension": ReplyExtension}
# What is permitted on something other than what its name says; nothing: on no thing at all.
APPLIES: Mapping[str, tuple[str, ...]] = {
    P.AUDIT_CREATE: (),
    P.ANNUAL_PLAN_CREATE: (),
    P.AUDITABLE_UNIT_CREATE: (),
    P.PRIORITIZATION_CREATE: (),
    P.TERM_RECOMPUTE: (),
    P.OVERSIGHT_SHARE_MANAGE: (),
    P.TRAIL_READ: (),
    P.SECURITY_LOG_READ: (),
    P.USERS_MANAGE: (),
    P.CATALOGUES_MANAGE: (),
    P.OUTBOX_MANAGE: (),
    P.LETTER_TEMPLATE_MANAGE: (),
    P.COMMITTEE_RECORD: (),
    P.AUDIT_EVALUATION_READ: ("audit",),
    P.WORKING_PAPER_CREATE: ("audit",),
    P.FINDING_CREATE: ("audit",),
    P.LETTER_WRITE: ("audit",),
    P.INFORMATION_REQUEST_CREATE: ("audit",),
    P.PUBLICATION_PREPARE: ("audit",),
    P.DOCUMENT_UPLOAD: ("audit", "finding", "plan", "action", "annual_plan"),
    P.REPLY_EXTENSION_REQUEST: ("audit",),
    P.PLAN_REMARK: ("plan", "action"),
    P.CHANGE_REQUEST_CREATE: ("action",),
    P.CHANGE_REQUEST_DRAFT: ("action",),
}
SCOPES = (
    "lead_audits",
    "member_audits",
    "led_processes",
    "liaison_processes",
    "headed_units",
    "headless_units",
    "undeclared_audits",
    "shared_audits",
    "shared_findings",
    "shared_plans",
)
MOST_WAYS = 4
NO_ROLE, NO_THING, DISABLED = "no_role", "no_thing", "disabled"


@dataclass(frozen=True, slots=True)
class Piece:
    """One condition of a rule, and whether it holds."""

    rule: Rule
    met: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A role in force and the absent person it comes from; None: the person's own."""

    role: Role
    absent: User | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`code`: allowed, or why not. `ways`: those that grant, or those nearest to granting."""

    user: User
    permission: str
    kind: str
    thing_code: str
    allowed: bool
    code: str
    ways: tuple[tuple[Piece, ...], ...]
    roles: tuple[Held, ...]
    substitutions: tuple[Substitution, ...]
    reach: Mapping[str, int]
    """How many things of each kind of scope the person has today."""


def askable() -> dict[str, tuple[str, ...]]:
    """Permissions one may ask about, each with the kinds of thing it is about."""
    found = {}
    for name in POLICIES:
        kinds = APPLIES.get(name, (name.partition(".")[0],))
        if set(kinds) <= set(KINDS):
            found[name] = kinds
    return found


def explain(ctx: Context, user_id: int, permission: str, code: str) -> Answer:
    """Whether this person may do this to the thing of this code today, and why.

    A code that names nothing, and one of a thing the permission is not about, are answered alike.
    The question stays in the ledger. Raises: Forbidden, NotFound (person or permission).
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    with ctx.transaction() as session:
        user = session.get(User, user_id)
        kinds = askable().get(permission)
        if user is None or kinds is None:
            raise NotFound
        answer = _answer(ctx, user, permission, kinds, code.strip() if kinds else "")
        body = {"permission": permission, "code": answer.thing_code, "result": answer.code}
        ctx.record("read", "explain", user, body)
    return answer


def _answer(ctx: Context, user: User, permission: str, kinds: tuple[str, ...], code: str) -> Answer:
    session, today = ctx.session, ctx.today()
    actor = actor_for(session, user, today)
    thing = _named(session, kinds, code)
    ways: tuple[tuple[Piece, ...], ...] = ()
    if kinds and thing is None:
        result = NO_THING
    elif user.disabled_at is not None:
        result = DISABLED
    else:
        result = _result(actor, permission, thing)
        ways = _ways(actor, permission, thing, result)
    return Answer(
        user=user,
        permission=permission,
        kind=getattr(thing, "thing", ""),
        thing_code=code,
        allowed=result == "allowed",
        code=result,
        ways=ways,
        roles=_roles(session, user, actor),
        substitutions=_substitutions(ctx, user),
        reach={name: len(getattr(actor, name)) for name in SCOPES if getattr(actor, name)},
    )


def _result(actor: Actor, permission: str, thing: object) -> str:
    decision = decide(actor, permission, thing)
    if not decision and decision.code == "denied" and not actor.roles:
        return NO_ROLE
    return decision.code


def _named(session: Session, kinds: tuple[str, ...], code: str) -> Any:
    """The thing of this code among these kinds; None when there is none."""
    for kind in kinds if code else ():
        statement = _statement(kind, code)
        found = None if statement is None else session.scalars(statement.limit(1)).first()
        if found is not None:
            return found
    return None


def _statement(kind: str, code: str) -> Select[Any] | None:
    """How a thing of this kind is named: by its own code or number; a paper or a request of
    information by its audit's code and its own ("2026-AUD-06 PT-01"); a change by its action's, a
    public version by its audit's, the last one; an annual plan and the
    priorities by their year.
    """
    if kind in CODED:
        return select(CODED[kind]).where(CODED[kind].code == code)
    if kind in FILED:
        return select(FILED[kind]).where(FILED[kind].filing_number == code)
    if kind in WITHIN_AUDIT:
        model = WITHIN_AUDIT[kind]
        audit_code, _blank, own = code.partition(" ")
        of_audit = select(Audit.id).where(Audit.code == audit_code)
        return select(model).where(model.audit_id.in_(of_audit), model.code == own.strip())
    if kind == "document":
        named = or_(Document.filing_number == code, Document.uuid == code)
        return select(Document).where(named).order_by(Document.id)
    if kind == "change_request":
        asked = select(ChangeRequest).join(ChangeRequest.action).where(Action.code == code)
        return asked.order_by(ChangeRequest.id.desc())
    if kind == "publication":
        made = select(Publication).join(Publication.audit).where(Audit.code == code)
        return made.order_by(Publication.edition.desc())
    if code.isascii() and code.isdecimal() and len(code) == len("2027"):
        model = OF_A_YEAR[kind]
        return select(model).where(model.year == int(code)).order_by(model.id.desc())
    return None


def expand(rule: Rule) -> list[tuple[Rule, ...]]:
    """The ways in which a rule may hold: in each, every piece must."""
    if isinstance(rule, Some):
        return [way for part in rule.rules for way in expand(part)]
    if isinstance(rule, All):
        ways: list[tuple[Rule, ...]] = [()]
        for part in rule.rules:
            ways = [(*way, *more) for way in ways for more in expand(part)]
        return ways
    return [(rule,)]


def _ways(
    actor: Actor, permission: str, thing: object, result: str
) -> tuple[tuple[Piece, ...], ...]:
    """Those that grant, or that forbid; else those that lack least, first with the roles held."""
    policy = POLICIES[permission]
    rule = policy.refuse if policy.refuse and result == policy.refusal else policy.grant
    judged = [
        tuple(Piece(piece, piece.holds(actor, thing)) for piece in dict.fromkeys(way))
        for way in expand(rule)
    ]
    if result in {"denied", NO_ROLE}:
        judged = [way for way in judged if all(_may_come(piece, thing) for piece in way)]
        judged.sort(key=_distance)
    else:
        judged = [way for way in judged if all(piece.met for piece in way)]
    return tuple(dict.fromkeys(judged))[:MOST_WAYS]


def _may_come(piece: Piece, thing: object) -> bool:
    """Whether something could make this condition hold: no thing changes its kind."""
    rule = piece.rule
    if piece.met or not isinstance(rule, ColumnRule):
        return piece.met or not isinstance(rule, ThingIs)
    value = value_of(thing, rule.name)
    if isinstance(rule, OneOf) and isinstance(value, StrEnum):
        return not rule.values.isdisjoint(member.value for member in type(value))
    return value is not ABSENT


def _distance(way: tuple[Piece, ...]) -> tuple[int, int]:
    lacking = [piece.rule for piece in way if not piece.met]
    return sum(isinstance(rule, HasRole | ActorIs) for rule in lacking), len(lacking)


def _roles(session: Session, user: User, actor: Actor) -> tuple[Held, ...]:
    """Own roles first, then those of each absent person."""
    held = roles_of(session, actor.persons)
    absent = session.scalars(
        select(User).where(User.id.in_(sorted(actor.acting_for))).order_by(User.name)
    )
    people: list[User] = [user, *absent]
    return tuple(
        Held(role, None if person is user else person)
        for person in people
        for role in held[person.id]
    )


def _substitutions(ctx: Context, user: User) -> tuple[Substitution, ...]:
    """Those of today in which the person is absent or acts for another."""
    today = ctx.today()
    statement = (
        select(Substitution)
        .where(
            or_(Substitution.absent_id == user.id, Substitution.substitute_id == user.id),
            Substitution.cancelled_at.is_(None),
            Substitution.starts_on <= today,
            Substitution.ends_on >= today,
        )
        .options(joinedload(Substitution.absent), joinedload(Substitution.substitute))
        .order_by(Substitution.starts_on, Substitution.id)
    )
    return tuple(ctx.session.scalars(statement))
