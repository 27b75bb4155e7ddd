"""What a letter says: the audit's data put into its text, gathered once, hashed, signed, drawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound
from app.models.accounts import User
from app.models.audits import Audit, AuditMember
from app.models.fieldwork import InformationRequest, Letter
from app.models.org import Process
from app.services import letter_text, settings
from app.services.letter_templates import MINUTES
from app.services.letter_text import Block
from app.services.report_content import Person, Seal
from app.services.report_words import day, moment, name
from app.services.terms import Term, TermKind
from workflows.enums import InformationState, LetterKind

UNITS = {
    TermKind.WORKING_DAYS: ("día hábil", "días hábiles"),
    TermKind.CALENDAR_DAYS: ("día calendario", "días calendario"),
    TermKind.MONTHS: ("mes", "meses"),
}
OPEN_REQUESTS = (InformationState.PENDING, InformationState.RETURNED)
BLANK = "(sin escribir)"


@dataclass(frozen=True, slots=True)
class LetterContent:
    """A letter as text in its final order. `seal` is None until it is issued."""

    kind: str
    name: str
    entity: str
    entity_facts: tuple[str, ...]
    audit_code: str
    audit_title: str
    subject: str
    place_and_day: str
    recipient: Person | None
    blocks: tuple[Block, ...]
    template_edition: int
    made_at: str
    seal: Seal | None = None

    def as_json(self) -> dict[str, Any]:
        """Text, lists and mappings only: what is hashed and what the PDF template reads."""
        return asdict(self)


def values(ctx: Context, audit: Audit, letter: Letter | None = None) -> dict[str, str]:
    """Each variable with what it says of this audit (and of the meeting of these minutes)."""
    process, entity = audit.process, settings.entity(ctx.session)
    leader = process.leader
    members = sorted(
        (each for each in audit.members if each.removed_at is None),
        key=lambda each: (not each.is_lead, each.user.name),
    )
    start, end = day(audit.planned_start), day(audit.planned_end)
    found = {
        "entidad": entity.name,
        "ciudad": entity.city,
        "fecha": day(ctx.today()),
        "codigo": audit.code,
        "auditoria": audit.title,
        "tipo": name(audit.type).lower(),
        "proceso": process.name,
        "dependencia": process.unit.name if process.unit else "",
        "lider": leader.name if leader else "",
        "cargo_lider": leader.position if leader else "",
        "auditor_lider": next((each.user.name for each in members if each.is_lead), ""),
        "equipo": letter_text.as_list("\n".join(_member(each) for each in members)),
        "objetivo": audit.objective,
        "alcance": audit.scope,
        "criterios": audit.criteria,
        "cronograma": audit.schedule,
        "fecha_inicio": start,
        "fecha_fin": end,
        "fechas": f"del {start} al {end}",
        "solicitudes": _requests(ctx, audit),
        "termino_entrega": _amount(settings.term(ctx.session, "information_delivery")),
        "termino_replica": _amount(settings.term(ctx.session, "reply")),
    }
    if letter is not None and letter.kind in MINUTES:
        found |= {
            "fecha_reunion": day(letter.held_on),
            "lugar": letter.place,
            "asistentes": letter_text.as_list(letter.attendees),
            "temas": letter.topics,
            "acuerdos": letter.agreements,
        }
    return found


def _member(member: AuditMember) -> str:
    part = "auditor líder" if member.is_lead else "auditor"
    return ", ".join(each for each in (member.user.name, member.user.position, part) if each)


def _requests(ctx: Context, audit: Audit) -> str:
    rows = ctx.session.scalars(
        select(InformationRequest)
        .where(InformationRequest.audit_id == audit.id, InformationRequest.state.in_(OPEN_REQUESTS))
        .order_by(InformationRequest.id)
    )
    return "\n".join(f"- {row.code} {row.title}: vence el {day(row.due_on)}" for row in rows)


def _amount(term: Term) -> str:
    """5 días hábiles."""
    one, many = UNITS.get(term.kind, ("", ""))
    return f"{term.amount} {one if term.amount == 1 else many}".strip()


def audit_of(ctx: Context, audit_id: int) -> Audit:
    """An audit with all that a letter tells of it, in a fixed number of queries.

    Raises: NotFound.
    """
    audit = ctx.session.scalars(
        select(Audit)
        .where(Audit.id == audit_id)
        .options(
            joinedload(Audit.process).joinedload(Process.leader),
            joinedload(Audit.process).joinedload(Process.unit),
            selectinload(Audit.members).joinedload(AuditMember.user),
        )
    ).one_or_none()
    if audit is None:
        raise NotFound
    return audit


def missing(ctx: Context, audit: Audit, letter: Letter) -> list[str]:
    """The variables of the letter that still have no value."""
    return letter_text.missing(f"{letter.title}\n{letter.body}", values(ctx, audit, letter))


def build(ctx: Context, audit: Audit, letter: Letter) -> LetterContent:
    """The letter as it reads now, not signed: what is blank says so."""
    entity = settings.entity(ctx.session)
    given = values(ctx, audit, letter)
    told = [f"NIT {entity.nit}" if entity.nit else "", entity.city]
    return LetterContent(
        kind=letter.kind.value,
        name=name(letter.kind),
        entity=entity.name,
        entity_facts=tuple(each for each in told if each),
        audit_code=audit.code,
        audit_title=audit.title,
        subject=letter_text.fill(letter.title, given, BLANK),
        place_and_day=", ".join(each for each in (entity.city, day(ctx.today())) if each),
        recipient=_recipient(audit.process, letter.kind),
        blocks=letter_text.blocks(_filled(letter.body, given)),
        template_edition=letter.template.edition,
        made_at=moment(ctx.now(), ctx.config.time_zone),
    )


def _filled(body: str, given: dict[str, str]) -> str:
    """What may be blank leaves nothing; what should not be says that it is."""
    known = {
        name: value.strip() or ("" if name in letter_text.MAY_BE_BLANK else BLANK)
        for name, value in given.items()
    }
    return letter_text.fill(body, known)


def _recipient(process: Process, kind: LetterKind) -> Person | None:
    """The leader, of what the office writes to him; minutes and his own letters have none."""
    leader: User | None = process.leader
    if leader is None or kind is not LetterKind.ANNOUNCEMENT:
        return None
    return Person(leader.name, leader.position, f"Líder del proceso {process.name}")
