"""Who may do what, in which scope and state. Absent = denied. Source: docs/domain.md, "Roles".

Reach by role: the head of the OCI has every audit object; a lead auditor and an auditor the
audits they are assigned to; a process leader and a liaison their own process (a liaison, the
actions given to him); the second line every plan; top management what is final; the
administrator no content at all. What belongs to no audit (findings and plans of oversight
bodies) is followed up by the whole office, for there is no team to do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.models.documents import DocumentPurpose as Purpose
from app.permissions_events import EVENT_ROLES
from app.permissions_names import Permission
from app.permissions_rules import (
    ActorIs,
    Blank,
    Filled,
    InScope,
    IsActor,
    IsExecutor,
    Known,
    OneOf,
    Rule,
    Some,
    Unknown,
    has_role,
    state,
    thing,
)
from workflows.action import ActionState
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditState
from workflows.change_request import ChangeRequestState
from workflows.enums import EXTERNAL_SOURCES, ExtensionState, Role
from workflows.finding import FindingState
from workflows.plan import PlanState
from workflows.publication import PublicationState


@dataclass(frozen=True, slots=True)
class Policy:
    """`grant` gives, unless `refuse` holds, which beats every grant; `refusal` names why."""

    grant: Rule
    refuse: Rule | None = None
    refusal: str = "segregation"


OCI_ROLES = (Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR)

# Who, in scope
head = has_role(Role.OCI_HEAD)
of_no_audit = Unknown("audit_id")
lead = has_role(Role.LEAD_AUDITOR) & (InScope("audit_id", "lead_audits") | of_no_audit)
own_team = has_role(*OCI_ROLES) & InScope("audit_id", "member_audits")
team = own_team | (has_role(*OCI_ROLES) & of_no_audit)
oci = head | team
leader = has_role(Role.PROCESS_OWNER) & InScope("process_id", "led_processes")
liaison = has_role(Role.LIAISON) & InScope("process_id", "liaison_processes")
assigned = liaison & (IsExecutor() | InScope("formulated_by_id", "persons"))
auditee = leader | liaison
unit_head = InScope("responsible_unit_id", "headed_units")
# Whose unit has nobody at its head: the leader of the process then answers for it.
of_no_head = InScope("responsible_unit_id", "headless_units") | Unknown("responsible_unit_id")
second_line = has_role(Role.SECOND_LINE)
management = has_role(Role.TOP_MANAGEMENT)
# In person: what is reserved does not pass to who acts for him.
addressee = management & IsActor("addressee_id")
administrator = has_role(Role.ADMINISTRATOR)
secretary = has_role(Role.OCI_SECRETARY)
oversight = has_role(Role.OVERSIGHT_BODY)
of_shared_audit = oversight & InScope("audit_id", "shared_audits")
of_shared_plan = oversight & InScope("plan_id", "shared_plans")
of_shared_finding = oversight & InScope("finding_id", "shared_findings")
# By who acts, not by roles alone: no person ever counts as the system.
system = ActorIs(lambda a: a.user_id is None and Role.SYSTEM in a.roles)
author = InScope("author_id", "persons")
# Who has lost every role keeps nothing of the work, not even what he brought himself.
uploader = has_role(*(frozenset(Role) - {Role.SYSTEM})) & InScope("uploaded_by_id", "persons")
# Who joins a team late declares before writing or reviewing anything. Source: domain.md, R2.
undeclared = InScope("audit_id", "undeclared_audits")
# Who plans and carries out is not who audits it. Source: Ley 87 de 1993, art. 12 par.
oci_person = has_role(*OCI_ROLES)

# States
editable_audit = state(
    AuditState.SCHEDULED,
    AuditState.PLANNING,
    AuditState.FIELDWORK,
    AuditState.DRAFT_REPORT,
    AuditState.CONTRADICTION,
    AuditState.FINAL_REPORT,
)
live_audit = OneOf("state", frozenset(AuditState) - {AuditState.CLOSED, AuditState.CANCELLED})
UNCOMMUNICATED = {FindingState.DRAFT, FindingState.IN_REVIEW}
CONTESTED = {
    FindingState.PRELIMINARY,
    FindingState.CONTRADICTION,
    FindingState.RATIFIED,
    FindingState.MODIFIED,
}
FIRM = frozenset(FindingState) - UNCOMMUNICATED - CONTESTED - {FindingState.WITHDRAWN}
communicated = OneOf("state", FIRM | CONTESTED) | (
    state(FindingState.WITHDRAWN) & Known("communicated_at")
)
firm = OneOf("state", FIRM)
open_plan = state(PlanState.DRAFT, PlanState.RETURNED)
agreed_plan = state(
    PlanState.APPROVED,
    PlanState.SUBSCRIBED,
    PlanState.RUNNING,
    PlanState.COMPLETED,
    PlanState.EVALUATED,
    PlanState.CLOSED,
) | (state(PlanState.CANCELLED) & Known("approved_at"))
to_subscribe = state(PlanState.IN_REVIEW) & OneOf("source", frozenset(EXTERNAL_SOURCES))
OPEN_ACTION = {ActionState.FORMULATED, ActionState.RETURNED}
open_action = OneOf("state", frozenset(OPEN_ACTION))
handed_in_action = OneOf(
    "state", frozenset(ActionState) - {ActionState.FORMULATED, ActionState.VOIDED}
) | (state(ActionState.VOIDED) & Known("approved_at"))
agreed_action = OneOf(
    "state",
    frozenset(ActionState) - OPEN_ACTION - {ActionState.IN_REVIEW, ActionState.VOIDED},
) | (state(ActionState.VOIDED) & Known("approved_at"))
pending_request = state(ChangeRequestState.REQUESTED, ChangeRequestState.IN_REVIEW)
reviewed_publication = state(PublicationState.ANONYMISING, PublicationState.APPROVED)

# Documents: purpose and home decide
filed = Filled("filing_number")
kept = Unknown("withdrawn_at")


def purpose(*values: Purpose) -> Rule:
    return OneOf("purpose", frozenset(values))


# Letters and minutes are addressed to the leader, who reads those that were issued.
issued_letters = purpose(Purpose.LETTER, Purpose.MINUTES) & filed
follow_up_papers = purpose(
    Purpose.PROGRESS, Purpose.VERIFICATION, Purpose.TRANSMISSION, Purpose.SOURCE_REPORT
)
auditee_papers = (
    follow_up_papers
    | purpose(Purpose.ANNOUNCEMENT, Purpose.REPLY, Purpose.DELIVERY)
    | (purpose(Purpose.DRAFT_REPORT, Purpose.FINAL_REPORT) & filed)
)
final_papers = purpose(Purpose.FINAL_REPORT) & filed
# What the auditee prepares for a reply is his until he files it.
not_a_reply_in_the_making = OneOf("purpose", frozenset(Purpose) - {Purpose.REPLY}) | filed
read_document = Some(
    (
        (head | own_team) & not_a_reply_in_the_making,
        oci_person & of_no_audit & follow_up_papers,
        kept & auditee & auditee_papers,
        kept & leader & issued_letters,
        kept & second_line & (follow_up_papers | final_papers),
        kept & management & (final_papers | purpose(Purpose.TRANSMISSION, Purpose.SOURCE_REPORT)),
        kept & secretary & filed,
        kept & (of_shared_audit | of_shared_plan | of_shared_finding) & follow_up_papers,
        kept & of_shared_audit & final_papers,
        kept & uploader,
    )
)
upload_document = Some(
    (
        oci & thing("audit", "working_paper", "finding", "plan", "action", "change_request"),
        secretary & thing("audit"),
        auditee & thing("finding") & state(FindingState.PRELIMINARY),
        auditee & thing("plan", "change_request"),
        (leader | assigned | unit_head) & thing("action"),
        second_line & thing("plan", "action", "change_request"),
        head & thing("annual_plan"),
    )
)

read_action = (
    leader
    | assigned
    | unit_head
    | second_line
    | (oci & handed_in_action)
    | (management & agreed_action)
    | ((of_shared_audit | of_shared_plan) & agreed_action)
)
approved_annual_plan = state(
    AnnualPlanState.APPROVED, AnnualPlanState.RUNNING, AnnualPlanState.CLOSED
)
read_annual_plan = Some(
    (
        has_role(*OCI_ROLES),
        has_role(Role.SECOND_LINE, Role.TOP_MANAGEMENT)
        & OneOf(
            "state",
            frozenset(AnnualPlanState) - {AnnualPlanState.DRAFT, AnnualPlanState.IN_REVIEW},
        ),
        has_role(Role.PROCESS_OWNER, Role.LIAISON, Role.OCI_SECRETARY) & approved_annual_plan,
    )
)
# What is audited first is for who plans and decides; the audited know of it in the approved plan.
read_universe = has_role(*OCI_ROLES, Role.SECOND_LINE, Role.TOP_MANAGEMENT)
plans_audits = head | has_role(Role.LEAD_AUDITOR)

P = Permission
READING: Mapping[str, Rule] = {
    P.AUDIT_READ: head
    | team
    | management
    | secretary
    | (auditee & Known("announced_at"))
    | ((second_line | of_shared_audit) & Known("final_issued_at")),
    # Asked of the audit. Its team waits until it is closed, so that it is answered freely.
    P.AUDIT_EVALUATION_READ: (head | leader | (own_team & state(AuditState.CLOSED)))
    & Known("final_issued_at"),
    P.WORKING_PAPER_READ: oci,
    P.LETTER_READ: oci
    | (leader & (Known("issued_at") | Known("sent_at")))
    | (secretary & Known("issued_at")),
    P.INFORMATION_REQUEST_READ: oci | auditee,
    P.FINDING_READ: oci
    | (auditee & communicated)
    # What is firm is the whole office's: an earlier finding is compared, cited and found repeated.
    | ((oci_person | second_line | management | of_shared_audit | of_shared_finding) & firm),
    P.REPLY_EXTENSION_READ: oci | auditee,
    # What may be an offence is for the head and the authority alone. Source: domain.md, matrix.
    P.REFERRAL_READ: head | addressee,
    P.PLAN_READ: auditee
    | second_line
    | (oci & Known("first_submitted_at"))
    | (management & (agreed_plan | to_subscribe))
    | ((of_shared_audit | of_shared_plan) & agreed_plan),
    P.ACTION_READ: read_action,
    P.CHANGE_REQUEST_READ: auditee | second_line | oci | management,
    # To advise on it, once the head has classified it as public: the final report is signed then.
    P.PUBLICATION_READ: oci
    | (second_line & reviewed_publication)
    | ((second_line | management) & state(PublicationState.PUBLISHED, PublicationState.WITHDRAWN)),
    P.DOCUMENT_READ: read_document,
    P.ANNUAL_PLAN_READ: read_annual_plan,
    P.AUDITABLE_UNIT_READ: read_universe,
    P.PRIORITIZATION_READ: read_universe,
}
DOING: Mapping[str, Rule] = {
    P.AUDIT_CREATE: plans_audits,
    P.AUDIT_EDIT: oci & editable_audit,
    P.AUDIT_STAFF: head & live_audit,
    P.AUDIT_ANNOUNCE: head | lead,
    P.AUDIT_SIGN_PROGRAM: head,
    # In person: nobody declares the conflicts of another.
    P.AUDIT_DECLARE: own_team & (thing("audit") | IsActor("user_id")),
    P.AUDIT_RESOLVE_CONFLICT: head,
    P.AUDIT_REPORT: head | lead,
    P.AUDIT_CLOSE_CASE_FILE: head | lead,
    P.WORKING_PAPER_CREATE: oci,
    P.WORKING_PAPER_EDIT: Unknown("reviewed_at") & ((own_team & author) | lead),
    P.WORKING_PAPER_REVIEW: head | lead,
    P.LETTER_WRITE: oci,
    P.LETTER_ISSUE: head | lead,
    P.LETTER_TEMPLATE_MANAGE: head | administrator | system,
    P.INFORMATION_REQUEST_CREATE: oci,
    P.INFORMATION_REQUEST_REVIEW: oci,
    P.FINDING_CREATE: head | own_team | lead,
    P.FINDING_EDIT: (state(FindingState.DRAFT) & ((team & author) | lead | head))
    | (state(FindingState.IN_REVIEW) & (lead | head)),
    P.FINDING_ANALYSE: oci & state(FindingState.PRELIMINARY, FindingState.CONTRADICTION),
    P.FINDING_DRAFT_REPLY: auditee & state(FindingState.PRELIMINARY),
    P.FINDING_RECORD_DECISION: head,
    P.FINDING_RECORD_REVIEW: (head | lead) & state(FindingState.IN_REVIEW),
    P.FINDING_COMPLETE_CAUSE: (head | lead) & OneOf("state", frozenset(CONTESTED)),
    P.FINDING_ADD_EVIDENCE: oci & OneOf("state", frozenset(UNCOMMUNICATED)),
    P.FINDING_REMIND: ((oci | leader) & communicated) | (second_line & firm),
    P.FINDING_REFER: head & firm,
    # Who answers here himself is not answered for.
    P.REFERRAL_RECORD_ANSWER: (head & Unknown("addressee_id")) | addressee,
    P.REPLY_EXTENSION_DECIDE: head & state(ExtensionState.REQUESTED),
    P.PLAN_CONSOLIDATE: second_line & state(PlanState.IN_REVIEW),
    P.PLAN_REMARK: (
        second_line & (open_plan | open_action | state(PlanState.SUBMITTED, PlanState.IN_REVIEW))
    )
    | (oci & state(PlanState.SUBMITTED, PlanState.IN_REVIEW)),
    P.PLAN_REMIND: leader | second_line | (oci & Known("first_submitted_at")),
    P.ACTION_REMIND: (oci | second_line | leader | unit_head) & state(ActionState.RUNNING),
    # A note binds nobody: the OCI gives it as to method only. Source: Ley 87 de 1993, art. 12 par.
    P.ACTION_COMMENT: (second_line | oci) & state(ActionState.RUNNING),
    P.ACTION_RECORD_EFFICACY: oci & state(ActionState.IN_VERIFICATION),
    P.ACTION_RECORD_EFFECTIVENESS: oci & state(ActionState.IN_EVALUATION),
    P.ACTION_RECORD_AUTHORITY_RESULT: head & agreed_action,
    P.CHANGE_REQUEST_APPROVE_DIRECTION: management & pending_request,
    P.CHANGE_REQUEST_COMMENT: (lead | second_line) & pending_request,
    P.CHANGE_REQUEST_RECORD_RULE: (head | second_line) & pending_request,
    P.PUBLICATION_COMMENT: second_line & reviewed_publication,
    P.PUBLICATION_PREPARE: oci,
    P.DOCUMENT_UPLOAD: upload_document,
    P.DOCUMENT_WITHDRAW: kept & Blank("filing_number") & (uploader | head | lead),
    P.ANNUAL_PLAN_CREATE: head,
    P.AUDITABLE_UNIT_CREATE: plans_audits,
    P.AUDITABLE_UNIT_EDIT: plans_audits & Unknown("retired_at"),
    P.AUDITABLE_UNIT_RETIRE: head,
    P.PRIORITIZATION_CREATE: plans_audits,
    P.PRIORITIZATION_EDIT: plans_audits & Unknown("approved_at"),
    P.PRIORITIZATION_APPROVE: head,
    P.ANNUAL_PLAN_EDIT: plans_audits & state(AnnualPlanState.DRAFT, AnnualPlanState.RETURNED),
    P.ANNUAL_PLAN_PUBLISH: head & approved_annual_plan,
    P.COMMITTEE_RECORD: head,
    # The administrator keeps the calendar; what was notified in an audit is not his to move.
    P.TERM_RECOMPUTE: head,
    P.OVERSIGHT_SHARE_MANAGE: head,
    P.TRAIL_READ: head,
    P.SECURITY_LOG_READ: administrator,
    # The system too: a command of the engineer who runs the server.
    P.USERS_MANAGE: administrator | system,
    P.CATALOGUES_MANAGE: administrator | system,
    P.OUTBOX_MANAGE: administrator | system,
}
# What the first line does; never a person of the OCI, whatever other role he holds.
FIRST_LINE: Mapping[str, Rule] = {
    P.AUDIT_EVALUATE: leader
    & Known("final_issued_at")
    & state(AuditState.PLAN_FORMULATION, AuditState.FOLLOW_UP),
    P.LETTER_SIGN: leader & Known("sent_at"),
    P.INFORMATION_REQUEST_ANSWER: auditee,
    P.REPLY_EXTENSION_REQUEST: leader & state(AuditState.CONTRADICTION),
    P.PLAN_CREATE: auditee,
    P.PLAN_EDIT: auditee & open_plan,
    P.PLAN_ANSWER_REMARK: auditee,
    P.ACTION_EDIT: (leader | assigned) & open_action,
    P.ACTION_ACCEPT: (unit_head | (leader & of_no_head))
    & (open_action | state(ActionState.IN_REVIEW)),
    P.ACTION_REPORT_PROGRESS: (leader | assigned) & state(ActionState.RUNNING),
    P.ACTION_APPROVE_PROGRESS: (leader | unit_head) & state(ActionState.RUNNING),
    P.CHANGE_REQUEST_CREATE: leader,
    # Prepared by who carries the action out; the leader alone sends it.
    P.CHANGE_REQUEST_DRAFT: leader | assigned,
}
FIRST_LINE_THINGS = frozenset({"plan", "action", "change_request"})
# The work of a team: nothing of it before one's own declaration.
OF_DECLARED = (
    P.WORKING_PAPER_CREATE,
    P.WORKING_PAPER_EDIT,
    P.WORKING_PAPER_REVIEW,
    P.FINDING_CREATE,
    P.FINDING_EDIT,
    P.FINDING_ADD_EVIDENCE,
    P.FINDING_RECORD_REVIEW,
    P.FINDING_ANALYSE,
)

# How far each role reaches when it fires an event.
EVENT_REACH: Mapping[Role, Rule] = {
    Role.OCI_HEAD: head,
    Role.LEAD_AUDITOR: lead,
    Role.AUDITOR: team,
    Role.PROCESS_OWNER: leader,
    Role.SECOND_LINE: second_line,
    Role.TOP_MANAGEMENT: management,
    Role.SYSTEM: system,
}
UNBOUND = (Role.OCI_HEAD, Role.SYSTEM)


def event_policy(permission: str, roles: tuple[Role, ...]) -> Policy:
    """Policy of an event: its roles, each within its reach, over things that role may read.

    Reading is demanded so that nobody learns by firing an event that an unseen thing exists;
    the head of the OCI may cancel what he has not yet been shown, as the workflow says.
    """
    kind = permission.partition(".")[0]
    readable = READING[f"{kind}.read"]
    # The annual plan is the whole office's: no team, no process.
    reach = {role: has_role(role) for role in OCI_ROLES} if kind == "annual_plan" else {}
    reach = {**EVENT_REACH, **reach}
    reaches = [reach[role] if role in UNBOUND else reach[role] & readable for role in roles]
    refuse = None
    if kind in FIRST_LINE_THINGS and Role.PROCESS_OWNER in roles:
        refuse = oci_person
    elif kind == "annual_plan" and Role.OCI_HEAD not in roles:
        refuse = head  # the head of the OCI has voice but no vote in the committee
    return Policy(Some(tuple(reaches)), refuse)


POLICIES: Mapping[str, Policy] = {
    **{str(name): Policy(rule) for name, rule in {**READING, **DOING}.items()},
    **{str(name): Policy(rule, refuse=oci_person) for name, rule in FIRST_LINE.items()},
    **{str(name): Policy(DOING[name], undeclared, "undeclared") for name in OF_DECLARED},
    **{name: event_policy(name, roles) for name, roles in EVENT_ROLES.items()},
}
