"""A thing at random: any person, any event, any day; what each kind of thing adds is in its test.

The account that the test keeps is a plain dict. Whatever moved must be a chain of arrows of the
table: the first fired by one of its roles, the rest by the system. What is refused leaves
everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar
from zlib import crc32

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
from sqlalchemy import select

from app.context import Context
from app.errors import VigiaError
from app.models.accounts import RoleGrant, User
from app.models.traceability import HistoryEntry
from app.services import ledger
from tests import factories
from tests.conftest import START, Clock
from tests.factories import PASSWORD, Office
from tests.unit.workflow_tables import FINAL, Row, rows
from workflows.enums import Role

T = TypeVar("T")
REASON = "Porque sí."
REFUSALS = frozenset({303, 403, 404, 409, 422})
STEPS = 25
SETTLED = 3  # of four steps that lead on, so many do not end the thing while another way is open


def few(examples: int, steps: int) -> settings:
    """How long a life is tried. Each step costs a transaction: shrinking would take minutes."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class Life(RuleBasedStateMachine):
    """Over the services; with an `app`, through the pages and their forms."""

    thing: ClassVar[str]
    folder: ClassVar[str]  # first part of its address
    model: ClassVar[type[Any]]
    starts: ClassVar[int] = 1  # in how many places a life may begin
    examples: ClassVar[int] = 20
    ctx: ClassVar[Context]
    office: ClassVar[Office]
    stranger: ClassVar[User]
    clock: ClassVar[Clock]
    app: ClassVar[Flask | None]
    reached: ClassVar[set[str]]
    start: ClassVar[int]  # each place to begin at gets its share of the examples
    table: ClassVar[list[Row]]
    people = Bundle("people")

    # -------------------------------------------------------------- what each kind says

    def make(self, start: int) -> int:
        """A new thing, as its people make it; answers its id."""
        raise NotImplementedError  # of each kind; Hypothesis's metaclass leaves no room for ABC's

    def fire_as(self, ctx: Context, event: str, **given: Any) -> None:
        """The event over the services: version, reason, inputs, password."""
        raise NotImplementedError  # of each kind too

    def inputs(self, event: str) -> Mapping[str, Any]:
        """What the form of the event asks for, as the service takes it."""
        return {}

    def prepare(self, row: Row) -> None:
        """Do what this arrow asks for; a service that refuses is no matter."""

    def go_on(self, choice: int) -> None:
        """What others do beside, which may move the thing by the system's hand."""

    # -------------------------------------------------------------- beginning, looking

    @initialize(target=people)
    def begin(self) -> Any:
        self.clock.at = START
        self.thing_id = self.make(self.start)
        self.arrows = {(row.event, row.source, row.target) for row in self.table}
        self.account = self.look()
        office = self.office
        self.holders = {
            Role.OCI_HEAD.value: office.head,
            Role.LEAD_AUDITOR.value: office.lead,
            Role.AUDITOR.value: office.auditor,
            Role.PROCESS_OWNER.value: office.leader,
            Role.SECOND_LINE.value: office.planner,
            Role.TOP_MANAGEMENT.value: office.manager,
        }
        return multiple(*self.holders.values(), office.liaison, self.stranger)

    def acting(self, user: User) -> Context:
        return factories.acting(self.ctx, user)

    def row(self) -> Any:
        self.ctx.session.rollback()
        return self.ctx.session.get_one(self.model, self.thing_id, populate_existing=True)

    def steps(self) -> list[tuple[str, str, str]]:
        """Its moves, as the history keeps them; what left it in its state is no move."""
        found = self.ctx.session.execute(
            select(HistoryEntry.event, HistoryEntry.source, HistoryEntry.target)
            .where(
                HistoryEntry.thing_kind == self.thing,
                HistoryEntry.thing_id == str(self.thing_id),
                HistoryEntry.source != HistoryEntry.target,
            )
            .order_by(HistoryEntry.id)
        )
        return [(event, source, target) for event, source, target in found]

    def look(self) -> dict[str, Any]:
        row = self.row()
        return {"state": row.state.value, "version": row.version, "steps": self.steps()}

    def roles(self, user: User) -> set[str]:
        held = select(RoleGrant.role).where(
            RoleGrant.user_id == user.id, RoleGrant.revoked_at.is_(None)
        )
        return {role.value for role in self.ctx.session.scalars(held)}

    def arrow_roles(self, arrow: tuple[str, str, str]) -> set[str]:
        return {
            role
            for row in self.table
            if (row.event, row.source, row.target) == arrow
            for role in row.roles
        }

    # -------------------------------------------------------------- doing

    def send(self, user: User, event: str, reason: str, version: int) -> None:
        """Fire the event as this person; a refusal is an answer like any other."""
        inputs = self.inputs(event)
        if self.app is not None:
            data = {"version": version, "reason": reason, "password": PASSWORD, **typed(inputs)}
            self.post(user, f"eventos/{event}", data)
            return
        given = {"version": version, "reason": reason, "inputs": inputs, "password": PASSWORD}
        self.attempt(lambda: self.fire_as(self.acting(user), event, **given))

    def post(self, user: User, path: str, data: Mapping[str, Any]) -> None:
        assert self.app is not None
        browser = factories.sign_in(self.app.test_client(), user)
        answer = browser.post(f"/{self.folder}/{self.thing_id}/{path}", data=data)
        assert answer.status_code in REFUSALS, (answer.status_code, path)

    def attempt(self, deed: Any) -> None:
        try:
            deed()
        except VigiaError:
            self.ctx.session.rollback()

    def compare(self, user: User | None, event: str, *, is_stale: bool = False) -> None:
        """What happened since the account was written; `user` None: nobody fired at the thing."""
        before, after = self.account, self.look()
        new = after["steps"][len(before["steps"]) :]
        assert after["steps"][: len(before["steps"])] == before["steps"]
        state = before["state"]
        for number, arrow in enumerate(new):
            assert not is_stale
            assert arrow in self.arrows, arrow
            assert arrow[1] == state
            state = arrow[2]
            self.reached.add(state)
            if number == 0 and user is not None:
                assert arrow[0] == event
                assert self.roles(user) & self.arrow_roles(arrow), (user.name, arrow)
            else:
                assert Role.SYSTEM.value in self.arrow_roles(arrow), arrow
        assert state == after["state"]
        if new:
            assert after["version"] > before["version"]
        elif user is not None:
            assert after["version"] == before["version"]
        self.account = after

    @rule(
        user=people,
        data=st.data(),
        reason=st.sampled_from(["", REASON]),
        is_stale=st.sampled_from([False, False, False, True]),
    )
    def fire(self, user: User, data: st.DataObject, reason: str, is_stale: bool) -> None:
        event = pick(data, sorted({row.event for row in self.table}))
        self.send(user, event, reason, self.account["version"] - is_stale)
        self.compare(user, event, is_stale=is_stale)

    @rule(data=st.data())
    def fire_what_leads_on(self, data: st.DataObject) -> None:
        self.lead_on(data)

    @rule(data=st.data())
    def fire_what_leads_further(self, data: st.DataObject) -> None:
        self.lead_on(data)
        self.lead_on(data)

    def lead_on(self, data: st.DataObject) -> None:
        """An arrow from here by one of its roles, with what it asks for, so that walks go far."""
        here: list[Row] = [
            row
            for row in self.table
            if row.source == self.account["state"] and set(row.roles) & set(self.holders)
        ]
        onward = [row for row in here if row.target not in FINAL[self.thing]]
        goes_on: int = data.draw(st.integers(0, SETTLED))
        if onward and goes_on:
            here = onward
        if not here or (self.waits_for_others() and data.draw(st.booleans())):
            self.others_go_on_now(data.draw(st.integers(0, 3)))
            return
        row = pick(data, here)
        user = self.holders[pick(data, [role for role in row.roles if role in self.holders])]
        self.attempt(lambda: self.prepare(row))
        self.compare(None, "")
        self.send(user, row.event, REASON, self.account["version"] - 1)
        self.compare(user, row.event, is_stale=True)
        self.send(user, row.event, REASON, self.account["version"])
        self.compare(user, row.event)

    @rule(choice=st.integers(0, 3))
    def others_go_on(self, choice: int) -> None:
        self.others_go_on_now(choice)

    def waits_for_others(self) -> bool:
        """Whether the system may move it from here."""
        state = self.account["state"]
        return any(Role.SYSTEM.value in row.roles for row in self.table if row.source == state)

    def others_go_on_now(self, choice: int) -> None:
        self.attempt(lambda: self.go_on(choice))
        self.compare(None, "")

    @rule(days=st.sampled_from([1, 1, 30, 200]))
    def wait(self, days: int) -> None:
        self.clock.at += timedelta(days=days)

    # -------------------------------------------------------------- what always holds

    @invariant()
    def nothing_moved_by_itself(self) -> None:
        row = self.row()
        assert (row.state.value, self.steps()) == (self.account["state"], self.account["steps"])

    @invariant()
    def what_ended_stays_ended(self) -> None:
        if self.account["state"] in FINAL[self.thing]:
            assert not [row for row in self.table if row.source == self.account["state"]]

    def teardown(self) -> None:
        self.ctx.session.rollback()
        assert ledger.verify(self.ctx.session).ok


def pick(data: st.DataObject, options: Sequence[T]) -> T:
    """One of these, each as likely as the others: what is drawn by itself favours the first."""
    drawn: bytes = data.draw(st.binary(min_size=8, max_size=8))
    return options[crc32(drawn) % len(options)]


def typed(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The inputs as a browser sends them."""
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in inputs.items()
    }


def play(
    life: type[Life],
    ctx: Context,
    office: Office,
    stranger: User,
    app: Flask | None = None,
) -> set[str]:
    """The states that the walks reached, besides where they began."""
    assert isinstance(ctx.now, Clock)
    life.ctx, life.office, life.stranger, life.clock = ctx, office, stranger, ctx.now
    life.app, life.reached, life.table = app, set(), rows(life.thing)
    for start in range(life.starts):
        life.start = start
        run_state_machine_as_test(life, settings=few(life.examples // life.starts, STEPS))
    return life.reached
