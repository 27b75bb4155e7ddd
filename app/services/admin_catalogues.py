"""Catalogues as the administrator keeps them: units, processes, norms, terms, non-working days.

An edited row is marked (`edited_at`), so that loading the files again does not undo it. A term
that was notified keeps its date: it was frozen then, and only an explicit act changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Difference, Invalid, NotFound
from app.models.accounts import User
from app.models.fieldwork import Checklist
from app.models.org import (
    Entity,
    MeciComponentRow,
    MipgDimension,
    MipgPolicy,
    NonWorkingDay,
    Norm,
    Process,
    RecordSeries,
    TermRule,
    Unit,
)
from app.permissions import Permission, authorize
from app.services import audit_terms, process_ties
from app.services.terms import MAX_AMOUNT
from app.services.transitions import check_version

PAGE = 100


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What may be done with one catalogue. `fields` are all that a form may ever write."""

    model: type[Any]
    fields: tuple[str, ...]
    order: str = "code"
    can_add: bool = False
    single: bool = False
    rights: frozenset[str] = frozenset()
    """Fields that give somebody rights: their change is traced as one of permissions."""


CATALOGUES: Mapping[str, Catalogue] = {
    "dependencias": Catalogue(
        Unit,
        ("name", "parent_id", "head_id", "active"),
        can_add=True,
        rights=frozenset({"head_id"}),
    ),
    "procesos": Catalogue(
        Process,
        ("name", "type", "unit_id", "leader_id", "liaisons", "active"),
        can_add=True,
        rights=frozenset({"leader_id", "liaisons"}),
    ),
    "normas": Catalogue(Norm, ("name", "status", "summary", "note", "active"), can_add=True),
    "dimensiones-mipg": Catalogue(MipgDimension, ("name", "active")),
    "politicas-mipg": Catalogue(MipgPolicy, ("name", "dimension_id", "active")),
    "componentes-meci": Catalogue(MeciComponentRow, ("name", "guidelines", "active")),
    "terminos": Catalogue(TermRule, ("name", "amount", "start_event", "legal_ground", "note")),
    "series-documentales": Catalogue(
        RecordSeries,
        ("name", "office_years", "central_years", "disposition", "active"),
        can_add=True,
    ),
    "dias-no-habiles": Catalogue(
        NonWorkingDay, ("day", "name", "legal_ground", "active"), order="day", can_add=True
    ),
    "listas-de-verificacion": Catalogue(Checklist, ("name", "questions", "active"), can_add=True),
    "entidad": Catalogue(
        Entity,
        ("name", "nit", "address", "city", "phone", "email", "judicial_email", "website"),
        order="id",
        can_add=True,
        single=True,
    ),
}
REFERENCES: Mapping[str, type[Any]] = {
    "parent_id": Unit,
    "unit_id": Unit,
    "dimension_id": MipgDimension,
}
PERSONS = ("head_id", "leader_id")
LEAST_AND_MOST: Mapping[str, tuple[int, int]] = {
    "flag": (0, 1),
    "count": (0, 10_000),
    "months": (0, 1200),  # a wait may be none
    "notice_days": (0, 365),
    "hour": (0, 23),
}
MAX_UNIT_DEPTH = 20


@dataclass(frozen=True, slots=True)
class RowsPage:
    rows: tuple[Any, ...]
    next_id: int | None


def catalogue(slug: str) -> Catalogue:
    """Raises: NotFound."""
    found = CATALOGUES.get(slug)
    if found is None:
        raise NotFound
    return found


