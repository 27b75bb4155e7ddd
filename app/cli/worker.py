"""`flask worker`: does the work that transactions left in the outbox; `flask deadlines run`."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager

import click
from flask import current_app

from app import labels
from app.adapters.mail import make_mailer
from app.cli.runtime import running_app, system_context
from app.context import Context
from app.services import (
    deadlines,
    extraction,
    mails,
    outbox,
    publications_store,
    reminders,
    search_feed,
)
from config import Config

log = logging.getLogger("vigia.worker")
IDLE_PAUSE_S = 0.5
TIMETABLE_EVERY_S = 60.0
SLOW_KINDS = frozenset({*extraction.HANDLERS, *extraction.SLOW_HANDLERS, "digest"})


@click.command("worker")
@click.option("--once", is_flag=True, help="Hacer lo pendiente y terminar.")
def worker(once: bool) -> None:
    """Atiende la cola: correos, textos, índices y lo que tiene fecha."""
    app = running_app()

    def contexts() -> AbstractContextManager[Context]:
        return system_context(app)

    handlers = make_handlers(app.extensions["vigia"].config)
    if once:
        while outbox.drain(contexts, handlers):
            pass
        return
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _n, _f: stopping.set())
    _run(contexts, handlers, stopping)


def _run(
    contexts: outbox.Contexts,
    handlers: Mapping[str, outbox.Handler],
    stopping: threading.Event,
) -> None:
    """Mail, indexes and the timetable here; reading and recognising documents beside it, so
    that a file which takes minutes keeps nothing else waiting."""
    quick = {k: h for k, h in handlers.items() if k not in SLOW_KINDS}
    lanes = [
        threading.Thread(target=_lane, args=(contexts, {kind: handlers[kind]}, stopping), name=kind)
        for kind in sorted(SLOW_KINDS)
    ]
    for lane in lanes:
        lane.start()
    try:
        _heal_index(contexts)
        _quick_lane(contexts, quick, stopping)
    finally:
        stopping.set()
        for lane in lanes:
            lane.join()


def _heal_index(contexts: outbox.Contexts) -> None:
    try:
        with contexts() as ctx:
            search_feed.heal(ctx)
    except Exception:  # the database is away: the first change afterwards heals it too
        log.exception("the search index could not be asked")


def _lane(
    contexts: outbox.Contexts,
    handlers: Mapping[str, outbox.Handler],
    stopping: threading.Event,
) -> None:
    """One kind of work, a row at a time: what is not begun is free for other workers."""
    while not stopping.is_set():
        try:
            busy = outbox.drain(contexts, handlers, limit=1) > 0
        except Exception:  # as in the quick lane
            log.exception("the queue cannot be read")
            busy = False
        if not busy:
            stopping.wait(IDLE_PAUSE_S)


def _quick_lane(
    contexts: outbox.Contexts,
    handlers: Mapping[str, outbox.Handler],
    stopping: threading.Event,
) -> None:
    next_timetable_s = 0.0
    while not stopping.is_set():
        try:
            if time.monotonic() >= next_timetable_s:
                with contexts() as ctx:
                    deadlines.schedule(ctx)
                next_timetable_s = time.monotonic() + TIMETABLE_EVERY_S
            busy = outbox.drain(contexts, handlers) > 0
        except Exception:  # the database is away for a moment: the queue waits there
            log.exception("the queue cannot be read")
            busy = False
        if not busy:
            stopping.wait(IDLE_PAUSE_S)


def make_handlers(config: Config) -> dict[str, outbox.Handler]:
    """What this worker can do, by kind of outbox row."""
    mailer = make_mailer(
        config.mail_url, sender=config.mail_from, log_path=config.data_dir / "mail.log"
    )
    return {
        **publications_store.HANDLERS,
        **extraction.HANDLERS,
        **extraction.SLOW_HANDLERS,
        **search_feed.HANDLERS,
        "mail": mails.handler(mailer),
        "deadlines": lambda ctx, _payload: _log_report(deadlines.run(ctx)),
        "digest": lambda ctx, _payload: _log_report({"digests": reminders.run(ctx, words(ctx))}),
    }


def words(ctx: Context) -> reminders.Words:
    """What the mails of the open application call its steps, and where its pages are."""
    pages, url = current_app.url_map.bind(""), ctx.config.public_url
    return reminders.Words(
        labels.task_label, lambda task: url + pages.build(task.endpoint, dict(task.arguments))
    )


def _log_report(report: Mapping[str, int]) -> None:
    log.info("deadlines: %s", ", ".join(f"{k} {v}" for k, v in report.items() if v) or "nothing")


@click.group("deadlines")
def deadlines_group() -> None:
    """Lo que ocurre por fecha: términos que vencen, planes y acciones que comienzan."""


@deadlines_group.command("run")
def run_deadlines() -> None:
    """Hace ahora lo que corresponde a hoy. Repetirlo no hace nada dos veces."""
    with system_context() as ctx:
        for name, count in deadlines.run(ctx).items():
            click.echo(f"{name}: {count}")


@deadlines_group.command("digest")
def run_digest() -> None:
    """Envía ahora el resumen de hoy a quien aún no lo recibió."""
    with system_context() as ctx:
        click.echo(f"Resúmenes por enviar: {reminders.run(ctx, words(ctx))}")


COMMANDS = (worker, deadlines_group)
