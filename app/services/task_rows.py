"""What tasks are made of: a thing in a state that somebody must leave, and who may.

A reader gives the duties of one kind of thing, for one actor (only the rows that may be his) or
for everyone (`Desk.actor` is None: the answer is then asked of each actor in turn).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from app.permissions import Actor, can, scope
from app.services.settings import Rulebook
from app.services.terms import DueDate

LIMIT_PER_KIND = 100
AGREED, PLANNED, LONGER = "agreed", "planned", "longer"
"""Why a date holds that follows from no term: the plan agreed it, the audit's programme, or more
time than the term was given."""


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the inbox. `event` names the step ("plan.submit"); `code` the label of a step
    that is no event. `due` may be the arithmetic of a legal term (JSON); without it `basis` says
    why the date holds. `thing`: (kind, id) of what it is about; `unit_id`: whose unit answers."""

    event: str
    title: str
    belongs: str
    endpoint: str
    arguments: Mapping[str, Any]
    due_on: date | None = None
    due: Mapping[str, Any] | None = None
    waiting: bool = False
    basis: str = ""
    thing: tuple[str, int] = ("", 0)
    unit_id: int | None = None

    @property
    def key(self) -> str:
        """The same for as long as the same step of the same thing is owed until the same day."""
        kind, thing_id = self.thing
        return f"{self.event}:{kind}:{thing_id}:{self.due_on or ''}"


@dataclass(frozen=True, slots=True)
class Duty:
    """A thing that somebody must attend to: the first step that an actor may take is his task.

    `row`: what one must be able to read to be told its title.
    """

    row: Any
    steps: tuple[tuple[Callable[[Actor], bool], Task], ...]

    def task_of(self, actor: Actor) -> Task | None:
        return next((task for may, task in self.steps if may(actor)), None)


@dataclass(frozen=True, slots=True)
class Desk:
    """For whom tasks are read; None: for everyone."""

    session: Session
    rules: Rulebook
    today: date
    actor: Actor | None = None

    def may_be(self, permission: str, model: type[Any]) -> ColumnElement[bool]:
        """The rows that may be a task of the actor."""
        return true() if self.actor is None else scope(self.actor, permission, model)

    def rows(self, statement: Any) -> list[Any]:
        return [row for row, *_more in self.tuples(statement)]

    def tuples(self, statement: Any) -> list[Any]:
        """The rows, each with what else its statement selects."""
        if self.actor is not None:
            statement = statement.limit(LIMIT_PER_KIND)
        return list(self.session.execute(statement).unique())


@dataclass(frozen=True, slots=True)
class Enquiry(Desk):
    """Reads nothing: keeps what would be read, so that one query can ask whether there is any."""

    asked: list[Any] = field(default_factory=list)

    def tuples(self, statement: Any) -> list[Any]:
        self.asked.append(statement)
        return []


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of `model` in `states` are a task of whoever holds `permission` on them.

    `only` narrows them: those for which the step is not taken yet, or can be taken now.
    """

    permission: str
    states: tuple[str, ...]
    event: str
    waiting: bool = False
    only: Callable[[], ColumnElement[bool]] | None = None


Make = Callable[[Any, Source], Task]


def by_state(
    desk: Desk,
    model: type[Any],
    sources: tuple[Source, ...],
    make: Make,
    order: Any,
    *options: Any,
    may: Callable[[Source, Any, Actor], bool] | None = None,
) -> list[Duty]:
    """The rows in the states of these sources, each with the steps that its state offers."""
    wanted = or_(*(_wanted(desk, model, source) for source in sources))
    narrowed = [(source, source.only()) for source in sources if source.only is not None]
    statement = (
        select(model, *(condition for _source, condition in narrowed))
        .where(wanted)
        .options(*options)
        .order_by(order, model.id)
    )
    judge = may or holds
    duties = []
    for row, *marks in desk.tuples(statement):
        out = {
            source for (source, _), is_meant in zip(narrowed, marks, strict=True) if not is_meant
        }
        steps = [s for s in sources if row.state in s.states and s not in out]
        duties.append(Duty(row, tuple((partial(judge, s, row), make(row, s)) for s in steps)))
    return duties


def _wanted(desk: Desk, model: type[Any], source: Source) -> ColumnElement[bool]:
    parts = [model.state.in_(source.states), desk.may_be(source.permission, model)]
    return and_(*parts, *([] if source.only is None else [source.only()]))


def holds(source: Source, row: Any, actor: Actor) -> bool:
    return can(actor, source.permission, row)


def until(task: Task, due: DueDate | None) -> Task:
    return task if due is None else replace(task, due_on=due.date, due=due.to_json())


def frozen(task: Task, day: date | None, due: Mapping[str, Any] | None) -> Task:
    return replace(task, due_on=day, due=due)