def counts(ctx: Context) -> dict[str, int]:
    """How many rows each catalogue has. Raises: Forbidden."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    return {
        slug: ctx.session.scalar(select(func.count()).select_from(each.model)) or 0
        for slug, each in CATALOGUES.items()
    }


def page(ctx: Context, slug: str, *, text: str = "", after: int | None = None) -> RowsPage:
    """Rows of a catalogue, `PAGE` at a time. Raises: Forbidden, NotFound."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    spec = catalogue(slug)
    model, order = spec.model, getattr(spec.model, spec.order)
    statement: Select[Any] = select(model)
    if text:
        columns = [model.name, model.code] if hasattr(model, "code") else [model.name]
        statement = statement.where(or_(*(c.icontains(text, autoescape=True) for c in columns)))
    last = ctx.session.get(model, after) if after is not None else None
    if last is not None:
        statement = statement.where(order > getattr(last, spec.order))
    rows = ctx.session.scalars(statement.order_by(order).limit(PAGE + 1)).all()
    return RowsPage(tuple(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def row(ctx: Context, slug: str, row_id: int) -> Any:
    """One row. Raises: Forbidden, NotFound."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    found = ctx.session.get(catalogue(slug).model, row_id)
    if found is None:
        raise NotFound
    return found


def options(ctx: Context, name: str) -> list[tuple[int, str]]:
    """(id, name) of the rows that a reference field may point to. Raises: Forbidden."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    model = REFERENCES[name]
    statement = select(model.id, model.name).where(model.active).order_by(model.name, model.id)
    return [(row_id, label) for row_id, label in ctx.session.execute(statement)]


def add(ctx: Context, slug: str, values: Mapping[str, Any]) -> Any:
    """Add a row; its code stays for ever. Raises: Forbidden, NotFound, Invalid."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    spec = catalogue(slug)
    if not spec.can_add:
        raise NotFound
    with ctx.transaction() as session:
        if spec.single and session.scalars(select(spec.model.id)).first() is not None:
            raise NotFound
        clean = _checked(session, spec, None, values)
        if hasattr(spec.model, "code"):
            clean["code"] = _free_code(session, spec, str(values.get("code", "")))
        new = spec.model(**clean)
        _mark_edited(new, ctx.now())
        session.add(new)
        session.flush()
        body = {name: _shown(session, name, value) for name, value in clean.items()}
        given = any(clean.get(name) for name in spec.rights)
        ctx.record("permission" if given else "change", "create", new, body)
    return new


def edit(
    ctx: Context, slug: str, row_id: int, values: Mapping[str, Any], *, version: int | None
) -> Any:
    """Change a row. Raises: Forbidden, NotFound, Invalid, StaleVersion."""
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    spec = catalogue(slug)
    with ctx.transaction() as session:
        found = session.get(spec.model, row_id, with_for_update=True, populate_existing=True)
        if found is None:
            raise NotFound
        clean = _checked(session, spec, found, values)
        changes = _differences(session, found, clean)
        check_version(found, version, changes)
        if not changes:
            return found
        process_ties.keep(session, found, clean, ctx.today())
        for name, value in clean.items():
            setattr(found, name, value)
        _mark_edited(found, ctx.now())
        session.flush()
        body = {change.field: [change.theirs, change.yours] for change in changes}
        rights = any(change.field in spec.rights for change in changes)
        ctx.record("permission" if rights else "change", "edit", found, body)
    return found


def _mark_edited(found: Any, now: datetime) -> None:
    if hasattr(found, "edited_at"):
        found.edited_at = now


def _differences(session: Session, found: Any, clean: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(name, _shown(session, name, getattr(found, name)), _shown(session, name, value))
        for name, value in clean.items()
        if _plain(getattr(found, name)) != _plain(value)
    ]


def _shown(session: Session, name: str, value: object) -> str:
    """A value as people read it: names, not numbers of rows."""
    if value is None:
        return ""
    model = User if name in PERSONS else REFERENCES.get(name)
    if model is not None:
        row = session.get(model, value)
        return row.name if row is not None else ""
    if isinstance(value, list):
        return ", ".join(sorted(user.name for user in value))
    return str(_plain(value))


def _plain(value: object) -> object:
    """A value as the ledger keeps it."""
    if isinstance(value, list):
        return sorted(user.id for user in value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


def _checked(
    session: Session, spec: Catalogue, found: Any | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Only the fields of the catalogue, each one checked. Raises: Invalid."""
    clean = {name: values[name] for name in spec.fields if name in values}
    if "name" in clean and not clean["name"]:
        raise Invalid("name", "catalogue.needs_name")
    for name, model in REFERENCES.items():
        if clean.get(name) is not None and session.get(model, clean[name]) is None:
            raise Invalid(name, "catalogue.no_such_row")
    for name in PERSONS:
        if clean.get(name) is not None:
            _demand_person(session, name, clean[name], getattr(found, name, None))
    if "liaisons" in clean:
        clean["liaisons"] = _liaisons(session, clean["liaisons"], found)
    if clean.get("parent_id") is not None and found is not None:
        _refuse_cycle(session, found.id, clean["parent_id"])
    if isinstance(found, TermRule):
        _check_term(found, clean)
    if "day" in clean:
        _demand_free_day(session, clean["day"], found)
    return clean


def _demand_person(session: Session, field: str, user_id: int, present: int | None) -> User:
    user = session.get(User, user_id)
    if user is None or (user.disabled_at is not None and user_id != present):
        raise Invalid(field, "catalogue.no_such_person")
    return user


def _liaisons(session: Session, ids: list[int], found: Any | None) -> list[User]:
    present = {user.id for user in found.liaisons} if found is not None else set()
    return [
        _demand_person(session, "liaisons", user_id, user_id if user_id in present else None)
        for user_id in dict.fromkeys(ids)
    ]


def _refuse_cycle(session: Session, unit_id: int, parent_id: int) -> None:
    """A unit is never below itself. Raises: Invalid."""
    above: int | None = parent_id
    for _step in range(MAX_UNIT_DEPTH):
        if above is None:
            return
        if above == unit_id:
            break
        above = session.scalar(select(Unit.parent_id).where(Unit.id == above))
    raise Invalid("parent_id", "catalogue.unit_below_itself")


def _check_term(rule: TermRule, clean: Mapping[str, Any]) -> None:
    """A term in days has at least one; a limit or a wait in months may be none; a flag is 0, 1.

    Raises: Invalid.
    """
    if "amount" in clean:
        amount = clean["amount"]
        least, most = LEAST_AND_MOST.get(rule.kind, (1, MAX_AMOUNT))
        if amount is None or not least <= amount <= most:
            raise Invalid("amount", "catalogue.bad_amount", least=least, most=most)
    if "start_event" in clean and clean["start_event"] not in start_events(rule):
        raise Invalid("start_event", "catalogue.no_such_start")


def start_events(rule: TermRule) -> tuple[str, ...]:
    """What this term may be counted from: what it says already, and what else is built."""
    return audit_terms.START_EVENTS.get(rule.code, (rule.start_event,))


def _demand_free_day(session: Session, day: date, found: Any | None) -> None:
    taken = session.scalar(select(NonWorkingDay.id).where(NonWorkingDay.day == day))
    if taken is not None and taken != getattr(found, "id", None):
        raise Invalid("day", "catalogue.day_taken")


def _free_code(session: Session, spec: Catalogue, code: str) -> str:
    clean = code.strip()
    if not clean:
        raise Invalid("code", "catalogue.needs_code")
    if session.scalar(select(spec.model.id).where(spec.model.code == clean)) is not None:
        raise Invalid("code", "catalogue.code_taken")
    return clean
