"""Improvement plans: made by the first line from firm findings, and what is noted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Difference, Invalid, NotFound
from app.models.audits import Audit
from app.models.base import TITLE_LENGTH
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding
from app.models.org import Process
from app.models.plans import Action, Plan, PlanCounter, PlanFinding
from app.permissions import Permission, authorize, can, scope
from app.services import (
    documents,
    duty_terms,
    plan_facts,
    plan_rows,
    settings,
    submissions,
)
from app.services.plan_events import fire
from app.services.segregation import acts_apart
from app.services.transitions import check_version, load, load_for
from app.services.upserts import insert
from workflows.enums import FindingType, PlanSource
from workflows.finding import FindingState

__all__ = [
    "PLANNABLE_STATES",
    "Origin",
    "add_transmission",
    "addable",
    "consolidate",
    "consolidate_action",
    "create",
    "edit",
    "fire",
    "origins",
    "processes_to_plan",
    "without_plan",
]

PLANNABLE_STATES = (FindingState.CONFIRMED, FindingState.REOPENED)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the findings of one plan come from: an audit of ours, or a body's findings."""

    source: PlanSource
    audit: Audit | None
    findings: tuple[Finding, ...]

    @property
    def key(self) -> str:
        """Its name in the address of the form."""
        return f"audit-{self.audit.id}" if self.audit else self.source.value


def processes_to_plan(ctx: Context) -> list[Process]:
    """The processes for which this actor may make a plan, by name."""
    rows = ctx.session.scalars(
        select(Process)
        .where(scope(ctx.actor, Permission.PLAN_CREATE, Process), Process.active)
        .order_by(Process.name)
    )
    return list(rows)


def without_plan() -> ColumnElement[bool]:
    """Findings that wait for a plan: firm or reopened, and in no plan that still lives."""
    held = (
        select(PlanFinding.id)
        .join(Plan, Plan.id == PlanFinding.plan_id)
        .where(
            PlanFinding.finding_id == Finding.id,
            Plan.state.not_in(sorted(plan_rows.ENDED_STATES)),
        )
        .exists()
    )
    return (
        Finding.state.in_(PLANNABLE_STATES) & ~held & (Finding.type != FindingType.STRENGTH.value)
    )


def origins(ctx: Context, process: Process) -> list[Origin]:
    """The findings of a process that wait for a plan, by where they come from."""
    rows = ctx.session.scalars(
        select(Finding)
        .where(
            Finding.process_id == process.id,
            without_plan(),
            scope(ctx.actor, Permission.FINDING_READ, Finding),
        )
        .options(joinedload(Finding.audit))
        .order_by(Finding.code)
    )
    groups: dict[tuple[PlanSource, int | None], list[Finding]] = {}
    for finding in rows:
        groups.setdefault((finding.source, finding.audit_id), []).append(finding)
    return [
        Origin(source, findings[0].audit, tuple(findings))
        for (source, _), findings in groups.items()
    ]


