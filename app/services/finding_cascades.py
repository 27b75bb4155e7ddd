"""What happens to findings because of something else: their audit, their plan, the calendar.

Except for `lapse_expired`, every function works inside the caller's open transaction, as the
system, and leaves one history row for each finding it moves. One refusal rolls all back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import exists, select

from app.context import Context
from app.models.audits import Audit
from app.models.findings import Finding, ReplyExtension
from app.services import finding_notices, finding_texts
from app.services.finding_facts import finding_facts
from app.services.transitions import advance, cascade, machine
from workflows.audit import AuditState
from workflows.enums import ExtensionState, WithdrawalGround
from workflows.finding import FindingFacts, FindingState

DISCARDABLE = frozenset({FindingState.DRAFT, FindingState.IN_REVIEW})
WITHDRAWABLE = frozenset(
    {
        FindingState.PRELIMINARY,
        FindingState.CONTRADICTION,
        FindingState.RATIFIED,
        FindingState.MODIFIED,
    }
)
DECIDED = frozenset({FindingState.RATIFIED, FindingState.MODIFIED})


def communicate_all(ctx: Context, audit: Audit) -> list[Finding]:
    """The preliminary report is issued: its findings are told to the auditee, text frozen.

    Raises: Blocked when a finding is incomplete or was not reviewed by another person.
    """
    found = _of_audit(ctx, audit, {FindingState.IN_REVIEW})
    for finding in found:
        cascade(ctx, finding, "communicate", finding_facts(ctx, finding))
        finding.communicated_at = ctx.now()
        finding_texts.freeze(ctx, finding, finding_texts.PRELIMINARY)
    return found


def confirm_all(ctx: Context, audit: Audit) -> list[Finding]:
    """The final report is issued: what was ratified or modified becomes firm, text frozen.

    Raises: Blocked when the cause of a finding that needs one is missing.
    """
    found = _of_audit(ctx, audit, DECIDED)
    for finding in found:
        cascade(ctx, finding, "confirm", finding_facts(ctx, finding))
        finding.confirmed_at = ctx.now()
        finding_texts.freeze(ctx, finding, finding_texts.FINAL)
    return found


def withdraw_all(ctx: Context, audit: Audit, reason: str) -> list[Finding]:
    """The audit is cancelled: its findings end with it."""
    found = _of_audit(ctx, audit, DISCARDABLE | WITHDRAWABLE)
    for finding in found:
        event = "discard" if finding.state in DISCARDABLE else "withdraw"
        cascade(ctx, finding, event, finding_facts(ctx, finding, reason=reason))
        finding.withdrawal_ground = WithdrawalGround.AUDIT_CANCELLED
    return found


def lapse_expired(ctx: Context) -> int:
    """Ratify, audit by audit, the findings whose term ended without a reply; answer how many.

    A suspended audit waits: its term stands still. So does one whose extension was asked in time
    and has no answer: nobody loses his say because the office was silent.
    """
    audit_ids = ctx.session.scalars(
        select(Finding.audit_id)
        .join(Audit, Audit.id == Finding.audit_id)
        .where(
            Finding.state == FindingState.PRELIMINARY,
            Audit.state != AuditState.SUSPENDED,
            Audit.reply_due_on < ctx.today(),
            ~exists().where(
                ReplyExtension.audit_id == Audit.id,
                ReplyExtension.state == ExtensionState.REQUESTED,
            ),
        )
        .distinct()
        .order_by(Finding.audit_id)
    ).all()
    lapsed = 0
    for audit_id in audit_ids:
        with ctx.transaction() as session:
            audit = session.scalars(
                select(Audit)
                .where(Audit.id == audit_id)
                .with_for_update()
                .execution_options(populate_existing=True)
            ).one()
            lapsed += lapse_audit(ctx, audit)
    return lapsed


def lapse_audit(ctx: Context, audit: Audit) -> int:
    """The same for one audit, already locked, in the open transaction."""
    due = audit.reply_due_on
    if audit.state is AuditState.SUSPENDED or due is None or due >= ctx.today():
        return 0
    lapsed = 0
    for finding in _of_audit(ctx, audit, {FindingState.PRELIMINARY}):
        facts = finding_facts(ctx, finding)
        if _may(finding, "lapse", facts):
            _lapse(ctx, finding, facts, due)
            finding.decided_at = ctx.now()
            finding_notices.lapsed(ctx, finding)
            lapsed += 1
    return lapsed


def _lapse(ctx: Context, finding: Finding, facts: FindingFacts, due: date) -> None:
    """By the calendar alone, or because somebody passes to the final report."""
    details = {"reply_due_on": due.isoformat()}
    if ctx.actor.is_person:
        cascade(ctx, finding, "lapse", facts, details=details)
    else:
        advance(ctx.as_system(), finding, "lapse", facts, details=details)


# ------------------------------------------------------------------ plan and actions


def plan_accepted(ctx: Context, finding: Finding) -> None:
    """A plan or a new action of the finding was accepted."""
    if _leaves(finding, "accept_plan"):
        cascade(ctx, finding, "accept_plan", finding_facts(ctx, finding))


def treatment_started(ctx: Context, finding: Finding) -> None:
    """An action of the finding began: it is being treated, again if it already waited."""
    facts = finding_facts(ctx, finding)
    for event in ("start_treatment", "resume_treatment"):
        if _may(finding, event, facts):
            cascade(ctx, finding, event, facts)
            return


def actions_changed(ctx: Context, finding: Finding) -> None:
    """An action of the finding moved: begin, verify or take up the treatment, as they stand."""
    treatment_started(ctx, finding)
    facts = finding_facts(ctx, finding)
    if _may(finding, "request_verification", facts):
        cascade(ctx, finding, "request_verification", facts)


def plan_lost(ctx: Context, finding: Finding) -> None:
    """The finding's plan was cancelled: it is firm and without plan again."""
    if _leaves(finding, "lose_plan"):
        cascade(ctx, finding, "lose_plan", finding_facts(ctx, finding))


def _leaves(finding: Finding, event: str) -> bool:
    return event in machine(finding).events()


def _may(finding: Finding, event: str, facts: FindingFacts) -> bool:
    workflow = machine(finding)
    return event in workflow.events() and not workflow.unmet(event, facts)


def _of_audit(ctx: Context, audit: Audit, states: Iterable[FindingState]) -> list[Finding]:
    """The audit's findings in these states, locked, in order of code."""
    statement = (
        select(Finding)
        .where(Finding.audit_id == audit.id, Finding.state.in_(sorted(states)))
        .order_by(Finding.code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(ctx.session.scalars(statement))
