"""Life of an action of an improvement plan. Source: docs/domain.md, plan and action states."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Facts, Workflow, add_months, guard, is_after, is_from, is_given
from workflows.enums import Effectiveness, Efficacy


class ActionState(StrEnum):
    FORMULATED = "formulada"
    IN_REVIEW = "en_revision"
    RETURNED = "devuelta"
    APPROVED = "aprobada"
    RUNNING = "en_ejecucion"
    REPORTED = "reportada"
    IN_VERIFICATION = "en_verificacion"
    FULFILLED = "cumplida"
    IN_EVALUATION = "en_evaluacion_efectividad"
    CLOSED_EFFECTIVE = "cerrada_efectiva"
    INEFFECTIVE = "cumplida_inefectiva"
    UNMET = "incumplida"
    REFORMULATED = "reformulada"
    VOIDED = "anulada"


COMPLETE_STATES = frozenset(
    {
        ActionState.FULFILLED,
        ActionState.IN_EVALUATION,
        ActionState.CLOSED_EFFECTIVE,
        ActionState.REFORMULATED,
        ActionState.VOIDED,
    }
)
"""States in which the work of the action is over; `UNMET` and `INEFFECTIVE` wait for more."""


@dataclass(frozen=True, slots=True)
class ActionFacts(Facts):
    today: date | None = None
    has_root_cause: bool = False
    indicator: str = ""
    unit_of_measure: str = ""
    target_quantity: Decimal | None = None
    start_on: date | None = None
    end_on: date | None = None
    max_months: int | None = None
    has_responsible: bool = False
    accepted_by_unit_head: bool = False
    remark_count: int = 0
    consolidated: bool = False
    approved_by_other: bool = False
    plan_running: bool = False
    progress_pct: Decimal = Decimal(0)
    evidence_count: int = 0
    verifier_is_independent: bool = False
    efficacy: Efficacy | None = None
    has_efficacy_support: bool = False
    evaluable_from: date | None = None
    evaluator_is_other: bool = False
    effectiveness: Effectiveness | None = None
    has_effectiveness_support: bool = False
    has_approved_successor: bool = False
    has_approved_change: bool = False
    has_other_action: bool = False
    plan_cancelled: bool = False
    finding_annulled: bool = False


class ActionWorkflow(Workflow):
    """The action's machine. `vencida` and its like are computed facts, never states."""

    thing: ClassVar[str] = "action"
    facts_type = ActionFacts

    states = States.from_enum(
        ActionState,
        initial=ActionState.FORMULATED,
        final=[ActionState.CLOSED_EFFECTIVE, ActionState.REFORMULATED, ActionState.VOIDED],
    )

    submit = states.IN_REVIEW.from_(
        states.FORMULATED,
        states.RETURNED,
        validators=[
            "needs_root_cause",
            "needs_indicator",
            "needs_dates",
            "needs_responsible",
            "needs_acceptance",
        ],
    )
    recall = states.IN_REVIEW.to(states.FORMULATED, validators=["needs_reason"])
    send_back = states.IN_REVIEW.to(states.RETURNED, validators=["needs_remarks"])
    approve = states.IN_REVIEW.to(
        states.APPROVED, validators=["needs_consolidation", "needs_other_approver"]
    )
    discard = states.VOIDED.from_(states.FORMULATED, states.RETURNED, validators=["needs_reason"])
    start_execution = states.APPROVED.to(
        states.RUNNING, validators=["needs_start_date", "needs_running_plan"]
    )
    report_completion = states.RUNNING.to(
        states.REPORTED, validators=["needs_full_progress", "needs_evidence"]
    )
    withdraw_report = states.REPORTED.to(states.RUNNING, validators=["needs_reason"])
    start_verification = states.REPORTED.to(
        states.IN_VERIFICATION, validators=["needs_independent_verifier"]
    )
    verify = states.IN_VERIFICATION.to(
        states.FULFILLED, validators=["needs_efficacy", "needs_independent_verifier"]
    )
    reject = states.IN_VERIFICATION.to(
        states.RUNNING, validators=["needs_reason", "needs_independent_verifier"]
    )
    declare_unmet = states.UNMET.from_(
        states.RUNNING,
        states.REPORTED,
        states.IN_VERIFICATION,
        validators=["needs_past_end_date", "needs_reason"],
    )
    start_evaluation = states.FULFILLED.to(
        states.IN_EVALUATION, validators=["needs_waiting_period", "needs_other_evaluator"]
    )
    close_effective = states.IN_EVALUATION.to(
        states.CLOSED_EFFECTIVE, validators=["needs_effective_result", "needs_other_evaluator"]
    )
    declare_ineffective = states.IN_EVALUATION.to(
        states.INEFFECTIVE,
        validators=["needs_ineffective_result", "needs_other_evaluator", "needs_reason"],
    )
    close_by_exception = states.CLOSED_EFFECTIVE.from_(
        states.FULFILLED, states.IN_EVALUATION, validators=["needs_efficacy", "needs_reason"]
    )
    reformulate = states.REFORMULATED.from_(
        states.UNMET, states.INEFFECTIVE, validators=["needs_approved_successor"]
    ) | states.RUNNING.to(
        states.REFORMULATED, validators=["needs_approved_change", "needs_approved_successor"]
    )
    void = states.VOIDED.from_(
        states.APPROVED,
        states.RUNNING,
        states.UNMET,
        validators=["needs_approved_change", "needs_other_action"],
    )
    # What was done stays as it ended; everything else ends with its plan or its finding.
    not_ended = (
        states.FORMULATED,
        states.IN_REVIEW,
        states.RETURNED,
        states.APPROVED,
        states.RUNNING,
        states.REPORTED,
        states.IN_VERIFICATION,
        states.FULFILLED,
        states.IN_EVALUATION,
        states.INEFFECTIVE,
        states.UNMET,
    )
    cancel_with_plan = states.VOIDED.from_(*not_ended, validators=["needs_cancelled_plan"])
    annul_with_finding = states.VOIDED.from_(*not_ended, validators=["needs_annulled_finding"])

    @guard
    def needs_root_cause(self, facts: ActionFacts) -> bool:
        return facts.has_root_cause

    @guard
    def needs_indicator(self, facts: ActionFacts) -> bool:
        has_target = facts.target_quantity is not None and facts.target_quantity > 0
        return is_given(facts.indicator) and is_given(facts.unit_of_measure) and has_target

    @guard
    def needs_dates(self, facts: ActionFacts) -> bool:
        if facts.start_on is None or facts.end_on is None or facts.max_months is None:
            return False
        return facts.start_on < facts.end_on <= add_months(facts.start_on, facts.max_months)

    @guard
    def needs_responsible(self, facts: ActionFacts) -> bool:
        return facts.has_responsible

    @guard
    def needs_acceptance(self, facts: ActionFacts) -> bool:
        return facts.accepted_by_unit_head

    @guard
    def needs_remarks(self, facts: ActionFacts) -> bool:
        return facts.remark_count > 0

    @guard
    def needs_consolidation(self, facts: ActionFacts) -> bool:
        return facts.consolidated

    @guard
    def needs_other_approver(self, facts: ActionFacts) -> bool:
        return facts.approved_by_other

    @guard
    def needs_start_date(self, facts: ActionFacts) -> bool:
        return is_from(facts.today, facts.start_on)

    @guard
    def needs_running_plan(self, facts: ActionFacts) -> bool:
        return facts.plan_running

    @guard
    def needs_full_progress(self, facts: ActionFacts) -> bool:
        return facts.progress_pct >= 100

    @guard
    def needs_evidence(self, facts: ActionFacts) -> bool:
        return facts.evidence_count > 0

    @guard
    def needs_independent_verifier(self, facts: ActionFacts) -> bool:
        return facts.verifier_is_independent

    @guard
    def needs_efficacy(self, facts: ActionFacts) -> bool:
        return facts.efficacy is Efficacy.MET and facts.has_efficacy_support

    @guard
    def needs_past_end_date(self, facts: ActionFacts) -> bool:
        return is_after(facts.today, facts.end_on)

    @guard
    def needs_waiting_period(self, facts: ActionFacts) -> bool:
        return is_from(facts.today, facts.evaluable_from)

    @guard
    def needs_other_evaluator(self, facts: ActionFacts) -> bool:
        return facts.evaluator_is_other

    @guard
    def needs_effective_result(self, facts: ActionFacts) -> bool:
        effective = facts.effectiveness is Effectiveness.EFFECTIVE
        return effective and facts.has_effectiveness_support

    @guard
    def needs_ineffective_result(self, facts: ActionFacts) -> bool:
        """A partial effect counts as ineffective."""
        ineffective = facts.effectiveness in (Effectiveness.PARTIAL, Effectiveness.INEFFECTIVE)
        return ineffective and facts.has_effectiveness_support

    @guard
    def needs_approved_successor(self, facts: ActionFacts) -> bool:
        return facts.has_approved_successor

    @guard
    def needs_approved_change(self, facts: ActionFacts) -> bool:
        return facts.has_approved_change

    @guard
    def needs_other_action(self, facts: ActionFacts) -> bool:
        return facts.has_other_action

    @guard
    def needs_cancelled_plan(self, facts: ActionFacts) -> bool:
        return facts.plan_cancelled

    @guard
    def needs_annulled_finding(self, facts: ActionFacts) -> bool:
        return facts.finding_annulled
