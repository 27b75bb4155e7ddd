"""Whether who acts now is another person than those who acted before.

Persons are compared, through substitutions too: who did something for an absent person, and that
person, count as one (docs/domain.md, "Roles and permissions").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.context import Context
from app.models.accounts import Substitution
from app.services.terms import local_date


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did; `at` may be unknown (being named executor has no moment)."""

    person_id: int | None
    at: datetime | None = None


def acts_apart(ctx: Context, deeds: Iterable[Deed]) -> bool:
    """True when nobody behind the actor did any of these; False for who is no person."""
    persons = ctx.actor.persons
    if not ctx.actor.is_person:
        return False
    done = [deed for deed in deeds if deed.person_id is not None]
    if any(deed.person_id in persons for deed in done):
        return False
    return not _stood_in(ctx, persons, done)


def _stood_in(ctx: Context, persons: frozenset[int], deeds: list[Deed]) -> bool:
    """Whether one of the deeds was done in the name of one of these persons."""
    doers = {deed.person_id for deed in deeds}
    if not doers:
        return False
    rows = ctx.session.execute(
        select(Substitution.substitute_id, Substitution.starts_on, Substitution.ends_on).where(
            Substitution.absent_id.in_(sorted(persons)),
            Substitution.substitute_id.in_(doers),
            Substitution.cancelled_at.is_(None),
        )
    ).all()
    return any(
        deed.person_id == substitute and starts <= local_date(deed.at) <= ends
        for deed in deeds
        if deed.at is not None
        for substitute, starts, ends in rows
    )
