"""What is written beside a finding without moving it: the team's analysis of the reply, a cause
still missing, the decisions of the committee and the result of an oversight body."""

from __future__ import annotations

from datetime import date

from app.context import Context
from app.errors import Invalid, OutOfPlace
from app.models.audits import CommitteeDecision
from app.models.findings import Finding
from app.permissions import Permission
from app.services import audit_cascades, committee, drafts, edits, submissions
from app.services.committee import DecisionData
from app.services.finding_facts import awaits_committee, plain
from app.services.finding_rows import load_to_change
from app.services.transitions import check_version
from workflows.enums import CommitteeDecisionType
from workflows.finding import FindingState

ANALYSIS_FORM = "finding_analysis"
FIRM_STATES = frozenset(
    {
        FindingState.CONFIRMED,
        FindingState.IN_PLAN,
        FindingState.IN_TREATMENT,
        FindingState.TO_VERIFY,
        FindingState.REOPENED,
    }
)


def analyse(ctx: Context, finding_id: int, *, version: int | None, text: str) -> Finding:
    """Keep the team's analysis of the reply, beside its arguments.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (there is no reply), Invalid.
    """
    if not plain(text):
        raise Invalid("analysis", "finding.needs_analysis")
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_ANALYSE)
        edits.check_version(finding, version, {"analysis": plain(text)})
        if finding.state is not FindingState.CONTRADICTION:
            raise OutOfPlace(event="analyse", state=finding.state.value)
        changed = edits.apply(finding, {"analysis": plain(text)})
        if changed:
            finding.analysed_by_id, finding.analysed_at = ctx.actor.user_id, ctx.now()
            ctx.record("change", "analyse", finding, {"fields": changed})
        drafts.drop(ctx, ANALYSIS_FORM, finding.id)
    return finding


def complete_cause(ctx: Context, finding_id: int, *, version: int | None, text: str) -> Finding:
    """Write the cause of a communicated finding that has none: without it, it cannot be firm.

    A cause already communicated changes only by the event `modify`.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Invalid.
    """
    if not plain(text):
        raise Invalid("cause", "finding.needs_cause")
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_COMPLETE_CAUSE)
        edits.check_version(finding, version, {"cause": plain(text)})
        if finding.cause.strip():
            raise OutOfPlace(event="complete_cause", state=finding.state.value)
        finding.cause = plain(text)
        ctx.record("change", "complete_cause", finding, {"cause": finding.cause})
    return finding


def expected_decision(finding: Finding) -> CommitteeDecisionType | None:
    """What the committee may decide about the finding now, if anything."""
    if awaits_committee(finding):
        return CommitteeDecisionType.SETTLE_DIFFERENCE
    if finding.state is FindingState.CONFIRMED and finding.risk_acceptance_id is None:
        return CommitteeDecisionType.ACCEPT_RISK
    return None


def record_decision(
    ctx: Context, finding_id: int, data: DecisionData, *, version: int | None, key: str = ""
) -> CommitteeDecision:
    """Register a decision of the CICCI: it settles a difference, or accepts the risk.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Invalid.
    """
    with ctx.transaction() as session:
        finding = load_to_change(ctx, finding_id, Permission.FINDING_RECORD_DECISION)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(CommitteeDecision, int(earlier))
        check_version(finding, version)
        if data.type is not expected_decision(finding):
            raise OutOfPlace(event="record_decision", state=finding.state.value)
        decision = committee.add(ctx, finding, data)
        if data.type is CommitteeDecisionType.SETTLE_DIFFERENCE:
            finding.committee_decision_id = decision.id
        else:
            finding.risk_acceptance_id = decision.id
        session.flush()
        audit_cascades.plans_changed(ctx, finding.audit)
        submissions.finish(ctx, key, decision.id)
    return decision


def awaits_authority(finding: Finding) -> bool:
    """Whether an outside body gives its own result on this finding."""
    return finding.source.is_external and finding.state in FIRM_STATES


def record_authority_result(
    ctx: Context, finding_id: int, *, version: int | None, text: str, day: date | None
) -> Finding:
    """Register what the oversight body said of the finding, or the declaration of the OCI that
    stands for it (Contraloría General, Circular 005 de 2019).

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Invalid.
    """
    values = {"authority_result": plain(text), "authority_result_on": day}
    if not plain(text):
        raise Invalid("authority_result", "finding.needs_authority_result")
    if day is None or day > ctx.today():
        raise Invalid("authority_result_on", "finding.future_date")
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_RECORD_DECISION)
        edits.check_version(finding, version, values)
        if not awaits_authority(finding):
            raise OutOfPlace(event="record_authority_result", state=finding.state.value)
        changed = edits.apply(finding, values)
        if changed:
            ctx.record("change", "record_authority_result", finding, {"fields": changed})
    return finding
