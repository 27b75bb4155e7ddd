"""An action at random: any person, any event, any day, over the services and over HTTP.

The account that the test keeps is a plain dict; what moves must be an arrow of the table, fired
by one of its roles, and what is refused must leave everything as it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.context import Context
from app.errors import VigiaError
from app.models.accounts import RoleGrant, User
from app.models.plans import Action
from app.models.traceability import HistoryEntry
from app.services import action_events, ledger, verification
from tests.conftest import START, Clock
from tests.factories import make_user
from tests.plan_world import World, make_fulfilled, make_progress, make_running_action, make_world
from tests.unit.workflow_tables import FINAL, rows
from tests.web.plan_pages import Browse
from workflows.action import ActionState
from workflows.enums import Effectiveness, Efficacy, Role

TABLE = rows("action")
ARROWS = {(row.event, row.source, row.target) for row in TABLE}
EVENTS = sorted({row.event for row in TABLE})
RESULTS: dict[str, Efficacy | Effectiveness] = {
    "verify": Efficacy.MET,
    "reject": Efficacy.UNMET,
    "close_effective": Effectiveness.EFFECTIVE,
    "declare_ineffective": Effectiveness.INEFFECTIVE,
}
"""The result that each step of the OCI rests on."""
FEW = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each step costs a transaction: shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)


FAR = {"reportada", "en_verificacion", "incumplida", "en_evaluacion_efectividad"}
"""States that the walks are known to reach: a walk that goes nowhere proves nothing."""


class ActionLife(RuleBasedStateMachine):
    """Over the services; `ActionLifeOnPages` sends the same through the pages."""

    world: ClassVar[World]
    clock: ClassVar[Clock]
    reached: ClassVar[set[str]]
    people = Bundle("people")

    @initialize(target=people, is_done=st.booleans())
    def begin(self, is_done: bool) -> Any:
        self.clock.at = START
        action = make_running_action(self.world)
        self.action_id = action.id
        if is_done:
            make_fulfilled(self.world, action)
        row = self.row()
        self.account: dict[str, Any] = {
            "state": row.state.value,
            "version": row.version,
            "steps": self.steps(),
        }
        office = self.world.office
        self.holders = {
            Role.OCI_HEAD.value: office.head,
            Role.LEAD_AUDITOR.value: office.lead,
            Role.AUDITOR.value: office.auditor,
            Role.PROCESS_OWNER.value: office.leader,
            Role.SECOND_LINE.value: office.planner,
        }
        team = [office.head, office.lead, office.auditor, office.leader, office.liaison]
        return multiple(*team, office.planner, office.manager, self.stranger)

    @property
    def stranger(self) -> User:
        """Leads another process."""
        session = self.world.ctx.session
        return session.scalars(select(User).where(User.name == "Otra Líder")).one()

    def row(self) -> Action:
        session = self.world.ctx.session
        session.rollback()
        return session.get_one(Action, self.action_id, populate_existing=True)

    def steps(self) -> int:
        counted = select(func.count(HistoryEntry.id)).where(
            HistoryEntry.thing_kind == "action", HistoryEntry.thing_id == str(self.action_id)
        )
        return self.world.ctx.session.scalar(counted) or 0

    def roles(self, user: User) -> set[str]:
        held = select(RoleGrant.role).where(
            RoleGrant.user_id == user.id, RoleGrant.revoked_at.is_(None)
        )
        return {role.value for role in self.world.ctx.session.scalars(held)}

    def send(self, user: User, event: str, reason: str, version: int) -> None:
        """Fire the event as this person; a refusal is an answer like any other."""
        try:
            action_events.fire(
                self.world.acting(user), self.action_id, event, version=version, reason=reason
            )
        except VigiaError:
            self.world.ctx.session.rollback()

    def record(self, user: User, result: Efficacy | Effectiveness, version: int) -> None:
        ctx, note = self.world.acting(user), "Se revisó."
        try:
            if isinstance(result, Efficacy):
                verification.record_efficacy(
                    ctx, self.action_id, result, note=note, version=version
                )
            else:
                verification.record_effectiveness(
                    ctx, self.action_id, result, note=note, version=version
                )
        except VigiaError:
            self.world.ctx.session.rollback()

    # -------------------------------------------------------------- what people do

    @rule(
        user=people,
        event=st.sampled_from(EVENTS),
        reason=st.sampled_from(["", "Porque sí."]),
        is_stale=st.sampled_from([False, False, False, True]),
    )
    def fire(self, user: User, event: str, reason: str, is_stale: bool) -> None:
        before = dict(self.account)
        self.send(user, event, reason, before["version"] - is_stale)
        self.compare(user, event, before, is_stale=is_stale)

    @rule(data=st.data())
    def fire_what_leads_on(self, data: st.DataObject) -> None:
        """An arrow from here by one of its roles, with what it asks for, so that walks go far."""
        here = [
            row
            for row in TABLE
            if row.source == self.account["state"] and set(row.roles) & set(self.holders)
        ]
        if not here:
            return
        row = data.draw(st.sampled_from(here))
        role = data.draw(st.sampled_from([role for role in row.roles if role in self.holders]))
        user = self.holders[role]
        if row.event == "report_completion":
            make_progress(self.world, self.action_id)
        elif row.event in RESULTS:
            self.record(user, RESULTS[row.event], self.row().version)
        elif row.event == "start_evaluation":
            self.wait(200)
        self.account["version"] = self.row().version
        before = dict(self.account)
        self.send(user, row.event, "Porque sí.", before["version"] - 1)
        self.compare(user, row.event, before, is_stale=True)
        self.send(user, row.event, "Porque sí.", before["version"])
        self.compare(user, row.event, before)

    def compare(
        self, user: User, event: str, before: dict[str, Any], *, is_stale: bool = False
    ) -> None:
        row = self.row()
        after: dict[str, Any] = {
            "state": row.state.value,
            "version": row.version,
            "steps": self.steps(),
        }
        if after != before:
            assert not is_stale
            arrow = (event, before["state"], after["state"])
            assert arrow in ARROWS
            entitled = {
                role
                for each in TABLE
                if (each.event, each.source) == arrow[:2]
                for role in each.roles
            }
            assert self.roles(user) & entitled
            assert after["version"] > before["version"]
            assert after["steps"] == before["steps"] + 1
            self.reached.add(after["state"])
        self.account = after

    @rule()
    def work_on(self) -> None:
        """What the first line does between two events."""
        if self.account["state"] == ActionState.RUNNING:
            make_progress(self.world, self.action_id)
            self.account["version"] = self.row().version

    @rule(
        user=people,
        result=st.sampled_from(
            [Efficacy.MET, Efficacy.UNMET, Effectiveness.EFFECTIVE, Effectiveness.INEFFECTIVE]
        ),
    )
    def judge(self, user: User, result: Efficacy | Effectiveness) -> None:
        before = self.row()
        efficacy, effectiveness = before.efficacy, before.effectiveness
        self.record(user, result, before.version)
        after = self.row()
        if (after.efficacy, after.effectiveness) != (efficacy, effectiveness):
            assert self.roles(user) & {Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR}
        self.account["version"] = after.version

    @rule(days=st.sampled_from([1, 30, 200]))
    def wait(self, days: int) -> None:
        self.clock.at += timedelta(days=days)

    # -------------------------------------------------------------- what always holds

    @invariant()
    def nothing_moved_by_itself(self) -> None:
        row = self.row()
        assert (row.state.value, self.steps()) == (self.account["state"], self.account["steps"])

    @invariant()
    def who_did_it_did_not_judge_it(self) -> None:
        row = self.row()
        doers = {user.id for user in row.executors} | {row.reported_by_id}
        if row.verified_by_id is not None:
            assert row.verified_by_id not in doers
        if row.evaluator_id is not None:
            assert row.evaluator_id not in doers | {row.verified_by_id}

    @invariant()
    def what_ended_stays_ended(self) -> None:
        if self.account["state"] in FINAL["action"]:
            assert not [row for row in TABLE if row.source == self.account["state"]]

    def teardown(self) -> None:
        self.world.ctx.session.rollback()
        assert ledger.verify(self.world.ctx.session).ok


class ActionLifeOnPages(ActionLife):
    """The same, through the pages and their forms."""

    browse: ClassVar[Browse]

    def send(self, user: User, event: str, reason: str, version: int) -> None:
        self.post(user, f"eventos/{event}", {"reason": reason, "version": version})

    def record(self, user: User, result: Efficacy | Effectiveness, version: int) -> None:
        path = "eficacia" if isinstance(result, Efficacy) else "efectividad"
        data = {"result": result.value, "note": "Se revisó.", "version": version}
        self.post(user, path, data)

    def post(self, user: User, path: str, data: dict[str, Any]) -> None:
        self.browse.clients.clear()  # a long wait ends the session
        answer = self.browse(user).post(f"/acciones/{self.action_id}/{path}", data=data)
        assert answer.status_code in {303, 403, 404, 409, 422}, answer.status_code


def play(machine: type[ActionLife], world: World, clock: Clock) -> set[str]:
    machine.world, machine.clock, machine.reached = world, clock, set()
    run_state_machine_as_test(machine, settings=FEW)
    return machine.reached


@pytest.fixture
def world(ctx: Context) -> World:
    made = make_world(ctx)
    make_user(ctx, Role.PROCESS_OWNER, name="Otra Líder")
    return made


@pytest.mark.long
def test_over_the_services(world: World, clock: Clock) -> None:
    reached = play(ActionLife, world, clock)
    assert reached >= FAR


@pytest.mark.long
def test_over_the_pages(app: Flask, world: World, clock: Clock) -> None:
    class OnPages(ActionLifeOnPages):
        browse = Browse(app, world)

    reached = play(OnPages, world, clock)
    assert reached >= FAR
