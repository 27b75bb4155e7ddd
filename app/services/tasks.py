"""Mis pendientes: what each person owes, until when, and what waits for others.

Tasks are not stored: they follow from the states of things and from who may fire their next
event, so they can be neither forgotten nor left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.context import Context
from app.models.audits import AnnualPlan, Audit, AuditMember, WorkingPaper
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan, Progress
from app.models.publications import Publication
from app.permissions import Actor, can, scope
from workflows.action import ActionState
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditState
from workflows.change_request import ChangeRequestState
from workflows.enums import Role
from workflows.finding import FindingState
from workflows.plan import PlanState
from workflows.publication import PublicationState

LIMIT_PER_KIND = 100
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the inbox. `event` names the step ("plan.submit"); `code` the label of a step
    that is no event. `due` may be the frozen arithmetic of a legal term (JSON)."""

    event: str
    title: str
    belongs: str
    endpoint: str
    arguments: Mapping[str, Any]
    due_on: date | None = None
    due: Mapping[str, Any] | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """Tasks in the groups that the panel shows; `truncated` when a kind has more than shown."""

    late: tuple[Task, ...]
    this_week: tuple[Task, ...]
    later: tuple[Task, ...]
    waiting: tuple[Task, ...]
    truncated: bool = False

    @property
    def owed(self) -> int:
        return len(self.late) + len(self.this_week) + len(self.later)

    @property
    def next_due(self) -> date | None:
        dates = [t.due_on for t in self.waiting if t.due_on]
        return min(dates, default=None)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of `model` in `states` are a task of whoever holds `permission` on them."""

    permission: str
    states: tuple[str, ...]
    event: str
    waiting: bool = False


ANNUAL_PLANS = (
    Source("annual_plan.present", (AnnualPlanState.IN_REVIEW,), "annual_plan.present"),
    Source("annual_plan.approve", (AnnualPlanState.PRESENTED,), "annual_plan.approve"),
    Source(
        "annual_plan.submit",
        (AnnualPlanState.DRAFT, AnnualPlanState.RETURNED),
        "annual_plan.submit",
    ),
)
AUDITS = (
    Source("audit.start_planning", (AuditState.SCHEDULED,), "audit.start_planning"),
    Source("audit.start_execution", (AuditState.PLANNING,), "audit.start_execution"),
    Source("audit.finish_fieldwork", (AuditState.FIELDWORK,), "audit.finish_fieldwork"),
    Source("audit.issue_draft_report", (AuditState.DRAFT_REPORT,), "audit.issue_draft_report"),
    Source("audit.start_final_report", (AuditState.CONTRADICTION,), "audit.start_final_report"),
    Source("audit.issue_final_report", (AuditState.FINAL_REPORT,), "audit.issue_final_report"),
    Source("audit.read", (AuditState.PLAN_FORMULATION,), "audit.start_follow_up", waiting=True),
    Source("audit.close", (AuditState.FOLLOW_UP,), "audit.close"),
)
FINDINGS = (
    Source("finding.submit", (FindingState.DRAFT,), "finding.submit"),
    Source("finding.send_back", (FindingState.IN_REVIEW,), "finding.review"),
    Source("finding.reply", (FindingState.PRELIMINARY,), "finding.reply"),
    Source("finding.draft_reply", (FindingState.PRELIMINARY,), "finding.draft_reply"),
    Source("finding.ratify", (FindingState.CONTRADICTION,), "finding.decide"),
    Source("finding.analyse", (FindingState.CONTRADICTION,), "finding.analyse"),
    Source("finding.close", (FindingState.TO_VERIFY,), "finding.close"),
    Source("plan.create", (FindingState.CONFIRMED, FindingState.REOPENED), "plan.create"),
    Source("finding.read", (FindingState.CONTRADICTION,), "finding.decide", waiting=True),
)
PLANS = (
    Source("plan.submit", (PlanState.DRAFT, PlanState.RETURNED), "plan.submit"),
    Source("plan.start_review", (PlanState.SUBMITTED,), "plan.start_review"),
    Source("plan.approve", (PlanState.IN_REVIEW,), "plan.approve"),
    Source("plan.subscribe", (PlanState.IN_REVIEW,), "plan.subscribe"),
    Source("plan.consolidate", (PlanState.IN_REVIEW,), "plan.consolidate"),
    Source("plan.evaluate", (PlanState.COMPLETED,), "plan.evaluate"),
    Source("plan.close", (PlanState.EVALUATED,), "plan.close"),
    Source("plan.read", (PlanState.SUBMITTED, PlanState.IN_REVIEW), "plan.approve", waiting=True),
)
ACTIONS = (
    Source("action.report_progress", (ActionState.RUNNING,), "action.report_progress"),
    Source("action.start_verification", (ActionState.REPORTED,), "action.start_verification"),
    Source("action.verify", (ActionState.IN_VERIFICATION,), "action.verify"),
    Source("action.start_evaluation", (ActionState.FULFILLED,), "action.start_evaluation"),
    Source("action.close_effective", (ActionState.IN_EVALUATION,), "action.close_effective"),
    Source("finding.reopen", (ActionState.INEFFECTIVE,), "finding.reopen"),
    Source("action.accept", (ActionState.FORMULATED, ActionState.RETURNED), "action.accept"),
    Source(
        "action.read",
        (ActionState.REPORTED, ActionState.IN_VERIFICATION),
        "action.verify",
        waiting=True,
    ),
)
CHANGE_REQUESTS = (
    Source(
        "change_request.start_review",
        (ChangeRequestState.REQUESTED,),
        "change_request.start_review",
    ),
    Source("change_request.approve", (ChangeRequestState.IN_REVIEW,), "change_request.approve"),
    Source(
        "change_request.approve_direction",
        (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW),
        "change_request.approve_direction",
    ),
    Source(
        "change_request.read",
        (ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW),
        "change_request.approve",
        waiting=True,
    ),
)
PUBLICATIONS = (
    Source(
        "publication.classify_public",
        (PublicationState.PENDING_CLASSIFICATION,),
        "publication.classify_public",
    ),
    Source("publication.approve", (PublicationState.ANONYMISING,), "publication.approve"),
    Source("publication.publish", (PublicationState.APPROVED,), "publication.publish"),
)


def inbox(ctx: Context) -> Inbox:
    """What this actor owes today, in a fixed number of queries. Nothing for the anonymous."""
    actor, session = ctx.actor, ctx.session
    tasks: list[Task] = []
    for read in (_annual_plans, _audits, _findings, _plans, _actions, _changes, _publications):
        tasks += read(session, actor)
    tasks += _declarations(session, actor)
    tasks += _papers(session, actor)
    tasks += _progress(session, actor)
    return _grouped(tasks, ctx.today())


def _grouped(tasks: Iterable[Task], today: date) -> Inbox:
    ordered = sorted(tasks, key=lambda t: (t.due_on or date.max, t.belongs, t.title))
    owed = [t for t in ordered if not t.waiting]
    week = today + timedelta(days=WEEK_DAYS)
    return Inbox(
        late=tuple(t for t in owed if t.due_on and t.due_on < today),
        this_week=tuple(t for t in owed if t.due_on and today <= t.due_on <= week),
        later=tuple(t for t in owed if not t.due_on or t.due_on > week),
        waiting=tuple(t for t in ordered if t.waiting),
        truncated=len(ordered) >= LIMIT_PER_KIND,
    )


def _rows(
    session: Session,
    actor: Actor,
    model: type[Any],
    sources: tuple[Source, ...],
    order: Any,
    *options: Any,
) -> list[tuple[Any, Source]]:
    """Rows that are somebody's task, each with the first source that makes it this actor's."""
    wanted = or_(
        *(and_(model.state.in_(s.states), scope(actor, s.permission, model)) for s in sources)
    )
    statement = select(model).where(wanted).options(*options).order_by(order, model.id)
    rows = session.scalars(statement.limit(LIMIT_PER_KIND)).unique().all()
    found = []
    for row in rows:
        for source in sources:
            if row.state in source.states and can(actor, source.permission, row):
                found.append((row, source))
                break
    return found


def _annual_plans(session: Session, actor: Actor) -> list[Task]:
    rows = _rows(session, actor, AnnualPlan, ANNUAL_PLANS, AnnualPlan.year)
    return [
        Task(
            s.event, f"Plan Anual de Auditoría {p.year}", "", "annual_plan.show", {"plan_id": p.id}
        )
        for p, s in rows
    ]


def _audits(session: Session, actor: Actor) -> list[Task]:
    if not actor.roles & {Role.OCI_HEAD, Role.LEAD_AUDITOR}:
        return []
    rows = _rows(session, actor, Audit, AUDITS, Audit.planned_end, joinedload(Audit.process))
    return [_audit_task(audit, source) for audit, source in rows]


def _audit_task(audit: Audit, source: Source) -> Task:
    due_on: date | None = audit.planned_end
    due = None
    waiting = source.waiting
    if audit.state is AuditState.CONTRADICTION:
        due_on, due, waiting = audit.reply_due_on, audit.reply_due, True
    elif audit.state is AuditState.PLAN_FORMULATION:
        due_on, due = audit.plan_due_on, audit.plan_due
    elif audit.state is AuditState.FOLLOW_UP:
        due_on, waiting = None, True
    return Task(
        source.event,
        f"{audit.code} · {audit.title}",
        audit.process.name,
        "audits.show",
        {"audit_id": audit.id},
        due_on,
        due,
        waiting,
    )


def _findings(session: Session, actor: Actor) -> list[Task]:
    rows = _rows(
        session,
        actor,
        Finding,
        FINDINGS,
        Finding.id,
        joinedload(Finding.audit),
        joinedload(Finding.process),
    )
    return [_finding_task(f, s) for f, s in rows if not _is_others_draft(actor, f, s)]


def _is_others_draft(actor: Actor, finding: Finding, source: Source) -> bool:
    """A draft is its author's task alone; who may also submit it is not bothered."""
    return source.event == "finding.submit" and finding.author_id not in actor.persons


