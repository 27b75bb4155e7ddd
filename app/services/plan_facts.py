"""What the guards of a plan need to know, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.plans import Action, Plan, PlanFinding, Remark
from app.services import plan_rows, plan_terms
from app.services.segregation import Deed, acts_apart
from workflows.action import COMPLETE_STATES, ActionFacts, ActionState, ActionWorkflow
from workflows.plan import PlanFacts

Inputs = Mapping[str, Any]
NOTHING: Inputs = MappingProxyType({})
UNFORMULATED_STATES = frozenset({ActionState.FORMULATED, ActionState.RETURNED})
EVALUATED_STATES = frozenset(
    {
        ActionState.CLOSED_EFFECTIVE,
        ActionState.INEFFECTIVE,
        ActionState.UNMET,
        ActionState.REFORMULATED,
        ActionState.VOIDED,
    }
)
SETTLED_STATES = frozenset(
    {ActionState.CLOSED_EFFECTIVE, ActionState.REFORMULATED, ActionState.VOIDED}
)
TO_CARRY_OUT = frozenset({ActionState.APPROVED, ActionState.RUNNING})


@dataclass(frozen=True, slots=True)
class PlanParts:
    """A plan with what hangs from it; four queries."""

    plan: Plan
    items: list[PlanFinding]
    actions: list[Action]
    remarks: list[Remark]
    max_months: int

    def open_remarks(self) -> list[Remark]:
        """Those that a step waits for."""
        return [each for each in self.remarks if each.answered_at is None and not each.is_comment]


def gather(ctx: Context, plan: Plan) -> PlanParts:
    """Read the plan's findings, causes, actions and remarks as they are now.

    What was said of a change request is not there: its page has other readers.
    """
    session = ctx.session
    remarks = session.scalars(
        select(Remark)
        .where(Remark.plan_id == plan.id, Remark.change_request_id.is_(None))
        .options(joinedload(Remark.author))
        .order_by(Remark.id)
    )
    return PlanParts(
        plan=plan,
        items=plan_rows.items_of(session, plan),
        actions=plan_rows.actions_of(session, plan),
        remarks=list(remarks),
        max_months=plan_terms.action_max_months(session),
    )


def facts(ctx: Context, plan: Plan, *, reason: str = "", inputs: Inputs = NOTHING) -> PlanFacts:
    """Facts of one plan now. `inputs` are those of the event's form: `authority_result` of
    `close`; `act_authority`, `act_number` and `act_date` of `cancel`."""
    return facts_of(ctx, gather(ctx, plan), reason=reason, inputs=inputs)


def facts_of(
    ctx: Context, parts: PlanParts, *, reason: str = "", inputs: Inputs = NOTHING
) -> PlanFacts:
    """The same for parts already gathered."""
    plan, actions = parts.plan, parts.actions
    apart = acts_apart(ctx, formulators(parts))
    return PlanFacts(
        reason=reason,
        today=ctx.today(),
        source=plan.source,
        findings_without_action=_without_action(parts),
        findings_without_root_cause=_without_cause(parts),
        incomplete_actions=incomplete(parts),
        reviewed_by_other=apart,
        remark_count=len(parts.open_remarks()),
        consolidated=plan.consolidated_at is not None,
        remarks_answered=not parts.open_remarks(),
        approved_by_other=apart,
        has_transmission_proof=plan.transmission_id is not None,
        first_start_on=first_start(actions),
        unfinished_actions=_codes(a for a in actions if a.state not in COMPLETE_STATES),
        unevaluated_actions=_codes(a for a in actions if a.state not in EVALUATED_STATES),
        approved_action_count=sum(a.state in TO_CARRY_OUT for a in actions),
        unreplaced_actions=_codes(a for a in actions if a.state not in SETTLED_STATES),
        has_authority_result=bool(_given(inputs, "authority_result") or plan.authority_result),
        never_submitted=plan.first_submitted_at is None,
        has_authority_act=bool(plan.authority_act) or has_act(inputs),
    )


def formulators(parts: PlanParts) -> list[Deed]:
    """Everyone who formulated the plan or one of its actions, or handed it in."""
    plan = parts.plan
    return [
        Deed(plan.formulated_by_id, plan.created_at),
        Deed(plan.submitted_by_id, plan.submitted_at),
        *(Deed(action.formulated_by_id, action.created_at) for action in parts.actions),
    ]


def incomplete(parts: PlanParts) -> tuple[str, ...]:
    """Codes of the actions that could not be handed in as they are."""
    return _codes(
        action for action in parts.actions if lacking(action, max_months=parts.max_months)
    )


def lacking(action: Action, *, max_months: int) -> list[str]:
    """Guard codes that keep an action still being written from being handed in."""
    if action.state not in UNFORMULATED_STATES:
        return []
    return ActionWorkflow(action).unmet("submit", formulation(action, max_months=max_months))


def formulation(action: Action, *, max_months: int) -> ActionFacts:
    """The facts of an action that its own row holds."""
    cause = action.root_cause
    return ActionFacts(
        has_root_cause=cause is not None and cause.removed_at is None,
        indicator=action.indicator_name,
        unit_of_measure=action.unit_of_measure,
        target_quantity=action.target_quantity,
        start_on=action.start_date,
        end_on=action.end_date,
        max_months=max_months,
        has_responsible=action.responsible_unit_id is not None
        and bool(action.responsible_position.strip()),
        accepted_by_unit_head=action.accepted_at is not None,
    )


def first_start(actions: list[Action]) -> date | None:
    """The earliest start among the actions that are agreed or will be."""
    starts = [a.start_date for a in actions if a.start_date and a.state not in SETTLED_STATES]
    return min(starts, default=None)


def has_act(inputs: Inputs) -> bool:
    """Whether the form names the act of an authority in full: who, number and date."""
    who, number = _given(inputs, "act_authority"), _given(inputs, "act_number")
    return bool(who and number) and isinstance(inputs.get("act_date"), date)


def _without_action(parts: PlanParts) -> tuple[str, ...]:
    answered = {a.finding_id for a in parts.actions if a.state != ActionState.VOIDED}
    live = plan_rows.live_items(parts.items)
    return tuple(item.finding.code for item in live if item.finding_id not in answered)


def _without_cause(parts: PlanParts) -> tuple[str, ...]:
    return tuple(
        item.finding.code
        for item in plan_rows.live_items(parts.items)
        if all(cause.removed_at is not None for cause in item.causes)
    )


def _codes(actions: Iterable[Action]) -> tuple[str, ...]:
    return tuple(action.code for action in actions)


def _given(inputs: Inputs, name: str) -> str:
    return str(inputs.get(name) or "").strip()
