"""Mis pendientes: what each person owes, until when, and what waits for others.

Tasks are not stored: they follow from the states of things and from who may fire their next
event, so they can be neither forgotten nor left behind. The panel, the daily digest, the
escalations and the calendar all read them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, false, or_, select

from app.context import Context
from app.permissions import Actor
from app.services import settings, task_audits, task_changes, task_fieldwork, task_plans
from app.services.settings import Rulebook
from app.services.task_rows import LIMIT_PER_KIND, Desk, Duty, Enquiry, Task

WEEK_DAYS = 7
Reader = Callable[[Desk], Iterable[Duty]]
READERS: tuple[Reader, ...] = (
    task_audits.annual_plans,
    task_audits.audits,
    task_audits.findings,
    task_audits.evaluations,
    task_plans.plans,
    task_plans.actions,
    task_changes.changes,
    task_changes.prepared,
    task_plans.publications,
    task_audits.declarations,
    task_audits.papers,
    task_fieldwork.letters,
    task_fieldwork.information,
    task_fieldwork.notes,
    task_fieldwork.extensions,
    task_fieldwork.referrals,
    task_plans.progress,
)
"""Every kind of duty; another one is another reader here."""
__all__ = ["Duty", "Inbox", "Owed", "Task", "grouped", "inbox", "owed_by_all"]


@dataclass(frozen=True, slots=True)
class Inbox:
    """Tasks in the groups that the panel shows; `truncated` when a kind has more than shown."""

    late: tuple[Task, ...]
    this_week: tuple[Task, ...]
    later: tuple[Task, ...]
    waiting: tuple[Task, ...]
    truncated: bool = False

    @property
    def all_owed(self) -> tuple[Task, ...]:
        return (*self.late, *self.this_week, *self.later)

    @property
    def owed(self) -> int:
        return len(self.all_owed)

    @property
    def next_due(self) -> date | None:
        dates = [t.due_on for t in self.waiting if t.due_on]
        return min(dates, default=None)


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty with the people who owe it now, each with the step that is his."""

    duty: Duty
    owners: tuple[tuple[Actor, Task], ...]


def inbox(ctx: Context, rules: Rulebook | None = None) -> Inbox:
    """What this actor owes today; the queries grow with the kinds of things, not with the things.

    Nothing for the anonymous. `rules`: the terms of today, where the page has read them already.
    """
    rules = rules or settings.rulebook(ctx.session)
    desk = Desk(ctx.session, rules, ctx.today(), ctx.actor)
    tasks = [duty.task_of(ctx.actor) for duty in _read(desk)]
    return grouped((task for task in tasks if task is not None), ctx.today())


def owed_by_all(ctx: Context, actors: Sequence[Actor]) -> list[Owed]:
    """What each of these people owes, in the same queries for all of them."""
    desk = Desk(ctx.session, settings.rulebook(ctx.session), ctx.today())
    found = []
    for duty in _read(desk):
        owners = [(actor, duty.task_of(actor)) for actor in actors]
        mine = tuple((actor, task) for actor, task in owners if task and not task.waiting)
        if mine:
            found.append(Owed(duty, mine))
    return found


def _read(desk: Desk) -> Iterable[Duty]:
    """The duties of every kind. Of most kinds there is none: one query says which to read."""
    found = desk.session.execute(select(*(_any(desk, read) for read in READERS))).one()
    for read, there_is in zip(READERS, found, strict=True):
        if there_is:
            yield from read(desk)


def _any(desk: Desk, read: Reader) -> ColumnElement[bool]:
    """Whether this reader would find a row."""
    enquiry = Enquiry(desk.session, desk.rules, desk.today, desk.actor)
    list(read(enquiry))
    asked = (each.order_by(None).limit(None).exists() for each in enquiry.asked)
    return or_(false(), *asked).label(None)


def grouped(tasks: Iterable[Task], today: date) -> Inbox:
    ordered = sorted(tasks, key=lambda t: (t.due_on or date.max, t.belongs, t.title))
    owed = [t for t in ordered if not t.waiting]
    week = today + timedelta(days=WEEK_DAYS)
    return Inbox(
        late=tuple(t for t in owed if t.due_on and t.due_on < today),
        this_week=tuple(t for t in owed if t.due_on and today <= t.due_on <= week),
        later=tuple(t for t in owed if not t.due_on or t.due_on > week),
        waiting=tuple(t for t in ordered if t.waiting),
        truncated=len(ordered) >= LIMIT_PER_KIND,
    )
