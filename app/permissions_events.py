"""Who may fire each event, within scope (own audit, own process). Never asked by a machine.

Role.SYSTEM is a scheduled command, or a service that moves a related thing in the same
transaction: never a button.
"""

from collections.abc import Mapping

from workflows.enums import Role

__all__ = ["EVENT_ROLES", "Role"]

HEAD = (Role.OCI_HEAD,)
HEAD_OR_LEAD = (Role.OCI_HEAD, Role.LEAD_AUDITOR)
LEAD_OR_HEAD = (Role.LEAD_AUDITOR, Role.OCI_HEAD)
AUDITORS = (Role.AUDITOR, Role.LEAD_AUDITOR, Role.OCI_HEAD)
OWNER = (Role.PROCESS_OWNER,)
SECOND_LINE_OR_HEAD = (Role.SECOND_LINE, Role.OCI_HEAD)
MANAGEMENT = (Role.TOP_MANAGEMENT,)
SYSTEM = (Role.SYSTEM,)
HEAD_OR_SYSTEM = (Role.OCI_HEAD, Role.SYSTEM)

EVENT_ROLES: Mapping[str, tuple[Role, ...]] = {
    "audit.start_planning": HEAD_OR_LEAD,
    "audit.start_execution": HEAD,
    "audit.finish_fieldwork": HEAD_OR_LEAD,
    "audit.return_to_fieldwork": HEAD,
    "audit.issue_draft_report": HEAD,
    "audit.start_final_report": HEAD_OR_LEAD,
    "audit.issue_final_report": HEAD,
    "audit.start_follow_up": (Role.SYSTEM, Role.OCI_HEAD),
    "audit.close": HEAD,
    "audit.suspend": HEAD,
    "audit.resume": HEAD,
    "audit.cancel": HEAD,
    "finding.submit": AUDITORS,
    "finding.send_back": LEAD_OR_HEAD,
    "finding.discard": (Role.LEAD_AUDITOR, Role.OCI_HEAD, Role.SYSTEM),
    "finding.communicate": SYSTEM,
    "finding.reply": OWNER,
    "finding.lapse": SYSTEM,
    "finding.ratify": HEAD,
    "finding.modify": HEAD,
    "finding.withdraw": HEAD_OR_SYSTEM,
    "finding.escalate": OWNER,
    "finding.confirm": SYSTEM,
    "finding.register_external": HEAD_OR_LEAD,
    "finding.accept_plan": SYSTEM,
    "finding.close_without_plan": HEAD,
    "finding.start_treatment": SYSTEM,
    "finding.request_verification": SYSTEM,
    "finding.resume_treatment": SYSTEM,
    "finding.lose_plan": SYSTEM,
    "finding.close": HEAD,
    "finding.reopen": HEAD,
    "finding.annul": HEAD,
    "plan.submit": OWNER,
    "plan.recall": OWNER,
    "plan.start_review": SECOND_LINE_OR_HEAD,
    "plan.send_back": SECOND_LINE_OR_HEAD,
    "plan.approve": HEAD,
    "plan.subscribe": MANAGEMENT,
    "plan.start_execution": SYSTEM,
    "plan.complete": SYSTEM,
    "plan.evaluate": HEAD,
    "plan.reopen": SYSTEM,
    "plan.close": HEAD,
    "plan.discard": OWNER,
    "plan.cancel": HEAD,
    "action.submit": OWNER,
    "action.recall": OWNER,
    "action.send_back": SECOND_LINE_OR_HEAD,
    "action.approve": HEAD_OR_SYSTEM,
    "action.discard": OWNER,
    "action.start_execution": SYSTEM,
    "action.report_completion": OWNER,
    "action.withdraw_report": OWNER,
    "action.start_verification": AUDITORS,
    "action.verify": LEAD_OR_HEAD,
    "action.reject": LEAD_OR_HEAD,
    "action.declare_unmet": HEAD,
    "action.start_evaluation": AUDITORS,
    "action.close_effective": HEAD,
    "action.declare_ineffective": HEAD,
    "action.close_by_exception": HEAD,
    "action.reformulate": SYSTEM,
    "action.void": SYSTEM,
    "action.cancel_with_plan": SYSTEM,
    "action.annul_with_finding": SYSTEM,
    "change_request.start_review": SECOND_LINE_OR_HEAD,
    "change_request.approve": HEAD,
    "change_request.deny": HEAD,
    "change_request.withdraw": OWNER,
    "change_request.lapse": SYSTEM,
    "publication.classify_restricted": HEAD,
    "publication.classify_public": HEAD,
    "publication.reclassify": HEAD,
    "publication.approve": HEAD,
    "publication.send_back": HEAD,
    "publication.publish": HEAD,
    "publication.discard": HEAD_OR_SYSTEM,
    "publication.withdraw": HEAD_OR_SYSTEM,
    "publication.supersede": SYSTEM,
    "annual_plan.submit": LEAD_OR_HEAD,
    "annual_plan.present": HEAD,
    "annual_plan.approve": MANAGEMENT,
    "annual_plan.send_back": MANAGEMENT,
    "annual_plan.start_execution": HEAD_OR_SYSTEM,
    "annual_plan.close": HEAD,
}
