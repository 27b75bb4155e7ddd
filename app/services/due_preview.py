"""What an edit of the calendar or of a term would change, before it is saved.

Codes and dates only: the administrator, who keeps the calendar, reads no content of audits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.context import Context
from app.models.audits import Audit
from app.models.fieldwork import InformationRequest
from app.models.findings import Finding
from app.models.org import NonWorkingDay, TermRule
from app.models.plans import Action, ChangeRequest, Plan
from app.permissions import Permission, authorize
from app.services import duty_terms, frozen_terms, settings
from app.services.settings import Rulebook
from app.services.terms import DueDate, SkippedDay
from workflows.action import ActionState
from workflows.audit import AuditState
from workflows.change_request import ChangeRequestState
from workflows.finding import FindingState
from workflows.plan import PlanState

TERMS, DAYS = "terminos", "dias-no-habiles"
"""The catalogues that the clock reads."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A due date that would move, and why. `notified`: it stays until somebody recalculates it.

    `added` and `removed`: days of rest that it would begin, or cease, to pass over. `amounts`:
    of the term before and after, when that changes.
    """

    kind: str
    code: str
    term: str
    before: date
    after: date
    notified: bool
    added: tuple[SkippedDay, ...] = ()
    removed: tuple[SkippedDay, ...] = ()
    amounts: tuple[int, int] | None = None


def preview(
    ctx: Context, slug: str, row_id: int | None, values: Mapping[str, Any]
) -> tuple[Shift, ...]:
    """The open due dates that saving these values would change, the notified ones first.

    Raises: Forbidden.
    """
    authorize(ctx.actor, Permission.CATALOGUES_MANAGE)
    session = ctx.session
    now = settings.rulebook(session)
    then = _proposed(session, now, slug, row_id, values)
    if then is None:
        return ()
    return (*_notified(ctx, now, then), *_computed(session, now, then))


def code_of(holder: Any) -> str:
    """How people name it: a request of information is numbered within its audit."""
    if isinstance(holder, InformationRequest):
        return f"{holder.audit.code} · {holder.code}"
    return str(holder.code)


def shift(kind: str, code: str, before: DueDate, after: DueDate, *, notified: bool) -> Shift:
    """The difference of two results of one term."""
    was, will = set(before.skipped), set(after.skipped)
    amounts = (before.term.amount, after.term.amount)
    return Shift(
        kind,
        code,
        after.term.name,
        before.date,
        after.date,
        notified,
        added=_own_rest(will - was, before.date),
        removed=_own_rest(was - will, after.date),
        amounts=amounts if amounts[0] != amounts[1] else None,
    )


def _own_rest(days: set[SkippedDay], until: date) -> tuple[SkippedDay, ...]:
    """Those that moved the date: what lies past the other result was merely reached by it."""
    return tuple(sorted((d for d in days if d.date <= until), key=lambda d: d.date))


def _proposed(
    session: Session, now: Rulebook, slug: str, row_id: int | None, values: Mapping[str, Any]
) -> Rulebook | None:
    """The rules as they would be; None when nothing of them changes."""
    if slug == TERMS and row_id is not None and values.get("amount") is not None:
        rule = session.get(TermRule, row_id)
        if rule is None or rule.amount == values["amount"]:
            return None
        return now.with_amount(rule.code, values["amount"])
    if slug == DAYS and values.get("day") is not None:
        days = dict(now.days)
        old = session.get(NonWorkingDay, row_id) if row_id is not None else None
        if old is not None:
            days.pop(old.day, None)
        if values.get("active"):
            days[values["day"]] = values.get("name") or ""
        return now.with_days(days) if set(days) != set(now.days) else None
    return None


def _notified(ctx: Context, now: Rulebook, then: Rulebook) -> Iterator[Shift]:
    for frozen in frozen_terms.running(ctx.session, ctx.today()):
        by_now, by_then = frozen.by(now), frozen.by(then)
        if by_now is None or by_then is None or by_now.date == by_then.date:
            continue
        if by_then.date + frozen.extra != frozen.due_on:
            holder = frozen.holder
            yield shift(holder.thing, code_of(holder), frozen.due, by_then, notified=True)


def _computed(session: Session, now: Rulebook, then: Rulebook) -> Iterator[Shift]:
    for kind, code, due_by in _running(session):
        before, after = due_by(now), due_by(then)
        if before is not None and after is not None and before.date != after.date:
            yield shift(kind, code, before, after, notified=False)


Due = Callable[[Rulebook], DueDate | None]


def _running(session: Session) -> Iterator[tuple[str, str, Due]]:
    """Every term that runs and was not told to anybody: of what, and its end by some rules."""
    for audit in session.scalars(select(Audit).where(Audit.state == AuditState.PLANNING)):
        yield "audit", audit.code, partial(duty_terms.opening, audit=audit)
    for finding in _findings(session):
        yield "finding", finding.code, partial(_of_finding, finding=finding)
    reviewed = Plan.state.in_((PlanState.SUBMITTED, PlanState.IN_REVIEW))
    for plan in session.scalars(select(Plan).where(reviewed)):
        yield "plan", plan.code, partial(duty_terms.plan_review, plan=plan)
    for action in session.scalars(select(Action).where(Action.state.in_(sorted(FOLLOWED)))):
        yield "action", action.code, partial(_of_action, action=action)
    pending = ChangeRequest.state.in_((ChangeRequestState.REQUESTED, CHANGE_REVIEW))
    requests = select(ChangeRequest).where(pending).options(joinedload(ChangeRequest.action))
    for request in session.scalars(requests):
        decision = partial(duty_terms.change_decision, request=request)
        yield "change_request", request.action.code, decision


CHANGE_REVIEW = ChangeRequestState.IN_REVIEW
VERIFIED_NEXT = frozenset({ActionState.REPORTED, ActionState.IN_VERIFICATION})
FOLLOWED = VERIFIED_NEXT | {ActionState.FULFILLED, ActionState.IN_EVALUATION}


def _findings(session: Session) -> list[Finding]:
    """Replies under analysis, and what a body of control wants a plan for."""
    states = (FindingState.CONTRADICTION, FindingState.CONFIRMED)
    statement = (
        select(Finding)
        .where(Finding.state.in_(states))
        .options(joinedload(Finding.audit), selectinload(Finding.replies))
        .order_by(Finding.code)
    )
    return list(session.scalars(statement))


def _of_finding(rules: Rulebook, finding: Finding) -> DueDate | None:
    if finding.audit is None:
        return duty_terms.external_plan(rules, finding)
    if finding.state is not FindingState.CONTRADICTION:
        return None
    replied_at = max((reply.submitted_at for reply in finding.replies), default=None)
    return duty_terms.reply_analysis(rules, finding.audit, replied_at)


def _of_action(rules: Rulebook, action: Action) -> DueDate | None:
    if action.state in VERIFIED_NEXT:
        return duty_terms.verification(rules, action)
    return duty_terms.evaluation(rules, action)
