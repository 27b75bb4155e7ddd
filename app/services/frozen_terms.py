"""Terms that were notified and still run, with what they would be by other rules.

A due date is frozen when it is notified (docs/domain.md, R9): the calendar may change afterwards,
the date only by an explicit act (`recompute.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, joinedload

from app.models.audits import Audit
from app.models.fieldwork import InformationRequest
from app.models.plans import Plan
from app.services.information_requests import OWED
from app.services.settings import Rulebook
from app.services.terms import DueDate
from workflows.audit import AuditState
from workflows.plan import PlanState

Holder = Audit | Plan | InformationRequest
T = TypeVar("T", Audit, Plan, InformationRequest)
REPLY, PLAN, OWN = "reply", "plan", "own"
"""Which term of its holder: an audit has two, a plan and a request of information one."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One term in force. `due_on` is later than `due.date` by the days given beyond the term."""

    holder: Holder
    which: str
    due: DueDate
    due_on: date

    @property
    def key(self) -> str:
        """ "audit:7:reply": its name on a form."""
        return f"{self.holder.thing}:{self.holder.id}:{self.which}"

    @property
    def extra(self) -> timedelta:
        return self.due_on - self.due.date

    def by(self, rules: Rulebook) -> DueDate | None:
        """The same term by these rules, from the same day; None when they lack it."""
        term = self.due.term
        return rules.due(
            term.code, self.due.start_date, self.due.suspensions, extended=term.extended
        )


def running(session: Session, today: date, *, lock: bool = False) -> list[Frozen]:
    """Every notified term that is still owed, by audit, plan and request."""
    found = [
        *(_audit(audit, REPLY) for audit in _rows(session, _replies(today), lock)),
        *(_audit(audit, PLAN) for audit in _rows(session, _plans_to_come(), lock)),
        *(_own(plan) for plan in _rows(session, _plans(), lock)),
        *(_own(request) for request in _rows(session, _requests(), lock)),
    ]
    return [frozen for frozen in found if frozen is not None]


def put(frozen: Frozen, due: DueDate) -> date:
    """Write the new term on its holder; answers the day it ends, days given beyond it included."""
    due_on, content = due.date + frozen.extra, due.to_json()
    holder = frozen.holder
    if not isinstance(holder, Audit):
        holder.due_on, holder.due = due_on, content
    elif frozen.which == REPLY:
        holder.reply_due_on, holder.reply_due = due_on, content
    else:
        holder.plan_due_on, holder.plan_due = due_on, content
    return due_on


def _rows(session: Session, statement: Select[T], lock: bool) -> list[T]:
    if lock:
        own = statement.column_descriptions[0]["entity"]
        statement = statement.with_for_update(of=own).execution_options(populate_existing=True)
    return list(session.scalars(statement))


def _replies(today: date) -> Select[Audit]:
    """Terms to reply that have not ended: what lapsed does not begin to run again."""
    return _audits(
        Audit.state == AuditState.CONTRADICTION,
        Audit.reply_due.is_not(None),
        Audit.reply_due_on >= today,
    )


def _plans_to_come() -> Select[Audit]:
    handed_in = exists().where(Plan.audit_id == Audit.id, Plan.first_submitted_at.is_not(None))
    return _audits(
        Audit.state == AuditState.PLAN_FORMULATION, Audit.plan_due.is_not(None), ~handed_in
    )


def _audits(*conditions: ColumnElement[bool]) -> Select[Audit]:
    return select(Audit).where(*conditions).options(joinedload(Audit.process)).order_by(Audit.code)


def _plans() -> Select[Plan]:
    open_states = (PlanState.DRAFT, PlanState.RETURNED)
    return (
        select(Plan)
        .where(Plan.state.in_(open_states), Plan.due.is_not(None))
        .options(joinedload(Plan.process), joinedload(Plan.formulated_by))
        .order_by(Plan.code)
    )


def _requests() -> Select[InformationRequest]:
    return (
        select(InformationRequest)
        .where(InformationRequest.state.in_(sorted(OWED)))
        .options(joinedload(InformationRequest.audit).joinedload(Audit.process))
        .order_by(InformationRequest.audit_id, InformationRequest.id)
    )


def _audit(audit: Audit, which: str) -> Frozen | None:
    due, due_on = (
        (audit.reply_due, audit.reply_due_on)
        if which == REPLY
        else (audit.plan_due, audit.plan_due_on)
    )
    return _frozen(audit, which, due, due_on)


def _own(holder: Plan | InformationRequest) -> Frozen | None:
    return _frozen(holder, OWN, holder.due, holder.due_on)


def _frozen(holder: Holder, which: str, due: object, due_on: date | None) -> Frozen | None:
    if not isinstance(due, dict) or due_on is None:
        return None
    return Frozen(holder, which, DueDate.from_json(due), due_on)
