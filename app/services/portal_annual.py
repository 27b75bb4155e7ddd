"""The annual plans that anyone may read: which years, what is reviewed in each, how far it is.

What was left out of a plan is in no table of the portal, and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.publications import PubAnnualAudit, PubAnnualPlan, PubTombstone
from app.projection_annual import ANNUAL_PLAN, tombstone_code
from app.services.portal_things import Withdrawn
from workflows.audit import AuditPhase


@dataclass(frozen=True, slots=True)
class Execution:
    """The published audits of a plan by how far they are. What was cancelled is due no more."""

    pending: int = 0
    running: int = 0
    done: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.running + self.done

    @property
    def percent(self) -> int | None:
        """Whole and never rounded up: 100 means all."""
        return self.done * 100 // self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Year:
    """A published plan with its figures."""

    plan: PubAnnualPlan
    execution: Execution


@dataclass(frozen=True, slots=True)
class PlanView:
    """A year whole: its audits by date, and the years that are published, newest first."""

    year: Year
    lines: Sequence[PubAnnualAudit]
    years: Sequence[Year]


def years(session: Session) -> list[Year]:
    """Every published plan, newest first, in two queries."""
    plans = session.scalars(select(PubAnnualPlan).order_by(PubAnnualPlan.year.desc())).all()
    counted = session.execute(
        select(PubAnnualAudit.year, PubAnnualAudit.phase, func.count(PubAnnualAudit.code)).group_by(
            PubAnnualAudit.year, PubAnnualAudit.phase
        )
    )
    found: dict[int, dict[str, int]] = {plan.year: {} for plan in plans}
    for year, phase, number in counted:
        found.setdefault(year, {})[phase] = number
    return [Year(plan, execution(found[plan.year])) for plan in plans]


def execution(counts: dict[str, int]) -> Execution:
    """From the number of audits in each phase."""
    return Execution(
        pending=counts.get(AuditPhase.PENDING, 0),
        running=counts.get(AuditPhase.RUNNING, 0),
        done=counts.get(AuditPhase.DONE, 0),
        cancelled=counts.get(AuditPhase.CANCELLED, 0),
    )


def newest(session: Session) -> PlanView | None:
    """The last year that is published, whole."""
    known = years(session)
    return _view(session, known[0], known) if known else None


def view(session: Session, year: int) -> PlanView:
    """Raises: NotFound, Withdrawn."""
    known = years(session)
    for each in known:
        if each.plan.year == year:
            return _view(session, each, known)
    tombstone = session.get(PubTombstone, tombstone_code(year))
    if tombstone is not None and tombstone.kind == ANNUAL_PLAN:
        raise Withdrawn(tombstone)
    raise NotFound


def _view(session: Session, year: Year, known: Sequence[Year]) -> PlanView:
    lines = session.scalars(
        select(PubAnnualAudit)
        .where(PubAnnualAudit.year == year.plan.year)
        .order_by(PubAnnualAudit.planned_start, PubAnnualAudit.code)
    ).all()
    return PlanView(year, lines, known)
