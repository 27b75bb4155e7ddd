"""Life of an audit finding. Source: docs/domain.md, finding: attributes and life cycle."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Codes, Facts, Workflow, guard, is_after, is_from, is_given
from workflows.enums import FindingType, PlanSource, ReplyStance


class FindingState(StrEnum):
    DRAFT = "borrador"
    IN_REVIEW = "en_revision"
    PRELIMINARY = "preliminar"
    CONTRADICTION = "en_contradiccion"
    RATIFIED = "ratificado"
    MODIFIED = "modificado"
    WITHDRAWN = "retirado"  # the only final state: a closed finding can be reopened
    CONFIRMED = "en_firme"
    IN_PLAN = "con_plan"
    IN_TREATMENT = "en_tratamiento"
    TO_VERIFY = "por_verificar"
    CLOSED = "cerrado"
    REOPENED = "reabierto"


# Types left out of a set do not need that field. A strength needs its condition only.
WITHOUT_CRITERION_AND_EFFECT = frozenset(
    {FindingType.IMPROVEMENT_OPPORTUNITY, FindingType.STRENGTH}
)
WITHOUT_CAUSE = WITHOUT_CRITERION_AND_EFFECT | {FindingType.OBSERVATION}
WITHOUT_PLAN = WITHOUT_CRITERION_AND_EFFECT


def needs_plan(finding_type: FindingType, *, observation_plan_optional: bool) -> bool:
    """Whether a finding of this type must have an improvement plan."""
    if finding_type is FindingType.OBSERVATION:
        return not observation_plan_optional
    return finding_type not in WITHOUT_PLAN


@dataclass(frozen=True, slots=True)
class FindingFacts(Facts):
    today: date | None = None
    finding_type: FindingType | None = None
    source: PlanSource | None = None
    condition: str = ""
    criterion: str = ""
    has_norm_article: bool = False
    cause: str = ""
    effect: str = ""
    recommendation: str = ""
    evidence_count: int = 0
    has_responsible: bool = False
    reviewed_by_other: bool = False
    reply_stance: ReplyStance | None = None
    reply_arguments: str = ""
    reply_due_on: date | None = None
    extension_decided: bool = False
    committee_decided: bool = False
    reply_analysis: str = ""
    has_new_text: bool = False
    final_report_unissued: bool = False
    first_escalation: bool = False
    has_source_report: bool = False
    approved_action_count: int = 0
    running_action_count: int = 0
    observation_plan_optional: bool = False
    risk_accepted: bool = False
    unfinished_actions: Codes = None
    plan_cancelled: bool = False
    actions_not_effective: Codes = None
    has_authority_result: bool = False
    has_reopening_ground: bool = False
    has_decision: bool = False


COMPLETENESS = [
    "needs_condition",
    "needs_criterion",
    "needs_effect",
    "needs_recommendation",
    "needs_evidence",
    "needs_responsible",
]


class FindingWorkflow(Workflow):
    """The finding's machine. While its audit is suspended the services send it no event."""

    thing: ClassVar[str] = "finding"
    facts_type = FindingFacts

    states = States.from_enum(
        FindingState, initial=FindingState.DRAFT, final=FindingState.WITHDRAWN
    )

    submit = states.DRAFT.to(states.IN_REVIEW, validators=COMPLETENESS)
    send_back = states.IN_REVIEW.to(states.DRAFT, validators=["needs_reason"])
    discard = states.WITHDRAWN.from_(states.DRAFT, states.IN_REVIEW, validators=["needs_reason"])
    communicate = states.IN_REVIEW.to(
        states.PRELIMINARY, validators=[*COMPLETENESS, "needs_other_reviewer"]
    )
    reply = states.PRELIMINARY.to(
        states.CONTRADICTION, validators=["needs_reply", "needs_open_term"]
    )
    lapse = states.PRELIMINARY.to(
        states.RATIFIED, validators=["needs_expired_term", "needs_decided_extension"]
    )
    ratify = states.CONTRADICTION.to(
        states.RATIFIED,
        validators=["needs_analysis", "needs_committee_decision", "needs_reason"],
    )
    modify = states.CONTRADICTION.to(
        states.MODIFIED,
        validators=[
            "needs_analysis",
            "needs_committee_decision",
            "needs_reason",
            "needs_new_text",
        ],
    )
    withdraw = states.WITHDRAWN.from_(
        states.PRELIMINARY,
        states.CONTRADICTION,
        states.RATIFIED,
        states.MODIFIED,
        validators=["needs_reason"],
    )
    escalate = states.CONTRADICTION.from_(
        states.RATIFIED,
        states.MODIFIED,
        validators=["needs_reason", "needs_unissued_final_report", "needs_first_escalation"],
    )
    confirm = states.CONFIRMED.from_(states.RATIFIED, states.MODIFIED, validators=["needs_cause"])
    register_external = states.DRAFT.to(
        states.CONFIRMED,
        validators=[
            "needs_external_source",
            "needs_source_report",
            "needs_condition",
            "needs_responsible",
        ],
    )
    accept_plan = states.IN_PLAN.from_(
        states.CONFIRMED, states.REOPENED, validators=["needs_approved_action"]
    )
    close_without_plan = states.CONFIRMED.to(
        states.CLOSED, validators=["needs_optional_plan", "needs_reason"]
    )
    start_treatment = states.IN_TREATMENT.from_(
        states.IN_PLAN, states.REOPENED, validators=["needs_running_action"]
    )
    request_verification = states.IN_TREATMENT.to(
        states.TO_VERIFY, validators=["needs_completed_actions"]
    )
    resume_treatment = states.TO_VERIFY.to(states.IN_TREATMENT, validators=["needs_running_action"])
    lose_plan = states.CONFIRMED.from_(
        states.IN_PLAN,
        states.IN_TREATMENT,
        states.TO_VERIFY,
        states.REOPENED,
        validators=["needs_cancelled_plan"],
    )
    close = states.TO_VERIFY.to(
        states.CLOSED,
        validators=["needs_effective_actions", "needs_authority_result", "needs_reason"],
    )
    reopen = states.REOPENED.from_(
        states.TO_VERIFY, states.CLOSED, validators=["needs_reopening_ground", "needs_reason"]
    )
    annul = states.WITHDRAWN.from_(
        states.CONFIRMED,
        states.IN_PLAN,
        states.IN_TREATMENT,
        states.TO_VERIFY,
        states.REOPENED,
        validators=["needs_decision", "needs_reason"],
    )

    @guard
    def needs_condition(self, facts: FindingFacts) -> bool:
        return is_given(facts.condition)

    @guard
    def needs_criterion(self, facts: FindingFacts) -> bool:
        return facts.finding_type in WITHOUT_CRITERION_AND_EFFECT or (
            is_given(facts.criterion) and facts.has_norm_article
        )

    @guard
    def needs_effect(self, facts: FindingFacts) -> bool:
        return facts.finding_type in WITHOUT_CRITERION_AND_EFFECT or is_given(facts.effect)

    @guard
    def needs_recommendation(self, facts: FindingFacts) -> bool:
        """Only an opportunity for improvement must carry one."""
        optional = facts.finding_type is not FindingType.IMPROVEMENT_OPPORTUNITY
        return optional or is_given(facts.recommendation)

    @guard
    def needs_evidence(self, facts: FindingFacts) -> bool:
        return facts.evidence_count > 0

    @guard
    def needs_responsible(self, facts: FindingFacts) -> bool:
        return facts.has_responsible

    @guard
    def needs_other_reviewer(self, facts: FindingFacts) -> bool:
        return facts.reviewed_by_other

    @guard
    def needs_reply(self, facts: FindingFacts) -> bool:
        return facts.reply_stance is not None and is_given(facts.reply_arguments)

    @guard
    def needs_open_term(self, facts: FindingFacts) -> bool:
        """The last day of the term is still inside it."""
        return is_from(facts.reply_due_on, facts.today)

    @guard
    def needs_expired_term(self, facts: FindingFacts) -> bool:
        return is_after(facts.today, facts.reply_due_on)

    @guard
    def needs_decided_extension(self, facts: FindingFacts) -> bool:
        """Nobody loses his say because the office was silent (ADR 0008)."""
        return facts.extension_decided

    @guard
    def needs_committee_decision(self, facts: FindingFacts) -> bool:
        """What was taken to the committee is decided anew only after it (ADR 0008)."""
        return facts.committee_decided

    @guard
    def needs_analysis(self, facts: FindingFacts) -> bool:
        return is_given(facts.reply_analysis)

    @guard
    def needs_new_text(self, facts: FindingFacts) -> bool:
        return facts.has_new_text

    @guard
    def needs_unissued_final_report(self, facts: FindingFacts) -> bool:
        return facts.final_report_unissued

    @guard
    def needs_first_escalation(self, facts: FindingFacts) -> bool:
        return facts.first_escalation

    @guard
    def needs_cause(self, facts: FindingFacts) -> bool:
        return facts.finding_type in WITHOUT_CAUSE or is_given(facts.cause)

    @guard
    def needs_external_source(self, facts: FindingFacts) -> bool:
        """Any source but our own audits, whose findings their report communicates (ADR 0007)."""
        return facts.source not in {None, PlanSource.INTERNAL_AUDIT}

    @guard
    def needs_source_report(self, facts: FindingFacts) -> bool:
        return facts.has_source_report

    @guard
    def needs_approved_action(self, facts: FindingFacts) -> bool:
        return facts.approved_action_count > 0

    @guard
    def needs_optional_plan(self, facts: FindingFacts) -> bool:
        if facts.finding_type is None or facts.risk_accepted:
            return facts.risk_accepted
        return not needs_plan(
            facts.finding_type, observation_plan_optional=facts.observation_plan_optional
        )

    @guard
    def needs_running_action(self, facts: FindingFacts) -> bool:
        return facts.running_action_count > 0

    @guard
    def needs_completed_actions(self, facts: FindingFacts) -> bool:
        return facts.unfinished_actions == ()

    @guard
    def needs_cancelled_plan(self, facts: FindingFacts) -> bool:
        return facts.plan_cancelled

    @guard
    def needs_effective_actions(self, facts: FindingFacts) -> bool:
        """A justified exception counts as effective."""
        return facts.actions_not_effective == ()

    @guard
    def needs_authority_result(self, facts: FindingFacts) -> bool:
        """Only findings of an outside body wait for its result."""
        internal = facts.source is not None and not facts.source.is_external
        return internal or facts.has_authority_result

    @guard
    def needs_reopening_ground(self, facts: FindingFacts) -> bool:
        return facts.has_reopening_ground

    @guard
    def needs_decision(self, facts: FindingFacts) -> bool:
        return facts.has_decision
