"""Who answered for a process until a day: leader, liaison, head of its unit.

Kept when the catalogue changes, so that nobody audits what was his own work shortly before.
Source: docs/domain.md, invariant R2 (independence of the auditor).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.org import PastTie, Process, Unit
from app.services import settings
from workflows.base import add_months
from workflows.enums import ProcessTie

LOOK_BACK = "conflict_look_back"


def keep(session: Session, found: object, clean: Mapping[str, Any], today: date) -> None:
    """Note the ties that this change of a process or of a unit ends, in the open transaction.

    Called before the row takes its new values.
    """
    if isinstance(found, Process):
        session.add_all(_of_process(session, found, clean, today))
    elif isinstance(found, Unit) and "head_id" in clean:
        session.add_all(_of_unit(session, found, clean["head_id"], today))


def _of_process(
    session: Session, process: Process, clean: Mapping[str, Any], today: date
) -> Iterable[PastTie]:
    if "leader_id" in clean and process.leader_id not in {None, clean["leader_id"]}:
        yield _tie(process.id, process.leader_id, ProcessTie.LEADER, today)
    if "liaisons" in clean:
        stay = {user.id for user in clean["liaisons"]}
        for user in process.liaisons:
            if user.id not in stay:
                yield _tie(process.id, user.id, ProcessTie.LIAISON, today)
    if "unit_id" in clean and process.unit_id not in {None, clean["unit_id"]}:
        head_id = session.scalar(select(Unit.head_id).where(Unit.id == process.unit_id))
        if head_id is not None:
            yield _tie(process.id, head_id, ProcessTie.UNIT_HEAD, today)


def _of_unit(session: Session, unit: Unit, head_id: int | None, today: date) -> Iterable[PastTie]:
    if unit.head_id in {None, head_id}:
        return
    for process_id in session.scalars(select(Process.id).where(Process.unit_id == unit.id)):
        yield _tie(process_id, unit.head_id, ProcessTie.UNIT_HEAD, today)


def _tie(process_id: int, user_id: int | None, tie: ProcessTie, today: date) -> PastTie:
    return PastTie(process_id=process_id, user_id=user_id, tie=tie, ended_on=today)


def look_back_months(session: Session) -> int:
    """How long after answering for a process one still may not audit it."""
    return settings.limit(session, LOOK_BACK)


def free_from(session: Session, process_id: int, today: date) -> dict[int, date]:
    """Who answered for the process too lately to audit it today, and from which day they may."""
    months = look_back_months(session)
    rows = session.execute(
        select(PastTie.user_id, func.max(PastTie.ended_on))
        .where(PastTie.process_id == process_id)
        .group_by(PastTie.user_id)
    )
    free = {user_id: add_months(ended_on, months) for user_id, ended_on in rows}
    return {user_id: day for user_id, day in free.items() if day > today}
