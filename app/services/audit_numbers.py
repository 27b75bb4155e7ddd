"""Numbers of audits: AAAA-AUD-NN, one after another within the year."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.audits import AuditCounter
from app.services.upserts import insert


def lock_year(session: Session, year: int) -> AuditCounter:
    """The year's counter, locked until the open transaction ends: of two at once the second
    waits, whether they add audits to the year or make its plan."""
    new = insert(session, AuditCounter).values(year=year, last=0)
    session.execute(new.on_conflict_do_nothing())
    statement = select(AuditCounter).where(AuditCounter.year == year).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def next_code(session: Session, year: int) -> str:
    """The next code of the year; a transaction that is rolled back leaves no gap."""
    counter = lock_year(session, year)
    counter.last += 1
    return f"{year}-AUD-{counter.last:02d}"
