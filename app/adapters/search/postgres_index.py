"""The index in tables of PostgreSQL: for several machines, written in the business transaction.

The terms come from our own analyser, put into `tsvector` as they are: no dictionary, extension
or configuration of the server takes part, and both indexes find the same. `ts_rank` looks at one
row only, so what a person may not see changes nothing of what he or she does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Text,
    case,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    not_,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.adapters.search import (
    FACETS,
    PAGE_SIZE,
    Change,
    FacetKey,
    Hit,
    IndexMissing,
    IndexUnavailable,
    Part,
    SearchPage,
    clamped,
    count_facets,
    next_cursor,
)
from app.adapters.search.query import Clause, Kind, Query
from app.adapters.search.snippets import mark, snippet, suggest
from app.adapters.search.text import BREAK_POSITIONS, analyse

POSITION_MAX = 16_383  # of a tsvector, as is the number of positions of one term
POSITIONS_PER_TERM = 255
TITLE, KEYWORD, TEXT = "A", "B", "D"  # weights, falling
SURFACE = "="  # before a word as written, which prefixes look at; no stem begins with it
THING_COLUMNS = ("id", "version", "stamp", "kind", "year", "process", "state", "title")


class PostgresIndex:
    """See SearchIndex. Works in the session's open transaction; the caller commits.

    `version` names the rules that the scopes come from: rows of other rules make it missing.
    `prefix` "pub_" is the index of what is published.
    """

    def __init__(self, session: Session, version: str, prefix: str = "") -> None:
        self._session = session
        self._version = version
        columns = [column(name, String) for name in THING_COLUMNS]
        self._thing = table(f"{prefix}search_thing", *columns, column("scopes", ARRAY(Text)))
        self._part = table(
            f"{prefix}search_part",
            column("thing_id", String),
            column("number", Integer),
            column("page", Integer),
            column("label", String),
            column("text", Text),
            column("terms", TSVECTOR),
        )

    # ------------------------------------------------------------ writing

    def apply(self, changes: Iterable[Change]) -> None:
        with _unavailable_when_failing():
            for change in sorted(changes, key=lambda each: each.id):  # one order of locks
                self._put(change)

    def remove(self, ids: Iterable[str]) -> None:
        gone = list(ids)
        part, thing = self._part.c, self._thing.c
        with _unavailable_when_failing():
            self._session.execute(delete(self._part).where(part.thing_id.in_(gone)))
            self._session.execute(delete(self._thing).where(thing.id.in_(gone)))

    def replace_all(self, changes: Iterable[Change]) -> None:
        seen = set()
        with _unavailable_when_failing():
            for change in changes:
                self._put(change)
                seen.add(change.id)
        self.remove(self._ids() - seen)

    def _put(self, change: Change) -> None:
        values = {
            "id": change.id,
            "version": self._version,
            "stamp": change.stamp,
            "kind": change.kind,
            "year": change.year,
            "process": change.process,
            "state": change.state,
            "title": change.title,
            "scopes": sorted(change.scopes),
        }
        statement = upsert(self._thing).values(values)
        self._session.execute(
            statement.on_conflict_do_update(index_elements=[self._thing.c.id], set_=values)
        )
        own = self._part.c.thing_id == change.id
        kept = own & (self._part.c.number == 0) if change.parts is None else own
        self._session.execute(delete(self._part).where(kept))
        title = terms_of((change.title, TITLE), (change.keywords, KEYWORD))
        rows = [_row(change.id, 0, Part(""), title)]
        for number, part in enumerate(change.parts or (), start=1):
            rows.append(_row(change.id, number, part, terms_of((part.text, TEXT))))
        self._session.execute(insert(self._part), rows)

    # ------------------------------------------------------------ reading

    def find(
        self,
        query: Query,
        scopes: frozenset[str],
        *,
        filters: Mapping[str, str] | None = None,
        facets: Sequence[str] = (),
        cursor: int = 0,
        excluded: frozenset[str] = frozenset(),
        live: Mapping[str, str] | None = None,
    ) -> SearchPage:
        if not scopes or not query.finds_something:
            return SearchPage(facets={name: {} for name in facets})
        filters, cursor = filters or {}, clamped(cursor)
        with _unavailable_when_failing():
            self.check()
            visible = self._visible(scopes, excluded, live)
            matching = [*visible, *self._matching(query)]
            found = self._count(matching)
            total, counts = count_facets(found, filters, facets)
            hits = self._hits(query, matching, filters, cursor) if total else ()
            near = ""
            if not found:
                titles = select(self._thing.c.title).where(*visible)
                near = suggest(query.raw, query, self._session.scalars(titles))
        return SearchPage(hits, total, counts, near, next_cursor(cursor, total))

    def stamps(self) -> dict[str, str]:
        with _unavailable_when_failing():
            rows = self._session.execute(select(self._thing.c.id, self._thing.c.stamp))
            return {row.id: row.stamp for row in rows}

    def count(self) -> int:
        with _unavailable_when_failing():
            return self._session.scalar(select(func.count()).select_from(self._thing)) or 0

    def check(self) -> None:
        with _unavailable_when_failing():
            other = exists().where(self._thing.c.version != self._version)
            if self._session.scalar(select(other)):
                raise IndexMissing("the index was made by other rules")

    def _ids(self) -> set[str]:
        with _unavailable_when_failing():
            return set(self._session.scalars(select(self._thing.c.id)))

    def _visible(
        self, scopes: frozenset[str], excluded: frozenset[str], live: Mapping[str, str] | None
    ) -> list[ColumnElement[bool]]:
        thing = self._thing.c
        visible: list[ColumnElement[bool]] = [
            thing.scopes.op("&&")(cast(sorted(scopes), ARRAY(Text)))
        ]
        if excluded:
            visible.append(thing.id.not_in(sorted(excluded)))
        if live is not None:
            pairs = sorted(live.items())
            visible.append(tuple_(thing.id, thing.stamp).in_(pairs) if pairs else false())
        return visible

    def _matching(self, query: Query) -> Iterator[ColumnElement[bool]]:
        if query.any_of:
            yield self._somewhere(query.positive)
        for clause in query.negative if query.any_of else query.clauses:
            somewhere = self._somewhere([clause])
            yield not_(somewhere) if clause.negated else somewhere

    def _somewhere(self, clauses: Sequence[Clause]) -> ColumnElement[bool]:
        """Whether a part of the thing has one of them."""
        part = self._part.alias().c
        holds = _matches(part.terms, terms_query(clauses))
        return exists().where(part.thing_id == self._thing.c.id, holds)

    def _count(self, matching: list[ColumnElement[bool]]) -> Counter[FacetKey]:
        columns = [self._thing.c[name] for name in FACETS]
        rows = self._session.execute(
            select(*columns, func.count()).where(*matching).group_by(*columns)
        )
        return Counter({(row[0], row[1], row[2], row[3]): row[4] for row in rows})

    def _hits(
        self,
        query: Query,
        matching: list[ColumnElement[bool]],
        filters: Mapping[str, str],
        cursor: int,
    ) -> tuple[Hit, ...]:
        thing, part = self._thing.c, self._part.c
        wanted = terms_query(query.positive)
        rank = func.ts_rank(part.terms, cast(wanted, TSQUERY))
        score = func.coalesce(func.sum(case((part.number == 0, rank))), 0) + func.coalesce(
            func.max(case((part.number > 0, rank))), 0
        )
        chosen = [thing[name] == value for name, value in filters.items() if value]
        rows = self._session.execute(
            select(thing.id, thing.kind, thing.title, score.label("score"))
            .join_from(self._thing, self._part, part.thing_id == thing.id)
            .where(*matching, *chosen, _matches(part.terms, wanted))
            .group_by(thing.id, thing.kind, thing.title)
            .order_by(score.desc(), thing.id)
            .offset(cursor)
            .limit(PAGE_SIZE)
        ).all()
        best = self._best_parts([row.id for row in rows], wanted)
        hits = []
        for row in rows:
            piece = best.get(row.id, Part(""))
            quoted = snippet(piece.text, query) if piece.text else ()
            title = mark(row.title, query)
            hits.append(
                Hit(row.id, row.kind, title, quoted, piece.page, piece.label, float(row.score))
            )
        return tuple(hits)

    def _best_parts(self, ids: list[str], wanted: str) -> dict[str, Part]:
        part = self._part.c
        rank = func.ts_rank(part.terms, cast(wanted, TSQUERY))
        rows = self._session.execute(
            select(part.thing_id, part.text, part.page, part.label)
            .where(part.thing_id.in_(ids), part.number > 0, _matches(part.terms, wanted))
            .ext(distinct_on(part.thing_id))
            .order_by(part.thing_id, rank.desc(), part.number)
        )
        return {row.thing_id: Part(row.text, row.page, row.label) for row in rows}


@contextmanager
def _unavailable_when_failing() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise IndexUnavailable(str(error)) from error


def _matches(terms: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    return terms.op("@@", is_comparison=True)(cast(wanted, TSQUERY))


def _row(thing_id: str, number: int, part: Part, terms: str) -> dict[str, Any]:
    return {
        "thing_id": thing_id,
        "number": number,
        "page": part.page,
        "label": part.label,
        "text": part.text,
        "terms": terms,
    }


def terms_of(*texts: tuple[str, str]) -> str:
    """The text form of a `tsvector`: terms with the positions and the weight of their texts."""
    positions: dict[str, list[str]] = defaultdict(list)
    surfaces = set()
    offset = 1
    for text, weight in texts:
        last = offset
        for token in analyse(text):
            last = offset + token.position
            surfaces.add(token.surface)
            found = positions[token.term]
            if last <= POSITION_MAX and len(found) < POSITIONS_PER_TERM:
                found.append(f"{last}{weight}")
        offset = last + BREAK_POSITIONS
    terms = [_quoted(term) + (":" + ",".join(at) if at else "") for term, at in positions.items()]
    return " ".join([*terms, *(_quoted(SURFACE + surface) for surface in surfaces)])


def terms_query(clauses: Iterable[Clause]) -> str:
    """The text form of a `tsquery` that holds where any of these clauses does."""
    return " | ".join(f"({_clause(clause)})" for clause in clauses)


def _clause(clause: Clause) -> str:
    if clause.kind is Kind.PREFIX:
        return _quoted(SURFACE + clause.terms[0]) + ":*"
    return " <-> ".join(_quoted(term) for term in clause.terms)


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
