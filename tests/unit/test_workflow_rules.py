"""Rules of the domain that a table of arrows cannot say."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from statemachine.exceptions import TransitionNotAllowed

from tests.unit.workflow_facts import GOOD, TODAY, TOMORROW, YESTERDAY, at, changed
from tests.unit.workflow_tables import STATES
from workflows.action import COMPLETE_STATES, ActionState
from workflows.audit import AuditFacts, AuditPhase, AuditState, phase
from workflows.base import GuardFailed
from workflows.change_request import ChangeRequestFacts, ChangeRequestWorkflow
from workflows.enums import (
    EXTERNAL_SOURCES,
    ChangeRequestType,
    Classification,
    Effectiveness,
    FindingType,
    PlanSource,
    ReplyDecision,
)
from workflows.finding import FindingFacts, FindingState, needs_plan

SUSPENDABLE = (
    "en_planeacion",
    "en_ejecucion",
    "informe_preliminar",
    "en_contradiccion",
    "informe_final",
)


def unmet(thing: str, state: str, event: str, **change: Any) -> list[str]:
    return at(thing, state).unmet(event, changed(GOOD[thing], **change))


@pytest.mark.parametrize("state", SUSPENDABLE)
def test_suspended_audit_goes_back_where_it_was(state: str) -> None:
    workflow = at("audit", state, target="")
    workflow.send("suspend", facts=GOOD["audit"])
    assert (workflow.model.state, workflow.model.previous_state) == ("suspendida", state)
    assert type(workflow.model.previous_state) is str
    workflow.send("resume", facts=GOOD["audit"])
    assert workflow.model.state == state


@pytest.mark.parametrize("previous", ["", "programada", "cerrada", "en_seguimiento"])
def test_audit_does_not_resume_where_none_is_suspended(previous: str) -> None:
    workflow = at("audit", "suspendida", previous)
    with pytest.raises(TransitionNotAllowed):
        workflow.unmet("resume", GOOD["audit"])
    with pytest.raises(TransitionNotAllowed):
        workflow.send("resume", facts=GOOD["audit"])
    assert workflow.model.state == "suspendida"


def test_refused_suspension_does_not_touch_the_previous_state() -> None:
    workflow = at("audit", "en_ejecucion", target="")
    with pytest.raises(GuardFailed):
        workflow.send("suspend", facts=AuditFacts())
    assert (workflow.model.state, workflow.model.previous_state) == ("en_ejecucion", "")


@pytest.mark.parametrize(
    ("findings", "target"),
    [((), "en_seguimiento"), (("H01",), "en_formulacion_plan"), (None, "en_formulacion_plan")],
)
def test_final_report_leads_to_plans_only_when_a_finding_needs_one(
    findings: tuple[str, ...] | None, target: str
) -> None:
    workflow = at("audit", "informe_final")
    facts = changed(GOOD["audit"], findings_needing_plan=findings)
    workflow.send("issue_final_report", facts=facts)
    assert workflow.model.state == target


@pytest.mark.parametrize("event", ["suspend", "cancel"])
def test_audit_outside_the_annual_plan_needs_no_committee(event: str) -> None:
    facts = AuditFacts(reason="No hay equipo.", outside_annual_plan=True)
    assert at("audit", "en_ejecucion").unmet(event, facts) == []
    assert at("audit", "en_ejecucion").unmet(event, AuditFacts(reason="No hay equipo.")) == [
        "audit.needs_committee_decision"
    ]


def test_special_audit_starts_without_the_annual_plan() -> None:
    change = {"in_approved_annual_plan": False, "authorised_as_special": True}
    assert unmet("audit", "programada", "start_planning", **change) == []


@pytest.mark.parametrize(
    ("today", "without_reply", "refused"),
    [
        (TODAY, ("H01",), True),  # the last day of the term is still inside it
        (TOMORROW, ("H01",), False),
        (YESTERDAY, (), False),
    ],
)
def test_final_report_starts_with_all_replies_or_after_the_term(
    today: date, without_reply: tuple[str, ...], refused: bool
) -> None:
    change = {"today": today, "reply_due_on": TODAY, "findings_without_reply": without_reply}
    codes = unmet("audit", "en_contradiccion", "start_final_report", **change)
    assert codes == (["audit.needs_replies_or_expired_term"] if refused else [])


FIELDS = {
    FindingType.FINDING: {"condition", "criterion", "effect", "cause"},
    FindingType.NONCONFORMITY: {"condition", "criterion", "effect", "cause"},
    FindingType.OBSERVATION: {"condition", "criterion", "effect"},
    FindingType.IMPROVEMENT_OPPORTUNITY: {"condition", "recommendation"},
    FindingType.STRENGTH: {"condition"},
    None: {"condition", "criterion", "effect", "cause"},
}


@pytest.mark.parametrize("finding_type", FIELDS)
def test_fields_that_each_type_of_finding_needs(finding_type: FindingType | None) -> None:
    blank = {"condition": "", "criterion": "", "effect": "", "cause": "", "recommendation": ""}
    facts = changed(GOOD["finding"], finding_type=finding_type, **blank)
    at_submit = at("finding", "borrador").unmet("submit", facts)
    at_communication = at("finding", "en_revision").unmet("communicate", facts)
    at_confirmation = at("finding", "ratificado").unmet("confirm", facts)
    needed = {code.removeprefix("finding.needs_") for code in at_submit + at_confirmation}
    assert needed == FIELDS[finding_type]
    assert at_submit == at_communication


@pytest.mark.parametrize("finding_type", FindingType)
def test_every_type_of_finding_needs_evidence(finding_type: FindingType) -> None:
    change = {"finding_type": finding_type, "evidence_count": 0, "recommendation": "Llevarlas."}
    assert unmet("finding", "borrador", "submit", **change) == ["finding.needs_evidence"]


@pytest.mark.parametrize(
    ("finding_type", "optional", "expected"),
    [
        (FindingType.FINDING, True, True),
        (FindingType.NONCONFORMITY, True, True),
        (FindingType.OBSERVATION, False, True),
        (FindingType.OBSERVATION, True, False),
        (FindingType.IMPROVEMENT_OPPORTUNITY, False, False),
        (FindingType.STRENGTH, False, False),
    ],
)
def test_types_that_need_a_plan(finding_type: FindingType, optional: bool, expected: bool) -> None:
    assert needs_plan(finding_type, observation_plan_optional=optional) is expected
    change = {
        "finding_type": finding_type,
        "observation_plan_optional": optional,
        "risk_accepted": False,
    }
    codes = unmet("finding", "en_firme", "close_without_plan", **change)
    assert codes == (["finding.needs_optional_plan"] if expected else [])


@pytest.mark.parametrize(
    ("today", "can_reply", "can_lapse"),
    [(YESTERDAY, True, False), (TODAY, True, False), (TOMORROW, False, True)],
)
def test_reply_until_the_last_day_and_lapse_after_it(
    today: date, can_reply: bool, can_lapse: bool
) -> None:
    change = {"today": today, "reply_due_on": TODAY}
    assert (unmet("finding", "preliminar", "reply", **change) == []) is can_reply
    assert (unmet("finding", "preliminar", "lapse", **change) == []) is can_lapse


@pytest.mark.parametrize("source", PlanSource)
def test_outside_bodies_give_their_own_result(source: PlanSource) -> None:
    refused = ["finding.needs_authority_result"] if source in EXTERNAL_SOURCES else []
    assert unmet("finding", "por_verificar", "close", source=source) == refused
    change = {"source": source, "has_authority_result": True}
    assert unmet("finding", "por_verificar", "close", **change) == []
    assert unmet("plan", "evaluado", "close", **change) == []
    is_internal = unmet("plan", "en_revision", "approve", source=source) == []
    is_external = unmet("plan", "en_revision", "subscribe", source=source) == []
    assert (is_internal, is_external) == (not source.is_external, source.is_external)


def test_sources_inside_the_entity_are_not_external() -> None:
    assert not PlanSource.INTERNAL_AUDIT.is_external
    assert not PlanSource.FURAG.is_external
    assert PlanSource.NATIONAL_COMPTROLLER.is_external
    assert PlanSource.BOGOTA_COMPTROLLER.is_external


def test_decisions_on_a_reply_are_states_of_the_finding() -> None:
    assert {decision.value for decision in ReplyDecision} <= {s.value for s in FindingState}


@pytest.mark.parametrize("effectiveness", [Effectiveness.PARTIAL, Effectiveness.INEFFECTIVE])
def test_partial_effectiveness_counts_as_ineffective(effectiveness: Effectiveness) -> None:
    state, change = "en_evaluacion_efectividad", {"effectiveness": effectiveness}
    assert unmet("action", state, "declare_ineffective", **change) == []
    assert unmet("action", state, "close_effective", **change) == ["action.needs_effective_result"]


@pytest.mark.parametrize(
    ("start", "end", "met"),
    [
        (date(2027, 1, 31), date(2027, 2, 28), True),  # a month from 31 January
        (date(2027, 1, 31), date(2027, 3, 1), False),
        (date(2027, 1, 31), date(2027, 2, 1), True),
    ],
)
def test_longest_action_is_counted_in_months(start: date, end: date, met: bool) -> None:
    change = {"start_on": start, "end_on": end, "max_months": 1}
    assert (unmet("action", "formulada", "submit", **change) == []) is met


@pytest.mark.parametrize("percent", [Decimal(100), Decimal("100.01"), Decimal(250)])
def test_more_than_was_promised_is_complete(percent: Decimal) -> None:
    assert unmet("action", "en_ejecucion", "report_completion", progress_pct=percent) == []


def test_complete_actions_are_those_of_the_domain() -> None:
    waiting = {ActionState.UNMET, ActionState.INEFFECTIVE}
    assert COMPLETE_STATES.isdisjoint(waiting)
    assert {state.value for state in COMPLETE_STATES} == {
        "cumplida",
        "en_evaluacion_efectividad",
        "cerrada_efectiva",
        "reformulada",
        "anulada",
    }


def test_change_request_is_made_only_when_all_its_guards_hold() -> None:
    facts = GOOD["change_request"]
    assert isinstance(facts, ChangeRequestFacts)
    assert ChangeRequestWorkflow.creation_unmet(facts) == []
    ChangeRequestWorkflow.check_creation(facts)
    assert ChangeRequestWorkflow.creation_unmet(ChangeRequestFacts()) == [
        "change_request.needs_reason",
        "change_request.needs_live_action",
        "change_request.needs_no_pending_request",
        "change_request.needs_advance_notice",
        "change_request.needs_remaining_extension",
    ]


@pytest.mark.parametrize("request_type", ChangeRequestType)
def test_only_more_time_uses_up_an_extension(request_type: ChangeRequestType) -> None:
    facts = changed(GOOD["change_request"], request_type=request_type, extension_count=1)
    refused = request_type is ChangeRequestType.EXTENSION
    expected = ["change_request.needs_remaining_extension"] if refused else []
    assert ChangeRequestWorkflow.creation_unmet(facts) == expected


@pytest.mark.parametrize(
    ("days_left", "refused"), [(11, False), (10, False), (9, True), (0, True), (-3, True)]
)
def test_change_is_asked_for_in_time(days_left: int, refused: bool) -> None:
    facts = changed(GOOD["change_request"], working_days_left=days_left)
    expected = ["change_request.needs_advance_notice"] if refused else []
    assert ChangeRequestWorkflow.creation_unmet(facts) == expected


@pytest.mark.parametrize(
    ("classification", "until", "unlimited", "met"),
    [
        (Classification.CLASSIFIED, None, True, True),
        (Classification.CLASSIFIED, date(2060, 1, 1), False, True),
        (Classification.CLASSIFIED, None, False, False),
        (Classification.RESERVED, None, True, False),
        (Classification.RESERVED, date(2042, 3, 12), False, True),
        (Classification.RESERVED, date(2042, 3, 13), False, False),
        (Classification.RESERVED, date(2060, 1, 1), True, False),
    ],
)
def test_reserve_lasts_fifteen_years_at_most(
    classification: Classification, until: date | None, unlimited: bool, met: bool
) -> None:
    change = {
        "classification": classification,
        "restricted_until": until,
        "restriction_unlimited": unlimited,
    }
    codes = unmet("publication", "pendiente_clasificacion", "classify_restricted", **change)
    assert codes == ([] if met else ["publication.needs_restriction_term"])


@pytest.mark.parametrize("state", STATES["finding"].split())
def test_only_a_finding_to_verify_closes_by_effectiveness(state: str) -> None:
    assert ("close" in at("finding", state).events()) is (state == "por_verificar")


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        FindingFacts().condition = "Otra."  # type: ignore[misc] # this is what is tested


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (AuditState.SCHEDULED, AuditPhase.PENDING),
        (AuditState.PLANNING, AuditPhase.RUNNING),
        (AuditState.FIELDWORK, AuditPhase.RUNNING),
        (AuditState.DRAFT_REPORT, AuditPhase.RUNNING),
        (AuditState.CONTRADICTION, AuditPhase.RUNNING),
        (AuditState.FINAL_REPORT, AuditPhase.RUNNING),
        (AuditState.SUSPENDED, AuditPhase.RUNNING),
        (AuditState.PLAN_FORMULATION, AuditPhase.DONE),
        (AuditState.FOLLOW_UP, AuditPhase.DONE),
        (AuditState.CLOSED, AuditPhase.DONE),
        (AuditState.CANCELLED, AuditPhase.CANCELLED),
    ],
)
def test_phase_of_an_audit_is_what_the_public_is_told(
    state: AuditState, expected: AuditPhase
) -> None:
    assert phase(state) is expected


@pytest.mark.parametrize(("target", "is_enough"), [("0", False), ("0.01", True), ("1", True)])
def test_any_target_above_zero_serves(target: str, is_enough: bool) -> None:
    codes = unmet("action", "formulada", "submit", target_quantity=Decimal(target))
    assert ("action.needs_indicator" not in codes) is is_enough


@pytest.mark.parametrize("missing", ["working_days_left", "notice_days"])
def test_a_notice_that_cannot_be_counted_is_not_given(missing: str) -> None:
    facts = changed(GOOD["change_request"], **{missing: None})
    assert isinstance(facts, ChangeRequestFacts)
    lacking = ChangeRequestWorkflow.creation_unmet(facts)
    assert "change_request.needs_advance_notice" in lacking


@pytest.mark.parametrize("missing", ["extension_count", "max_extensions"])
def test_extensions_that_cannot_be_counted_are_not_left(missing: str) -> None:
    facts = changed(GOOD["change_request"], **{missing: None})
    assert isinstance(facts, ChangeRequestFacts)
    lacking = ChangeRequestWorkflow.creation_unmet(facts)
    assert "change_request.needs_remaining_extension" in lacking
