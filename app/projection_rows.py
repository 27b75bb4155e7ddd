"""Rows and codes of the publication tables: how one is written, how it gets its public code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.publications import (
    PubAction,
    PubAnnualAudit,
    PubFinding,
    PublicCode,
    PublicCounter,
    PubPlan,
)

REPORT, FINDING, PLAN, ACTION = "report", "finding", "plan", "action"
ANNUAL_AUDIT = "annual_audit"
PREFIXES = {
    REPORT: ("INF", 3),
    FINDING: ("HAL", 4),
    PLAN: ("PLA", 4),
    ACTION: ("ACC", 4),
    ANNUAL_AUDIT: ("AUD", 4),
}

R = TypeVar("R", PubFinding, PubPlan, PubAction, PubAnnualAudit)


def public_code(session: Session, kind: str, thing_id: int, year: int) -> str:
    """The public code of one thing; see `public_codes`. A report goes by its audit."""
    return public_codes(session, kind, [thing_id], year)[thing_id]


def public_codes(
    session: Session, kind: str, thing_ids: Sequence[int], year: int
) -> dict[int, str]:
    """The public code of each thing: the one it has, or the next of the year, its own for ever.

    Numbers count published things only, so that a gap tells nothing of what is not published.
    """
    codes = codes_of(session, kind, thing_ids)
    missing = [thing_id for thing_id in thing_ids if thing_id not in codes]
    if not missing:
        return codes
    insert = postgresql.insert if _is_postgresql(session) else sqlite.insert
    session.execute(
        insert(PublicCounter).values(kind=kind, year=year, last=0).on_conflict_do_nothing()
    )
    counter = session.get_one(
        PublicCounter, (kind, year), with_for_update=True, populate_existing=True
    )
    prefix, width = PREFIXES[kind]
    for thing_id in missing:
        counter.last += 1
        codes[thing_id] = f"{prefix}-{year}-{counter.last:0{width}d}"
        session.add(PublicCode(code=codes[thing_id], thing_kind=kind, thing_id=thing_id))
    session.flush()
    return codes


def codes_of(session: Session, kind: str, thing_ids: Iterable[int]) -> dict[int, str]:
    """Public codes that these things have already, by inside id."""
    statement = select(PublicCode.thing_id, PublicCode.code).where(
        PublicCode.thing_kind == kind, PublicCode.thing_id.in_(list(thing_ids))
    )
    return {thing_id: code for thing_id, code in session.execute(statement)}


def fresh(session: Session, model: type[R], codes: Iterable[str]) -> dict[str, R]:
    """The rows of these codes as the database has them now."""
    statement = select(model).where(model.code.in_(list(codes)))
    rows = session.scalars(statement.execution_options(populate_existing=True))
    return {row.code: row for row in rows}


def put(
    session: Session,
    model: type[R],
    known: Mapping[str, R],
    code: str,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write a row, new or among `known`. `updated_at` moves only when something readers see has
    changed, for otherwise it would tell them of work that is not public."""
    row = known.get(code)
    if row is None:
        more: dict[str, Any] = {"published_at": now} if hasattr(model, "published_at") else {}
        session.add(model(code=code, updated_at=now, **values, **more))
        return
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.updated_at = now


def local_day(moment: datetime | None, now: datetime) -> date | None:
    """The day of a moment on the entity's calendar."""
    return moment.astimezone(now.tzinfo).date() if moment is not None else None


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
