"""Each machine does what its table says: no more, no less, and it says why it refuses."""

from collections.abc import Iterator

import pytest
from statemachine.exceptions import TransitionNotAllowed

from tests.unit.workflow_facts import BREAKS, GOOD, Change, at, changed, good
from tests.unit.workflow_tables import ALL_ROWS, FINAL, INITIAL, STATES, TABLES, Row, rows
from workflows import WORKFLOWS
from workflows.base import GuardFailed, Step, Workflow


def row_id(row: Row) -> str:
    return f"{row.thing}.{row.event}:{row.source}-{row.target}"


def breaking(row: Row) -> Iterator[tuple[str, Change]]:
    for code in row.guards:
        for change in BREAKS[code]:
            yield code, change


def situation(workflow: Workflow) -> tuple[str, list[Step]]:
    return workflow.model.state, workflow.steps


def test_there_is_one_table_for_each_machine() -> None:
    assert list(WORKFLOWS) == list(TABLES)
    assert all(workflow.thing == thing for thing, workflow in WORKFLOWS.items())


@pytest.mark.parametrize("thing", TABLES)
def test_machine_has_the_transitions_of_its_table_and_no_other(thing: str) -> None:
    written = {(r.event, r.source, r.target, r.guards) for r in rows(thing)}
    built = [
        (r.event, r.source, r.target, tuple(f"{thing}.{name}" for name in r.guards))
        for r in WORKFLOWS[thing].table()
    ]
    assert set(built) == written
    assert len(built) == len(written) == len(rows(thing))
    events = dict.fromkeys(r.event for r in rows(thing))
    assert list(dict.fromkeys(event for event, *_ in built)) == list(events)


@pytest.mark.parametrize("thing", TABLES)
def test_machine_has_the_states_of_the_catalogue(thing: str) -> None:
    states = {state.value: state for state in WORKFLOWS[thing].states}
    assert set(states) == set(STATES[thing].split())
    assert {value for value, state in states.items() if state.final} == FINAL[thing]
    assert [value for value, state in states.items() if state.initial] == [INITIAL[thing]]


@pytest.mark.parametrize("thing", TABLES)
def test_events_of_a_state_come_in_the_order_of_the_table(thing: str) -> None:
    for state in STATES[thing].split():
        expected = dict.fromkeys(r.event for r in rows(thing) if r.source == state)
        assert at(thing, state).events() == list(expected)


@pytest.mark.parametrize("row", ALL_ROWS, ids=row_id)
def test_listed_transition_takes_place_when_its_guards_are_met(row: Row) -> None:
    workflow = at(row.thing, row.source, row.target)
    facts = good(row)
    assert workflow.requirements(row.event, facts) == list(row.guards)
    assert workflow.unmet(row.event, facts) == []
    assert situation(workflow) == (row.source, [])
    workflow.send(row.event, facts=facts)
    assert situation(workflow) == (row.target, [Step(row.event, row.source, row.target)])


@pytest.mark.parametrize("row", ALL_ROWS, ids=row_id)
def test_facts_of_which_nothing_is_known_meet_no_guard(row: Row) -> None:
    workflow = at(row.thing, row.source, row.target)
    nothing = WORKFLOWS[row.thing].facts_type()
    optional = {"finding.needs_recommendation"}  # asked of one type of finding only
    assert workflow.unmet(row.event, nothing) == [c for c in row.guards if c not in optional]
    if row.guards:
        with pytest.raises(GuardFailed) as refused:
            workflow.send(row.event, facts=nothing)
        assert refused.value.code == row.guards[0]
        assert situation(workflow) == (row.source, [])


@pytest.mark.parametrize("row", ALL_ROWS, ids=row_id)
def test_each_guard_alone_blocks_with_its_own_code(row: Row) -> None:
    workflow = at(row.thing, row.source, row.target)
    for code, change in breaking(row):
        facts = changed(good(row), **change)
        assert workflow.unmet(row.event, facts) == [code], change
        with pytest.raises(GuardFailed) as refused:
            workflow.send(row.event, facts=facts)
        assert (str(refused.value), refused.value.code) == (code, code)
        assert situation(workflow) == (row.source, [])


@pytest.mark.parametrize("row", ALL_ROWS, ids=row_id)
def test_all_guards_that_fail_are_listed_at_once(row: Row) -> None:
    workflow = at(row.thing, row.source, row.target)
    facts = good(row)
    expected = []
    touched: set[str] = set()
    for code in row.guards:
        change = BREAKS[code][0]
        if code == "finding.needs_recommendation" or not touched.isdisjoint(change):
            continue  # another type of finding needs other fields; one date cannot be two
        touched |= set(change)
        expected.append(code)
        facts = changed(facts, **change)
    assert workflow.unmet(row.event, facts) == expected
    assert situation(workflow) == (row.source, [])


@pytest.mark.parametrize("thing", TABLES)
def test_event_out_of_place_or_unknown_changes_nothing(thing: str) -> None:
    table = {row.event: row for row in rows(thing)}
    listed = {(row.source, row.event) for row in rows(thing)}
    for state in STATES[thing].split():
        workflow = at(thing, state)
        for event in [*table, "", "explode", "model", "send", "__init__", "close.twice"]:
            if (state, event) in listed:
                continue
            facts = good(table[event]) if event in table else GOOD[thing]
            with pytest.raises(TransitionNotAllowed):
                workflow.send(event, facts=facts)
            with pytest.raises(TransitionNotAllowed):
                workflow.unmet(event, facts)
            with pytest.raises(TransitionNotAllowed):
                workflow.requirements(event, facts)
            assert situation(workflow) == (state, []), event


def test_every_guard_of_the_machines_is_in_some_table() -> None:
    """A validator that no transition names would protect nothing."""
    for thing, workflow in WORKFLOWS.items():
        defined = {f"{thing}.{name}" for name in vars(workflow) if name.startswith("needs_")}
        used = {code for row in rows(thing) for code in row.guards}
        assert defined - used == set(workflow.creation_requirements()) - used


def test_branches_of_one_event_from_one_state_share_their_guards() -> None:
    """The library runs the guards of a branch before it asks whether the branch is the one."""
    for thing, workflow in WORKFLOWS.items():
        seen: dict[tuple[str, str], tuple[str, ...]] = {}
        for rule in workflow.table():
            assert seen.setdefault((rule.event, rule.source), rule.guards) == rule.guards, thing
