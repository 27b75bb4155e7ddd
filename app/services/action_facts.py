"""What the guards of an action need to know, gathered in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import func, select

from app.context import Context
from app.models.findings import Finding
from app.models.plans import COMMENTS, Action, ChangeRequest, Plan, Progress, Remark
from app.models.traceability import LedgerEvent
from app.services import finding_facts, plan_facts, plan_terms, progress
from app.services.plan_facts import NOTHING, Inputs
from app.services.segregation import Deed, acts_apart
from workflows.action import ActionFacts, ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ChangeRequestType
from workflows.finding import FindingState
from workflows.plan import PlanState

STANDING_STATES = frozenset(
    {
        ActionState.APPROVED,
        ActionState.RUNNING,
        ActionState.REPORTED,
        ActionState.IN_VERIFICATION,
        ActionState.FULFILLED,
        ActionState.IN_EVALUATION,
        ActionState.CLOSED_EFFECTIVE,
    }
)
"""Agreed and neither failed nor given up: a finding with one of these is not left alone."""
AGREED_STATES = STANDING_STATES | {ActionState.UNMET, ActionState.INEFFECTIVE}


@dataclass(frozen=True, slots=True)
class ActionParts:
    """An action with what its guards count."""

    action: Action
    plan: Plan
    finding: Finding
    max_months: int
    entries: tuple[Progress, ...]
    evidence_count: int
    open_remark_count: int
    has_approved_successor: bool
    approved_changes: frozenset[ChangeRequestType]
    has_other_action: bool

    @property
    def approved(self) -> Decimal:
        """What has the visto bueno, in the action's unit."""
        counted = (entry.quantity for entry in self.entries if entry.approved_at is not None)
        return sum(counted, Decimal(0))

    @property
    def progress_pct(self) -> Decimal:
        return progress.percentage(self.approved, self.action.target_quantity)


def gather(ctx: Context, action: Action) -> ActionParts:
    """Read what hangs from the action as it is now."""
    session = ctx.session
    entries = session.scalars(
        select(Progress).where(Progress.action_id == action.id).order_by(Progress.id)
    )
    remarks = select(func.count(Remark.id)).where(
        Remark.action_id == action.id,
        Remark.answered_at.is_(None),
        Remark.field.not_in(COMMENTS),
    )
    changes = select(ChangeRequest.type).where(
        ChangeRequest.action_id == action.id, ChangeRequest.state == ChangeRequestState.APPROVED
    )
    siblings = select(func.count(Action.id)).where(
        Action.finding_id == action.finding_id,
        Action.id != action.id,
        Action.state.in_(sorted(STANDING_STATES)),
    )
    return ActionParts(
        action=action,
        plan=session.get_one(Plan, action.plan_id),
        finding=session.get_one(Finding, action.finding_id),
        max_months=plan_terms.action_max_months(session),
        entries=tuple(entries),
        evidence_count=progress.approved_evidence_count(ctx, action.id),
        open_remark_count=session.scalar(remarks) or 0,
        has_approved_successor=_has_approved_successor(ctx, action),
        approved_changes=frozenset(session.scalars(changes)),
        has_other_action=bool(session.scalar(siblings)),
    )


def facts(
    ctx: Context, action: Action, *, reason: str = "", inputs: Inputs = NOTHING
) -> ActionFacts:
    """Facts of one action now. No event of an action has inputs beyond its reason."""
    return facts_of(ctx, gather(ctx, action), reason=reason)


def facts_of(ctx: Context, parts: ActionParts, *, reason: str = "") -> ActionFacts:
    """The same for parts already gathered."""
    action, plan = parts.action, parts.plan
    waited = plan_terms.evaluable_from(ctx.session, action.reported_at)
    doers = involved(parts)
    return replace(
        plan_facts.formulation(action, max_months=parts.max_months),
        reason=reason,
        today=ctx.today(),
        remark_count=parts.open_remark_count,
        consolidated=is_consolidated(action, plan),
        approved_by_other=acts_apart(ctx, [Deed(action.formulated_by_id, action.created_at)]),
        plan_running=plan.state is PlanState.RUNNING,
        progress_pct=parts.progress_pct,
        evidence_count=parts.evidence_count,
        verifier_is_independent=acts_apart(ctx, doers),
        efficacy=action.efficacy,
        has_efficacy_support=bool(action.efficacy_note.strip()),
        evaluable_from=waited.date if waited else None,
        evaluator_is_other=evaluates_apart(ctx, action, doers),
        effectiveness=action.effectiveness,
        has_effectiveness_support=bool(action.effectiveness_note.strip()),
        has_approved_successor=parts.has_approved_successor,
        has_approved_change=bool(
            parts.approved_changes
            & {ChangeRequestType.REFORMULATION, ChangeRequestType.CANCELLATION}
        ),
        has_other_action=parts.has_other_action,
        plan_cancelled=plan.state is PlanState.CANCELLED,
        finding_annulled=parts.finding.state is FindingState.WITHDRAWN,
    )


def is_consolidated(action: Action, plan: Plan) -> bool:
    """The second line's visto bueno: the plan's while it is reviewed, else the action's own."""
    if plan.state is PlanState.IN_REVIEW:
        return plan.consolidated_at is not None
    return action.consolidated_at is not None


def involved(parts: ActionParts) -> list[Deed]:
    """Who formulated, accepted, carried out or reported the action: none of them verifies it."""
    action = parts.action
    return [
        Deed(action.formulated_by_id, action.created_at),
        Deed(action.accepted_by_id, action.accepted_at),
        Deed(action.reported_by_id, action.reported_at),
        *(Deed(user.id) for user in action.executors),
        *(Deed(entry.author_id, entry.created_at) for entry in parts.entries),
        *(
            Deed(entry.approved_by_id, entry.approved_at or entry.rejected_at)
            for entry in parts.entries
        ),
    ]


def verifiers(ctx: Context, action: Action) -> list[Deed]:
    """Who was assigned the verification, who gave its result, and who took it as good."""
    kind, thing_id = action.ref
    recorded = ctx.session.execute(
        select(LedgerEvent.actor_id, LedgerEvent.at)
        .where(
            LedgerEvent.thing_kind == kind,
            LedgerEvent.thing_id == thing_id,
            LedgerEvent.action == "record_efficacy",
        )
        .order_by(LedgerEvent.seq.desc())
        .limit(1)  # the one that stands
    )
    return [
        Deed(action.verifier_id, action.verified_at),
        Deed(action.verified_by_id, action.verified_at),
        *(Deed(actor_id, at) for actor_id, at in recorded),
    ]


def evaluates_apart(ctx: Context, action: Action, doers: list[Deed]) -> bool:
    """Whether the actor is neither a doer nor a verifier of the action.

    An office of one person may have declared the exception: then who verified may evaluate.
    """
    if not acts_apart(ctx, doers):
        return False
    return acts_apart(ctx, verifiers(ctx, action)) or finding_facts.is_one_person_office(
        ctx.session
    )


def uses_exception(ctx: Context, action: Action) -> bool:
    """Whether the actor evaluates only because the office declared that it has one person."""
    if acts_apart(ctx, verifiers(ctx, action)):
        return False
    return finding_facts.is_one_person_office(ctx.session)


def _has_approved_successor(ctx: Context, action: Action) -> bool:
    statement = select(func.count(Action.id)).where(
        Action.replaces_id == action.id, Action.state.in_(sorted(AGREED_STATES))
    )
    return bool(ctx.session.scalar(statement))
