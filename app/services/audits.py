"""Audits: created, described and listed. Their events are in `audit_events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.audits import AnnualPlan, Audit, Report, WorkingPaper
from app.models.documents import Document
from app.models.findings import Finding
from app.models.org import Process
from app.models.publications import Publication
from app.models.universe import AuditableUnit
from app.permissions import authorize, can, scope
from app.services import audit_team, edits, submissions
from app.services.audit_numbers import next_code
from app.services.transitions import load_for
from workflows.audit import AuditState
from workflows.enums import AuditLineType, OciRole, Role
from workflows.finding import FindingState

DESCRIBED_IN = frozenset({AuditState.SCHEDULED, AuditState.PLANNING})


@dataclass(frozen=True, slots=True)
class AuditData:
    """What says which audit it is. Either an annual plan or the request of a special audit.

    `fieldwork_start` and `communication_start` part the planned days in planning, fieldwork and
    communication: both or neither.
    """

    title: str
    type: AuditLineType
    oci_role: OciRole
    process_id: int
    planned_start: date
    planned_end: date
    annual_plan_id: int | None = None
    special_authorization: str = ""
    fieldwork_start: date | None = None
    communication_start: date | None = None
    auditable_unit_id: int | None = None


def create(ctx: Context, data: AuditData, *, key: str = "") -> Audit:
    """Open an audit. A lead auditor who opens one leads it until the head says otherwise.

    Raises: Forbidden, Invalid.
    """
    authorize(ctx.actor, "audit.create")
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Audit, int(earlier))
        year = _check(ctx, data, None)
        audit = Audit(
            code=next_code(session, year),
            year=year,
            state=AuditState.SCHEDULED,
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
            **_values(data),
        )
        session.add(audit)
        session.flush()
        ctx.record_transition(audit, event="create", source="", target=audit.state.value)
        if Role.OCI_HEAD not in ctx.actor.roles and ctx.actor.user_id is not None:
            audit_team.add_member(ctx, audit, ctx.actor.user_id, lead=True)
        submissions.finish(ctx, key, audit.id)
    return audit


def edit(ctx: Context, audit_id: int, data: AuditData, *, version: int | None) -> Audit:
    """Change what describes an audit, before its execution begins.

    The process stays once it was announced; the annual plan while it is not open.
    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid.
    """
    with ctx.transaction():
        audit = load_for(ctx, Audit, audit_id, "audit.edit")
        if audit.state not in DESCRIBED_IN:
            raise OutOfPlace(state=str(audit.state))
        values = _values(data)
        edits.check_version(audit, version, values)
        _check(ctx, data, audit)
        changed = edits.apply(audit, values)
        if changed:
            ctx.record("change", "edit", audit, changed)
    return audit


def _values(data: AuditData) -> dict[str, object]:
    return {
        "title": data.title.strip(),
        "type": data.type,
        "oci_role": data.oci_role,
        "process_id": data.process_id,
        "planned_start": data.planned_start,
        "fieldwork_start": data.fieldwork_start,
        "communication_start": data.communication_start,
        "planned_end": data.planned_end,
        "auditable_unit_id": data.auditable_unit_id,
        "annual_plan_id": data.annual_plan_id,
        "special_authorization": data.special_authorization.strip(),
    }


def _check(ctx: Context, data: AuditData, audit: Audit | None) -> int:
    """The rules of the domain; answers the year of the audit. Raises: Invalid."""
    if not data.title.strip():
        raise Invalid("title", "audit.needs_title")
    if data.planned_end < data.planned_start:
        raise Invalid("planned_end", "audit.end_before_start")
    _check_phases(data)
    process = ctx.session.get(Process, data.process_id)
    if process is None or not process.active:
        raise Invalid("process_id", "audit.no_process")
    is_announced = audit is not None and audit.announced_at is not None
    if audit is not None and is_announced and audit.process_id != data.process_id:
        raise Invalid("process_id", "audit.process_announced")
    _check_unit(ctx, data, audit)
    year = _check_origin(ctx, data, audit)
    if data.planned_start.year != year:
        raise Invalid("planned_start", "audit.start_outside_year", year=year)
    return year


def _check_phases(data: AuditData) -> None:
    """Source: docs/domain.md, "Universe and prioritisation": planning, fieldwork, communication."""
    if data.fieldwork_start is None and data.communication_start is None:
        return
    if data.fieldwork_start is None or data.communication_start is None:
        missing = "communication_start" if data.fieldwork_start else "fieldwork_start"
        raise Invalid(missing, "audit.phases_together")
    days = [data.planned_start, data.fieldwork_start, data.communication_start, data.planned_end]
    if days != sorted(days):
        raise Invalid("fieldwork_start", "audit.phases_out_of_order")


def _check_unit(ctx: Context, data: AuditData, audit: Audit | None) -> None:
    """What is audited stands in the universe and belongs to the audited process."""
    if data.auditable_unit_id is None:
        return
    unit = ctx.session.get(AuditableUnit, data.auditable_unit_id)
    stays = audit is not None and audit.auditable_unit_id == data.auditable_unit_id
    if unit is None or (unit.retired_at is not None and not stays):
        raise Invalid("auditable_unit_id", "audit.no_such_unit")
    # A unit may have moved since to another process: what was agreed of the audit stays.
    stays = stays and audit is not None and audit.process_id == data.process_id
    if unit.process_id != data.process_id and not stays:
        raise Invalid("auditable_unit_id", "audit.unit_of_other_process")


def _check_origin(ctx: Context, data: AuditData, audit: Audit | None) -> int:
    has_request = bool(data.special_authorization.strip())
    if data.annual_plan_id is None:
        if not has_request:
            raise Invalid("special_authorization", "audit.needs_origin")
        year = data.planned_start.year
    else:
        if has_request:
            raise Invalid("special_authorization", "audit.one_origin")
        year = _plan_year(ctx, data.annual_plan_id, audit)
    if audit is not None and audit.year != year:
        raise Invalid("planned_start", "audit.start_outside_year", year=audit.year)
    return year


def _plan_year(ctx: Context, plan_id: int, audit: Audit | None) -> int:
    """An audit enters a plan only while the plan is open: an approved one has its minutes."""
    plan = ctx.session.get(AnnualPlan, plan_id)
    if plan is None or not can(ctx.actor, "annual_plan.read", plan):
        raise Invalid("annual_plan_id", "annual_plan.unknown")
    stays = audit is not None and audit.annual_plan_id == plan_id
    if not stays and not can(ctx.actor, "annual_plan.edit", plan):
        raise Invalid("annual_plan_id", "annual_plan.not_open")
    return plan.year


# ------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the actor can see behind each tab."""

    papers: int | None
    documents: int
    findings: dict[FindingState, int]

    @property
    def finding_total(self) -> int:
        return sum(self.findings.values())


