"""The list of audits: what each one may see of it, filtered and in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit, AuditMember
from app.models.org import Process
from app.permissions import scope
from workflows.audit import AuditState

PAGE = 25


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the list; every part may be left out."""

    year: int | None = None
    state: AuditState | None = None
    process_id: int | None = None
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the list, newest first; `next_before` is the key of the following one."""

    rows: Sequence[Audit]
    total: int
    next_before: int | None


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Values that the filters offer: only what the actor can find."""

    years: Sequence[int]
    processes: Sequence[Process]
    leads: Sequence[User]


def index(ctx: Context, filters: Filters, *, before: int | None = None) -> AuditPage:
    """Audits that the actor may read, `PAGE` at a time, in a fixed number of queries."""
    conditions = [scope(ctx.actor, "audit.read", Audit), *_conditions(filters)]
    total = ctx.session.scalar(select(func.count(Audit.id)).where(*conditions)) or 0
    statement = select(Audit).where(*conditions)
    if before is not None:
        statement = statement.where(Audit.id < before)
    rows = ctx.session.scalars(
        statement.options(
            joinedload(Audit.process),
            selectinload(
                Audit.members.and_(AuditMember.is_lead, AuditMember.removed_at.is_(None))
            ).joinedload(AuditMember.user),
        )
        .order_by(Audit.id.desc())
        .limit(PAGE + 1)
        .execution_options(populate_existing=True)
    ).all()
    shown = rows[:PAGE]
    return AuditPage(shown, total, shown[-1].id if len(rows) > PAGE else None)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filters.year is not None:
        asked.append(Audit.year == filters.year)
    if filters.state is not None:
        asked.append(Audit.state == filters.state)
    if filters.process_id is not None:
        asked.append(Audit.process_id == filters.process_id)
    if filters.lead_id is not None:
        asked.append(
            exists().where(
                AuditMember.audit_id == Audit.id,
                AuditMember.user_id == filters.lead_id,
                AuditMember.is_lead,
                AuditMember.removed_at.is_(None),
            )
        )
    return asked


def filter_choices(ctx: Context) -> FilterChoices:
    """What the filters of the list offer this actor, in three queries."""
    seen = select(Audit.id).where(scope(ctx.actor, "audit.read", Audit)).subquery()
    ids = select(seen.c.id)
    session = ctx.session
    years = session.scalars(
        select(Audit.year).where(Audit.id.in_(ids)).distinct().order_by(Audit.year.desc())
    )
    processes = session.scalars(
        select(Process)
        .where(Process.id.in_(select(Audit.process_id).where(Audit.id.in_(ids))))
        .order_by(Process.name)
    )
    leading = select(AuditMember.user_id).where(
        AuditMember.audit_id.in_(ids), AuditMember.is_lead, AuditMember.removed_at.is_(None)
    )
    leads = session.scalars(select(User).where(User.id.in_(leading)).order_by(User.name))
    return FilterChoices(years.all(), processes.all(), leads.all())


def active_processes(ctx: Context) -> list[Process]:
    """Processes that can be audited, by name."""
    return list(ctx.session.scalars(select(Process).where(Process.active).order_by(Process.name)))
