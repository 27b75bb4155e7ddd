"""Bringing the indexes up to date with the database: the worker's part, and making them anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.adapters.search import Change, IndexMissing, IndexUnavailable, SearchIndex
from app.adapters.search.make import inside_index, public_index
from app.context import Context
from app.index_feed import PUBLIC, RESTRICT, UPDATE
from app.index_scopes import rules_version
from app.index_things import Ref, every_ref, load, ref_of, thing_id
from app.models.traceability import OutboxItem
from app.services import extraction, portal_search, search_public
from app.services.search_public import Progress, quiet

log = logging.getLogger("vigia.search")
REBUILD = "index.rebuild"
STEP = 100
INSIDE = "inside"
CATCH_UP = 500  # queue rows taken together: one commit of the index for all of them


def index_of(ctx: Context) -> SearchIndex:
    return inside_index(ctx.config, ctx.session, rules_version())


def _zone(ctx: Context) -> ZoneInfo:
    return ZoneInfo(ctx.config.time_zone)


# ---------------------------------------------------------------- the queue


def catch_up(ctx: Context, _payload: Mapping[str, Any]) -> None:
    """Outbox "index.update" and "index.restrict": everything that waits, in one go.

    Rows are noted before the things are read, so what they tell of is in what is read. A row
    that came with an earlier batch finds nothing left to do. Raises: IndexUnavailable.
    """
    waiting = _waiting(ctx, (UPDATE, RESTRICT))
    if not waiting:
        return
    refs = {ref_of(name) for _id, payload in waiting for name in payload["ids"]}
    try:
        _put(ctx, refs)
    except IndexMissing:
        rebuild(ctx)
    _mark_done(ctx, waiting)


def catch_up_public(ctx: Context, _payload: Mapping[str, Any]) -> None:
    """Outbox "index.public": what is published as it now stands. Raises: IndexUnavailable."""
    waiting = _waiting(ctx, (PUBLIC,))
    if not waiting:
        return
    try:
        search_public.synchronise(ctx)
    except IndexMissing:
        search_public.rebuild(ctx)
    _mark_done(ctx, waiting)


def _waiting(ctx: Context, kinds: Sequence[str]) -> list[tuple[int, Mapping[str, Any]]]:
    """Queue rows not done, dead ones too: whatever stopped them may be over."""
    rows = ctx.session.execute(
        select(OutboxItem.id, OutboxItem.payload)
        .where(OutboxItem.kind.in_(kinds), OutboxItem.done_at.is_(None))
        .order_by(OutboxItem.id)
        .limit(CATCH_UP)
    ).all()
    found: list[tuple[int, Mapping[str, Any]]] = [(row.id, dict(row.payload)) for row in rows]
    ctx.session.rollback()  # what is read next must not be older than what was just noted
    return found


def _put(ctx: Context, refs: set[Ref]) -> None:
    """Read the things and write them, the first after the lock of the second is held: of two
    workers the later one cannot then put back what it read before."""
    index, seen = index_of(ctx), set[str]()

    def read() -> Iterator[Change]:
        for change in load(ctx.session, refs, _zone(ctx), lock=_in_tables(ctx)):
            seen.add(change.id)
            yield change

    with _writing(ctx):
        index.apply(read())
        gone = {thing_id(ref) for ref in refs} - seen
        if gone:
            index.remove(gone)


def _in_tables(ctx: Context) -> bool:
    return ctx.config.search_backend == "postgresql"


@contextmanager
def _writing(ctx: Context) -> Iterator[None]:
    """The tables are written in a transaction; a folder must not hold the database meanwhile."""
    if _in_tables(ctx):
        with ctx.transaction():
            yield
    else:
        ctx.session.rollback()
        yield
        ctx.session.rollback()


def _mark_done(ctx: Context, waiting: Sequence[tuple[int, object]]) -> None:
    with ctx.transaction() as session:
        rows = session.scalars(
            select(OutboxItem).where(
                OutboxItem.id.in_([number for number, _payload in waiting]),
                OutboxItem.done_at.is_(None),
            )
        )
        for row in rows:
            row.done_at, row.leased_until, row.dead_at = ctx.now(), None, None


def on_rebuild(ctx: Context, _payload: Mapping[str, Any]) -> None:
    """Outbox "index.rebuild"."""
    rebuild(ctx)


def heal(ctx: Context) -> None:
    """Leave a rebuild in the queue when an index is absent or of older rules (worker's start)."""
    moment = ctx.now().isoformat()
    for index in (index_of(ctx), public_index(ctx.config, ctx.session)):
        try:
            index.check()
        except IndexMissing:
            ctx.session.rollback()
            with ctx.transaction():
                ctx.enqueue(REBUILD, f"{REBUILD}:{moment}", {})
            return
        except IndexUnavailable:
            log.exception("the index does not answer")
            ctx.session.rollback()


# ---------------------------------------------------------------- anew


def rebuild(ctx: Context, progress: Progress = quiet) -> int:
    """Make both indexes anew; answer how many things are in the inside one.

    A folder answers from the old index until the end, and what changes meanwhile waits in the
    queue because the index is locked. Tables are brought up to date a batch at a time. Documents
    never read, or read by older rules, are put in the queue to be read. Raises: IndexUnavailable.
    """
    ctx.session.rollback()
    number = _rebuild_tables(ctx, progress) if _in_tables(ctx) else _rebuild_folder(ctx, progress)
    search_public.rebuild(ctx, progress)
    _read_again(ctx)
    return number


def _rebuild_folder(ctx: Context, progress: Progress) -> int:
    total = 0

    def read() -> Iterator[Change]:
        nonlocal total
        refs = every_ref(ctx.session)  # asked only now, when the index is locked
        total = len(refs)
        for at in range(0, total, STEP):
            yield from load(ctx.session, refs[at : at + STEP], _zone(ctx))
            progress(INSIDE, min(at + STEP, total), total)

    index_of(ctx).replace_all(read())
    ctx.session.rollback()
    return total


def _rebuild_tables(ctx: Context, progress: Progress) -> int:
    index = index_of(ctx)
    refs = every_ref(ctx.session)
    for at in range(0, len(refs), STEP):
        with ctx.transaction() as session:
            index.apply(load(session, refs[at : at + STEP], _zone(ctx), lock=True))
        progress(INSIDE, min(at + STEP, len(refs)), len(refs))
    with ctx.transaction():
        known = index.stamps().keys()
        index.remove(known - {thing_id(ref) for ref in every_ref(ctx.session)})
    return len(refs)


def _read_again(ctx: Context) -> None:
    moment: datetime = ctx.now()
    ids = extraction.unread(ctx)
    with ctx.transaction():
        for document_id in ids:
            key = f"{extraction.STORED}:{document_id}:{moment.isoformat()}"
            ctx.enqueue(extraction.STORED, key, {"document_id": document_id})


@dataclass(frozen=True, slots=True)
class Differences:
    """Ids of things that the index lacks, has in vain, or has as they were."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    stale: tuple[str, ...]
    checked: int

    @property
    def ok(self) -> bool:
        return not (self.missing or self.extra or self.stale)


def verify(ctx: Context, progress: Progress = quiet) -> Differences:
    """Compare the inside index with the database, thing by thing. Raises: IndexUnavailable."""
    index = index_of(ctx)
    index.check()
    known = index.stamps()
    refs = every_ref(ctx.session)
    expected: dict[str, str] = {}
    for at in range(0, len(refs), STEP):
        for change in load(ctx.session, refs[at : at + STEP], _zone(ctx), with_text=False):
            expected[change.id] = change.stamp
        progress(INSIDE, min(at + STEP, len(refs)), len(refs))
    return differences(expected, known)


def verify_public(ctx: Context) -> Differences:
    """The same for what is published. Raises: IndexUnavailable."""
    index = public_index(ctx.config, ctx.session)
    index.check()
    return differences(portal_search.live(ctx.session), index.stamps())


def differences(expected: Mapping[str, str], known: Mapping[str, str]) -> Differences:
    return Differences(
        missing=tuple(sorted(expected.keys() - known.keys())),
        extra=tuple(sorted(known.keys() - expected.keys())),
        stale=tuple(sorted(n for n in expected.keys() & known.keys() if expected[n] != known[n])),
        checked=len(expected),
    )


HANDLERS = {
    UPDATE: catch_up,
    RESTRICT: catch_up,
    PUBLIC: catch_up_public,
    REBUILD: on_rebuild,
}