def find(ctx: Context, audit_id: int) -> Audit:
    """An audit that the actor may read, with its process, leader and annual plan.

    Raises: NotFound.
    """
    audit = ctx.session.scalars(
        select(Audit)
        .where(Audit.id == audit_id)
        .options(
            joinedload(Audit.process).joinedload(Process.leader),
            joinedload(Audit.process).joinedload(Process.unit),
            joinedload(Audit.annual_plan),
            joinedload(Audit.auditable_unit),
        )
    ).one_or_none()
    if audit is None or not can(ctx.actor, "audit.read", audit):
        raise NotFound
    return audit


def counts(ctx: Context, audit: Audit) -> Counts:
    """Papers, documents and findings of an audit, each within what the actor may read."""
    session, actor = ctx.session, ctx.actor
    papers = session.scalar(
        select(func.count(WorkingPaper.id)).where(
            WorkingPaper.audit_id == audit.id, scope(actor, "working_paper.read", WorkingPaper)
        )
    )
    documents = session.scalar(
        select(func.count(Document.id)).where(
            Document.audit_id == audit.id, scope(actor, "document.read", Document)
        )
    )
    by_state = session.execute(
        select(Finding.state, func.count(Finding.id))
        .where(Finding.audit_id == audit.id, scope(actor, "finding.read", Finding))
        .group_by(Finding.state)
    )
    found = {state: count for state, count in by_state}
    ordered = {state: found[state] for state in FindingState if state in found}
    may_read = sees_papers(ctx, audit)
    return Counts(papers if may_read else None, documents or 0, ordered)


def sees_papers(ctx: Context, audit: Audit) -> bool:
    """Working papers belong to the office: the auditee never sees the tab."""
    return can(ctx.actor, "working_paper.read", audit)


def findings(ctx: Context, audit: Audit) -> list[Finding]:
    """Findings of an audit that the actor may read, in order of code."""
    return list(
        ctx.session.scalars(
            select(Finding)
            .where(Finding.audit_id == audit.id, scope(ctx.actor, "finding.read", Finding))
            .options(joinedload(Finding.author), joinedload(Finding.process))
            .order_by(Finding.code)
        )
    )


def publication(ctx: Context, audit: Audit) -> Publication | None:
    """The last edition of the audit's public version, if the actor may know of it."""
    return ctx.session.scalars(
        select(Publication)
        .where(Publication.audit_id == audit.id, scope(ctx.actor, "publication.read", Publication))
        .order_by(Publication.edition.desc())
        .limit(1)
    ).first()


def reports(ctx: Context, audit: Audit) -> list[Report]:
    """Reports of an audit whose PDF the actor may read, newest first: signed ones, and the
    last preview of each kind."""
    rows = ctx.session.scalars(
        select(Report)
        .join(Document, Document.id == Report.pdf_id)
        .where(Report.audit_id == audit.id, scope(ctx.actor, "document.read", Document))
        .options(joinedload(Report.pdf), joinedload(Report.docx))
        .order_by(Report.id.desc())
    ).all()
    kept: list[Report] = []
    for row in rows:
        newer = any(each.kind is row.kind for each in kept)
        if row.signature_id is not None or not newer:
            kept.append(row)
    return kept
