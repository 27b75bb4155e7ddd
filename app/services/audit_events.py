"""The events of an audit: permission, version, guards, and what each one brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from app.context import Context
from app.errors import Blocked, OutOfPlace
from app.models.audits import AnnualPlan, Audit, ReportKind
from app.services import (
    accounts,
    audit_mails,
    audit_terms,
    documents,
    finding_cascades,
    information_requests,
    publications_events,
    reports,
)
from app.services.annual_plans import start_if_approved
from app.services.audit_facts import facts
from app.services.transitions import advance, check_version, load, load_for, machine
from workflows.audit import AuditFacts, AuditState

NOTHING: Mapping[str, Any] = MappingProxyType({})
REPORTS = {"issue_draft_report": ReportKind.DRAFT, "issue_final_report": ReportKind.FINAL}
GIVEN_BY_REPORT = frozenset(
    {"audit.needs_report_document", "audit.needs_signature", "audit.needs_filing_number"}
)


@dataclass(frozen=True, slots=True)
class Fired:
    """What an effect may need to know of its event."""

    reason: str
    filing_number: str = ""


def fire(
    ctx: Context,
    audit_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Mapping[str, Any] = NOTHING,
    password: str = "",
) -> Audit:
    """Move an audit. Events that issue a report need the password of who signs it.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, WrongPassword, Throttled,
    StoreUnavailable.
    """
    keys: tuple[str, str] | None = None
    if event in REPORTS:
        # Asked first without writing: nobody gives a password for a step that cannot be taken.
        audit = _permitted(ctx, audit_id, event, version)
        _demand_report_possible(ctx, audit, event, facts(ctx, audit, reason=reason))
        accounts.verify_password(ctx, password)
        keys = (documents.reserve_key(ctx), documents.reserve_key(ctx))
    with ctx.transaction():
        audit = _permitted(ctx, audit_id, event, version)
        if event == "start_final_report":
            finding_cascades.lapse_audit(ctx, audit)
        given = facts(ctx, audit, reason=reason, inputs=inputs)
        number = ""
        if keys is not None:
            _demand_report_possible(ctx, audit, event, given)
            report = reports.issue(ctx, audit, REPORTS[event], keys)
            number = report.filing_number or ""
            given = _with_report(given, bool(report.signature_id), number)
        advance(ctx, audit, event, given, details={"filing_number": number} if number else None)
        if event in EFFECTS:
            EFFECTS[event](ctx, audit, Fired(reason, number))
    return audit


def _permitted(ctx: Context, audit_id: int, event: str, version: int | None) -> Audit:
    audit = load_for(ctx, Audit, audit_id, f"audit.{event}")
    check_version(audit, version)
    return audit


def _demand_report_possible(ctx: Context, audit: Audit, event: str, given: AuditFacts) -> None:
    """Every condition but those that the report itself fulfils.

    Raises: OutOfPlace, Blocked.
    """
    workflow = machine(audit)
    if event not in workflow.events():
        raise OutOfPlace(event=event, state=str(audit.state))
    unmet = [code for code in workflow.unmet(event, given) if code not in GIVEN_BY_REPORT]
    if unmet:
        raise Blocked(f"audit.{event}", unmet, given)


def _with_report(given: AuditFacts, is_signed: bool, number: str) -> AuditFacts:
    return replace(
        given, has_report_document=True, signed=is_signed, has_filing_number=bool(number)
    )


# ------------------------------------------------------------------ effects


def _planning_started(ctx: Context, audit: Audit, fired: Fired) -> None:
    if audit.annual_plan_id is not None:
        start_if_approved(ctx, load(ctx.session, AnnualPlan, audit.annual_plan_id, lock=True))


def _draft_issued(ctx: Context, audit: Audit, fired: Fired) -> None:
    audit.draft_issued_at = ctx.now()
    due = audit_terms.freeze_reply(ctx, audit)
    ctx.session.flush()
    finding_cascades.communicate_all(ctx, audit)
    audit_mails.draft_issued(ctx, audit, fired.filing_number, due.date)


def _final_issued(ctx: Context, audit: Audit, fired: Fired) -> None:
    audit.final_issued_at = ctx.now()
    due_on = None
    if audit.state is AuditState.PLAN_FORMULATION:
        due_on = audit_terms.freeze_plan(ctx, audit).date
    ctx.session.flush()
    finding_cascades.confirm_all(ctx, audit)
    audit_mails.final_issued(ctx, audit, fired.filing_number, due_on)


def _suspended(ctx: Context, audit: Audit, fired: Fired) -> None:
    audit.suspended_at = ctx.now()
    ctx.session.flush()
    audit_mails.stopped(ctx, audit, "suspendida")


def _resumed(ctx: Context, audit: Audit, fired: Fired) -> None:
    stop = audit_terms.keep_suspension(ctx, audit)
    moved = audit_terms.shift_by_suspension(ctx, audit, stop) if stop else None
    if stop:
        information_requests.shift_by_suspension(ctx, audit, stop)
    audit.suspended_at, audit.previous_state = None, ""
    ctx.session.flush()
    audit_mails.resumed(ctx, audit, moved.date if moved else None)


def _cancelled(ctx: Context, audit: Audit, fired: Fired) -> None:
    finding_cascades.withdraw_all(ctx, audit, fired.reason)
    publications_events.discard_begun(ctx, audit, fired.reason)
    audit_mails.stopped(ctx, audit, "cancelada")


def _closed(ctx: Context, audit: Audit, fired: Fired) -> None:
    audit.closed_at = ctx.now()


EFFECTS: Mapping[str, Callable[[Context, Audit, Fired], None]] = {
    "start_planning": _planning_started,
    "issue_draft_report": _draft_issued,
    "issue_final_report": _final_issued,
    "suspend": _suspended,
    "resume": _resumed,
    "cancel": _cancelled,
    "close": _closed,
}
