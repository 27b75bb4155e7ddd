"""Duties of the year's plan, of audits with their teams and papers, and of findings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.models.audits import AnnualPlan, Audit, AuditEvaluation, AuditMember, WorkingPaper
from app.models.findings import Finding
from app.models.plans import Action
from app.permissions import Actor, can
from app.services import duty_terms
from app.services.plan_facts import SETTLED_STATES
from app.services.plans import without_plan
from app.services.task_rows import PLANNED, Desk, Duty, Source, Task, by_state, frozen, until
from app.services.working_papers import OPEN_STATES
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditState
from workflows.enums import Role
from workflows.finding import FindingState

ANNUAL_PLANS = (
    Source("annual_plan.present", (AnnualPlanState.IN_REVIEW,), "annual_plan.present"),
    Source("annual_plan.approve", (AnnualPlanState.PRESENTED,), "annual_plan.approve"),
    Source(
        "annual_plan.submit",
        (AnnualPlanState.DRAFT, AnnualPlanState.RETURNED),
        "annual_plan.submit",
    ),
)


def _is_settled() -> ColumnElement[bool]:
    """No finding of the audit is still to be mended."""
    pending = select(Finding.id).where(
        Finding.audit_id == Audit.id,
        Finding.state.not_in([FindingState.CLOSED, FindingState.WITHDRAWN]),
    )
    return ~pending.exists()


def _awaits_committee() -> ColumnElement[bool]:
    """The difference was taken to the committee, whose decision is not recorded yet."""
    return and_(Finding.escalated_at.is_not(None), Finding.committee_decision_id.is_(None))


def _is_mended() -> ColumnElement[bool]:
    """Every action for the finding was evaluated, replaced or voided."""
    pending = select(Action.id).where(
        Action.finding_id == Finding.id, Action.state.not_in(sorted(SETTLED_STATES))
    )
    return ~pending.exists()


def _is_unevaluated() -> ColumnElement[bool]:
    return ~select(AuditEvaluation.id).where(AuditEvaluation.audit_id == Audit.id).exists()


EVALUATIONS = (
    Source(
        "audit.evaluate",
        (AuditState.PLAN_FORMULATION, AuditState.FOLLOW_UP),
        "audit.evaluate",
        only=_is_unevaluated,
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
    Source("audit.close", (AuditState.FOLLOW_UP,), "audit.close", only=_is_settled),
    Source("audit.read", (AuditState.FOLLOW_UP,), "audit.close", waiting=True),
)
FINDINGS = (
    Source("finding.submit", (FindingState.DRAFT,), "finding.submit"),
    Source("finding.send_back", (FindingState.IN_REVIEW,), "finding.review"),
    Source("finding.reply", (FindingState.PRELIMINARY,), "finding.reply"),
    Source("finding.draft_reply", (FindingState.PRELIMINARY,), "finding.draft_reply"),
    Source(
        "finding.record_decision",
        (FindingState.CONTRADICTION,),
        "finding.record_committee",
        only=_awaits_committee,
    ),
    Source("finding.ratify", (FindingState.CONTRADICTION,), "finding.decide"),
    Source("finding.analyse", (FindingState.CONTRADICTION,), "finding.analyse"),
    Source("finding.close", (FindingState.TO_VERIFY,), "finding.close", only=_is_mended),
    Source(
        "plan.create",
        (FindingState.CONFIRMED, FindingState.REOPENED),
        "plan.create",
        only=without_plan,
    ),
    Source("finding.read", (FindingState.CONTRADICTION,), "finding.decide", waiting=True),
)
# ------------------------------------------------------------------ plans of the year, audits


PLANNERS = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.TOP_MANAGEMENT})


def annual_plans(desk: Desk) -> list[Duty]:
    if desk.actor is not None and not desk.actor.roles & PLANNERS:
        return []

    def make(plan: AnnualPlan, source: Source) -> Task:
        title = f"Plan Anual de Auditoría {plan.year}"
        where = {"plan_id": plan.id}
        return Task(
            source.event, title, "", "annual_plan.show", where, thing=("annual_plan", plan.id)
        )

    return by_state(desk, AnnualPlan, ANNUAL_PLANS, make, AnnualPlan.year)


AUDIT_ROLES = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR})


def audits(desk: Desk) -> list[Duty]:
    if desk.actor is not None and not desk.actor.roles & AUDIT_ROLES:
        return []

    def may(source: Source, audit: Audit, actor: Actor) -> bool:
        return bool(actor.roles & AUDIT_ROLES) and can(actor, source.permission, audit)

    return by_state(
        desk,
        Audit,
        AUDITS,
        partial(_audit_task, desk),
        Audit.planned_end,
        joinedload(Audit.process),
        may=may,
    )


def _audit_task(desk: Desk, audit: Audit, source: Source) -> Task:
    task = Task(
        source.event,
        f"{audit.code} · {audit.title}",
        audit.process.name,
        "audits.show",
        {"audit_id": audit.id},
        waiting=source.waiting,
        thing=("audit", audit.id),
        unit_id=audit.process.unit_id,
    )
    if audit.state is AuditState.CONTRADICTION and not _replies_ended(desk, audit):
        return replace(frozen(task, audit.reply_due_on, audit.reply_due), waiting=True)
    if audit.state in (AuditState.CONTRADICTION, AuditState.FINAL_REPORT):
        return until(task, duty_terms.reply_analysis(desk.rules, audit))
    if audit.state is AuditState.PLAN_FORMULATION:
        return frozen(task, audit.plan_due_on, audit.plan_due)
    if audit.state is AuditState.FOLLOW_UP:
        return task
    return replace(task, due_on=audit.planned_end, basis=PLANNED)


def _replies_ended(desk: Desk, audit: Audit) -> bool:
    return audit.reply_due_on is not None and audit.reply_due_on < desk.today


def evaluations(desk: Desk) -> list[Duty]:
    """Audits that the leader of the process has not evaluated yet; they are due on no day."""
    if desk.actor is not None and not desk.actor.led_processes:
        return []

    def make(audit: Audit, source: Source) -> Task:
        return Task(
            source.event,
            f"{audit.code} · {audit.title}",
            audit.process.name,
            "audits.evaluation",
            {"audit_id": audit.id},
            thing=("audit", audit.id),
            unit_id=audit.process.unit_id,
        )

    return by_state(
        desk, Audit, EVALUATIONS, make, Audit.final_issued_at, joinedload(Audit.process)
    )


def declarations(desk: Desk) -> list[Duty]:
    """Conflict declarations that each member owes, and conflicts that the head must resolve."""
    actor = desk.actor
    if actor is not None and not actor.member_audits and Role.OCI_HEAD not in actor.roles:
        return []
    mine: ColumnElement[bool] = AuditMember.declared_at.is_(None)
    unresolved = and_(AuditMember.has_conflict, AuditMember.resolved_at.is_(None))
    wanted = or_(mine, unresolved)
    if actor is not None:
        mine = and_(mine, AuditMember.user_id.in_(actor.persons))
        wanted = or_(mine, unresolved) if Role.OCI_HEAD in actor.roles else mine
    rows = desk.rows(
        select(AuditMember)
        .join(AuditMember.audit)
        .options(
            contains_eager(AuditMember.audit).joinedload(Audit.process),
            joinedload(AuditMember.user),
        )
        .where(
            AuditMember.removed_at.is_(None),
            Audit.state.not_in([AuditState.CLOSED, AuditState.CANCELLED, AuditState.SUSPENDED]),
            wanted,
        )
    )
    return [
        Duty(row.audit, ((partial(_owes_declaration, row), _declaration(row)),)) for row in rows
    ]


def _owes_declaration(row: AuditMember, actor: Actor) -> bool:
    if row.declared_at is None:
        return row.user_id in actor.persons
    return Role.OCI_HEAD in actor.roles


def _declaration(row: AuditMember) -> Task:
    is_owed = row.declared_at is None
    return Task(
        "audit.declare" if is_owed else "audit.resolve_conflict",
        f"{row.audit.code} · {row.audit.title}",
        row.user.name,
        "audits.show",
        {"audit_id": row.audit_id},
        row.audit.planned_start if is_owed else None,
        basis=PLANNED if is_owed else "",
        thing=("audit", row.audit_id),
        unit_id=row.audit.process.unit_id,
    )


def papers(desk: Desk) -> list[Duty]:
    if desk.actor is not None and not desk.actor.lead_audits:
        return []
    statement = (
        select(WorkingPaper)
        .join(Audit, Audit.id == WorkingPaper.audit_id)
        .where(WorkingPaper.reviewed_at.is_(None), Audit.state.in_(sorted(OPEN_STATES)))
    )
    if desk.actor is not None:
        statement = statement.where(
            WorkingPaper.audit_id.in_(desk.actor.lead_audits),
            WorkingPaper.author_id.not_in(desk.actor.persons),
        )
    return [
        Duty(row, ((partial(_reviews_paper, row), _paper_task(row)),))
        for row in desk.rows(statement.order_by(WorkingPaper.id))
    ]


def _reviews_paper(row: WorkingPaper, actor: Actor) -> bool:
    return row.audit_id in actor.lead_audits and row.author_id not in actor.persons


def _paper_task(row: WorkingPaper) -> Task:
    return Task(
        "working_paper.review",
        f"{row.code} · {row.title}",
        "",
        "audits.papers",
        {"audit_id": row.audit_id},
        thing=("working_paper", row.id),
    )


# ------------------------------------------------------------------ findings


def findings(desk: Desk) -> list[Duty]:
    return by_state(
        desk,
        Finding,
        FINDINGS,
        partial(_finding_task, desk),
        Finding.id,
        joinedload(Finding.audit),
        joinedload(Finding.process),
        selectinload(Finding.replies),
        may=_may_finding,
    )


def _may_finding(source: Source, finding: Finding, actor: Actor) -> bool:
    """A draft is its author's task alone; who may also submit it is not bothered."""
    if source.event == "finding.submit" and finding.author_id not in actor.persons:
        return False
    return can(actor, source.permission, finding)


