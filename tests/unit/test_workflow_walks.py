"""Long random walks: whatever is tried in whatever order, a thing stays where its table says."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from statemachine.exceptions import TransitionNotAllowed

from tests.unit.workflow_facts import BREAKS, at, changed, good
from tests.unit.workflow_tables import FINAL, INITIAL, Row, rows
from workflows.base import Facts, GuardFailed, Step, Workflow

WALK = settings(max_examples=12, stateful_step_count=25, deadline=None, derandomize=True)


class Walk(RuleBasedStateMachine):
    """Fires any event, with any of its guards broken, and keeps its own account of the state."""

    thing: str

    @initialize()
    def begin(self) -> None:
        self.table = rows(self.thing)
        self.state = INITIAL[self.thing]
        self.steps: list[Step] = []
        self.workflow: Workflow = at(self.thing, self.state)
        self.row = self.workflow.model

    @rule(data=st.data())
    def fire_an_event_of_this_state(self, data: st.DataObject) -> None:
        here = [row for row in self.table if row.source == self.state]
        if here:
            self.try_with_some_guards_broken(data, data.draw(st.sampled_from(here)))

    @rule(data=st.data())
    def fire_any_event(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.table))
        if (row.event, self.state) in {(each.event, each.source) for each in self.table}:
            row = next(r for r in self.table if (r.event, r.source) == (row.event, self.state))
            self.try_with_some_guards_broken(data, row)
        else:
            with pytest.raises(TransitionNotAllowed):
                self.workflow.send(row.event, facts=good(row))

    @rule()
    def load_the_row_again(self) -> None:
        """As the next request does."""
        self.steps += self.workflow.steps
        self.workflow = type(self.workflow)(self.row)

    def try_with_some_guards_broken(self, data: st.DataObject, row: Row) -> None:
        broken = data.draw(st.sets(st.sampled_from(row.guards), max_size=2) | st.just(set()))
        facts: Facts = good(row)
        for code in sorted(broken):
            facts = changed(facts, **BREAKS[code][0])
        unmet = self.workflow.unmet(row.event, facts)
        assert set(unmet) <= broken
        assert bool(unmet) is bool(broken)
        if unmet:
            with pytest.raises(GuardFailed) as refused:
                self.workflow.send(row.event, facts=facts)
            assert refused.value.code == unmet[0]
        else:
            self.workflow.send(row.event, facts=facts)
            self.state = row.target

    @invariant()
    def state_is_where_the_table_leads(self) -> None:
        assert self.row.state == self.state
        state = INITIAL[self.thing]
        arrows = {(row.event, row.source, row.target) for row in self.table}
        for step in [*self.steps, *self.workflow.steps]:
            assert (step.event, step.source, step.target) in arrows
            assert step.source == state
            state = step.target
        assert state == self.state
        assert bool(self.workflow.events()) is (self.state not in FINAL[self.thing])


class FindingWalk(Walk):
    thing = "finding"


class ActionWalk(Walk):
    thing = "action"


class PlanWalk(Walk):
    thing = "plan"


def case_of(walk: type[Walk]) -> Any:
    case = walk.TestCase
    case.settings = WALK
    return case


TestFinding = case_of(FindingWalk)
TestAction = case_of(ActionWalk)
TestPlan = case_of(PlanWalk)
