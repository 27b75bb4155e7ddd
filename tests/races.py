"""Two people at one thing at the same instant, each over a connection of their own.

A race is run again and again from the same start. Its control runs the very same services with
their check taken away, see `Unchecked`: a race that nobody can lose proves nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    and_,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session, class_mapper

from app.context import Context
from app.models.audits import Audit, AuditMember
from app.models.base import Versioned
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan, action_executor
from app.models.publications import Publication
from app.models.traceability import LedgerEvent, OutboxItem

MODELS = (AuditMember, OutboxItem, Audit, Finding, Plan, Action, ChangeRequest, Publication)
TABLES = (action_executor, *(model.metadata.tables[model.__tablename__] for model in MODELS))
"""What the moves of the races change, besides the records that are only ever added to."""
WRITING = re.compile(r'(?:UPDATE|INSERT INTO|DELETE FROM) "?(\w+)')
COMPARED_VERSION = re.compile(r'("?\w+"?\.version = (?:\?|%\(\w+\)s(?:::\w+)?))')


@dataclass(frozen=True, slots=True)
class Move:
    """What one of the two does with the version that the page showed: `event` is how the ledger
    tells it, `writes` the table in which the decision is written (for the control)."""

    event: str
    who: Context
    do: Callable[[Context, int], Any]
    writes: str


Moves = tuple[Move, Move]


@dataclass(frozen=True, slots=True)
class End:
    """What became of a race that was run once."""

    answers: tuple[Any, Any]  # in the order of the moves: the event, or the error of the refused
    told: tuple[str, ...]  # by the ledger, of these two moves at this thing, in its order
    row: Mapping[str, Any]

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(answer for answer in self.answers if isinstance(answer, str))

    @property
    def refused(self) -> tuple[Exception, ...]:
        return tuple(answer for answer in self.answers if isinstance(answer, Exception))


def fires(
    service: Callable[..., Any], thing: Versioned, event: str, who: Context, **given: Any
) -> Move:
    """Fire an event of a thing through its service, as its button does."""
    thing_id = thing.id

    def do(ctx: Context, version: int) -> Any:
        return service(ctx, thing_id, event, version=version, **given)

    return Move(event, who, do, table_of(thing).name)


def table_of(thing: Versioned) -> Table:
    found = class_mapper(type(thing)).local_table
    assert isinstance(found, Table)
    return found


# ------------------------------------------------------------------ running


class Track:
    """Where races at one thing are run, each from the same start."""

    def __init__(self, engine: Engine, thing: Versioned) -> None:
        self.engine = engine
        self.table = table_of(thing)
        self.ref = thing.ref
        self.row_id = thing.id
        self.past = Past(engine)

    def run(self, moves: Moves, *, checked: bool = True) -> End:
        """Once. With `checked=False` it is the control, see `Unchecked`."""
        for move in moves:
            move.who.session.rollback()  # nobody holds what was read while it was prepared
        self.past.put_back()
        with self.engine.connect() as connection:
            version = self._row(connection)["version"]
            last = connection.scalar(select(func.max(LedgerEvent.seq))) or 0
        control = None if checked else Unchecked(self.engine)
        with control.on(self.engine) if control else nullcontext():
            first, second = at_once(*(self._step(move, version, control) for move in moves))
        with self.engine.connect() as connection:
            told = connection.scalars(self._told_since(last, moves)).all()
            return End((first, second), tuple(told), self._row(connection))

    def _step(self, move: Move, version: int, control: Unchecked | None) -> Callable[[], str]:
        """The move over a new connection; its event, when it was taken."""

        def step() -> str:
            moving = control.moving(move) if control else nullcontext()
            with moving, Session(self.engine) as session:
                move.do(replace(move.who, session=session), version)
            return move.event

        return step

    def _row(self, connection: Connection) -> Mapping[str, Any]:
        statement = select(self.table).where(self.table.c.id == self.row_id)
        return dict(connection.execute(statement).mappings().one())

    def _told_since(self, last: int, moves: Moves) -> Select[str]:
        return (
            select(LedgerEvent.action)
            .where(
                LedgerEvent.seq > last,
                LedgerEvent.thing_kind == self.ref[0],
                LedgerEvent.thing_id == self.ref[1],
                LedgerEvent.action.in_({move.event for move in moves}),
            )
            .order_by(LedgerEvent.seq)
        )


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


# ------------------------------------------------------------------ from the same start


class Past:
    """The rows as they are now, to be put back past the services: none of them goes backwards."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with engine.connect() as connection:
            self.rows = {table: _rows(connection, table) for table in TABLES}

    def put_back(self) -> None:
        with self.engine.begin() as connection:
            for table, before in self.rows.items():
                self._put_back(connection, table, before)

    def _put_back(
        self, connection: Connection, table: Table, before: Mapping[Any, Mapping[str, Any]]
    ) -> None:
        now = _rows(connection, table)
        for key in now.keys() - before.keys():
            connection.execute(delete(table).where(_is(table, key)))
        for key in before.keys() - now.keys():
            connection.execute(insert(table).values(**before[key]))
        for key in before.keys() & now.keys():
            changed = {n: v for n, v in before[key].items() if now[key][n] != v}
            if changed:
                connection.execute(update(table).where(_is(table, key)).values(**changed))


