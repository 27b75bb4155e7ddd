"""What a transaction changed of things to be found, handed on to the index.

With the index in tables of PostgreSQL its rows change in the same transaction. With the index in
a folder the transaction leaves a row in the queue: `index.restrict` when someone may no longer
read the thing (until the index catches up, searches leave such things out), `index.update` else.
What is published has an index of its own, brought up to date by `index.public`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE, PASSIVE_OFF, instance_state

from app.adapters.search.make import inside_index
from app.index_scopes import rules_version, thing_tokens
from app.index_things import MODELS, Ref, Thing, load, thing_id
from app.models.publications import PubAction, PubFinding, PubPlan, PubReport
from app.models.texts import DocumentText
from app.models.traceability import OutboxItem
from config import Config

UPDATE, RESTRICT, PUBLIC = "index.update", "index.restrict", "index.public"
PUBLISHED = (PubReport, PubFinding, PubPlan, PubAction)
THINGS = tuple(MODELS.values())

ROWS = "vigia.index.rows"  # id(row) -> (row, its scopes as the transaction found them)
TEXTS = "vigia.index.texts"  # documents whose text was read
PUBLIC_TOUCHED = "vigia.index.public"

UNKNOWN = frozenset({"?"})  # scopes that cannot be known any more: counts as lost
Noted = dict[int, tuple[Thing, frozenset[str]]]


def settle(session: Session, config: Config, now: datetime) -> None:
    """Hand on what the open transaction changed. Called once, just before it is sealed."""
    session.flush()
    rows: Noted = session.info.get(ROWS, {})
    texts: set[int] = session.info.get(TEXTS, set())
    if rows or texts:
        if config.search_backend == "postgresql":
            _write(session, config, rows, texts)
        else:
            _leave(session, rows, texts, now)
    if session.info.get(PUBLIC_TOUCHED):
        _enqueue(session, PUBLIC, [], now)
    session.flush()


def forget(session: Session) -> None:
    """Drop what a finished or rolled back transaction had noted."""
    for name in (ROWS, TEXTS, PUBLIC_TOUCHED):
        session.info.pop(name, None)


def _write(session: Session, config: Config, rows: Noted, texts: set[int]) -> None:
    """Into the index's tables. The text of a document moves only when it was read anew."""
    index = inside_index(config, session, rules_version())
    zone = ZoneInfo(config.time_zone)
    read: set[Ref] = {("document", number) for number in texts}
    refs: set[Ref] = {(row.thing, row.id) for row, _before in rows.values()} - read
    found = [
        *load(session, refs, zone, with_text=False, lock=True),
        *load(session, read, zone, with_text=True, lock=True),
    ]
    index.apply(found)
    gone = {thing_id(ref) for ref in refs | read} - {each.id for each in found}
    if gone:
        index.remove(gone)


def _leave(session: Session, rows: Noted, texts: set[int], now: datetime) -> None:
    """Into the queue."""
    restricted: set[str] = set()
    updated = {thing_id(("document", number)) for number in texts}
    for row, before in rows.values():
        name = thing_id((row.thing, row.id))
        (updated if before <= _scopes(row) else restricted).add(name)
    if restricted:
        _enqueue(session, RESTRICT, sorted(restricted), now)
    if updated - restricted:
        _enqueue(session, UPDATE, sorted(updated - restricted), now)


def _scopes(row: Thing) -> frozenset[str]:
    return frozenset() if instance_state(row).deleted else thing_tokens(row)


def _enqueue(session: Session, kind: str, ids: list[str], now: datetime) -> None:
    session.add(
        OutboxItem(
            kind=kind,
            key=f"{kind}:{uuid4().hex}",
            payload={"ids": ids},
            created_at=now,
            available_at=now,
        )
    )


# ---------------------------------------------------------------- what the session sees


@event.listens_for(Session, "before_flush")
def _note(session: Session, _context: object, _instances: object) -> None:
    for row in session.new:
        _note_row(session, row, frozenset())
    for row in session.deleted:
        if isinstance(row, THINGS):
            _note_row(session, row, UNKNOWN)
        elif isinstance(row, PUBLISHED):
            session.info[PUBLIC_TOUCHED] = True
    for row in session.dirty:
        if session.is_modified(row):
            before = _scopes_before(session, row) if isinstance(row, THINGS) else UNKNOWN
            _note_row(session, row, before)


def _note_row(session: Session, row: object, before: frozenset[str]) -> None:
    if isinstance(row, THINGS):
        session.info.setdefault(ROWS, {}).setdefault(id(row), (row, before))
    elif isinstance(row, DocumentText):
        session.info.setdefault(TEXTS, set()).add(row.document_id)
    elif isinstance(row, PUBLISHED):
        session.info[PUBLIC_TOUCHED] = True


@event.listens_for(Session, "do_orm_execute")
def _note_bulk(state: ORMExecuteState) -> None:
    """Rows deleted or updated by a statement never pass through a flush."""
    if (state.is_delete or state.is_update) and state.bind_mapper is not None:
        model = state.bind_mapper.class_
        if issubclass(model, PUBLISHED):
            state.session.info[PUBLIC_TOUCHED] = True


class _Unknown(Exception):
    """An attribute was changed whose former value was never loaded."""


class _Before:
    """A row as the transaction found it."""

    def __init__(self, row: Thing) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        row = self._row
        mapper = type(row).__mapper__
        if name in mapper.relationships:
            kept = get_history(row, name, PASSIVE_OFF)
            return [*kept.unchanged, *kept.deleted]
        if name in mapper.column_attrs:
            history = get_history(row, name, PASSIVE_NO_INITIALIZE)
            if history.deleted:
                return history.deleted[0]
            if history.added:
                raise _Unknown(name)
        return getattr(row, name)


def _scopes_before(session: Session, row: Thing) -> frozenset[str]:
    known: Noted = session.info.get(ROWS, {})
    if id(row) in known:
        return known[id(row)][1]
    try:
        with session.no_autoflush:
            return thing_tokens(_Before(row))
    except _Unknown:
        return UNKNOWN
