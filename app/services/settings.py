"""Terms, limits and the calendar, as the administrator keeps them. Never numbers in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.org import Entity, NonWorkingDay, TermRule
from app.services.terms import Calendar, DueDate, Term, TermKind, compute_due


class UnknownTerm(LookupError):
    """The catalogue lacks a term that the program needs: load the catalogues."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every term and limit with the calendar, read once: for pages with many dates, and to ask
    what another rule or another calendar would bring."""

    days: Mapping[date, str]
    terms: Mapping[str, Term]
    calendar: Calendar

    def due(
        self,
        code: str,
        start: date,
        suspensions: Sequence[tuple[date, date]] = (),
        *,
        extended: int = 0,
    ) -> DueDate | None:
        """When the term ends, with what it was extended; None where the catalogue lacks it."""
        term = self.terms.get(code)
        if term is None:
            return None
        return compute_due(replace(term, extended=extended), start, self.calendar, suspensions)

    def amount(self, code: str) -> int:
        """Raises: UnknownTerm."""
        if code not in self.terms:
            raise UnknownTerm(code)
        return self.terms[code].amount

    def with_days(self, days: Mapping[date, str]) -> Rulebook:
        """The same terms with other non-working days of the entity's own."""
        return Rulebook(days, self.terms, Calendar(days))

    def with_amount(self, code: str, amount: int) -> Rulebook:
        """The same calendar with another amount for one term."""
        changed = replace(self.terms[code], amount=amount)
        return Rulebook(self.days, {**self.terms, code: changed}, self.calendar)


def rulebook(session: Session) -> Rulebook:
    """In two queries."""
    days = _own_days(session)
    rows = session.scalars(select(TermRule))
    return Rulebook(days, {row.code: _term(row) for row in rows}, Calendar(days))


def calendar(session: Session) -> Calendar:
    """Colombian holidays plus the entity's own non-working days."""
    return Calendar(_own_days(session))


def _own_days(session: Session) -> dict[date, str]:
    rows = session.scalars(select(NonWorkingDay).where(NonWorkingDay.active))
    return {row.day: row.name for row in rows}


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
    return _term(rule(session, code))


def _term(row: TermRule) -> Term:
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
