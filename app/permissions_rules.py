"""The pieces that rules of permission are made of.

Each piece has two faces, a predicate over an object (`holds`) and a condition over its table
(`where`), kept side by side so that a list and a detail page cannot differ. What a thing does
not have (a column, an attribute) is never granted: the piece is false on both faces. There is
no negation of a column on purpose: unknown values (NULL) would then differ between the faces.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import False_, True_

from app.models.plans import Action, action_executor
from workflows.enums import Role

EMPTY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with what that person may reach today; built anew for each request.

    `roles` and the scopes join the person's own with those of the absent persons for whom he
    or she acts today (`acting_for`); `persons` are those whose things count as own.
    """

    user_id: int | None
    name: str
    roles: frozenset[Role] = frozenset()
    persons: frozenset[int] = EMPTY
    acting_for: frozenset[int] = EMPTY
    lead_audits: frozenset[int] = EMPTY
    member_audits: frozenset[int] = EMPTY
    led_processes: frozenset[int] = EMPTY
    liaison_processes: frozenset[int] = EMPTY
    headed_units: frozenset[int] = EMPTY
    # Of the units that nobody heads today, for who leads a process.
    headless_units: frozenset[int] = EMPTY
    # In person, never by substitution: audits under way in which the conflict declaration is owed.
    undeclared_audits: frozenset[int] = EMPTY
    # What was shared with a body of control: final reports, and what follows its own reports.
    shared_audits: frozenset[int] = EMPTY
    shared_findings: frozenset[int] = EMPTY
    shared_plans: frozenset[int] = EMPTY
    session_id: int | None = None

    @property
    def is_person(self) -> bool:
        return self.user_id is not None


class Rule(ABC):
    """A condition on actor and thing, with both faces."""

    @abstractmethod
    def holds(self, actor: Actor, obj: object) -> bool:
        """Whether it holds for this object."""

    @abstractmethod
    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        """The rows for which it holds."""

    def __and__(self, other: Rule) -> Rule:
        return All((self, other))

    def __or__(self, other: Rule) -> Rule:
        return Some((self, other))


@dataclass(frozen=True, slots=True)
class All(Rule):
    rules: tuple[Rule, ...]

    def holds(self, actor: Actor, obj: object) -> bool:
        return all(rule.holds(actor, obj) for rule in self.rules)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        parts = [rule.where(actor, model) for rule in self.rules]
        if any(isinstance(part, False_) for part in parts):
            return false()
        return and_(true(), *(part for part in parts if not isinstance(part, True_)))


@dataclass(frozen=True, slots=True)
class Some(Rule):
    rules: tuple[Rule, ...]

    def holds(self, actor: Actor, obj: object) -> bool:
        return any(rule.holds(actor, obj) for rule in self.rules)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        parts = [rule.where(actor, model) for rule in self.rules]
        if any(isinstance(part, True_) for part in parts):
            return true()
        return or_(false(), *(part for part in parts if not isinstance(part, False_)))


@dataclass(frozen=True, slots=True)
class ActorIs(Rule):
    """A condition on the actor alone, whatever the thing."""

    test: Callable[[Actor], bool]

    def holds(self, actor: Actor, obj: object) -> bool:
        return self.test(actor)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        return true() if self.test(actor) else false()


@dataclass(frozen=True, slots=True)
class HasRole(Rule):
    """The actor holds at least one of these roles."""

    roles: frozenset[Role]

    def holds(self, actor: Actor, obj: object) -> bool:
        return bool(actor.roles & self.roles)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        return true() if actor.roles & self.roles else false()


def has_role(*roles: Role) -> Rule:
    return HasRole(frozenset(roles))


ABSENT = object()
OWN_ID = {
    "audit": "audit_id",
    "process": "process_id",
    "finding": "finding_id",
    "plan": "plan_id",
}


def value_of(obj: object, name: str) -> object:
    """An attribute of a thing; an audit is its own audit, a plan its own plan."""
    if OWN_ID.get(getattr(obj, "thing", "")) == name:
        return getattr(obj, "id", ABSENT)
    return getattr(obj, name, ABSENT)