def _finding_task(finding: Finding, source: Source) -> Task:
    due_on, due = None, None
    audit = finding.audit
    endpoint, arguments = "findings.show", {"finding_id": finding.id}
    if audit is not None and finding.state is FindingState.PRELIMINARY:
        due_on, due = audit.reply_due_on, audit.reply_due
    if source.event == "plan.create":
        due_on, due = (audit.plan_due_on, audit.plan_due) if audit else (None, None)
        endpoint, arguments = "plans.new", {"process_id": finding.process_id}
    elif source.event in {"finding.reply", "finding.draft_reply"}:
        endpoint = "findings.reply"
    return Task(
        source.event,
        f"{finding.code} · {finding.title}",
        audit.title if audit else finding.process.name,
        endpoint,
        arguments,
        due_on,
        due,
        source.waiting,
    )


def _plans(session: Session, actor: Actor) -> list[Task]:
    rows = _rows(session, actor, Plan, PLANS, Plan.due_on, joinedload(Plan.process))
    tasks = []
    for plan, source in rows:
        if source.event == "plan.consolidate" and plan.consolidated_at is not None:
            continue
        own = source.event == "plan.submit"
        tasks.append(
            Task(
                source.event,
                f"{plan.code} · {plan.title}",
                plan.process.name,
                "plans.show",
                {"plan_id": plan.id},
                plan.due_on if own else None,
                plan.due if own else None,
                source.waiting,
            )
        )
    return tasks