def _rows(connection: Connection, table: Table) -> dict[Any, dict[str, Any]]:
    keys = [column.name for column in table.primary_key]
    rows = (dict(row) for row in connection.execute(select(table)).mappings())
    return {tuple(row[name] for name in keys): row for row in rows}


def _is(table: Table, key: tuple[Any, ...]) -> Any:
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


# ------------------------------------------------------------------ the control


class Unchecked:
    """What makes a race safe, taken away: the services go on as they are, but they look in one
    transaction and write in another, and their writing compares no version.

    Tests never replace our own code, except here: that the check is missing is what a positive
    control is about. It is taken out below the services, in what the engine sends, so that every
    line of theirs still runs: at the statement with which a move writes its decision, the
    transaction that looked is ended, which gives back its locks; both wait until the other has
    looked too; then they write, each in a new transaction and one after the other, for out of
    their order locks only end in a deadlock. `WHERE ... AND version = ...` is made true.
    """

    def __init__(self, engine: Engine) -> None:
        self.begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else ""
        self.both_looked = threading.Barrier(2)
        self.writing = threading.Lock()
        self.mine = threading.local()

    @contextmanager
    def on(self, engine: Engine) -> Iterator[None]:
        """For one round."""
        event.listen(engine, "before_cursor_execute", self._send, retval=True)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._send)

    @contextmanager
    def moving(self, move: Move) -> Iterator[None]:
        """While this thread makes its move; who is refused early keeps nobody waiting."""
        self.mine.table, self.mine.writes = move.writes, False
        try:
            yield
        finally:
            self.both_looked.abort()
            if self.mine.writes:
                self.writing.release()

    def _send(
        self,
        _connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        _many: bool,
    ) -> tuple[str, Any]:
        writing = WRITING.match(statement)
        if writing and writing[1] == getattr(self.mine, "table", None):
            self.mine.table = None
            cursor.execute("COMMIT")
            with suppress(threading.BrokenBarrierError):
                self.both_looked.wait()
            self.writing.acquire()
            self.mine.writes = True
            if self.begin:
                cursor.execute(self.begin)
        return COMPARED_VERSION.sub(r"(\1 OR 1 = 1)", statement), parameters


def counted(cases: Mapping[str, Any], few: int, many: int, most: int) -> list[Any]:
    """Parameters of a test: the first case a `few` times; in the long run every one `many` times,
    and the first as often as can be asked."""
    first = next(iter(cases))
    rounds = {name: most if name == first else many for name in cases}
    long = [
        pytest.param(case, rounds[name], id=f"{name}-{rounds[name]}", marks=pytest.mark.long)
        for name, case in cases.items()
    ]
    return [pytest.param(cases[first], few, id=first), *long]
