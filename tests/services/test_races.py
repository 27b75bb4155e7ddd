"""Two people decide the same thing at the same instant: one wins, the other is told, 200 times.

Real connections on both databases. The naive way, reading before writing without a lock, is
raced the same way, to show that this race is one that can be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import OutOfPlace, StaleVersion
from app.models.findings import Finding
from app.models.traceability import HistoryEntry
from app.services import finding_events, finding_records
from tests import finding_world as fw
from workflows.finding import FindingState

ROUNDS = 200
# What each one decides about the same contested finding: they cannot both be true.
DECISIONS = ("ratify", "withdraw")


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def contested(world: fw.World) -> Finding:
    """Replied and analysed: the head may ratify it or withdraw it."""
    finding = fw.make_contested(world, fw.make_fieldwork_audit(world))
    text = "Los soportes son posteriores al pago."
    finding_records.analyse(world.lead, finding.id, version=None, text=text)
    return fw.again(world, finding)


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Each step in a thread of its own, begun together; what each answered, or its error."""
    gate = threading.Barrier(len(steps))
    answers: list[Any] = [None] * len(steps)

    def run(number: int) -> None:
        gate.wait()
        try:
            answers[number] = steps[number]()
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_two_decisions_at_once_one_is_taken(
    world: fw.World, contested: Finding, engine: Engine
) -> None:
    finding_id = contested.id
    head = world.head
    head.session.rollback()

    def decide(event: str, version: int) -> Callable[[], str]:
        def step() -> str:
            with Session(engine) as session:
                ctx = replace(head, session=session)
                finding_events.fire(ctx, finding_id, event, version=version, reason="Decidido.")
            return event

        return step

    for told in range(1, ROUNDS + 1):
        version = contested_again(engine, finding_id)
        answers = at_once(*(decide(event, version) for event in DECISIONS))
        won = [each for each in answers if isinstance(each, str)]
        lost = [each for each in answers if isinstance(each, StaleVersion | OutOfPlace)]
        assert (len(won), len(lost)) == (1, 1), answers
        with Session(engine) as session:
            state, now = session.execute(
                select(Finding.state, Finding.version).where(Finding.id == finding_id)
            ).one()
            entries = history(session, finding_id)
        wanted = {"ratify": FindingState.RATIFIED, "withdraw": FindingState.WITHDRAWN}
        assert state is wanted[won[0]]
        assert now > version
        assert entries == told  # one entry for each decision, none for who lost


def history(session: Session, finding_id: int) -> int:
    statement = select(func.count(HistoryEntry.id)).where(
        HistoryEntry.thing_kind == Finding.thing,
        HistoryEntry.thing_id == str(finding_id),
        HistoryEntry.event.in_(DECISIONS),
    )
    return session.scalar(statement) or 0


def contested_again(engine: Engine, finding_id: int) -> int:
    """Put the finding back under contradiction, outside the services; answer its version."""
    with engine.begin() as connection:
        connection.execute(
            update(Finding)
            .where(Finding.id == finding_id)
            .values(
                state=FindingState.CONTRADICTION,
                decided_at=None,
                decided_by_id=None,
                withdrawal_ground=None,
            )
        )
        return connection.execute(
            select(Finding.version).where(Finding.id == finding_id)
        ).scalar_one()


# ------------------------------------------------------------------ the positive control


def test_the_naive_way_loses_this_race(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE naive (id INTEGER PRIMARY KEY, state VARCHAR(20))"))
        connection.execute(text("INSERT INTO naive VALUES (1, 'abierto')"))
    twice = 0
    for _each in range(ROUNDS):
        with engine.begin() as connection:
            connection.execute(text("UPDATE naive SET state = 'abierto'"))
        read = threading.Barrier(2)
        answers = at_once(*(naive(engine, word, read) for word in DECISIONS))
        twice += answers == [True, True]
    assert twice > 0


def naive(engine: Engine, word: str, read: threading.Barrier) -> Callable[[], bool]:
    """Looks, then writes what it decided from what it saw."""

    def step() -> bool:
        with engine.begin() as connection:
            seen = connection.execute(text("SELECT state FROM naive")).scalar_one()
        read.wait()  # the instant between looking and writing
        if seen != "abierto":
            return False
        with engine.begin() as connection:
            connection.execute(text("UPDATE naive SET state = :word"), {"word": word})
        return True

    return step