def _actions(session: Session, actor: Actor) -> list[Task]:
    rows = _rows(session, actor, Action, ACTIONS, Action.end_date, joinedload(Action.process))
    return [
        Task(
            s.event,
            f"{a.code} · {a.description[:120]}",
            a.process.name,
            "findings.show" if s.event == "finding.reopen" else "plans.action_show",
            {"finding_id": a.finding_id} if s.event == "finding.reopen" else {"action_id": a.id},
            a.end_date if a.state is ActionState.RUNNING else None,
            None,
            s.waiting,
        )
        for a, s in rows
    ]


def _changes(session: Session, actor: Actor) -> list[Task]:
    rows = _rows(
        session,
        actor,
        ChangeRequest,
        CHANGE_REQUESTS,
        ChangeRequest.requested_at,
        joinedload(ChangeRequest.action),
    )
    return [
        Task(
            s.event,
            f"{c.action.code} · {c.reason[:120]}",
            c.action.description[:120],
            "plans.change_request_show",
            {"request_id": c.id},
            waiting=s.waiting,
        )
        for c, s in rows
    ]


def _publications(session: Session, actor: Actor) -> list[Task]:
    if Role.OCI_HEAD not in actor.roles:
        return []
    rows = _rows(session, actor, Publication, PUBLICATIONS, Publication.created_at)
    return [
        Task(s.event, p.title, "", "publications.show", {"publication_id": p.id}) for p, s in rows
    ]


