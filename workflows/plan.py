"""Life of an improvement plan. Source: docs/domain.md, plan and action states."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Codes, Facts, Workflow, guard, is_from
from workflows.enums import PlanSource


class PlanState(StrEnum):
    DRAFT = "borrador"
    SUBMITTED = "enviado"
    IN_REVIEW = "en_revision"
    RETURNED = "devuelto"
    APPROVED = "aprobado"
    SUBSCRIBED = "suscrito"
    RUNNING = "en_ejecucion"
    COMPLETED = "cumplido"
    EVALUATED = "evaluado"
    CLOSED = "cerrado"
    CANCELLED = "cancelado"


@dataclass(frozen=True, slots=True)
class PlanFacts(Facts):
    today: date | None = None
    source: PlanSource | None = None
    findings_without_action: Codes = None
    findings_without_root_cause: Codes = None
    incomplete_actions: Codes = None
    reviewed_by_other: bool = False
    remark_count: int = 0
    consolidated: bool = False
    remarks_answered: bool = False
    approved_by_other: bool = False
    has_transmission_proof: bool = False
    first_start_on: date | None = None
    unfinished_actions: Codes = None
    unevaluated_actions: Codes = None
    approved_action_count: int = 0
    unreplaced_actions: Codes = None
    has_authority_result: bool = False
    never_submitted: bool = False
    has_authority_act: bool = False


class PlanWorkflow(Workflow):
    """The plan's machine: internal plans pass through `aprobado`, external ones `suscrito`.

    `approve` is the OCI's acceptance of the method, no act of administration (Ley 87 de 1993,
    art. 12, parágrafo). A late plan may be submitted: it is marked, not refused.
    """

    thing: ClassVar[str] = "plan"
    facts_type = PlanFacts

    states = States.from_enum(
        PlanState, initial=PlanState.DRAFT, final=[PlanState.CLOSED, PlanState.CANCELLED]
    )

    submit = states.SUBMITTED.from_(
        states.DRAFT,
        states.RETURNED,
        validators=["needs_actions", "needs_root_causes", "needs_complete_actions"],
    )
    recall = states.SUBMITTED.to(states.DRAFT, validators=["needs_reason"])
    start_review = states.SUBMITTED.to(states.IN_REVIEW, validators=["needs_reviewer"])
    send_back = states.IN_REVIEW.to(states.RETURNED, validators=["needs_remarks"])
    approve = states.IN_REVIEW.to(
        states.APPROVED,
        validators=[
            "needs_internal_source",
            "needs_consolidation",
            "needs_answered_remarks",
            "needs_other_approver",
        ],
    )
    subscribe = states.IN_REVIEW.to(
        states.SUBSCRIBED,
        validators=[
            "needs_external_source",
            "needs_consolidation",
            "needs_answered_remarks",
            "needs_transmission",
        ],
    )
    start_execution = states.RUNNING.from_(
        states.APPROVED, states.SUBSCRIBED, validators=["needs_start_date"]
    )
    complete = states.RUNNING.to(states.COMPLETED, validators=["needs_completed_actions"])
    evaluate = states.COMPLETED.to(states.EVALUATED, validators=["needs_evaluated_actions"])
    reopen = states.RUNNING.from_(
        states.COMPLETED, states.EVALUATED, validators=["needs_approved_action"]
    )
    close = states.EVALUATED.to(
        states.CLOSED, validators=["needs_effective_actions", "needs_authority_result"]
    )
    discard = states.DRAFT.to(
        states.CANCELLED, validators=["needs_reason", "needs_never_submitted"]
    )
    cancel = states.CANCELLED.from_(
        states.DRAFT,
        states.SUBMITTED,
        states.IN_REVIEW,
        states.RETURNED,
        states.APPROVED,
        states.SUBSCRIBED,
        states.RUNNING,
        states.COMPLETED,
        states.EVALUATED,
        validators=["needs_reason", "needs_authority_act"],
    )

    @guard
    def needs_actions(self, facts: PlanFacts) -> bool:
        return facts.findings_without_action == ()

    @guard
    def needs_root_causes(self, facts: PlanFacts) -> bool:
        return facts.findings_without_root_cause == ()

    @guard
    def needs_complete_actions(self, facts: PlanFacts) -> bool:
        return facts.incomplete_actions == ()

    @guard
    def needs_reviewer(self, facts: PlanFacts) -> bool:
        return facts.reviewed_by_other

    @guard
    def needs_remarks(self, facts: PlanFacts) -> bool:
        return facts.remark_count > 0

    @guard
    def needs_internal_source(self, facts: PlanFacts) -> bool:
        return facts.source is not None and not facts.source.is_external

    @guard
    def needs_external_source(self, facts: PlanFacts) -> bool:
        return facts.source is not None and facts.source.is_external

    @guard
    def needs_consolidation(self, facts: PlanFacts) -> bool:
        return facts.consolidated

    @guard
    def needs_answered_remarks(self, facts: PlanFacts) -> bool:
        return facts.remarks_answered

    @guard
    def needs_other_approver(self, facts: PlanFacts) -> bool:
        return facts.approved_by_other

    @guard
    def needs_transmission(self, facts: PlanFacts) -> bool:
        return facts.has_transmission_proof

    @guard
    def needs_start_date(self, facts: PlanFacts) -> bool:
        return is_from(facts.today, facts.first_start_on)

    @guard
    def needs_completed_actions(self, facts: PlanFacts) -> bool:
        return facts.unfinished_actions == ()

    @guard
    def needs_evaluated_actions(self, facts: PlanFacts) -> bool:
        return facts.unevaluated_actions == ()

    @guard
    def needs_approved_action(self, facts: PlanFacts) -> bool:
        return facts.approved_action_count > 0

    @guard
    def needs_effective_actions(self, facts: PlanFacts) -> bool:
        return facts.unreplaced_actions == ()

    @guard
    def needs_authority_result(self, facts: PlanFacts) -> bool:
        """Only plans of an outside body wait for its result."""
        internal = facts.source is not None and not facts.source.is_external
        return internal or facts.has_authority_result

    @guard
    def needs_never_submitted(self, facts: PlanFacts) -> bool:
        return facts.never_submitted

    @guard
    def needs_authority_act(self, facts: PlanFacts) -> bool:
        return facts.has_authority_act
