"""Causa raíz: why the finding happened, with the steps of the method that found it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.context import Context
from app.errors import Difference, Invalid, NotFound
from app.models.plans import Action, Plan, PlanFinding, RootCause
from app.permissions import Permission, authorize
from app.services import plan_rows, successors
from app.services.transitions import check_version, load_for
from workflows.action import ActionState
from workflows.enums import RootCauseMethod

BRANCHES = (
    "metodo",
    "mano_de_obra",
    "materiales",
    "maquinaria",
    "medicion",
    "medio_ambiente",
)
"""The six M of Ishikawa's diagram (docs/domain.md, 4.4)."""
MAX_WHYS = 7
MAX_LINES = 30
LINE_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class CauseData:
    """What the first line writes. Of the steps, only those of the method are kept."""

    method: RootCauseMethod
    text: str
    whys: tuple[str, ...] = ()
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ideas: tuple[str, ...] = ()

    def analysis(self) -> dict[str, Any]:
        """The steps as they are stored: lists of texts, by the shape of the method."""
        if self.method is RootCauseMethod.FIVE_WHYS:
            return {"whys": _lines(self.whys)}
        if self.method is RootCauseMethod.ISHIKAWA:
            kept = {name: _lines(self.branches.get(name, ())) for name in BRANCHES}
            return {"branches": {name: lines for name, lines in kept.items() if lines}}
        return {"ideas": _lines(self.ideas)}


def _lines(texts: Iterable[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]


def _check(data: CauseData) -> dict[str, Any]:
    """The analysis of valid data. Raises: Invalid."""
    if not data.text.strip():
        raise Invalid("text", "cause.no_text")
    analysis = data.analysis()
    if data.method is RootCauseMethod.FIVE_WHYS:
        steps, name = analysis["whys"], "whys"
        if not 2 <= len(steps) <= MAX_WHYS:
            raise Invalid(name, "cause.too_few_whys", most=MAX_WHYS)
    elif data.method is RootCauseMethod.ISHIKAWA:
        name = "metodo"
        steps = [line for lines in analysis["branches"].values() for line in lines]
    else:
        steps, name = analysis["ideas"], "ideas"
    if not steps:
        raise Invalid(name, "cause.no_steps")
    if len(steps) > MAX_LINES or any(len(step) > LINE_LENGTH for step in steps):
        raise Invalid(name, "cause.too_long", lines=MAX_LINES, most=LINE_LENGTH)
    return analysis


def add(ctx: Context, plan_id: int, item_id: int, data: CauseData) -> RootCause:
    """Add a cause to a finding of the plan; a finding may have several.

    Raises: NotFound, Forbidden, Invalid.
    """
    analysis = _check(data)
    with ctx.transaction() as session:
        plan, item = writable(ctx, plan_id, item_id)
        cause = RootCause(
            plan_finding_id=item.id, method=data.method, text=data.text.strip(), analysis=analysis
        )
        session.add(cause)
        session.flush()
        ctx.record("change", "create", cause, _body(plan, item, cause))
    return cause


def edit(ctx: Context, cause_id: int, data: CauseData, *, version: int | None) -> RootCause:
    """Write a cause anew. Raises: NotFound, Forbidden, StaleVersion, Invalid."""
    analysis = _check(data)
    with ctx.transaction():
        cause, plan, item = _locked(ctx, cause_id)
        check_version(cause, version, [Difference("text", cause.text, data.text)])
        before = {"method": cause.method.value, "text": cause.text, "analysis": cause.analysis}
        cause.method, cause.text, cause.analysis = data.method, data.text.strip(), analysis
        ctx.record("change", "edit", cause, {**_body(plan, item, cause), "before": before})
    return cause


def remove(ctx: Context, cause_id: int, *, version: int | None) -> Plan:
    """Take a cause off the plan; it stays stored and traced.

    Raises: NotFound, Forbidden, StaleVersion, Invalid while an action answers it.
    """
    with ctx.transaction() as session:
        cause, plan, item = _locked(ctx, cause_id)
        check_version(cause, version)
        users = select(func.count(Action.id)).where(
            Action.root_cause_id == cause.id, Action.state != ActionState.VOIDED
        )
        if session.scalar(users):
            raise Invalid("text", "cause.in_use")
        cause.removed_at = ctx.now()
        ctx.record("change", "remove", cause, _body(plan, item, cause))
    return plan


def find(ctx: Context, cause_id: int) -> tuple[RootCause, Plan, PlanFinding]:
    """A cause that this actor may write, with its plan and finding, to show its form.

    Raises: NotFound, Forbidden.
    """
    cause = ctx.session.get(RootCause, cause_id)
    if cause is None or cause.removed_at is not None:
        raise NotFound
    item = ctx.session.get_one(PlanFinding, cause.plan_finding_id)
    plan, item = writable(ctx, item.plan_id, item.id)
    return cause, plan, item


def writable(ctx: Context, plan_id: int, item_id: int) -> tuple[Plan, PlanFinding]:
    """A plan and its finding whose causes this actor may write now.

    While the plan is being written, and afterwards for a finding whose action failed: the new
    action may answer another cause. Raises: NotFound, Forbidden.
    """
    plan = load_for(ctx, Plan, plan_id, Permission.PLAN_CREATE)
    item = plan_rows.item_of(ctx.session, plan_id, item_id)
    failed = plan.state in plan_rows.AGREED_STATES and successors.replaceable(
        ctx, plan, item.finding_id
    )
    if not failed:
        authorize(ctx.actor, Permission.PLAN_EDIT, plan)
    return plan, item


def _locked(ctx: Context, cause_id: int) -> tuple[RootCause, Plan, PlanFinding]:
    cause, plan, item = find(ctx, cause_id)
    ctx.session.refresh(cause, with_for_update=True)
    return cause, plan, item


def _body(plan: Plan, item: PlanFinding, cause: RootCause) -> dict[str, Any]:
    return {
        "plan": plan.code,
        "finding": item.finding.code,
        "method": cause.method.value,
        "text": cause.text,
        "analysis": cause.analysis,
    }
