"""What the guards of a finding need to know, read from the database; and what an audit needs to
know of its findings, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.audits import Audit
from app.models.documents import Document
from app.models.findings import Finding, FindingEvidence, Reply, ReplyExtension
from app.models.plans import Action, Plan, PlanFinding
from app.services import settings
from workflows.action import COMPLETE_STATES, ActionState
from workflows.audit import AuditState
from workflows.enums import Effectiveness, ExtensionState, FindingType, ReplyStance
from workflows.finding import WITHOUT_CAUSE, FindingFacts, FindingState, needs_plan
from workflows.plan import PlanState

Inputs = Mapping[str, Any]
NOTHING: Inputs = MappingProxyType({})

# Flags among the terms and limits that the administrator keeps
OBSERVATION_NEEDS_PLAN = "observation_needs_plan"
ONE_PERSON_OFFICE = "one_person_office"

TEXT_FIELDS = ("title", "condition", "criterion", "cause", "effect", "recommendation")

RUNNING_STATES = frozenset({ActionState.RUNNING, ActionState.REPORTED, ActionState.IN_VERIFICATION})
AGREED_STATES = RUNNING_STATES | {ActionState.APPROVED}
SETTLED_STATES = frozenset(
    {ActionState.CLOSED_EFFECTIVE, ActionState.REFORMULATED, ActionState.VOIDED}
)
INEFFECTIVE = frozenset({Effectiveness.INEFFECTIVE, Effectiveness.PARTIAL})

UNCOMMUNICATED = frozenset({FindingState.DRAFT, FindingState.IN_REVIEW})
UNDECIDED = frozenset({FindingState.PRELIMINARY, FindingState.CONTRADICTION})
DECIDED = frozenset({FindingState.RATIFIED, FindingState.MODIFIED})
WITHOUT_PLAN_YET = DECIDED | {FindingState.CONFIRMED}
ENDED = frozenset({FindingState.CLOSED, FindingState.WITHDRAWN})
REOPENABLE = frozenset({FindingState.TO_VERIFY, FindingState.CLOSED})


@dataclass(frozen=True, slots=True)
class AuditFindingCodes:
    """Codes of an audit's findings by what they still lack; in order of code."""

    unreviewed: tuple[str, ...] = ()
    without_evidence: tuple[str, ...] = ()
    without_reply: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    without_cause: tuple[str, ...] = ()
    needing_plan: tuple[str, ...] = ()
    without_approved_plan: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReopeningGround:
    """Why a finding may be reopened: one of its actions failed, or it was found again."""

    key: str  # "action:<id>" or "finding:<id>"
    code: str
    text: str


def finding_facts(
    ctx: Context, finding: Finding, *, reason: str = "", inputs: Inputs = NOTHING
) -> FindingFacts:
    """Facts of one finding now. `inputs` are the values of the event's form: reply (`stance`,
    `arguments`), new text (`TEXT_FIELDS`), `ground` of a reopening, and the decision that
    annuls (`decision_authority`, `decision_number`, `decision_date`)."""
    session, audit = ctx.session, finding.audit
    actions = _actions(session, finding)
    stance, arguments = _reply(session, finding, inputs)
    return FindingFacts(
        reason=reason,
        today=ctx.today(),
        finding_type=finding.type,
        source=finding.source,
        condition=finding.condition,
        criterion=finding.criterion,
        has_norm_article=bool(finding.norm_article.strip()),
        cause=finding.cause,
        effect=finding.effect,
        recommendation=finding.recommendation,
        evidence_count=evidence_count(session, finding),
        has_responsible=bool(finding.process_id or finding.unit_id),
        reviewed_by_other=reviewed_by_other(session, finding),
        reply_stance=stance,
        reply_arguments=arguments,
        reply_due_on=audit.reply_due_on if audit else None,
        extension_decided=finding.state is not FindingState.PRELIMINARY
        or extension_decided(session, finding.audit_id),
        committee_decided=not awaits_committee(finding),
        reply_analysis=finding.analysis,
        has_new_text=changes_text(finding, inputs),
        final_report_unissued=audit is not None and audit.final_issued_at is None,
        first_escalation=finding.escalated_at is None,
        has_source_report=bool(finding.source_report.strip())
        and finding.source_report_date is not None,
        approved_action_count=sum(state in AGREED_STATES for state in actions.values()),
        running_action_count=sum(state in RUNNING_STATES for state in actions.values()),
        observation_plan_optional=_observation_plan_optional(session, [finding.type]),
        risk_accepted=finding.risk_acceptance_id is not None,
        unfinished_actions=_unfinished(actions),
        plan_cancelled=_plan_cancelled(session, finding),
        actions_not_effective=_not_effective(actions),
        has_authority_result=bool(finding.authority_result.strip()),
        has_reopening_ground=_has_reopening_ground(session, finding, inputs),
        has_decision=_has_decision(inputs),
    )


