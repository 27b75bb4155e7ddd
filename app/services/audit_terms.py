"""The audit's terms: computed when a report is communicated, frozen, moved only by a suspension."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from app.context import Context
from app.models.audits import Audit
from app.services import duty_terms, settings
from app.services.terms import DueDate, compute_due, local_date

REPLY, PLAN = "reply", "plan"
"""Codes of the terms in the catalogue."""
FROM_FINAL, FROM_DRAFT = "Comunicación del informe final", "Comunicación del informe preliminar"
START_EVENTS: Mapping[str, tuple[str, ...]] = {PLAN: (FROM_FINAL, FROM_DRAFT)}
"""What each entity's Estatuto may choose to count a term from; the others have one beginning."""


def freeze_reply(ctx: Context, audit: Audit) -> DueDate:
    """The term to answer the preliminary report begins today."""
    due = settings.due(ctx.session, REPLY, ctx.today())
    audit.reply_due_on, audit.reply_due = due.date, due.to_json()
    return due


def freeze_plan(ctx: Context, audit: Audit) -> DueDate:
    """The term to hand in the improvement plan is told today, and counted from today or, where
    the Estatuto says so, from the communication of the preliminary report."""
    begun = ctx.today()
    if settings.rule(ctx.session, PLAN).start_event == FROM_DRAFT and audit.draft_issued_at:
        begun = local_date(audit.draft_issued_at, ctx.config.time_zone)
    due = settings.due(ctx.session, PLAN, begun, duty_terms.stops(audit))
    audit.plan_due_on, audit.plan_due = due.date, due.to_json()
    return due


def opening_from(ctx: Context, audit: Audit) -> DueDate | None:
    """The first day on which the announced audit should open; None before the announcement."""
    return duty_terms.opening(settings.rulebook(ctx.session), audit)


def keep_suspension(ctx: Context, audit: Audit) -> tuple[date, date] | None:
    """The audit goes on today: note the days, both included, in which its terms stood still.

    None when it goes on the day it stopped.
    """
    if audit.suspended_at is None:
        return None
    first = local_date(audit.suspended_at, ctx.config.time_zone)
    last = ctx.today() - timedelta(days=1)
    if last < first:
        return None
    audit.suspensions = [*audit.suspensions, [first.isoformat(), last.isoformat()]]
    return first, last


def shift_by_suspension(ctx: Context, audit: Audit, stop: tuple[date, date]) -> DueDate | None:
    """The reply term stood still during the suspension that has just ended.

    Answers the new term, or None when it did not move (it had ended, or never began).
    """
    first, last = stop
    if audit.reply_due is None or audit.reply_due_on is None or audit.reply_due_on < first:
        return None
    before = DueDate.from_json(audit.reply_due)
    stops = [*before.suspensions, stop]
    calendar = settings.calendar(ctx.session)
    after = compute_due(before.term, before.start_date, calendar, stops)
    audit.reply_due_on, audit.reply_due = after.date, after.to_json()
    body = {
        "term": REPLY,
        "reply_due_on": [before.date.isoformat(), after.date.isoformat()],
        "suspension": [first.isoformat(), last.isoformat()],
    }
    ctx.record("change", "shift_term", audit, body)
    return after
