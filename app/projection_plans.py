"""The promises of a published report: its accepted plans and their actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app import personal_data
from app.models.accounts import User
from app.models.org import Unit
from app.models.plans import Action, Plan, Progress
from app.models.publications import PubAction, PubPlan, PubReport
from app.projection_rows import ACTION, PLAN, fresh, local_day, public_codes, put
from workflows.action import ActionState
from workflows.enums import Effectiveness
from workflows.plan import PlanState

AGREED_PLANS = frozenset(
    {
        PlanState.APPROVED,
        PlanState.SUBSCRIBED,
        PlanState.RUNNING,
        PlanState.COMPLETED,
        PlanState.EVALUATED,
        PlanState.CLOSED,
        PlanState.CANCELLED,  # one that had been accepted: `approved_at` says so
    }
)
UNAGREED_ACTIONS = frozenset({ActionState.FORMULATED, ActionState.IN_REVIEW, ActionState.RETURNED})
VERIFIED = frozenset(
    {
        ActionState.FULFILLED,
        ActionState.IN_EVALUATION,
        ActionState.CLOSED_EFFECTIVE,
        ActionState.INEFFECTIVE,
        ActionState.REFORMULATED,
    }
)
EVALUATED = frozenset(
    {ActionState.CLOSED_EFFECTIVE, ActionState.INEFFECTIVE, ActionState.REFORMULATED}
)
FULL = 100
POSITION_LENGTH = 200
TITLE = "Plan de mejoramiento del informe «{title}»"
TITLE_ROOM = 260


@dataclass(frozen=True, slots=True)
class Promise:
    """An action of an accepted plan, with what its progress adds up to."""

    action: Any  # a row of columns, never the mapped object: this session's may be old
    done: Decimal
    unit: str

    @property
    def progress_pct(self) -> int:
        """Whole and never rounded up: 99.9 is not done."""
        target = self.action.target_quantity
        if not target:
            return 0
        part = (Decimal(self.done) * FULL / Decimal(target)).quantize(Decimal(1), ROUND_DOWN)
        return min(FULL, int(part))


def rewrite(
    session: Session,
    report: PubReport,
    audit_id: int,
    findings: Mapping[int, str],
    now: datetime,
) -> set[str]:
    """Rows of the plans and actions that answer these findings; the codes of the plans."""
    promises = _promises(session, audit_id, findings)
    plans = _plans(session, {each.action.plan_id for each in promises})
    codes = public_codes(session, PLAN, [plan.id for plan in plans], now.year)
    rows = fresh(session, PubPlan, codes.values())
    for plan in plans:
        put(session, PubPlan, rows, codes[plan.id], _plan_values(report, plan, now), now)
    session.flush()
    _write_actions(session, promises, findings, codes, now)
    return set(codes.values())


def _write_actions(
    session: Session,
    promises: Sequence[Promise],
    findings: Mapping[int, str],
    plans: Mapping[int, str],
    now: datetime,
) -> None:
    ids = [each.action.id for each in promises]
    codes = public_codes(session, ACTION, ids, now.year)
    rows = fresh(session, PubAction, codes.values())
    names = list(session.scalars(select(User.name)))
    for each in promises:
        values = {
            "finding_code": findings[each.action.finding_id],
            "plan_code": plans[each.action.plan_id],
            "replaces_code": codes.get(each.action.replaces_id, ""),
            **_action_values(each, names, now),
        }
        put(session, PubAction, rows, codes[each.action.id], values, now)
    session.flush()
    session.execute(
        delete(PubAction).where(
            PubAction.finding_code.in_(list(findings.values())),
            PubAction.code.not_in(list(codes.values())),
        )
    )


def _promises(session: Session, audit_id: int, findings: Mapping[int, str]) -> Sequence[Promise]:
    done = (
        select(func.coalesce(func.sum(Progress.quantity), 0))
        .where(Progress.action_id == Action.id, Progress.approved_at.is_not(None))
        .correlate(Action)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Action.__table__, done.label("done"), Unit.name.label("unit_name"))
        .join(Plan, Plan.id == Action.plan_id)
        .outerjoin(Unit, Unit.id == Action.responsible_unit_id)
        .where(
            Action.audit_id == audit_id,
            Action.finding_id.in_(list(findings)),
            Action.state.not_in(UNAGREED_ACTIONS),
            Action.approved_at.is_not(None),
            Action.start_date.is_not(None),
            Action.end_date.is_not(None),
            Plan.state.in_(AGREED_PLANS),
            Plan.approved_at.is_not(None),
        )
        .order_by(Action.id)
    )
    return [Promise(row, Decimal(row.done), row.unit_name or "") for row in rows]


def _plans(session: Session, plan_ids: set[int]) -> Sequence[Any]:
    statement = select(Plan.id, Plan.source, Plan.state, Plan.approved_at).where(
        Plan.id.in_(sorted(plan_ids))
    )
    return session.execute(statement.order_by(Plan.id)).all()


def _plan_values(report: PubReport, plan: Any, now: datetime) -> dict[str, Any]:
    """The plan's own title is an inside text: the portal names it after its report."""
    return {
        "report_code": report.code,
        "title": TITLE.format(title=report.title[:TITLE_ROOM]),
        "process": report.process,
        "year": report.year,
        "source": plan.source.value,
        "state": plan.state.value,
        "approved_on": local_day(plan.approved_at, now),
    }


def _action_values(promise: Promise, names: Sequence[str], now: datetime) -> dict[str, Any]:
    action, state = promise.action, promise.action.state
    evaluated = state in EVALUATED and action.effectiveness is not Effectiveness.NOT_EVALUATED
    by_exception = bool(action.closing_exception.strip())
    position = personal_data.mask(action.responsible_position, names)
    return {
        "description": personal_data.mask(action.description, names),
        "unit": promise.unit,
        "position": position[:POSITION_LENGTH],
        "start_date": action.start_date,
        "end_date": action.end_date,
        "original_end_date": action.original_end_date or action.end_date,
        "progress_pct": promise.progress_pct,
        "state": state.value,
        "effectiveness": (action.effectiveness if evaluated else Effectiveness.NOT_EVALUATED).value,
        "by_exception": state is ActionState.CLOSED_EFFECTIVE and by_exception,
        "verified_on": _if(state in VERIFIED, action.verified_at, now),
        "evaluated_on": _if(evaluated, action.evaluated_at, now),
    }


def _if(told: bool, moment: datetime | None, now: datetime) -> date | None:
    return local_day(moment, now) if told else None