def codes_for_audit(session: Session, audit_id: int) -> AuditFindingCodes:
    """What the findings of an audit lack, in two queries."""
    supported = exists(
        select(FindingEvidence.id)
        .join(Document, Document.id == FindingEvidence.document_id)
        .where(FindingEvidence.finding_id == Finding.id, *_in_use())
    )
    rows = session.execute(
        select(
            Finding.code,
            Finding.state,
            Finding.type,
            Finding.cause,
            Finding.reviewed_by_id,
            Finding.risk_acceptance_id,
            supported,
        )
        .where(Finding.audit_id == audit_id)
        .order_by(Finding.code)
    ).all()
    optional = _observation_plan_optional(session, (kind for _, _, kind, *_ in rows))
    codes: dict[str, list[str]] = {name: [] for name in AuditFindingCodes.__slots__}
    for code, state, kind, cause, reviewer, acceptance, has_evidence in rows:
        must = acceptance is None and needs_plan(kind, observation_plan_optional=optional)
        unreviewed = state is FindingState.DRAFT or (
            state is FindingState.IN_REVIEW and reviewer is None
        )
        lacking = {
            "unreviewed": unreviewed,
            "without_evidence": state is not FindingState.WITHDRAWN and not has_evidence,
            "without_reply": state is FindingState.PRELIMINARY,
            "undecided": state in UNDECIDED,
            "without_cause": state in DECIDED and kind not in WITHOUT_CAUSE and not cause.strip(),
            "needing_plan": must and state not in UNCOMMUNICATED | UNDECIDED | ENDED,
            "without_approved_plan": must and state in WITHOUT_PLAN_YET,
            "open": state not in ENDED,
        }
        for name, lacks in lacking.items():
            if lacks:
                codes[name].append(code)
    return AuditFindingCodes(**{name: tuple(found) for name, found in codes.items()})


def extension_decided(session: Session, audit_id: int | None) -> bool:
    """Whether no request for more time to reply waits for its answer."""
    waits = ReplyExtension.state == ExtensionState.REQUESTED
    return not session.scalar(select(exists().where(ReplyExtension.audit_id == audit_id, waits)))


def awaits_committee(finding: Finding) -> bool:
    """A difference was taken to the committee, whose decision is not recorded yet."""
    return (
        finding.state is FindingState.CONTRADICTION
        and finding.escalated_at is not None
        and finding.committee_decision_id is None
    )


def evidence_count(session: Session, finding: Finding) -> int:
    """Pieces of evidence in use: neither taken off the finding nor withdrawn as documents."""
    statement = (
        select(func.count(FindingEvidence.id))
        .join(Document, Document.id == FindingEvidence.document_id)
        .where(FindingEvidence.finding_id == finding.id, *_in_use())
    )
    return session.scalar(statement) or 0


def _in_use() -> tuple[Any, ...]:
    return (FindingEvidence.removed_at.is_(None), Document.withdrawn_at.is_(None))


def changes_text(finding: Finding, inputs: Inputs) -> bool:
    """Whether the form brings a text that is not the present one."""
    return any(
        name in inputs and plain(inputs[name]) != plain(getattr(finding, name))
        for name in TEXT_FIELDS
    )


