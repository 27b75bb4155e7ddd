"""Life of an audit. Source: docs/domain.md, phases and gates of an audit."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Protocol

from statemachine import State
from statemachine.states import States

from workflows.base import Codes, Facts, Workflow, guard, is_after


class AuditState(StrEnum):
    SCHEDULED = "programada"
    PLANNING = "en_planeacion"
    FIELDWORK = "en_ejecucion"
    DRAFT_REPORT = "informe_preliminar"
    CONTRADICTION = "en_contradiccion"
    FINAL_REPORT = "informe_final"
    PLAN_FORMULATION = "en_formulacion_plan"
    FOLLOW_UP = "en_seguimiento"
    CLOSED = "cerrada"
    SUSPENDED = "suspendida"
    CANCELLED = "cancelada"


class AuditPhase(StrEnum):
    """How far an audit is, as who may not read it is told."""

    PENDING = "por_iniciar"
    RUNNING = "en_curso"
    DONE = "terminada"
    CANCELLED = "cancelada"


# With the final report an audit is done; what follows is the work of the audited process.
REPORTED = frozenset({AuditState.PLAN_FORMULATION, AuditState.FOLLOW_UP, AuditState.CLOSED})


def phase(state: AuditState) -> AuditPhase:
    """A suspended audit has begun: only what is under way can be suspended."""
    if state is AuditState.SCHEDULED:
        return AuditPhase.PENDING
    if state is AuditState.CANCELLED:
        return AuditPhase.CANCELLED
    return AuditPhase.DONE if state in REPORTED else AuditPhase.RUNNING


@dataclass(frozen=True, slots=True)
class AuditFacts(Facts):
    today: date | None = None
    in_approved_annual_plan: bool = False
    outside_annual_plan: bool = False
    authorised_as_special: bool = False
    has_committee_decision: bool = False
    has_lead: bool = False
    members_without_declaration: Codes = None
    members_with_conflict: Codes = None
    program_signed: bool = False
    announced: bool = False
    unreviewed_findings: Codes = None
    findings_without_evidence: Codes = None
    unreviewed_papers: Codes = None
    has_report_document: bool = False
    signed: bool = False
    has_filing_number: bool = False
    has_recipient: bool = False
    findings_without_reply: Codes = None
    reply_due_on: date | None = None
    extension_decided: bool = False
    findings_without_cause: Codes = None
    undecided_findings: Codes = None
    has_public_version: bool = False
    findings_needing_plan: Codes = None
    findings_without_approved_plan: Codes = None
    open_findings: Codes = None
    case_file_closed: bool = False


class AuditRow(Protocol):
    state: AuditState
    previous_state: str


FINAL_REPORT_GUARDS = [
    "needs_decisions",
    "needs_causes",
    "needs_report_document",
    "needs_signature",
    "needs_filing_number",
    "needs_public_version",
]


class AuditWorkflow(Workflow):
    """The audit's machine. `suspend` writes the row's `previous_state`; `resume` goes back to it.

    While an audit is suspended its terms stand still and its findings accept no event: the
    services see to both.
    """

    model: AuditRow
    thing: ClassVar[str] = "audit"
    facts_type = AuditFacts

    states = States.from_enum(
        AuditState,
        initial=AuditState.SCHEDULED,
        final=[AuditState.CLOSED, AuditState.CANCELLED],
    )

    start_planning = states.SCHEDULED.to(
        states.PLANNING, validators=["needs_approved_annual_plan", "needs_lead"]
    )
    start_execution = states.PLANNING.to(
        states.FIELDWORK,
        validators=[
            "needs_conflict_declarations",
            "needs_team_without_conflict",
            "needs_signed_program",
            "needs_announcement",
        ],
    )
    finish_fieldwork = states.FIELDWORK.to(
        states.DRAFT_REPORT,
        validators=["needs_reviewed_findings", "needs_finding_evidence", "needs_reviewed_papers"],
    )
    return_to_fieldwork = states.DRAFT_REPORT.to(states.FIELDWORK, validators=["needs_reason"])
    issue_draft_report = states.DRAFT_REPORT.to(
        states.CONTRADICTION,
        validators=[
            "needs_report_document",
            "needs_signature",
            "needs_filing_number",
            "needs_recipient",
            "needs_reviewed_findings",
        ],
    )
    start_final_report = states.CONTRADICTION.to(
        states.FINAL_REPORT,
        validators=[
            "needs_replies_or_expired_term",
            "needs_decided_extension",
            "needs_decisions",
        ],
    )
    # The library runs the validators of a branch before its condition: both have the same ones.
    issue_final_report = states.FINAL_REPORT.to(
        states.PLAN_FORMULATION, cond="a_finding_needs_a_plan", validators=FINAL_REPORT_GUARDS
    ) | states.FINAL_REPORT.to(
        states.FOLLOW_UP, unless="a_finding_needs_a_plan", validators=FINAL_REPORT_GUARDS
    )
    start_follow_up = states.PLAN_FORMULATION.to(
        states.FOLLOW_UP, validators=["needs_approved_plans"]
    )
    close = states.FOLLOW_UP.to(
        states.CLOSED, validators=["needs_closed_findings", "needs_closed_case_file"]
    )
    suspend = states.SUSPENDED.from_(
        states.PLANNING,
        states.FIELDWORK,
        states.DRAFT_REPORT,
        states.CONTRADICTION,
        states.FINAL_REPORT,
        validators=["needs_reason", "needs_committee_decision"],
    )
    resume = states.SUSPENDED.to(
        states.PLANNING,
        states.FIELDWORK,
        states.DRAFT_REPORT,
        states.CONTRADICTION,
        states.FINAL_REPORT,
        cond="is_previous_state",
        validators=["needs_reason"],
    )
    cancel = states.CANCELLED.from_(
        states.SCHEDULED,
        states.PLANNING,
        states.FIELDWORK,
        states.DRAFT_REPORT,
        states.CONTRADICTION,
        states.FINAL_REPORT,
        states.SUSPENDED,
        validators=["needs_reason", "needs_committee_decision"],
    )

    def on_suspend(self, source: State) -> None:
        self.model.previous_state = str(source.value)

    # Conditions: they choose among the targets of one event, and take the facts and the target.

    def a_finding_needs_a_plan(self, facts: AuditFacts, target: State) -> bool:
        """Unknown counts as yes: an audit leaves that phase as soon as no plan is missing."""
        return facts.findings_needing_plan != ()

    def is_previous_state(self, facts: AuditFacts, target: State) -> bool:
        return bool(self.model.previous_state == target.value)

    @guard
    def needs_approved_annual_plan(self, facts: AuditFacts) -> bool:
        return facts.in_approved_annual_plan or facts.authorised_as_special

    @guard
    def needs_lead(self, facts: AuditFacts) -> bool:
        return facts.has_lead

    @guard
    def needs_conflict_declarations(self, facts: AuditFacts) -> bool:
        return facts.members_without_declaration == ()

    @guard
    def needs_team_without_conflict(self, facts: AuditFacts) -> bool:
        return facts.members_with_conflict == ()

    @guard
    def needs_signed_program(self, facts: AuditFacts) -> bool:
        return facts.program_signed

    @guard
    def needs_announcement(self, facts: AuditFacts) -> bool:
        return facts.announced

    @guard
    def needs_reviewed_findings(self, facts: AuditFacts) -> bool:
        return facts.unreviewed_findings == ()

    @guard
    def needs_finding_evidence(self, facts: AuditFacts) -> bool:
        return facts.findings_without_evidence == ()

    @guard
    def needs_reviewed_papers(self, facts: AuditFacts) -> bool:
        return facts.unreviewed_papers == ()

    @guard
    def needs_report_document(self, facts: AuditFacts) -> bool:
        return facts.has_report_document

    @guard
    def needs_signature(self, facts: AuditFacts) -> bool:
        return facts.signed

    @guard
    def needs_filing_number(self, facts: AuditFacts) -> bool:
        return facts.has_filing_number

    @guard
    def needs_recipient(self, facts: AuditFacts) -> bool:
        return facts.has_recipient

    @guard
    def needs_replies_or_expired_term(self, facts: AuditFacts) -> bool:
        return facts.findings_without_reply == () or is_after(facts.today, facts.reply_due_on)

    @guard
    def needs_decided_extension(self, facts: AuditFacts) -> bool:
        """While a request for more time waits, what has no reply waits with it (ADR 0008)."""
        return facts.extension_decided

    @guard
    def needs_causes(self, facts: AuditFacts) -> bool:
        """What the report makes firm must have its cause; told of the audit, before anybody signs
        (ADR 0008)."""
        return facts.findings_without_cause == ()

    @guard
    def needs_decisions(self, facts: AuditFacts) -> bool:
        return facts.undecided_findings == ()

    @guard
    def needs_public_version(self, facts: AuditFacts) -> bool:
        return facts.has_public_version

    @guard
    def needs_approved_plans(self, facts: AuditFacts) -> bool:
        return facts.findings_without_approved_plan == ()

    @guard
    def needs_closed_findings(self, facts: AuditFacts) -> bool:
        return facts.open_findings == ()

    @guard
    def needs_closed_case_file(self, facts: AuditFacts) -> bool:
        return facts.case_file_closed

    @guard
    def needs_committee_decision(self, facts: AuditFacts) -> bool:
        return facts.outside_annual_plan or facts.has_committee_decision
