"""Reminders by hand: what is awaited is told again, in the next daily digest, to who owes it.

Each person is told once a day of each thing, whoever reminds; who reminds learns of a thing for
which nobody must act now, or of which all were told already today, that it was not done and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from app.context import Context
from app.errors import Invalid
from app.models.accounts import User
from app.models.base import Versioned
from app.models.findings import Finding
from app.models.org import Process
from app.models.plans import Action, Plan
from app.permissions import Actor, Permission, can
from app.services import accounts, batches, news, report_words, submissions
from app.services.batches import Outcome
from app.services.finding_rows import demand_running_audit
from app.services.plan_rows import OPEN_STATES
from app.services.plans import PLANNABLE_STATES, without_plan
from app.services.task_plans import PLANS
from app.services.task_rows import Source
from app.services.transitions import load_for
from workflows.finding import FindingState
from workflows.plan import PlanState

T = TypeVar("T", bound=Versioned)
NEXT_STEP = {
    PlanState.SUBMITTED: "que espera su revisión",
    PlanState.IN_REVIEW: "que espera su visto bueno o su decisión",
    PlanState.COMPLETED: "que espera el cierre de su evaluación",
    PlanState.EVALUATED: "que espera su cierre",
}
NOBODY_ACTS = {
    PlanState.APPROVED: "plan.waits_for_start",
    PlanState.SUBSCRIBED: "plan.waits_for_start",
    PlanState.RUNNING: "plan.waits_for_actions",
    PlanState.COMPLETED: "plan.waits_for_results",
    PlanState.EVALUATED: "plan.waits_for_results",
    PlanState.CLOSED: "plan.ended",
    PlanState.CANCELLED: "plan.ended",
}


@dataclass(frozen=True, slots=True)
class Call:
    """Who is reminded, of what (it goes on after "le recuerda"), and the page of the step."""

    people: Sequence[User | None]
    what: str
    path: str


def actions(ctx: Context, ids: Sequence[int], *, note: str = "", key: str = "") -> list[Outcome]:
    """Tell the leader of the process and those who carry each out that it is awaited."""
    return _each(ctx, Action, Permission.ACTION_REMIND, _of_action, ids, note, key)


def findings(ctx: Context, ids: Sequence[int], *, note: str = "", key: str = "") -> list[Outcome]:
    """Tell the leader and the liaisons of the process what each finding waits for: its reply
    while the term runs, its plan once it is firm."""
    return _each(ctx, Finding, Permission.FINDING_REMIND, _of_finding, ids, note, key)


def plans(ctx: Context, ids: Sequence[int], *, note: str = "", key: str = "") -> list[Outcome]:
    """Tell whoever has the next step of each plan, as the inboxes say it."""
    people = ctx.session.scalars(select(User).where(User.disabled_at.is_(None))).all()
    actors = accounts.actors_for(ctx.session, people, ctx.today())

    def call(ctx: Context, plan: Plan) -> Call:
        return _of_plan(ctx, plan, actors)

    return _each(ctx, Plan, Permission.PLAN_REMIND, call, ids, note, key)


def _each(
    ctx: Context,
    model: type[T],
    permission: Permission,
    call_of: Callable[[Context, T], Call],
    ids: Sequence[int],
    note: str,
    key: str,
) -> list[Outcome]:
    def one(row_id: int) -> None:
        with ctx.transaction():
            if submissions.claim(ctx, batches.own_key(key, row_id)) is None:
                row = load_for(ctx, model, row_id, permission)
                _remind(ctx, row, call_of(ctx, row), note.strip())

    return batches.each(ids, one)


def _remind(ctx: Context, row: Versioned, call: Call, note: str) -> None:
    others = [
        user
        for user in call.people
        if user and user.disabled_at is None and user.id != ctx.actor.user_id
    ]
    if not others:
        raise Invalid("note", "reminder.nobody")
    kind, row_id = row.ref
    text = f"{ctx.actor.name} le recuerda {call.what}. {note}".strip()
    if not news.tell(ctx, others, f"remind:{kind}:{row_id}:{ctx.today()}", row, text, call.path):
        raise Invalid("note", "reminder.told_today")
    ctx.record("change", "remind", row, {"note": note})


def _of_action(ctx: Context, action: Action) -> Call:
    process = ctx.session.get_one(Process, action.process_id)
    due = f", que termina el {report_words.day(action.end_date)}" if action.end_date else ""
    people = [process.leader, *action.executors]
    return Call(people, f"la acción {action.code}{due}", f"/acciones/{action.id}")


def _of_finding(ctx: Context, finding: Finding) -> Call:
    """Raises: OutOfPlace while its audit is suspended; Invalid when its process owes nothing."""
    demand_running_audit(finding, "remind")
    process, audit = ctx.session.get_one(Process, finding.process_id), finding.audit
    people, path = [process.leader, *process.liaisons], f"/hallazgos/{finding.id}"
    if finding.state is FindingState.PRELIMINARY and audit and audit.reply_due_on:
        if audit.reply_due_on < ctx.today():
            raise Invalid("note", "finding.reply_term_over")
        until = report_words.day(audit.reply_due_on)
        what = f"la réplica del hallazgo {finding.code}, cuyo término vence el {until}"
        return Call(people, what, f"{path}/replica")
    if finding.state not in PLANNABLE_STATES:
        raise Invalid("note", "finding.nothing_awaited")
    if not ctx.session.scalar(select(Finding.id).where(Finding.id == finding.id, without_plan())):
        raise Invalid("note", "finding.no_plan_awaited")
    due = audit.plan_due_on if audit else None
    until = f", que debe presentarse a más tardar el {report_words.day(due)}" if due else ""
    return Call(people, f"el plan de mejoramiento del hallazgo {finding.code}{until}", path)


def _of_plan(ctx: Context, plan: Plan, actors: Sequence[Actor]) -> Call:
    """Raises: Invalid when nobody must act on the plan now."""
    steps = [source for source in PLANS if _is_next(ctx, plan, source)]
    if not steps:
        raise Invalid("note", NOBODY_ACTS[plan.state])
    owners = [a.user_id for a in actors if any(can(a, step.permission, plan) for step in steps)]
    people = ctx.session.scalars(select(User).where(User.id.in_(owners)).order_by(User.id)).all()
    if plan.state in OPEN_STATES:
        until = f" a más tardar el {report_words.day(plan.due_on)}" if plan.due_on else ""
        step = f"que debe presentarse{until}"
    else:
        step = NEXT_STEP[plan.state]
    return Call(people, f"el plan {plan.code} ({plan.title}), {step}", f"/planes/{plan.id}")


def _is_next(ctx: Context, plan: Plan, source: Source) -> bool:
    """Whether somebody's inbox shows this step of the plan."""
    if source.waiting or plan.state not in source.states:
        return False
    if source.only is None:
        return True
    return bool(ctx.session.scalar(select(Plan.id).where(Plan.id == plan.id, source.only())))