def plain(value: object) -> str:
    """A typed text as it is kept: one kind of line break, no blanks at the ends."""
    return str(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()


# ------------------------------------------------------------------ who reviewed


def reviewed_by_other(session: Session, finding: Finding) -> bool:
    """Whether a person other than the author has reviewed the finding as it stands.

    Who may review was judged, substitutions included, when the review was recorded. An office
    of one person may have declared the exception.
    """
    if finding.reviewed_by_id is None:
        return False
    return finding.reviewed_by_id != finding.author_id or is_one_person_office(session)


def is_one_person_office(session: Session) -> bool:
    """The entity's declared exception to the segregation of author and reviewer."""
    return bool(settings.limit(session, ONE_PERSON_OFFICE))


# ------------------------------------------------------------------ reply, plan and actions


def _reply(session: Session, finding: Finding, inputs: Inputs) -> tuple[ReplyStance | None, str]:
    if "stance" in inputs or "arguments" in inputs:
        stance = str(inputs.get("stance") or "")
        known = {member.value for member in ReplyStance}
        return (ReplyStance(stance) if stance in known else None), plain(inputs.get("arguments"))
    last = session.scalars(
        select(Reply).where(Reply.finding_id == finding.id).order_by(Reply.id.desc()).limit(1)
    ).first()
    return (last.stance, last.arguments) if last else (None, "")


def _actions(session: Session, finding: Finding) -> dict[str, ActionState]:
    rows = session.execute(
        select(Action.code, Action.state)
        .where(Action.finding_id == finding.id)
        .order_by(Action.code)
    )
    return {code: state for code, state in rows}


def _unfinished(actions: Mapping[str, ActionState]) -> tuple[str, ...] | None:
    """None while there is no action at all: nothing is finished then."""
    if not actions:
        return None
    return tuple(code for code, state in actions.items() if state not in COMPLETE_STATES)


def _not_effective(actions: Mapping[str, ActionState]) -> tuple[str, ...] | None:
    """Actions that neither ended as effective nor gave way to another; all of them when none
    ended as effective, for a finding is not mended by actions that were only cancelled."""
    if not actions:
        return None
    if ActionState.CLOSED_EFFECTIVE not in actions.values():
        return tuple(actions)
    return tuple(code for code, state in actions.items() if state not in SETTLED_STATES)


def _plan_cancelled(session: Session, finding: Finding) -> bool:
    """Whether a plan held the finding and none does any more."""
    states = session.scalars(
        select(Plan.state)
        .join(PlanFinding, PlanFinding.plan_id == Plan.id)
        .where(PlanFinding.finding_id == finding.id)
    ).all()
    over = {PlanState.CANCELLED, PlanState.CLOSED}
    return PlanState.CANCELLED in states and all(state in over for state in states)


def _observation_plan_optional(session: Session, kinds: Iterable[FindingType]) -> bool:
    """The office's rule, asked only when there is an observation."""
    if FindingType.OBSERVATION not in set(kinds):
        return False
    return not settings.limit(session, OBSERVATION_NEEDS_PLAN)


# ------------------------------------------------------------------ reopening and annulment


def reopening_grounds(session: Session, finding: Finding) -> list[ReopeningGround]:
    """Actions of this finding that failed, and later findings that repeat it."""
    failed = session.execute(
        select(Action.id, Action.code, Action.description)
        .where(
            Action.finding_id == finding.id,
            or_(Action.state == ActionState.INEFFECTIVE, Action.effectiveness.in_(INEFFECTIVE)),
        )
        .order_by(Action.code)
    )
    repeated = session.execute(
        select(Finding.id, Finding.code, Finding.title)
        .where(
            Finding.repeats_id == finding.id,
            Finding.state.not_in(UNCOMMUNICATED | {FindingState.WITHDRAWN}),
        )
        .order_by(Finding.code)
    )
    return [ReopeningGround(f"action:{i}", code, text) for i, code, text in failed] + [
        ReopeningGround(f"finding:{i}", code, text) for i, code, text in repeated
    ]


def _has_reopening_ground(session: Session, finding: Finding, inputs: Inputs) -> bool:
    """With a form: whether it names one of the grounds. Without: whether there is any."""
    if finding.state not in REOPENABLE:
        return False
    grounds = {ground.key for ground in reopening_grounds(session, finding)}
    return str(inputs["ground"] or "") in grounds if "ground" in inputs else bool(grounds)


def _has_decision(inputs: Inputs) -> bool:
    return (
        bool(plain(inputs.get("decision_authority")))
        and bool(plain(inputs.get("decision_number")))
        and isinstance(inputs.get("decision_date"), date)
    )


def is_suspended(audit: Audit | None) -> bool:
    """While an audit is suspended its findings accept no event."""
    return audit is not None and audit.state is AuditState.SUSPENDED
