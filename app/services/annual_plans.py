"""Plan Anual de Auditoría: one row per edition; it runs only once the committee approved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Blocked, Invalid, NotFound
from app.models.audits import AnnualPlan, Audit
from app.models.org import Process
from app.permissions import authorize, can, scope
from app.services import committee, edits, submissions
from app.services.audit_numbers import lock_year
from app.services.transitions import advance, cascade, check_version, load, load_for
from workflows.annual_plan import AnnualPlanFacts, AnnualPlanState
from workflows.audit import REPORTED, AuditState
from workflows.enums import CommitteeDecisionType

FIRST_YEAR, LAST_YEAR = 2015, 2100
NOTHING: Mapping[str, Any] = MappingProxyType({})
OPEN = frozenset({AnnualPlanState.DRAFT, AnnualPlanState.RETURNED})
UNDER_WAY = OPEN | {AnnualPlanState.IN_REVIEW, AnnualPlanState.PRESENTED}


@dataclass(frozen=True, slots=True)
class PlanTexts:
    """What an annual plan says besides its audits."""

    objective: str = ""
    scope: str = ""
    criteria: str = ""
    risks: str = ""
    resources: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """How much of a plan is done: audits with their final report, of those not cancelled."""

    done: int
    total: int

    @property
    def percent(self) -> float | None:
        return None if self.total == 0 else round(100 * self.done / self.total, 1)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A line of the list of plans."""

    plan: AnnualPlan
    execution: Execution
    audit_count: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with the audits that it holds, in order of role and date."""

    plan: AnnualPlan
    audits: tuple[Audit, ...]
    execution: Execution
    newer_edition: AnnualPlan | None


def create(ctx: Context, year: int, texts: PlanTexts, *, key: str = "") -> AnnualPlan:
    """Begin the plan of a year, or a new edition of one that was approved: every change of an
    approved plan goes to the committee again.

    Raises: Forbidden, Invalid (year out of range, an edition is still under way).
    """
    authorize(ctx.actor, "annual_plan.create")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("year", "annual_plan.bad_year", first=FIRST_YEAR, last=LAST_YEAR)
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return load(session, AnnualPlan, int(earlier))
        lock_year(session, year)
        last = _last_edition(session, year)
        if last is not None and last.state in UNDER_WAY:
            raise Invalid("year", "annual_plan.exists", year=year)
        plan = AnnualPlan(
            year=year,
            edition=1 if last is None else last.edition + 1,
            state=AnnualPlanState.DRAFT,
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
            **asdict(texts),
        )
        session.add(plan)
        session.flush()
        ctx.record_transition(plan, event="create", source="", target=plan.state.value)
        submissions.finish(ctx, key, plan.id)
    return plan


def _last_edition(session: Session, year: int) -> AnnualPlan | None:
    return session.scalars(
        select(AnnualPlan)
        .where(AnnualPlan.year == year)
        .order_by(AnnualPlan.edition.desc())
        .limit(1)
    ).first()


def edit(ctx: Context, plan_id: int, texts: PlanTexts, *, version: int | None) -> AnnualPlan:
    """Change the texts of a draft or returned plan.

    Raises: NotFound, Forbidden (also when it is no draft), StaleVersion.
    """
    with ctx.transaction():
        plan = load_for(ctx, AnnualPlan, plan_id, "annual_plan.edit")
        values = asdict(texts)
        edits.check_version(plan, version, values)
        changed = edits.apply(plan, values)
        if changed:
            ctx.record("change", "edit", plan, changed)
    return plan


# ------------------------------------------------------------------ events


def facts(
    ctx: Context, plan: AnnualPlan, *, reason: str = "", inputs: Mapping[str, Any] = NOTHING
) -> AnnualPlanFacts:
    """Facts of a plan now. `inputs` of the approval: `minutes_number`, `minutes_date`."""
    day = inputs.get("minutes_date")
    return AnnualPlanFacts(
        reason=reason,
        line_count=sum(a.state is not AuditState.CANCELLED for a in _audits(ctx.session, plan)),
        minutes_number=str(inputs.get("minutes_number") or plan.minutes_number),
        minutes_date=day if isinstance(day, date) else plan.minutes_date,
    )


def fire(
    ctx: Context,
    plan_id: int,
    event: str,
    *,
    version: int | None,
    reason: str = "",
    inputs: Mapping[str, Any] = NOTHING,
    password: str = "",
) -> AnnualPlan:
    """Move a plan. `approve` takes the number and the date of the committee's minutes.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked, Invalid.
    """
    with ctx.transaction():
        plan = load_for(ctx, AnnualPlan, plan_id, f"annual_plan.{event}")
        check_version(plan, version)
        given = facts(ctx, plan, reason=reason, inputs=inputs)
        # Read before the step: once approved, the plan no longer shows the earlier edition's.
        audits = _audits(ctx.session, plan)
        details = _approval(ctx, audits, given) if event == "approve" else None
        advance(ctx, plan, event, given, details=details)
        if event == "approve":
            _approved(ctx, plan, audits, given)
    return plan


def _approval(ctx: Context, audits: Sequence[Audit], given: AnnualPlanFacts) -> dict[str, Any]:
    """What the committee approves, for the history: the minutes and the audits it saw."""
    if given.minutes_date is not None and given.minutes_date > ctx.today():
        raise Invalid("minutes_date", "committee.future_minutes")
    return {
        "minutes_number": given.minutes_number,
        "minutes_date": edits.as_text(given.minutes_date),
        "audits": [audit.code for audit in audits],
    }


def _approved(
    ctx: Context, plan: AnnualPlan, audits: Sequence[Audit], given: AnnualPlanFacts
) -> None:
    """Keep the minutes, and take in the audits of the edition that this one replaces.

    Raises: Blocked without the date of the minutes, which the event's guard has demanded.
    """
    if given.minutes_date is None:
        raise Blocked("annual_plan.approve", ["annual_plan.needs_minutes"], given)
    plan.minutes_number, plan.minutes_date = given.minutes_number.strip(), given.minutes_date
    plan.approved_at, plan.approved_by_id = ctx.now(), ctx.actor.user_id
    changes = plan.edition > 1
    decision = CommitteeDecisionType.CHANGE_ANNUAL_PLAN
    if not changes:
        decision = CommitteeDecisionType.APPROVE_ANNUAL_PLAN
    text = f"Plan Anual de Auditoría {plan.year}, edición {plan.edition}."
    committee.add(
        ctx,
        plan,
        committee.DecisionData(decision, plan.minutes_number, given.minutes_date, text),
    )
    for audit in audits:
        if audit.annual_plan_id != plan.id:
            body = {"annual_plan_id": [str(audit.annual_plan_id), str(plan.id)]}
            audit.annual_plan_id = plan.id
            ctx.record("change", "move_to_edition", audit, body)


def start_if_approved(ctx: Context, plan: AnnualPlan) -> None:
    """The first audit that begins puts the plan in execution, in the open transaction."""
    if plan.state is AnnualPlanState.APPROVED:
        cascade(ctx, plan, "start_execution", facts(ctx, plan))


# ------------------------------------------------------------------ reading


def index(ctx: Context) -> list[PlanRow]:
    """Plans that the actor may read, newest first, in two queries."""
    plans = ctx.session.scalars(
        select(AnnualPlan)
        .where(scope(ctx.actor, "annual_plan.read", AnnualPlan))
        .order_by(AnnualPlan.year.desc(), AnnualPlan.edition.desc())
    ).all()
    counted = ctx.session.execute(
        select(Audit.annual_plan_id, Audit.state, func.count(Audit.id))
        .where(Audit.annual_plan_id.is_not(None))
        .group_by(Audit.annual_plan_id, Audit.state)
    ).all()
    states: dict[int | None, dict[AuditState, int]] = {}
    for plan_id, state, count in counted:
        states.setdefault(plan_id, {})[state] = count
    return [_row(plan, states.get(plan.id, {})) for plan in plans]


def _row(plan: AnnualPlan, counts: Mapping[AuditState, int]) -> PlanRow:
    return PlanRow(plan, _execution(counts), sum(counts.values()))


def _execution(counts: Mapping[AuditState, int]) -> Execution:
    return Execution(
        done=sum(counts.get(state, 0) for state in REPORTED),
        total=sum(n for state, n in counts.items() if state is not AuditState.CANCELLED),
    )


def view(ctx: Context, plan_id: int) -> PlanView:
    """A plan with its audits. Raises: NotFound."""
    plan = load(ctx.session, AnnualPlan, plan_id)
    if not can(ctx.actor, "annual_plan.read", plan):
        raise NotFound
    audits = tuple(_audits(ctx.session, plan))
    counts: dict[AuditState, int] = {}
    for audit in audits:
        counts[audit.state] = counts.get(audit.state, 0) + 1
    newer = ctx.session.scalars(
        select(AnnualPlan)
        .where(
            AnnualPlan.year == plan.year,
            AnnualPlan.edition > plan.edition,
            scope(ctx.actor, "annual_plan.read", AnnualPlan),
        )
        .order_by(AnnualPlan.edition.desc())
        .limit(1)
    ).first()
    return PlanView(plan, audits, _execution(counts), newer)


def _audits(session: Session, plan: AnnualPlan) -> list[Audit]:
    """Audits of this edition; while it is not approved, also those of the one it will replace."""
    statement = (
        select(Audit)
        .join(AnnualPlan, AnnualPlan.id == Audit.annual_plan_id)
        .options(
            joinedload(Audit.process).joinedload(Process.leader), joinedload(Audit.auditable_unit)
        )
        .order_by(Audit.oci_role, Audit.planned_start, Audit.id)
    )
    if plan.state in UNDER_WAY:
        statement = statement.where(
            AnnualPlan.year == plan.year, AnnualPlan.edition <= plan.edition
        )
    else:
        statement = statement.where(Audit.annual_plan_id == plan.id)
    return list(session.scalars(statement))


def open_plans(ctx: Context) -> list[AnnualPlan]:
    """Plans to which this actor may add audits, newest first."""
    return list(
        ctx.session.scalars(
            select(AnnualPlan)
            .where(scope(ctx.actor, "annual_plan.edit", AnnualPlan))
            .order_by(AnnualPlan.year.desc(), AnnualPlan.edition.desc())
        )
    )
