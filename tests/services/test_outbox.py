"""The queue: once per key, in any worker, with back-off and dead letters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.context import Context
from app.models.traceability import OutboxItem
from app.services import outbox
from tests.conftest import Clock

Contexts = Callable[[], Any]


@pytest.fixture
def contexts(ctx: Context, engine: Engine) -> Contexts:
    @contextmanager
    def make() -> Iterator[Context]:
        with Session(engine) as session:
            yield replace(ctx, session=session)

    return make


def put(ctx: Context, key: str, **payload: Any) -> None:
    with ctx.transaction():
        ctx.enqueue("work", key, payload)


def items(ctx: Context) -> list[OutboxItem]:
    ctx.session.rollback()
    return list(ctx.session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


def test_work_is_done_once(ctx: Context, contexts: Contexts) -> None:
    put(ctx, "a", n=1)
    seen: list[Mapping[str, Any]] = []
    handlers = {"work": lambda _ctx, payload: seen.append(payload)}
    assert outbox.drain(contexts, handlers) == 1
    assert outbox.drain(contexts, handlers) == 0
    assert seen == [{"n": 1}]
    assert items(ctx)[0].done_at is not None


def test_a_key_is_taken_once(ctx: Context) -> None:
    put(ctx, "a")
    with pytest.raises(IntegrityError):
        put(ctx, "a")
    assert not outbox.add_once(ctx, "work", "a", {})
    assert outbox.add_once(ctx, "work", "b", {})
    assert len(items(ctx)) == 2


def test_failure_waits_longer_each_time_and_dies_visible(
    ctx: Context, contexts: Contexts, clock: Clock
) -> None:
    put(ctx, "a")

    def fail(_ctx: Context, _payload: Mapping[str, Any]) -> None:
        raise ValueError("the reader broke")

    waits = []
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        assert outbox.drain(contexts, {"work": fail}) == 1
        assert outbox.drain(contexts, {"work": fail}) == 0, "tried again without waiting"
        waits.append(outbox.delay_s(attempt))
        clock.advance(hours=outbox.delay_s(attempt) / 3600 + 0.001)
    row = items(ctx)[0]
    assert waits == sorted(waits)
    assert (row.attempts, row.done_at) == (outbox.MAX_ATTEMPTS, None)
    assert row.dead_at is not None
    assert "the reader broke" in row.last_error


def test_a_failure_does_not_stop_the_rest(ctx: Context, contexts: Contexts) -> None:
    put(ctx, "bad", bad=True)
    put(ctx, "good", bad=False)
    done: list[bool] = []

    def work(_ctx: Context, payload: Mapping[str, Any]) -> None:
        if payload["bad"]:
            raise ValueError
        done.append(True)

    assert outbox.drain(contexts, {"work": work}) == 2
    assert done == [True]


def test_a_lease_that_ended_is_taken_over(ctx: Context, clock: Clock) -> None:
    put(ctx, "a")
    kinds = frozenset({"work"})
    assert len(outbox.claim(ctx, kinds=kinds)) == 1  # this worker dies here
    assert outbox.claim(ctx, kinds=kinds) == []
    clock.advance(minutes=outbox.LEASE.total_seconds() / 60 + 1)
    assert [each.attempts for each in outbox.claim(ctx, kinds=kinds)] == [2]


def test_workers_at_once_never_share_a_row(ctx: Context, contexts: Contexts) -> None:
    for number in range(40):
        put(ctx, str(number), n=number)
    taken: list[int] = []
    lock = threading.Lock()

    def work(_ctx: Context, payload: Mapping[str, Any]) -> None:
        with lock:
            taken.append(payload["n"])

    def run() -> None:
        while outbox.drain(contexts, {"work": work}, limit=3):
            pass

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run()
    assert sorted(taken) == list(range(40))


def test_kinds_without_a_handler_wait(ctx: Context, contexts: Contexts) -> None:
    put(ctx, "a")
    assert outbox.drain(contexts, {"other": lambda _c, _p: None}) == 0
    assert items(ctx)[0].attempts == 0


def test_what_cannot_succeed_is_not_tried_again(ctx: Context, contexts: Contexts) -> None:
    put(ctx, "a")

    def refuse(_ctx: Context, _payload: Mapping[str, Any]) -> None:
        raise outbox.GiveUp("no such mailbox")

    outbox.drain(contexts, {"work": refuse})
    row = items(ctx)[0]
    assert (row.attempts, row.dead_at is not None) == (1, True)