def create(
    ctx: Context, process_id: int, *, title: str, finding_ids: Sequence[int], key: str = ""
) -> Plan:
    """Begin a plan for findings of one process and one origin; a second press gives the same.

    The plan is due when its audit says, or by the term of the body whose findings it answers.
    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Plan, int(earlier))
        process = _process(ctx, process_id)
        findings = _lock_findings(ctx, process, finding_ids)
        first = findings[0]
        if {(f.source, f.audit_id) for f in findings} != {(first.source, first.audit_id)}:
            raise Invalid("findings", "plan.mixed_origins")
        plan = Plan(
            code=_next_code(ctx),
            title=_title(title),
            source=first.source,
            audit_id=first.audit_id,
            process_id=process.id,
            formulated_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        _set_due(ctx, plan, findings)
        session.add(plan)
        session.flush()
        session.add_all(PlanFinding(plan_id=plan.id, finding_id=f.id) for f in findings)
        body = {"code": plan.code, "findings": [f.code for f in findings]}
        ctx.record_transition(
            plan, event="create", source="", target=plan.state.value, details=body
        )
        submissions.finish(ctx, key, plan.id)
    return plan


def _next_code(ctx: Context) -> str:
    """AAAA-PM-NNN: the year's counter stays locked until the transaction ends, so that of two
    people at once the second waits."""
    session, year = ctx.session, ctx.today().year
    session.execute(insert(session, PlanCounter).values(year=year, last=0).on_conflict_do_nothing())
    statement = select(PlanCounter).where(PlanCounter.year == year).with_for_update()
    counter = session.scalars(statement.execution_options(populate_existing=True)).one()
    counter.last += 1
    return f"{year}-PM-{counter.last:03d}"


def _process(ctx: Context, process_id: int) -> Process:
    """A process for which the actor makes plans; any other is as if it did not exist."""
    process = ctx.session.get(Process, process_id)
    if process is None or not can(ctx.actor, Permission.PLAN_CREATE, process):
        authorize_somewhere(ctx)
        raise NotFound
    return process


def authorize_somewhere(ctx: Context) -> None:
    """Raises: Forbidden for who makes no plan of any process."""
    mine = scope(ctx.actor, Permission.PLAN_CREATE, Process)
    if ctx.session.scalar(select(Process.id).where(mine).limit(1)) is None:
        authorize(ctx.actor, Permission.PLAN_CREATE, None)


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > TITLE_LENGTH:
        raise Invalid("title", "plan.bad_title", most=TITLE_LENGTH)
    return title


def _lock_findings(ctx: Context, process: Process, ids: Sequence[int]) -> list[Finding]:
    """The chosen findings, locked, all of the process and without a plan. Raises: Invalid."""
    wanted = set(ids)
    if not wanted:
        raise Invalid("findings", "plan.no_findings")
    found = ctx.session.scalars(
        select(Finding)
        .where(
            Finding.id.in_(wanted),
            Finding.process_id == process.id,
            scope(ctx.actor, Permission.FINDING_READ, Finding),
        )
        .order_by(Finding.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    # Asked anew, after the lock: another person may have made a plan for one of them.
    waiting = select(Finding.id).where(Finding.id.in_(wanted), without_plan())
    free = set(ctx.session.scalars(waiting))
    if {finding.id for finding in found} != wanted or free != wanted:
        raise Invalid("findings", "plan.finding_not_free")
    return list(found)


def _set_due(ctx: Context, plan: Plan, findings: Sequence[Finding]) -> None:
    """Frozen with its arithmetic when the plan begins."""
    if plan.audit_id is not None:
        audit = ctx.session.get_one(Audit, plan.audit_id)
        plan.due_on, plan.due = audit.plan_due_on, audit.plan_due
        return
    term = duty_terms.EXTERNAL_PLAN.get(plan.source)
    reported = [f.source_report_date for f in findings if f.source_report_date]
    if term is not None and reported:
        due = settings.due(ctx.session, term, min(reported))
        plan.due_on, plan.due = due.date, due.to_json()


def addable(ctx: Context, plan: Plan) -> list[Finding]:
    """Findings of the same process and origin that this plan could take as well."""
    same_audit = (
        Finding.audit_id.is_(None) if plan.audit_id is None else Finding.audit_id == plan.audit_id
    )
    rows = ctx.session.scalars(
        select(Finding)
        .where(
            Finding.process_id == plan.process_id,
            Finding.source == plan.source,
            same_audit,
            without_plan(),
        )
        .order_by(Finding.code)
    )
    return list(rows)


def edit(
    ctx: Context, plan_id: int, *, title: str, add: Sequence[int] = (), version: int | None
) -> Plan:
    """Change the title of a plan being written, and add findings of the same origin.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction() as session:
        plan_rows.lock_around_plan(session, plan_id)
        plan = load_for(ctx, Plan, plan_id, Permission.PLAN_EDIT)
        theirs = [Difference("title", plan.title, title)] if plan.title != title else []
        check_version(plan, version, theirs)
        body: dict[str, object] = {}
        clean = _title(title)
        if clean != plan.title:
            body["title"] = [plan.title, clean]
            plan.title = clean
        if add:
            body["findings"] = _add_findings(ctx, plan, add)
        if body:
            ctx.record("change", "edit", plan, body)
    return plan


