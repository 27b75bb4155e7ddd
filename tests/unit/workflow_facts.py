"""Facts that meet every guard, and the smallest changes that make each one refuse."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from tests.unit.workflow_tables import Row
from workflows import WORKFLOWS
from workflows.action import ActionFacts
from workflows.annual_plan import AnnualPlanFacts
from workflows.audit import AuditFacts
from workflows.base import Facts, Workflow
from workflows.change_request import ChangeRequestFacts
from workflows.enums import (
    ChangeRequestType,
    Classification,
    Effectiveness,
    Efficacy,
    FindingType,
    PlanSource,
    ReplyStance,
)
from workflows.finding import FindingFacts
from workflows.plan import PlanFacts
from workflows.publication import PublicationFacts

TODAY = date(2027, 3, 12)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)

Change = dict[str, Any]

GOOD: dict[str, Facts] = {
    "audit": AuditFacts(
        reason="Lo pidió el comité.",
        today=TODAY,
        in_approved_annual_plan=True,
        has_committee_decision=True,
        has_lead=True,
        members_without_declaration=(),
        members_with_conflict=(),
        program_signed=True,
        announced=True,
        unreviewed_findings=(),
        findings_without_evidence=(),
        unreviewed_papers=(),
        has_report_document=True,
        signed=True,
        has_filing_number=True,
        has_recipient=True,
        findings_without_reply=(),
        reply_due_on=TODAY,
        extension_decided=True,
        findings_without_cause=(),
        undecided_findings=(),
        has_public_version=True,
        findings_needing_plan=(),
        findings_without_approved_plan=(),
        open_findings=(),
        case_file_closed=True,
    ),
    "finding": FindingFacts(
        reason="Se verificó en sitio.",
        today=TODAY,
        finding_type=FindingType.FINDING,
        source=PlanSource.INTERNAL_AUDIT,
        condition="No hay actas.",
        criterion="Debe haberlas.",
        has_norm_article=True,
        cause="Nadie las lleva.",
        effect="No hay constancia.",
        evidence_count=1,
        has_responsible=True,
        reviewed_by_other=True,
        reply_stance=ReplyStance.OBJECT,
        reply_arguments="Sí las hay.",
        reply_due_on=TODAY,
        extension_decided=True,
        committee_decided=True,
        reply_analysis="Son de otro año.",
        has_new_text=True,
        final_report_unissued=True,
        first_escalation=True,
        has_source_report=True,
        approved_action_count=1,
        running_action_count=1,
        risk_accepted=True,
        unfinished_actions=(),
        plan_cancelled=True,
        actions_not_effective=(),
        has_reopening_ground=True,
        has_decision=True,
    ),
    "plan": PlanFacts(
        reason="Cambió la norma.",
        today=TODAY,
        source=PlanSource.INTERNAL_AUDIT,
        findings_without_action=(),
        findings_without_root_cause=(),
        incomplete_actions=(),
        reviewed_by_other=True,
        remark_count=1,
        consolidated=True,
        remarks_answered=True,
        approved_by_other=True,
        has_transmission_proof=True,
        first_start_on=TODAY,
        unfinished_actions=(),
        unevaluated_actions=(),
        approved_action_count=1,
        unreplaced_actions=(),
        never_submitted=True,
        has_authority_act=True,
    ),
    "action": ActionFacts(
        reason="Cambió la norma.",
        today=TODAY,
        has_root_cause=True,
        indicator="Actas publicadas",
        unit_of_measure="Actas",
        target_quantity=Decimal(12),
        start_on=TODAY,
        end_on=date(2028, 3, 12),
        max_months=12,
        has_responsible=True,
        accepted_by_unit_head=True,
        remark_count=1,
        consolidated=True,
        approved_by_other=True,
        plan_running=True,
        progress_pct=Decimal(100),
        evidence_count=1,
        verifier_is_independent=True,
        efficacy=Efficacy.MET,
        has_efficacy_support=True,
        evaluable_from=TODAY,
        evaluator_is_other=True,
        effectiveness=Effectiveness.EFFECTIVE,
        has_effectiveness_support=True,
        has_approved_successor=True,
        has_approved_change=True,
        has_other_action=True,
        plan_cancelled=True,
        finding_annulled=True,
    ),
    "change_request": ChangeRequestFacts(
        reason="Llegó tarde el contrato.",
        request_type=ChangeRequestType.EXTENSION,
        action_is_live=True,
        no_pending_request=True,
        working_days_left=10,
        notice_days=10,
        extension_count=0,
        max_extensions=1,
        direction_approved=True,
        authority_rule_allows=True,
        approved_by_other=True,
        action_ended=True,
    ),
    "publication": PublicationFacts(
        reason="Tiene un dato personal.",
        classification=Classification.PUBLIC,
        legal_ground="Ley 1712 de 2014, art. 19",
        restricted_from=TODAY,
        restricted_until=date(2042, 3, 12),
        source_signed=True,
        has_clean_copy=True,
        unresolved_marks=0,
        unresolved_hidden_content=0,
        reviewed_by_other=True,
        content_unchanged=True,
        title="Informe final",
        document_date=TODAY,
        responsible_unit="Control Interno",
        newer_version_published=True,
    ),
    "annual_plan": AnnualPlanFacts(
        reason="Terminó el año.", line_count=1, minutes_number="3", minutes_date=TODAY
    ),
}

# Events whose guards ask for the opposite of what another event of the thing asks for.
FOR_EVENT: dict[str, Change] = {
    "finding.lapse": {"reply_due_on": YESTERDAY},
    "finding.register_external": {"source": PlanSource.NATIONAL_COMPTROLLER},
    "plan.subscribe": {"source": PlanSource.NATIONAL_COMPTROLLER},
    "action.declare_unmet": {"end_on": YESTERDAY},
    "action.declare_ineffective": {"effectiveness": Effectiveness.PARTIAL},
    "publication.classify_restricted": {"classification": Classification.RESERVED},
}

# Each change alone makes that guard refuse, and no other guard of any transition that has it.
BREAKS: dict[str, list[Change]] = {
    "audit.needs_approved_annual_plan": [{"in_approved_annual_plan": False}],
    "audit.needs_lead": [{"has_lead": False}],
    "audit.needs_conflict_declarations": [
        {"members_without_declaration": ("Ana Ruiz",)},
        {"members_without_declaration": None},
    ],
    "audit.needs_team_without_conflict": [
        {"members_with_conflict": ("Ana Ruiz",)},
        {"members_with_conflict": None},
    ],
    "audit.needs_signed_program": [{"program_signed": False}],
    "audit.needs_announcement": [{"announced": False}],
    "audit.needs_reviewed_findings": [
        {"unreviewed_findings": ("H01",)},
        {"unreviewed_findings": None},
    ],
    "audit.needs_finding_evidence": [
        {"findings_without_evidence": ("H01",)},
        {"findings_without_evidence": None},
    ],
    "audit.needs_reviewed_papers": [
        {"unreviewed_papers": ("PT-1",)},
        {"unreviewed_papers": None},
    ],
    "audit.needs_report_document": [{"has_report_document": False}],
    "audit.needs_signature": [{"signed": False}],
    "audit.needs_filing_number": [{"has_filing_number": False}],
    "audit.needs_recipient": [{"has_recipient": False}],
    "audit.needs_replies_or_expired_term": [
        {"findings_without_reply": ("H01",)},
        {"findings_without_reply": None},
        {"findings_without_reply": ("H01",), "today": None},
        {"findings_without_reply": ("H01",), "reply_due_on": None},
    ],
    "audit.needs_decisions": [
        {"undecided_findings": ("H01", "H02")},
        {"undecided_findings": None},
    ],
    "audit.needs_decided_extension": [{"extension_decided": False}],
    "audit.needs_causes": [
        {"findings_without_cause": ("H01",)},
        {"findings_without_cause": None},
    ],
    "audit.needs_public_version": [{"has_public_version": False}],
    "audit.needs_approved_plans": [
        {"findings_without_approved_plan": ("H01",)},
        {"findings_without_approved_plan": None},
    ],
    "audit.needs_closed_findings": [{"open_findings": ("H01",)}, {"open_findings": None}],
    "audit.needs_closed_case_file": [{"case_file_closed": False}],
    "audit.needs_committee_decision": [{"has_committee_decision": False}],
    "finding.needs_condition": [{"condition": ""}, {"condition": " \n"}],
    "finding.needs_criterion": [{"criterion": " "}, {"has_norm_article": False}],
    "finding.needs_effect": [{"effect": ""}],
    "finding.needs_recommendation": [{"finding_type": FindingType.IMPROVEMENT_OPPORTUNITY}],
    "finding.needs_evidence": [{"evidence_count": 0}],
    "finding.needs_responsible": [{"has_responsible": False}],
    "finding.needs_other_reviewer": [{"reviewed_by_other": False}],
    "finding.needs_reply": [{"reply_stance": None}, {"reply_arguments": " "}],
    "finding.needs_open_term": [
        {"reply_due_on": YESTERDAY},
        {"reply_due_on": None},
        {"today": None},
    ],
    "finding.needs_expired_term": [
        {"reply_due_on": TODAY},
        {"reply_due_on": None},
        {"today": None},
    ],
    "finding.needs_decided_extension": [{"extension_decided": False}],
    "finding.needs_committee_decision": [{"committee_decided": False}],
    "finding.needs_analysis": [{"reply_analysis": " "}],
    "finding.needs_new_text": [{"has_new_text": False}],
    "finding.needs_unissued_final_report": [{"final_report_unissued": False}],
    "finding.needs_first_escalation": [{"first_escalation": False}],
    "finding.needs_cause": [{"cause": " "}],
    "finding.needs_external_source": [{"source": PlanSource.INTERNAL_AUDIT}, {"source": None}],
    "finding.needs_source_report": [{"has_source_report": False}],
    "finding.needs_approved_action": [{"approved_action_count": 0}],
    "finding.needs_optional_plan": [
        {"risk_accepted": False},
        {"risk_accepted": False, "finding_type": None},
    ],
    "finding.needs_running_action": [{"running_action_count": 0}],
    "finding.needs_completed_actions": [
        {"unfinished_actions": ("A1",)},
        {"unfinished_actions": None},
    ],
    "finding.needs_cancelled_plan": [{"plan_cancelled": False}],
    "finding.needs_effective_actions": [
        {"actions_not_effective": ("A1",)},
        {"actions_not_effective": None},
    ],
    "finding.needs_authority_result": [
        {"source": PlanSource.BOGOTA_COMPTROLLER},
        {"source": None},
    ],
    "finding.needs_reopening_ground": [{"has_reopening_ground": False}],
    "finding.needs_decision": [{"has_decision": False}],
    "plan.needs_actions": [
        {"findings_without_action": ("H01",)},
        {"findings_without_action": None},
    ],
    "plan.needs_root_causes": [
        {"findings_without_root_cause": ("H01",)},
        {"findings_without_root_cause": None},
    ],
    "plan.needs_complete_actions": [
        {"incomplete_actions": ("A1",)},
        {"incomplete_actions": None},
    ],
    "plan.needs_reviewer": [{"reviewed_by_other": False}],
    "plan.needs_remarks": [{"remark_count": 0}],
    "plan.needs_internal_source": [{"source": PlanSource.NATIONAL_COMPTROLLER}, {"source": None}],
    "plan.needs_external_source": [{"source": PlanSource.FURAG}, {"source": None}],
    "plan.needs_consolidation": [{"consolidated": False}],
    "plan.needs_answered_remarks": [{"remarks_answered": False}],
    "plan.needs_other_approver": [{"approved_by_other": False}],
    "plan.needs_transmission": [{"has_transmission_proof": False}],
    "plan.needs_start_date": [
        {"first_start_on": TOMORROW},
        {"first_start_on": None},
        {"today": None},
    ],
    "plan.needs_completed_actions": [
        {"unfinished_actions": ("A1",)},
        {"unfinished_actions": None},
    ],
    "plan.needs_evaluated_actions": [
        {"unevaluated_actions": ("A1",)},
        {"unevaluated_actions": None},
    ],
    "plan.needs_approved_action": [{"approved_action_count": 0}],
    "plan.needs_effective_actions": [
        {"unreplaced_actions": ("A1",)},
        {"unreplaced_actions": None},
    ],
    "plan.needs_authority_result": [
        {"source": PlanSource.BOGOTA_COMPTROLLER},
        {"source": None},
    ],
    "plan.needs_never_submitted": [{"never_submitted": False}],
    "plan.needs_authority_act": [{"has_authority_act": False}],
    "action.needs_root_cause": [{"has_root_cause": False}],
    "action.needs_indicator": [
        {"indicator": " "},
        {"unit_of_measure": ""},
        {"target_quantity": None},
        {"target_quantity": Decimal(0)},
        {"target_quantity": Decimal(-1)},
    ],
    "action.needs_dates": [
        {"end_on": TODAY},
        {"end_on": YESTERDAY},
        {"end_on": date(2028, 3, 13)},
        {"start_on": None},
        {"end_on": None},
        {"max_months": None},
    ],
    "action.needs_responsible": [{"has_responsible": False}],
    "action.needs_acceptance": [{"accepted_by_unit_head": False}],
    "action.needs_remarks": [{"remark_count": 0}],
    "action.needs_consolidation": [{"consolidated": False}],
    "action.needs_other_approver": [{"approved_by_other": False}],
    "action.needs_start_date": [{"start_on": TOMORROW}, {"start_on": None}, {"today": None}],
    "action.needs_running_plan": [{"plan_running": False}],
    "action.needs_full_progress": [{"progress_pct": Decimal("99.99")}],
    "action.needs_evidence": [{"evidence_count": 0}],
    "action.needs_independent_verifier": [{"verifier_is_independent": False}],
    "action.needs_efficacy": [
        {"efficacy": Efficacy.PARTIAL},
        {"efficacy": Efficacy.UNMET},
        {"efficacy": Efficacy.NOT_EVALUATED},
        {"efficacy": None},
        {"has_efficacy_support": False},
    ],
    "action.needs_past_end_date": [{"end_on": TODAY}, {"end_on": None}, {"today": None}],
    "action.needs_waiting_period": [
        {"evaluable_from": TOMORROW},
        {"evaluable_from": None},
        {"today": None},
    ],
    "action.needs_other_evaluator": [{"evaluator_is_other": False}],
    "action.needs_effective_result": [
        {"effectiveness": Effectiveness.PARTIAL},
        {"effectiveness": Effectiveness.INEFFECTIVE},
        {"effectiveness": Effectiveness.NOT_EVALUATED},
        {"effectiveness": None},
        {"has_effectiveness_support": False},
    ],
    "action.needs_ineffective_result": [
        {"effectiveness": Effectiveness.EFFECTIVE},
        {"effectiveness": Effectiveness.NOT_EVALUATED},
        {"effectiveness": None},
        {"has_effectiveness_support": False},
    ],
    "action.needs_approved_successor": [{"has_approved_successor": False}],
    "action.needs_approved_change": [{"has_approved_change": False}],
    "action.needs_other_action": [{"has_other_action": False}],
    "action.needs_cancelled_plan": [{"plan_cancelled": False}],
    "action.needs_annulled_finding": [{"finding_annulled": False}],
    "change_request.needs_live_action": [{"action_is_live": False}],
    "change_request.needs_no_pending_request": [{"no_pending_request": False}],
    "change_request.needs_advance_notice": [
        {"working_days_left": 9},
        {"working_days_left": None},
        {"notice_days": None},
    ],
    "change_request.needs_remaining_extension": [
        {"extension_count": 1},
        {"extension_count": 1, "request_type": None},
        {"extension_count": None},
        {"max_extensions": None},
    ],
    "change_request.needs_direction_approval": [{"direction_approved": False}],
    "change_request.needs_authority_rule": [{"authority_rule_allows": False}],
    "change_request.needs_other_approver": [{"approved_by_other": False}],
    "change_request.needs_ended_action": [{"action_ended": False}],
    "publication.needs_classification": [{"classification": None}],
    "publication.needs_legal_ground": [{"legal_ground": " "}],
    "publication.needs_restriction_term": [
        {"restricted_until": None},
        {"restricted_from": None},
        {"restricted_until": TODAY},
        {"restricted_until": date(2042, 3, 13)},
        {"restricted_until": None, "restriction_unlimited": True},
    ],
    "publication.needs_signed_source": [{"source_signed": False}],
    "publication.needs_clean_copy": [{"has_clean_copy": False}],
    "publication.needs_resolved_marks": [{"unresolved_marks": 3}, {"unresolved_marks": None}],
    "publication.needs_resolved_hidden_content": [
        {"unresolved_hidden_content": 1},
        {"unresolved_hidden_content": None},
    ],
    "publication.needs_other_reviewer": [{"reviewed_by_other": False}],
    "publication.needs_unchanged_content": [{"content_unchanged": False}],
    "publication.needs_metadata": [
        {"title": " "},
        {"document_date": None},
        {"responsible_unit": ""},
    ],
    "publication.needs_public_classification": [
        {"classification": Classification.CLASSIFIED},
        {"classification": Classification.RESERVED},
        {"classification": None},
    ],
    "publication.needs_newer_version": [{"newer_version_published": False}],
    "annual_plan.needs_lines": [{"line_count": 0}],
    "annual_plan.needs_minutes": [{"minutes_number": " "}, {"minutes_date": None}],
    **{f"{thing}.needs_reason": [{"reason": ""}, {"reason": " \t\n"}] for thing in GOOD},
}


def changed(facts: Facts, **change: Any) -> Facts:
    return replace(facts, **change)


def good(row: Row) -> Facts:
    """Facts that meet every guard of this transition and choose its target."""
    facts = changed(GOOD[row.thing], **FOR_EVENT.get(f"{row.thing}.{row.event}", {}))
    if row.event == "issue_final_report" and row.target == "en_formulacion_plan":
        return changed(facts, findings_needing_plan=("H01",))
    return facts


def at(thing: str, state: str, target: str = "en_ejecucion") -> Workflow:
    """A machine on a row in `state`; `target` is where a suspended audit came from."""
    return WORKFLOWS[thing](SimpleNamespace(state=state, previous_state=target))
