"""History, ledger and outbox: written together with the change, or not at all; and checkable."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app import trace
from app.context import Context
from app.errors import Untraced
from app.models.org import Entity, NonWorkingDay
from app.models.traceability import HistoryEntry, LedgerBody, LedgerEvent, LedgerHead, OutboxItem
from app.services import ledger
from tests.conftest import Clock


def write_events(ctx: Context, count: int) -> None:
    for number in range(count):
        with ctx.transaction():
            ctx.record("system", "note", ("system", str(number)), {"text": f"señal {number}"})


def test_canonical_form_is_golden() -> None:
    value = {"b": [1, True, None], "a": "n\u0303", "ñ": {"z": "x", "y": ""}}
    assert trace.canonical(value) == '{"a":"ñ","b":[1,true,null],"ñ":{"y":"","z":"x"}}'


@pytest.mark.parametrize("value", [1.5, {"x": {1, 2}}, b"bytes", datetime(2027, 1, 1, tzinfo=UTC)])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        trace.canonical(value)


def test_one_link_is_golden() -> None:
    pending = trace.Pending(
        "change", "edit", ("audit", "7"), 3, datetime(2027, 3, 1, 14, tzinfo=UTC), {"x": "ñ"}
    )
    link = trace.chain(trace.GENESIS, 1, pending, bytes(32))
    commit = hashlib.sha256(bytes(32) + '{"x":"ñ"}'.encode()).hexdigest()
    assert link.header == (
        '{"action":"edit","actor":"user:3","at":"2027-03-01T14:00:00.000000Z",'
        f'"commit":"{commit}","kind":"change","schema":1,"seq":1,"thing":"audit:7"}}'
    )
    leaf = hashlib.sha256(b"\x00" + link.header.encode()).digest()
    assert link.hash == hashlib.sha256(bytes(32) + leaf).digest()


def test_change_history_and_ledger_stand_together(ctx: Context) -> None:
    with ctx.transaction() as session:
        row = Entity(id=1, name="Alcaldía de Prueba")
        session.add(row)
        ctx.record_transition(row, event="begin", source="", target="lista", reason="porque sí")
    entry = ctx.session.scalars(select(HistoryEntry)).one()
    event = ctx.session.scalars(select(LedgerEvent)).one()
    assert (entry.thing_kind, entry.thing_id, entry.reason) == ("entity", "1", "porque sí")
    assert entry.ledger_seq == event.seq == 1
    assert ledger.verify(ctx.session).ok


def test_a_failure_leaves_nothing(ctx: Context) -> None:
    def fail() -> None:
        with ctx.transaction() as session:
            row = Entity(id=1, name="A medias")
            session.add(row)
            ctx.record_transition(row, event="begin", source="", target="lista")
            ctx.enqueue("mail", "k", {})
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    for model in (Entity, HistoryEntry, LedgerEvent, OutboxItem):
        assert ctx.session.scalar(select(func.count()).select_from(model)) == 0
    write_events(ctx, 1)
    assert ledger.verify(ctx.session).events == 1


def test_a_change_without_trace_is_refused(ctx: Context) -> None:
    def change_silently() -> None:
        with ctx.transaction() as session:
            session.add(Entity(id=1, name="Sin rastro"))

    with pytest.raises(Untraced, match="entity"):
        change_silently()
    assert ctx.session.scalar(select(func.count()).select_from(Entity)) == 0


def test_an_update_without_trace_is_refused(ctx: Context) -> None:
    with ctx.transaction() as session:
        row = Entity(id=1, name="Antes")
        session.add(row)
        ctx.record("change", "create", row)

    def change_silently() -> None:
        with ctx.transaction() as session:
            session.get_one(Entity, 1).name = "Después"

    with pytest.raises(Untraced):
        change_silently()
    assert ctx.session.get_one(Entity, 1).name == "Antes"


def test_rows_without_an_id_yet_are_named_by_their_id(ctx: Context) -> None:
    with ctx.transaction() as session:
        row = NonWorkingDay(day=ctx.today(), name="Día cívico")
        session.add(row)
        ctx.record("change", "create", row)
    event = ctx.session.scalars(select(LedgerEvent)).one()
    assert event.thing_id == str(row.id)


TAMPERINGS: dict[str, Callable[[Session, int], None]] = {
    "body": lambda s, n: _run(s, "UPDATE ledger_body SET body = '{}' WHERE seq = :n", n),
    "header": lambda s, n: _run(
        s, "UPDATE ledger_event SET header = replace(header, 'note', 'nota') WHERE seq = :n", n
    ),
    "actor": lambda s, n: _run(s, "UPDATE ledger_event SET actor_id = 99 WHERE seq = :n", n),
    "action": lambda s, n: _run(s, "UPDATE ledger_event SET action = 'x' WHERE seq = :n", n),
    "thing": lambda s, n: _run(s, "UPDATE ledger_event SET thing_id = '99' WHERE seq = :n", n),
    "removed": lambda s, n: _remove(s, n),
    "moved": lambda s, n: _run(s, "UPDATE ledger_event SET seq = seq + 1000 WHERE seq = :n", n),
    "head": lambda s, n: _run(s, "UPDATE ledger_head SET seq = :n - 1 WHERE id = 1", n),
}


def _run(session: Session, statement: str, n: int) -> None:
    session.execute(text(statement), {"n": n})


def _remove(session: Session, n: int) -> None:
    _run(session, "DELETE FROM ledger_body WHERE seq = :n", n)
    _run(session, "DELETE FROM ledger_event WHERE seq = :n", n)


def _without_guards(session: Session) -> None:
    """What someone with the database in hand can do: take the triggers and keys away."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in ("ledger_event_no_update", "ledger_event_no_delete", "ledger_body_no_update"):
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("SET session_replication_role = replica"))


@pytest.mark.parametrize("kind", sorted(TAMPERINGS))
def test_tampering_is_found(ctx: Context, kind: str) -> None:
    write_events(ctx, 12)
    ctx.session.rollback()
    for seq in random.Random(kind).sample(range(2, 12), 3):
        _without_guards(ctx.session)
        TAMPERINGS[kind](ctx.session, seq)
        assert not ledger.verify(ctx.session).ok, f"{kind} of {seq} was not seen"
        ctx.session.rollback()
    assert ledger.verify(ctx.session).ok


def test_an_erased_body_still_verifies(ctx: Context) -> None:
    write_events(ctx, 3)
    ctx.session.execute(text("DELETE FROM ledger_body WHERE seq = 2"))
    ctx.session.commit()
    assert ctx.session.get(LedgerBody, 2) is None
    assert ledger.verify(ctx.session).ok


def test_writers_at_once_make_one_unbroken_chain(
    ctx: Context, engine: Engine, clock: Clock
) -> None:
    from dataclasses import replace

    writers, each = 8, 6
    write_events(ctx, 1)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with Session(engine) as session:
                write_events(replace(ctx, session=session), each)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    result = ledger.verify(ctx.session)
    assert result.ok, result.problems
    assert result.events == 1 + writers * each
    assert ctx.session.get_one(LedgerHead, 1).seq == result.events