def column_of(model: type[Any], name: str) -> InstrumentedAttribute[Any] | None:
    """The same for a table; None when it has no such column."""
    if OWN_ID.get(getattr(model, "thing", "")) == name:
        name = "id"
    if name not in model.__mapper__.column_attrs:
        return None
    column: InstrumentedAttribute[Any] = getattr(model, name)
    return column


@dataclass(frozen=True, slots=True)
class ColumnRule(Rule):
    """A condition on one attribute of the thing."""

    name: str

    def holds(self, actor: Actor, obj: object) -> bool:
        value = value_of(obj, self.name)
        return value is not ABSENT and self.check(actor, value)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        column = column_of(model, self.name)
        return false() if column is None else self.condition(actor, column)

    @abstractmethod
    def check(self, actor: Actor, value: object) -> bool:
        """Whether it holds for this value of the attribute."""

    @abstractmethod
    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """The rows whose column has such a value."""


@dataclass(frozen=True, slots=True)
class InScope(ColumnRule):
    """The attribute is one of a set of the actor's: `InScope("audit_id", "lead_audits")`."""

    scope: str

    def check(self, actor: Actor, value: object) -> bool:
        return value in getattr(actor, self.scope)

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        ids = getattr(actor, self.scope)
        return column.in_(sorted(ids)) if ids else false()


@dataclass(frozen=True, slots=True)
class IsActor(ColumnRule):
    """The attribute is the acting person, in person: a substitute does not count."""

    def check(self, actor: Actor, value: object) -> bool:
        return actor.user_id is not None and value == actor.user_id

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return false() if actor.user_id is None else column == actor.user_id


@dataclass(frozen=True, slots=True)
class OneOf(ColumnRule):
    """The attribute has one of these values: states, purposes."""

    values: frozenset[str]

    def check(self, actor: Actor, value: object) -> bool:
        return value in self.values

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        known = getattr(column.type, "enum_class", None)
        values = self.values if known is None else self.values & {item.value for item in known}
        return column.in_(sorted(values)) if values else false()


@dataclass(frozen=True, slots=True)
class Known(ColumnRule):
    """The attribute has a value: a moment that has come."""

    def check(self, actor: Actor, value: object) -> bool:
        return value is not None

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column.is_not(None)


@dataclass(frozen=True, slots=True)
class Unknown(ColumnRule):
    """The attribute has no value: a moment that has not come, a thing that belongs to none."""

    def check(self, actor: Actor, value: object) -> bool:
        return value is None

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column.is_(None)


@dataclass(frozen=True, slots=True)
class Filled(ColumnRule):
    """The text is not empty."""

    def check(self, actor: Actor, value: object) -> bool:
        return isinstance(value, str) and value != ""

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column != ""


@dataclass(frozen=True, slots=True)
class Blank(ColumnRule):
    """The text is empty. A row not yet in the database, without its default, counts as empty."""

    def check(self, actor: Actor, value: object) -> bool:
        return value in ("", None)

    def condition(self, actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column == ""


@dataclass(frozen=True, slots=True)
class ThingIs(Rule):
    """The thing is of one of these kinds."""

    kinds: frozenset[str]

    def holds(self, actor: Actor, obj: object) -> bool:
        return getattr(obj, "thing", None) in self.kinds

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        return true() if getattr(model, "thing", None) in self.kinds else false()


@dataclass(frozen=True, slots=True)
class IsExecutor(Rule):
    """One of the actor's persons is an executor of the action."""

    def holds(self, actor: Actor, obj: object) -> bool:
        executors = getattr(obj, "executors", None) or ()
        return any(user.id in actor.persons for user in executors)

    def where(self, actor: Actor, model: type[Any]) -> ColumnElement[bool]:
        if model is not Action or not actor.persons:
            return false()
        # By the key of each row in turn: a list that stops at its page asks for no more.
        return exists().where(
            action_executor.c.action_id == Action.id,
            action_executor.c.user_id.in_(sorted(actor.persons)),
        )


def state(*values: str) -> Rule:
    """The thing is in one of these states."""
    return OneOf("state", frozenset(values))


def thing(*kinds: str) -> Rule:
    """The thing is of one of these kinds."""
    return ThingIs(frozenset(kinds))