def _declarations(session: Session, actor: Actor) -> list[Task]:
    """Conflict declarations that this person owes, and conflicts that the head must resolve."""
    if not actor.member_audits and Role.OCI_HEAD not in actor.roles:
        return []
    mine = and_(AuditMember.declared_at.is_(None), AuditMember.user_id.in_(actor.persons))
    unresolved = and_(AuditMember.has_conflict, AuditMember.resolved_at.is_(None))
    wanted = or_(mine, unresolved) if Role.OCI_HEAD in actor.roles else mine
    rows = session.scalars(
        select(AuditMember)
        .join(AuditMember.audit)
        .options(contains_eager(AuditMember.audit), joinedload(AuditMember.user))
        .where(
            AuditMember.removed_at.is_(None),
            Audit.state.not_in([AuditState.CLOSED, AuditState.CANCELLED]),
            wanted,
        )
        .limit(LIMIT_PER_KIND)
    ).all()
    return [
        Task(
            "audit.declare" if row.declared_at is None else "audit.resolve_conflict",
            f"{row.audit.code} · {row.audit.title}",
            row.user.name,
            "audits.show",
            {"audit_id": row.audit_id},
            row.audit.planned_start if row.declared_at is None else None,
        )
        for row in rows
    ]


def _papers(session: Session, actor: Actor) -> list[Task]:
    if not actor.lead_audits:
        return []
    rows = session.scalars(
        select(WorkingPaper).where(
            WorkingPaper.audit_id.in_(actor.lead_audits),
            WorkingPaper.reviewed_at.is_(None),
            WorkingPaper.author_id.not_in(actor.persons),
        )
    ).all()
    return [
        Task(
            "working_paper.review",
            f"{row.code} · {row.title}",
            "",
            "audits.papers",
            {"audit_id": row.audit_id},
        )
        for row in rows
    ]


def _progress(session: Session, actor: Actor) -> list[Task]:
    """Progress entries that wait for the visto bueno of this unit head or process leader."""
    if not actor.led_processes and not actor.headed_units:
        return []
    rows = session.scalars(
        select(Progress)
        .join(Progress.action)
        .options(contains_eager(Progress.action))
        .where(
            Progress.approved_at.is_(None),
            Progress.rejected_at.is_(None),
            Progress.author_id.not_in(actor.persons),
            scope(actor, "action.approve_progress", Action),
        )
        .limit(LIMIT_PER_KIND)
    ).all()
    return [
        Task(
            "action.approve_progress",
            f"{row.action.code} · {row.narrative[:120]}",
            row.action.description[:120],
            "plans.action_show",
            {"action_id": row.action_id},
            row.action.end_date,
        )
        for row in rows
    ]
