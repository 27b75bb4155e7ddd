"""When each thing that is owed falls due by a term that nobody has been told yet: computed from
the rules of today, never stored. What was notified is frozen with the thing instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.models.audits import Audit
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan
from app.services.settings import Rulebook
from app.services.terms import TIME_ZONE, DueDate, local_date
from workflows.enums import PlanSource

OPENING = "announcement"
REPLY_ANALYSIS = "oci_analysis"
PLAN_REVIEW = "plan_review"
VERIFICATION = "verification"
EFFECTIVENESS_WAIT = "effectiveness_wait"
EVALUATION = "effectiveness_evaluation"
CHANGE_DECISION = "change_decision"
EXTERNAL_PLAN: Mapping[PlanSource, str] = {
    PlanSource.NATIONAL_COMPTROLLER: "external_plan_cgr",
    PlanSource.BOGOTA_COMPTROLLER: "external_plan_bogota",
}
"""Terms that a body of control sets for its own plans; the others are agreed case by case."""

Stops = Sequence[tuple[date, date]]


def stops(audit: Audit | None) -> list[tuple[date, date]]:
    """The days, both ends included, in which the audit was suspended and its terms stood still."""
    day = date.fromisoformat
    return [] if audit is None else [(day(first), day(last)) for first, last in audit.suspensions]


def opening(rules: Rulebook, audit: Audit) -> DueDate | None:
    """The first day on which the announced audit should open; None before the announcement."""
    return _from(rules, OPENING, audit.announced_at, stops(audit))


def reply_analysis(
    rules: Rulebook, audit: Audit, replied_at: datetime | None = None
) -> DueDate | None:
    """Until when the OCI decides on a reply; without one, from the end of the term to reply."""
    if replied_at is not None:
        return _from(rules, REPLY_ANALYSIS, replied_at, stops(audit))
    if audit.reply_due_on is None:
        return None
    return rules.due(REPLY_ANALYSIS, audit.reply_due_on, stops(audit))


def external_plan(rules: Rulebook, finding: Finding) -> DueDate | None:
    """Until when a body of control wants the plan for its finding, if it sets a term."""
    code = EXTERNAL_PLAN.get(finding.source)
    if code is None or finding.source_report_date is None:
        return None
    return rules.due(code, finding.source_report_date)


def plan_review(rules: Rulebook, plan: Plan) -> DueDate | None:
    return _from(rules, PLAN_REVIEW, plan.submitted_at)


def verification(rules: Rulebook, action: Action) -> DueDate | None:
    return _from(rules, VERIFICATION, action.reported_at)


def evaluable_from(rules: Rulebook, action: Action) -> DueDate | None:
    """When the waiting time before the evaluation of effectiveness ends; None while unfinished."""
    return _from(rules, EFFECTIVENESS_WAIT, action.reported_at)


def evaluation(rules: Rulebook, action: Action) -> DueDate | None:
    wait = evaluable_from(rules, action)
    return None if wait is None else rules.due(EVALUATION, wait.date)


def change_decision(rules: Rulebook, request: ChangeRequest) -> DueDate | None:
    return _from(rules, CHANGE_DECISION, request.requested_at)


def _from(
    rules: Rulebook, code: str, moment: datetime | None, suspensions: Stops = ()
) -> DueDate | None:
    if moment is None:
        return None
    return rules.due(code, local_date(moment, TIME_ZONE), suspensions)
