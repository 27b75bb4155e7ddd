"""What the guards of an audit need to know, read from the database in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.models.audits import AnnualPlan, Audit, AuditMember, CommitteeDecision, WorkingPaper
from app.models.org import Process
from app.models.publications import Publication
from app.models.traceability import HistoryEntry
from app.services import audit_program, case_files, committee
from app.services.finding_facts import codes_for_audit, extension_decided
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditFacts
from workflows.enums import CommitteeDecisionType

IN_FORCE = frozenset({AnnualPlanState.APPROVED, AnnualPlanState.RUNNING})
NOTHING: Mapping[str, Any] = MappingProxyType({})


def facts(
    ctx: Context, audit: Audit, *, reason: str = "", inputs: Mapping[str, Any] = NOTHING
) -> AuditFacts:
    """Facts of an audit now. Signature, filing number and report document come with the event
    that issues the report: see `audit_events`."""
    session = ctx.session
    members = current_members(session, audit.id)
    decisions = committee.about(session, audit)
    in_plan = _in_approved_plan(session, audit)
    findings = codes_for_audit(session, audit.id)
    return AuditFacts(
        reason=reason,
        today=ctx.today(),
        in_approved_annual_plan=in_plan,
        outside_annual_plan=not in_plan,
        authorised_as_special=_is_authorised(audit, decisions),
        has_committee_decision=_has_fresh_decision(session, audit, decisions),
        has_lead=any(member.is_lead for member in members),
        members_without_declaration=_names(m for m in members if m.declared_at is None),
        members_with_conflict=_names(m for m in members if is_in_conflict(m)),
        program_signed=audit_program.is_signed(session, audit),
        announced=audit.announced_at is not None,
        unreviewed_findings=findings.unreviewed,
        findings_without_evidence=findings.without_evidence,
        unreviewed_papers=_unreviewed_papers(session, audit.id),
        has_recipient=_has_recipient(session, audit),
        findings_without_reply=findings.without_reply,
        reply_due_on=audit.reply_due_on,
        # Once everything has its reply, more time would serve nobody.
        extension_decided=not findings.without_reply or extension_decided(session, audit.id),
        findings_without_cause=findings.without_cause,
        undecided_findings=findings.undecided,
        has_public_version=_has_public_version(session, audit.id),
        findings_needing_plan=findings.needing_plan,
        findings_without_approved_plan=findings.without_approved_plan,
        open_findings=findings.open,
        case_file_closed=case_files.is_complete(session, audit),
    )


def current_members(session: Session, audit_id: int) -> list[AuditMember]:
    """The team today, the lead first, with each person."""
    return list(
        session.scalars(
            select(AuditMember)
            .where(AuditMember.audit_id == audit_id, AuditMember.removed_at.is_(None))
            .options(joinedload(AuditMember.user))
            .order_by(AuditMember.is_lead.desc(), AuditMember.id)
            .execution_options(populate_existing=True)
        )
    )


def is_in_conflict(member: AuditMember) -> bool:
    """Whether a declared conflict of interest waits for its resolution."""
    return member.has_conflict and member.resolved_at is None


def _names(members: Iterable[AuditMember]) -> tuple[str, ...]:
    return tuple(member.user.name for member in members)


def _in_approved_plan(session: Session, audit: Audit) -> bool:
    """Whether the annual plan that holds it was approved by the committee and still runs."""
    if audit.annual_plan_id is None:
        return False
    state = session.scalar(select(AnnualPlan.state).where(AnnualPlan.id == audit.annual_plan_id))
    return state in IN_FORCE


def _is_authorised(audit: Audit, decisions: list[CommitteeDecision]) -> bool:
    """A special audit needs the request written down and the committee's authorisation."""
    return bool(audit.special_authorization.strip()) and any(
        decision.type is CommitteeDecisionType.AUTHORISE_SPECIAL_AUDIT for decision in decisions
    )


def _has_fresh_decision(session: Session, audit: Audit, decisions: list[CommitteeDecision]) -> bool:
    """A decision to change the plan serves one suspension or cancellation, not the next one."""
    recorded = [
        decision.recorded_at
        for decision in decisions
        if decision.type is CommitteeDecisionType.CHANGE_ANNUAL_PLAN
    ]
    if not recorded:
        return False
    last = _last_suspension(session, audit)
    return last is None or max(recorded) > last


def _last_suspension(session: Session, audit: Audit) -> datetime | None:
    kind, thing_id = audit.ref
    return session.scalar(
        select(func.max(HistoryEntry.at)).where(
            HistoryEntry.thing_kind == kind,
            HistoryEntry.thing_id == thing_id,
            HistoryEntry.event == "suspend",
        )
    )


def _unreviewed_papers(session: Session, audit_id: int) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(WorkingPaper.code)
            .where(WorkingPaper.audit_id == audit_id, WorkingPaper.reviewed_at.is_(None))
            .order_by(WorkingPaper.id)
        )
    )


def _has_recipient(session: Session, audit: Audit) -> bool:
    process = session.scalars(
        select(Process).where(Process.id == audit.process_id).options(joinedload(Process.leader))
    ).one()
    return process.leader is not None and process.leader.disabled_at is None


def _has_public_version(session: Session, audit_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Publication.audit_id == audit_id))))
