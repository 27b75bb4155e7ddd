"""What every workflow shares: facts, guards, the list of what is missing, the steps taken.

A machine is bound to a row through its field `state`. It does no work: no mail, no clock, no
database, no permissions. What its guards need to know comes in one frozen dataclass of facts.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from types import SimpleNamespace
from typing import Any, ClassVar, TypeAlias, TypeVar

from statemachine import Event, State, StateChart
from statemachine.exceptions import TransitionNotAllowed
from statemachine.transition import Transition

Codes: TypeAlias = tuple[str, ...] | None
"""Codes or names of what still fails: `()` when nothing does, None when nobody looked."""


class GuardFailed(Exception):
    """A rule of the domain forbids the step. `str(error)` is a stable code, see GUARD_MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Step:
    """One transition that took place; the service writes it to the history table."""

    event: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a workflow's transition table; `condition` says when this target is the one."""

    event: str
    source: str
    target: str
    guards: tuple[str, ...]
    condition: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What guards read. Every default means "unknown" or "not met", so that what is left out
    refuses: False for a yes-or-no, None for a date, a number or a list, blank for a text."""

    reason: str = ""


W = TypeVar("W", bound="Workflow")
F = TypeVar("F", bound=Facts)


def guard(predicate: Callable[[W, F], bool]) -> Callable[[W, F], None]:
    """Make a validator of a predicate: raises GuardFailed("thing.name_of_predicate") on False."""

    @wraps(predicate)
    def check(self: W, facts: F) -> None:
        if not predicate(self, facts):
            raise GuardFailed(f"{self.thing}.{predicate.__name__}")

    return check


def is_after(day: date | None, other: date | None) -> bool:
    """True when both are known and `day` is later than `other`."""
    return day is not None and other is not None and day > other


def is_from(day: date | None, other: date | None) -> bool:
    """True when both are known and `day` is `other` or later."""
    return day is not None and other is not None and day >= other


def is_given(text: str) -> bool:
    """True when the text is not blank."""
    return bool(text.strip())


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Workflow(StateChart[Any]):
    """Base of all machines. The library's own defaults swallow errors and unknown events."""

    allow_event_without_transition = False  # an event out of place raises TransitionNotAllowed
    catch_errors_as_events = False  # errors reach the caller, so the transaction rolls back
    atomic_configuration_update = True  # one write to `state`; no None in between to be flushed

    thing: ClassVar[str] = ""
    """Prefix of the guard codes and of the permissions."""
    facts_type: ClassVar[type[Facts]] = Facts
    creation_guards: ClassVar[tuple[str, ...]] = ()
    """Guards that hold when the row is made, which is no event."""

    def __init__(self, subject: object) -> None:
        """Bind to a row. Raises: ValueError when its state is none of this workflow's."""
        self.steps: list[Step] = []
        state = getattr(subject, "state", None)
        if state is not None and state not in self.states_map:
            raise ValueError(f"{state!r} is not a state of {type(self).__name__}")
        super().__init__(subject, state_field="state")

    def after_transition(self, event: Event, source: State, target: State) -> None:
        # str() makes plain strings of them: drivers need not know our enums
        self.steps.append(Step(str(event), str(source.value), str(target.value)))

    def send(self, event: str, *args: Any, facts: Facts | None = None, **kwargs: Any) -> Any:
        """Fire `event`, or raise and change nothing.

        Raises: TransitionNotAllowed (unknown event, or out of place), GuardFailed (the first
        guard that is not met), TypeError (no facts, or those of another thing).
        """
        self._leaving(event)
        self._check_facts(facts)
        return super().send(event, *args, facts=facts, **kwargs)

    def events(self) -> list[str]:  # type: ignore[override] # the library's are its own objects
        """Events that leave the present state, in the order of the table; guards are not asked."""
        return list(dict.fromkeys(event.id for event in self.allowed_events))

    def requirements(self, event: str, facts: Facts) -> list[str]:
        """Codes of every guard of `event` from here, met or not, in the order of the table.

        Raises: TransitionNotAllowed when the event does not leave the present state.
        """
        return [f"{self.thing}.{name}" for name in _guards(self._chosen(event, facts))]

    def unmet(self, event: str, facts: Facts) -> list[str]:
        """Codes of every guard of `event` that the facts do not meet; empty when it may fire.

        Raises: TransitionNotAllowed when the event does not leave the present state.
        """
        return self._failing(_guards(self._chosen(event, facts)), facts)

    @classmethod
    def creation_unmet(cls, facts: Facts) -> list[str]:
        """Codes of every guard that keeps a row from being made."""
        return cls._unbound()._failing(cls.creation_guards, facts)

    @classmethod
    def creation_requirements(cls) -> list[str]:
        """Codes of every guard on making a row, met or not."""
        return [f"{cls.thing}.{name}" for name in cls.creation_guards]

    @classmethod
    def check_creation(cls, facts: Facts) -> None:
        """Raises: GuardFailed with the first guard that keeps the row from being made."""
        for code in cls.creation_unmet(facts):
            raise GuardFailed(code)

    @classmethod
    def table(cls) -> tuple[Rule, ...]:
        """Every transition, by event in order of declaration, then by source."""
        events = [name for name, value in vars(cls).items() if isinstance(value, Event)]
        found = [each for state in cls.states for each in state.transitions]
        return tuple(
            _rule(event, each) for event in events for each in found if event in each.events
        )

    @classmethod
    def _unbound(cls: type[W]) -> W:
        """A machine at its initial state, bound to nothing that is kept."""
        return cls(SimpleNamespace(state=None))

    def _leaving(self, event: str) -> list[Transition]:
        """The transitions of `event` from the present state.

        Compares whole names: the library would also take "close.anything" for "close".
        """
        found = [
            transition
            for state in self.configuration
            for transition in state.transitions
            if event in transition.events
        ]
        if not found:
            raise TransitionNotAllowed(Event(event), self.configuration)
        return found

    def _chosen(self, event: str, facts: Facts) -> Transition:
        """The first transition of `event` from here whose condition the facts fulfil."""
        self._check_facts(facts)
        for transition in self._leaving(event):
            if all(
                getattr(self, spec.func)(facts, transition.target) is spec.expected_value
                for spec in transition.cond
            ):
                return transition
        raise TransitionNotAllowed(Event(event), self.configuration)

    def _failing(self, names: tuple[str, ...], facts: Facts) -> list[str]:
        self._check_facts(facts)
        codes: list[str] = []
        for name in names:
            try:
                getattr(self, name)(facts)
            except GuardFailed as error:
                codes.append(error.code)
        return codes

    def _check_facts(self, facts: Facts | None) -> None:
        if not isinstance(facts, self.facts_type):
            raise TypeError(f"{type(self).__name__} needs {self.facts_type.__name__}")

    @guard
    def needs_reason(self, facts: Facts) -> bool:
        return is_given(facts.reason)


def _guards(transition: Transition) -> tuple[str, ...]:
    return tuple(spec.func for spec in transition.validators)


def _rule(event: str, transition: Transition) -> Rule:
    conditions = [str(spec) for spec in transition.cond]
    assert transition.target is not None  # noqa: S101 # every transition here has a target
    return Rule(
        event,
        transition.source.value,
        transition.target.value,
        _guards(transition),
        conditions[0] if conditions else None,
    )
