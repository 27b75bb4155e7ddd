"""What every machine promises, shown on a small one and on the library it stands on."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from statemachine import State
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed

from tests.unit.workflow_facts import GOOD, at
from tests.unit.workflow_tables import STATES
from workflows import WORKFLOWS
from workflows.audit import AuditFacts, AuditState, AuditWorkflow
from workflows.base import (
    Facts,
    GuardFailed,
    Step,
    Workflow,
    add_months,
    guard,
    is_after,
    is_from,
    is_given,
)


@dataclass(frozen=True, slots=True)
class DoorFacts(Facts):
    has_key: bool = False
    is_night: bool = True


class DoorWorkflow(Workflow):
    thing: ClassVar[str] = "door"
    facts_type = DoorFacts
    creation_guards: ClassVar[tuple[str, ...]] = ("needs_reason", "needs_key")

    shut = State(initial=True, value="cerrada")
    ajar = State(value="entornada")
    wide = State(final=True, value="abierta")
    unlock = shut.to(ajar, cond="by_night", validators=["needs_key", "needs_reason"]) | shut.to(
        wide, unless="by_night", validators=["needs_key", "needs_reason"]
    )
    push = ajar.to(wide)
    break_down = shut.to(wide, on="splinter") | ajar.to(wide, on="splinter")

    def by_night(self, facts: DoorFacts, target: State) -> bool:
        return facts.is_night

    def splinter(self) -> None:
        raise RuntimeError("it held")

    @guard
    def needs_key(self, facts: DoorFacts) -> bool:
        """Says so in its docstring."""
        return facts.has_key


def door(state: str | None = "cerrada") -> DoorWorkflow:
    return DoorWorkflow(SimpleNamespace(state=state))


def test_base_turns_off_what_would_hide_errors() -> None:
    machines: list[type[Workflow]] = [Workflow, DoorWorkflow, *WORKFLOWS.values()]
    for workflow in machines:
        assert workflow.allow_event_without_transition is False
        assert workflow.catch_errors_as_events is False
        assert workflow.atomic_configuration_update is True
        assert workflow.validate_disconnected_states is True
        assert workflow.validate_trap_states is True
        assert workflow.validate_final_reachability is True


def test_library_refuses_a_state_without_a_way_out() -> None:
    with pytest.raises(InvalidDefinition):

        class Trap(Workflow):
            start = State(initial=True)
            stuck = State()
            end = State(final=True)
            fall = start.to(stuck)
            leave = start.to(end)


def test_library_refuses_a_state_that_nothing_reaches() -> None:
    with pytest.raises(InvalidDefinition):

        class Island(Workflow):
            start = State(initial=True)
            island = State()
            end = State(final=True)
            leave = start.to(end)
            swim = island.to(end)


def test_library_refuses_a_circle_that_never_ends() -> None:
    with pytest.raises(InvalidDefinition):

        class Circle(Workflow):
            start = State(initial=True)
            one = State()
            two = State()
            end = State(final=True)
            leave = start.to(end)
            enter = start.to(one)
            turn = one.to(two) | two.to(one)


def test_library_refuses_a_guard_that_does_not_exist() -> None:
    class Misspelt(Workflow):
        start = State(initial=True)
        end = State(final=True)
        leave = start.to(end, validators=["needs_raeson"])

    with pytest.raises(InvalidDefinition, match="needs_raeson"):
        Misspelt(SimpleNamespace(state=None))


def test_guard_keeps_its_name_and_docstring() -> None:
    assert DoorWorkflow.needs_key.__name__ == "needs_key"
    assert DoorWorkflow.needs_key.__doc__ == "Says so in its docstring."


def test_guard_raises_the_code_of_its_thing() -> None:
    workflow = door()
    with pytest.raises(GuardFailed) as refused:
        workflow.send("unlock", facts=DoorFacts(reason="Hay humo."))
    assert (str(refused.value), refused.value.code) == ("door.needs_key", "door.needs_key")
    assert (workflow.model.state, workflow.steps) == ("cerrada", [])


def test_unmet_lists_all_while_send_stops_at_the_first() -> None:
    workflow = door()
    assert workflow.unmet("unlock", DoorFacts()) == ["door.needs_key", "door.needs_reason"]
    with pytest.raises(GuardFailed, match=r"door\.needs_key"):
        workflow.send("unlock", facts=DoorFacts())


@pytest.mark.parametrize(("is_night", "target"), [(True, "entornada"), (False, "abierta")])
def test_condition_chooses_the_target(is_night: bool, target: str) -> None:
    workflow = door()
    facts = DoorFacts(reason="Hay humo.", has_key=True, is_night=is_night)
    assert workflow.requirements("unlock", facts) == ["door.needs_key", "door.needs_reason"]
    workflow.send("unlock", facts=facts)
    assert workflow.model.state == target


def test_steps_are_plain_text_and_in_order() -> None:
    workflow = door()
    workflow.send("unlock", facts=DoorFacts(reason="Hay humo.", has_key=True))
    workflow.send("push", facts=DoorFacts())
    assert workflow.steps == [
        Step("unlock", "cerrada", "entornada"),
        Step("push", "entornada", "abierta"),
    ]
    assert {type(value) for step in workflow.steps for value in (step.event, step.source)} == {str}


def test_error_within_a_step_reaches_the_caller_and_changes_nothing() -> None:
    workflow = door()
    with pytest.raises(RuntimeError, match="it held"):
        workflow.send("break_down", facts=DoorFacts())
    assert (workflow.model.state, workflow.steps) == ("cerrada", [])


@pytest.mark.parametrize("facts", [None, Facts(), AuditFacts(), object()])
def test_facts_of_another_thing_are_a_mistake(facts: Any) -> None:
    workflow = door()
    with pytest.raises(TypeError, match="DoorFacts"):
        workflow.send("unlock", facts=facts)
    with pytest.raises(TypeError, match="DoorFacts"):
        workflow.unmet("unlock", facts)
    with pytest.raises(TypeError, match="DoorFacts"):
        DoorWorkflow.creation_unmet(facts)
    assert workflow.model.state == "cerrada"


def test_row_with_a_state_is_not_written_when_the_machine_is_made() -> None:
    class Row:
        writes = 0

        def __init__(self) -> None:
            self._state = "entornada"

        @property
        def state(self) -> str:
            return self._state

        @state.setter
        def state(self, value: str) -> None:
            self.writes += 1
            self._state = value

    row = Row()
    workflow = DoorWorkflow(row)
    assert workflow.events() == ["push", "break_down"]
    assert row.writes == 0
    workflow.send("push", facts=DoorFacts())
    assert (row.state, row.writes) == ("abierta", 1)


def test_new_row_gets_the_initial_state_without_a_step() -> None:
    workflow = door(None)
    assert (workflow.model.state, workflow.steps) == ("cerrada", [])


def test_state_that_is_not_of_the_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="tapiada"):
        door("tapiada")


def test_plain_text_from_a_column_is_as_good_as_the_enum() -> None:
    row = SimpleNamespace(state="programada", previous_state="")
    AuditWorkflow(row).send("start_planning", facts=GOOD["audit"])
    assert row.state is AuditState.PLANNING


def test_creation_guards_hold_before_there_is_a_row() -> None:
    assert DoorWorkflow.creation_requirements() == ["door.needs_reason", "door.needs_key"]
    assert DoorWorkflow.creation_unmet(DoorFacts(reason="Hay humo.")) == ["door.needs_key"]
    with pytest.raises(GuardFailed, match=r"door\.needs_reason"):
        DoorWorkflow.check_creation(DoorFacts())
    DoorWorkflow.check_creation(DoorFacts(reason="Hay humo.", has_key=True))


def test_final_states_accept_nothing() -> None:
    workflow = door("abierta")
    assert workflow.events() == []
    with pytest.raises(TransitionNotAllowed):
        workflow.send("push", facts=DoorFacts())


@pytest.mark.parametrize("thing", WORKFLOWS)
def test_every_machine_can_be_made_at_every_state(thing: str) -> None:
    for state in STATES[thing].split():
        assert at(thing, state).model.state == state


def test_defaults_of_facts_are_all_unknown_or_unmet() -> None:
    blank = {"", 0, None}  # 0 stands for False too
    for workflow in WORKFLOWS.values():
        facts = workflow.facts_type()
        values = {name: getattr(facts, name) for name in workflow.facts_type.__match_args__}
        assert "reason" in values
        assert set(values.values()) <= blank, workflow.thing


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 12, 15), 1, date(2028, 1, 15)),
        (date(2027, 3, 12), 12, date(2028, 3, 12)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 3, 12), 180, date(2042, 3, 12)),
        (date(2027, 3, 12), 0, date(2027, 3, 12)),
    ],
)
def test_add_months_keeps_the_day_or_the_last_of_the_month(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


def test_comparisons_with_an_unknown_date_are_false() -> None:
    day, later = date(2027, 3, 12), date(2027, 3, 13)
    assert (is_after(later, day), is_after(day, day), is_after(day, later)) == (True, False, False)
    assert (is_from(later, day), is_from(day, day), is_from(day, later)) == (True, True, False)
    assert not any(compare(*pair) for compare in (is_after, is_from) for pair in UNKNOWN_PAIRS)


UNKNOWN_PAIRS = [(None, date(2027, 3, 12)), (date(2027, 3, 12), None), (None, None)]


def test_blank_text_is_not_given() -> None:
    assert [is_given(text) for text in ("", " \t\n", "\N{NO-BREAK SPACE}", " a ")] == [
        False,
        False,
        False,
        True,
    ]
