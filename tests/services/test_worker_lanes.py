"""The worker's lanes: a document that takes minutes keeps nothing else waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.cli.worker import SLOW_KINDS, _run, make_handlers
from app.context import Context

PATIENCE_S = 30.0


@pytest.fixture
def contexts(ctx: Context, engine: Engine) -> Callable[[], Any]:
    @contextmanager
    def make() -> Iterator[Context]:
        with Session(engine) as session:
            yield replace(ctx, session=session)

    return make


def test_a_slow_document_keeps_no_mail_waiting(ctx: Context, contexts: Callable[[], Any]) -> None:
    with ctx.transaction():
        ctx.enqueue("document.stored", "slow", {})
        ctx.enqueue("mail", "quick", {})
    reading, released, mailed = threading.Event(), threading.Event(), threading.Event()

    def read(_ctx: Context, _payload: Mapping[str, Any]) -> None:
        reading.set()
        released.wait(PATIENCE_S)

    handlers = {
        **{kind: read for kind in SLOW_KINDS},
        "mail": lambda _ctx, _payload: mailed.set(),
    }
    stopping = threading.Event()
    worker = threading.Thread(target=_run, args=(contexts, handlers, stopping))
    worker.start()
    try:
        assert reading.wait(PATIENCE_S)
        assert mailed.wait(PATIENCE_S)
    finally:
        released.set()
        stopping.set()
        worker.join(PATIENCE_S)
    assert not worker.is_alive()


def test_every_slow_kind_has_its_handler(ctx: Context) -> None:
    assert set(make_handlers(ctx.config)) >= SLOW_KINDS | {"index.update", "index.restrict"}
