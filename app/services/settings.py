"""Terms, limits and the calendar, as the administrator keeps them. Never numbers in code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.org import Entity, NonWorkingDay, TermRule
from app.services.terms import Calendar, DueDate, Term, TermKind, compute_due


class UnknownTerm(LookupError):
    """The catalogue lacks a term that the program needs: load the catalogues."""


def calendar(session: Session) -> Calendar:
    """Colombian holidays plus the entity's own non-working days."""
    rows = session.scalars(select(NonWorkingDay).where(NonWorkingDay.active))
    return Calendar({row.day: row.name for row in rows})


def rule(session: Session, code: str) -> TermRule:
    """Raises: UnknownTerm."""
    row = session.scalars(select(TermRule).where(TermRule.code == code)).one_or_none()
    if row is None:
        raise UnknownTerm(code)
    return row


def limit(session: Session, code: str) -> int:
    """The amount of a limit (a count, a number of days or months, or 1/0 for a flag)."""
    return rule(session, code).amount


def term(session: Session, code: str) -> Term:
    row = rule(session, code)
    return Term(
        code=row.code,
        name=row.name,
        amount=row.amount,
        kind=TermKind(row.kind),
        start_event=row.start_event,
        legal_ground=row.legal_ground,
    )


def due(
    session: Session,
    code: str,
    start: date,
    suspensions: Sequence[tuple[date, date]] = (),
) -> DueDate:
    """When the term `code` ends if its start event was on `start`."""
    return compute_due(term(session, code), start, calendar(session), suspensions)


def entity(session: Session) -> Entity:
    """The public body of this installation; an unsaved one named "Entidad" before set-up."""
    return session.scalars(select(Entity)).first() or Entity(
        id=1,
        name="Entidad",
        nit="",
        address="",
        city="",
        phone="",
        email="",
        judicial_email="",
        website="",
    )