def _finding_task(desk: Desk, finding: Finding, source: Source) -> Task:
    audit = finding.audit
    task = Task(
        source.event,
        f"{finding.code} · {finding.title}",
        audit.title if audit else finding.process.name,
        "findings.show",
        {"finding_id": finding.id},
        waiting=source.waiting,
        thing=("finding", finding.id),
        unit_id=finding.process.unit_id,
    )
    if source.event in {"finding.reply", "finding.draft_reply"}:
        task = replace(task, endpoint="findings.reply")
    if audit is None:
        if source.event == "plan.create":
            return until(
                _plan_to_write(task, finding), duty_terms.external_plan(desk.rules, finding)
            )
        return task
    if audit.state is AuditState.SUSPENDED:
        return replace(task, waiting=True)  # its terms stand still, and nothing may be done
    if finding.state is FindingState.PRELIMINARY:
        return frozen(task, audit.reply_due_on, audit.reply_due)
    if finding.state is FindingState.CONTRADICTION:
        replied_at = max((reply.submitted_at for reply in finding.replies), default=None)
        return until(task, duty_terms.reply_analysis(desk.rules, audit, replied_at))
    if source.event == "plan.create":
        return frozen(_plan_to_write(task, finding), audit.plan_due_on, audit.plan_due)
    return task


def _plan_to_write(task: Task, finding: Finding) -> Task:
    return replace(task, endpoint="plans.new", arguments={"process_id": finding.process_id})