def _add_findings(ctx: Context, plan: Plan, ids: Sequence[int]) -> list[str]:
    process = ctx.session.get_one(Process, plan.process_id)
    findings = _lock_findings(ctx, process, ids)
    if any((f.source, f.audit_id) != (plan.source, plan.audit_id) for f in findings):
        raise Invalid("findings", "plan.mixed_origins")
    ctx.session.add_all(PlanFinding(plan_id=plan.id, finding_id=f.id) for f in findings)
    return [finding.code for finding in findings]


# ------------------------------------------------------------------ what the others note


def consolidate(ctx: Context, plan_id: int, *, note: str = "", version: int | None) -> Plan:
    """Visto bueno of the second line on a plan under review: a fact the acceptance asks for.

    Raises: NotFound, Forbidden, StaleVersion, Invalid (who formulated it gives none).
    """
    with ctx.transaction():
        plan = load_for(ctx, Plan, plan_id, Permission.PLAN_CONSOLIDATE)
        check_version(plan, version)
        parts = plan_facts.gather(ctx, plan)
        if not acts_apart(ctx, plan_facts.formulators(parts)):
            raise Invalid("note", "plan.own_consolidation")
        plan.consolidated_by_id, plan.consolidated_at = ctx.actor.user_id, ctx.now()
        plan.consolidation_note = note.strip()
        ctx.record("change", "consolidate", plan, {"note": plan.consolidation_note})
    return plan


def consolidate_action(ctx: Context, action_id: int, *, version: int | None) -> Action:
    """The same for an action added to a plan that is already running.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction() as session:
        action = load_for(ctx, Action, action_id, Permission.PLAN_CONSOLIDATE)
        check_version(action, version)
        plan = load(session, Plan, action.plan_id)
        if plan.state not in plan_rows.AGREED_STATES:
            raise Invalid("note", "action.consolidated_with_plan")
        parts = plan_facts.gather(ctx, plan)
        if not acts_apart(ctx, plan_facts.formulators(parts)):
            raise Invalid("note", "plan.own_consolidation")
        action.consolidated_by_id, action.consolidated_at = ctx.actor.user_id, ctx.now()
        ctx.record("change", "consolidate", action, {"code": action.code})
    return action


def add_transmission(ctx: Context, plan_id: int, stream: BinaryIO, filename: str) -> Document:
    """Keep the proof that an external plan was sent to its body of control.

    Raises: NotFound, Forbidden, Invalid, StoreUnavailable.
    """

    def home() -> documents.Home:
        plan = load(ctx.session, Plan, plan_id, lock=True)
        if can(ctx.actor, Permission.DOCUMENT_UPLOAD, plan):
            _demand_transmissible(plan)
        return documents.Home(plan=plan)

    def attach(document: Document) -> None:
        plan = ctx.session.get_one(Plan, plan_id)
        plan.transmission_id = document.id
        ctx.record("change", "transmit", plan, {"sha256": document.sha256})

    return documents.upload(
        ctx,
        stream,
        filename,
        home=home,
        purpose=DocumentPurpose.TRANSMISSION,
        permission=Permission.DOCUMENT_UPLOAD,
        title="Constancia de envío al ente de control",
        attach=attach,
    )


def _demand_transmissible(plan: Plan) -> None:
    if not plan.source.is_external:
        raise Invalid("files", "plan.internal_transmission")
    if plan.state in plan_rows.ENDED_STATES or plan.approved_at is not None:
        raise Invalid("files", "plan.transmission_closed")
