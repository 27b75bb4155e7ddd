"""The index in a folder of this machine, with Whoosh: nothing to install.

One document of the index per thing and one per part of its text: the first decides what is found
and how it is counted, the second where the snippet comes from. Only the worker writes.

Scores use no statistics of the whole index (how rare a word is, how long texts are on average):
things that a person may not see must not change even the order of those he or she does.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh import columns, fields, index, query, scoring, writing
from whoosh.analysis import Analyzer
from whoosh.analysis import Token as WhooshToken

from app.adapters.search import (
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
    passes,
)
from app.adapters.search.query import Clause, Kind, Query
from app.adapters.search.snippets import mark, snippet, suggest
from app.adapters.search.text import BREAK_POSITIONS, analyse

log = logging.getLogger("vigia.search")

SCHEMA_VERSION = 3
LOCK_TIMEOUT_S = 10.0
OPEN_ATTEMPTS = 20
WEIGHTS = {"title": 4.0, "keywords": 2.0, "text": 1.0}
HALF_WEIGHT = 1.2  # so many occurrences give half of what any number can give
BETWEEN = "\x1f"
SURFACE = "="  # before a word as written; no stem begins with it
Term = tuple[str, int]


class Analysed(str):
    """A text whose terms are known already: it is written in two places, and read once."""

    terms: list[Term]

    @classmethod
    def of(cls, terms: list[Term]) -> Analysed:
        found = cls(" ")
        found.terms = terms
        return found


class TermAnalyzer(Analyzer):  # kept under this name: it is pickled into the index
    """The terms of a text. The words as written follow their stems, marked: that is what
    prefixes look at."""

    def __call__(self, value: str, **_kwargs: object) -> Iterator[WhooshToken]:
        token = WhooshToken(positions=True, boost=1.0)
        for term, position in value.terms if isinstance(value, Analysed) else terms_of(value):
            token.text, token.pos, token.boost = term, position, 1.0
            yield token


def terms_of(text: str, offset: int = 0) -> list[Term]:
    found = []
    for token in analyse(text):
        found.append((token.term, offset + token.position))
        found.append((SURFACE + token.surface, offset + token.position))
    return found


def schema() -> fields.Schema:
    """`facts` and `titles` are read of every match: columns are quicker than stored rows."""
    text = TermAnalyzer()
    return fields.Schema(
        id=fields.ID(stored=True),
        stamp=fields.STORED(),
        kind=fields.STORED(),
        facts=fields.COLUMN(columns.VarBytesColumn()),
        titles=fields.COLUMN(columns.VarBytesColumn()),
        part_of=fields.ID(stored=True),
        scopes=fields.KEYWORD(scorable=False),
        title=fields.TEXT(analyzer=text, stored=True),
        keywords=fields.TEXT(analyzer=text),
        text=fields.TEXT(analyzer=text),
        part=fields.STORED(),
    )


def _weight(_searcher: object, field: str, _term: object, matcher: Any) -> float:
    """Each further occurrence counts for less; the title counts for more than the text."""
    worth = WEIGHTS.get(field)
    if worth is None:
        return 0.0
    occurrences = float(matcher.weight())
    return worth * occurrences / (occurrences + HALF_WEIGHT)


class WhooshIndex:
    """See SearchIndex. `version` names the rules that the scopes come from: an index of other
    rules is not read, it is missing."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self._name = f"s{SCHEMA_VERSION}-{version}"

    # ------------------------------------------------------------ writing

    def apply(self, changes: Iterable[Change]) -> None:
        with self._writer(self._open()) as (writer, searcher):
            for change in changes:
                parts = self._parts(searcher, change.id) if change.parts is None else change.parts
                self._delete(writer, change.id)
                self._add(writer, change, parts)

    def remove(self, ids: Iterable[str]) -> None:
        with self._writer(self._open()) as (writer, _searcher):
            for thing_id in ids:
                self._delete(writer, thing_id)

    def replace_all(self, changes: Iterable[Change]) -> None:
        with self._writer(self._open_or_create(), replaces=True) as (writer, searcher):
            for change in changes:
                parts = self._parts(searcher, change.id) if change.parts is None else change.parts
                self._add(writer, change, parts)
        self._forget(own=False)

    @contextmanager
    def _writer(self, ix: Any, *, replaces: bool = False) -> Iterator[tuple[Any, Any]]:
        with _unavailable_when_failing():
            writer = ix.writer(timeout=LOCK_TIMEOUT_S)
            try:
                with ix.searcher() as searcher:
                    yield writer, searcher
            except BaseException:
                writer.cancel()
                raise
            if replaces:
                writer.commit(mergetype=writing.CLEAR)
            else:
                writer.commit()

    @staticmethod
    def _delete(writer: Any, thing_id: str) -> None:
        writer.delete_by_term("id", thing_id)
        writer.delete_by_term("part_of", thing_id)

    @staticmethod
    def _add(writer: Any, change: Change, parts: Sequence[Part]) -> None:
        """A thing whose text is one part keeps it with itself; others have a row a part."""
        read = [terms_of(part.text) for part in parts]
        writer.add_document(
            id=change.id,
            stamp=change.stamp,
            kind=change.kind,
            facts=BETWEEN.join((change.id, change.stamp, *change.facet_key)).encode(),
            titles=change.title.encode(),
            scopes=" ".join(sorted(change.scopes)),
            title=change.title,
            keywords=change.keywords,
            text=Analysed.of(_one_after_another(read)),
            part=_stored(parts[0]) if len(parts) == 1 else None,
        )
        if len(parts) > 1:
            for part, terms in zip(parts, read, strict=True):
                writer.add_document(
                    facts=b"",
                    titles=b"",
                    part_of=change.id,
                    text=Analysed.of(terms),
                    part=_stored(part),
                )

    @staticmethod
    def _parts(searcher: Any, thing_id: str) -> list[Part]:
        own = [row["part"] for row in searcher.documents(id=thing_id) if row.get("part")]
        return [Part(*part) for part in own or _rows_of(searcher, thing_id)]

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
        nothing = SearchPage(facets={name: {} for name in facets})
        if not scopes or not query.finds_something:
            return nothing
        filters, cursor = filters or {}, clamped(cursor)
        with self._searcher() as searcher:
            if searcher.doc_count_all() == 0:
                return nothing  # an empty index has no columns to read
            admitted = _Admitted(searcher, excluded, live)
            ranked, found = _ranked(searcher, _matching(query), scopes, admitted, filters)
            total, counts = count_facets(found, filters, facets)
            shown = ranked[cursor : cursor + PAGE_SIZE]
            hits = _hits(searcher, shown, query)
            near = ""
            if not found:
                near = suggest(query.raw, query, _titles(searcher, scopes, admitted))
        return SearchPage(hits, total, counts, near, next_cursor(cursor, total))

    def stamps(self) -> dict[str, str]:
        with self._searcher() as searcher:
            rows = searcher.reader().all_stored_fields()
            return {row["id"]: row["stamp"] for row in rows if row.get("id")}

    def count(self) -> int:
        with self._searcher() as searcher:
            return int(searcher.doc_count())

    def check(self) -> None:
        with self._searcher() as searcher:
            searcher.doc_count_all()

    @contextmanager
    def _searcher(self) -> Iterator[Any]:
        ix = self._open()
        with (
            _unavailable_when_failing(),
            ix.searcher(weighting=scoring.FunctionWeighting(_weight)) as searcher,
        ):
            yield searcher

    def _open(self) -> Any:
        with _unavailable_when_failing():
            if not self._folder.is_dir():
                raise IndexMissing(str(self._folder))
            for _attempt in range(OPEN_ATTEMPTS):
                # A commit may replace the table of contents between its name and its bytes.
                with suppress(FileNotFoundError):
                    return self._opened()
            return self._opened()

    def _opened(self) -> Any:
        try:
            return index.open_dir(str(self._folder), indexname=self._name)
        except index.EmptyIndexError as error:
            raise IndexMissing(self._name) from error

    def _open_or_create(self) -> Any:
        with _unavailable_when_failing():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                return self._open()
            except IndexMissing:
                pass
            except IndexUnavailable:  # not readable: a rebuild mends that too
                self._forget(own=True)
            return index.create_in(str(self._folder), schema(), indexname=self._name)

    def _forget(self, *, own: bool) -> None:
        """Remove the files of this index, or those of indexes by older rules."""
        for path in self._folder.iterdir():
            if path.name.lstrip("_").startswith(self._name) is own:
                path.unlink(missing_ok=True)


def _stored(part: Part) -> tuple[str, int | None, str]:
    return (part.text, part.page, part.label)


def _rows_of(searcher: Any, thing_id: str) -> list[tuple[str, int | None, str]]:
    return [row["part"] for row in searcher.documents(part_of=thing_id)]


def _one_after_another(read: Sequence[list[Term]]) -> list[Term]:
    """The terms of all parts, with a gap between them that no phrase reaches across."""
    joined: list[Term] = []
    offset = 0
    for terms in read:
        joined += [(term, offset + position) for term, position in terms]
        offset = (joined[-1][1] if joined else 0) + BREAK_POSITIONS
    return joined


@contextmanager
def _unavailable_when_failing() -> Iterator[None]:
    """Whatever breaks inside the library (files, locks, pickles) means: no answer now."""
    try:
        yield
    except IndexUnavailable:
        raise
    except Exception as error:
        log.warning("the search index does not answer: %s", repr(error))
        raise IndexUnavailable(str(error)) from error


class _Admitted:
    """Which documents of the index count: things, not excluded, known by their present stamp."""

    def __init__(
        self, searcher: Any, excluded: frozenset[str], live: Mapping[str, str] | None
    ) -> None:
        self._facts = searcher.reader().column_reader("facts")
        self._excluded, self._live = excluded, live

    def __call__(self, number: int) -> tuple[str, FacetKey] | None:
        """Id and facets of a thing that counts, None of anything else."""
        facts = self._facts[number]
        if not facts:
            return None
        name, stamp, kind, year, process, state = facts.decode().split(BETWEEN)
        if name in self._excluded or (self._live is not None and self._live.get(name) != stamp):
            return None
        return name, (kind, year, process, state)


def _ranked(
    searcher: Any,
    matching: Any,
    scopes: frozenset[str],
    admitted: _Admitted,
    filters: Mapping[str, str],
) -> tuple[list[tuple[float, int]], Counter[FacetKey]]:
    """(score, number) of what passes the filters, best first; and all that matches, by facets."""
    found: Counter[FacetKey] = Counter()
    kept: list[tuple[float, str, int]] = []
    results = searcher.search(matching, limit=None, filter=_within(scopes), scored=True)
    for score, number in results.top_n:
        known = admitted(number)
        if known is not None:
            name, key = known
            found[key] += 1
            if passes(key, filters):
                kept.append((-round(score, 6), name, number))
    kept.sort()
    return [(-score, number) for score, _name, number in kept], found


def _within(scopes: frozenset[str]) -> Any:
    return query.Or([query.Term("scopes", token) for token in sorted(scopes)])


def _matching(asked: Query) -> Any:
    together = query.Or if asked.any_of else query.And
    everything = together([_clause(clause) for clause in asked.positive])
    if not asked.negative:
        return everything
    return query.AndNot(everything, query.Or([_clause(clause) for clause in asked.negative]))


def _clause(clause: Clause, places: Sequence[str] = ("title", "keywords", "text")) -> Any:
    if clause.kind is Kind.PREFIX:
        return query.Or([query.Prefix(place, SURFACE + clause.terms[0]) for place in places])
    if clause.kind is Kind.PHRASE:
        return query.Or([query.Phrase(place, list(clause.terms)) for place in places])
    return query.Or([query.Term(place, clause.terms[0]) for place in places])


def _hits(searcher: Any, shown: list[tuple[float, int]], asked: Query) -> tuple[Hit, ...]:
    rows = [(score, searcher.stored_fields(number)) for score, number in shown]
    best = {row["id"]: row["part"] for _score, row in rows if row.get("part")}
    best |= _best_parts(searcher, {row["id"] for _score, row in rows} - best.keys(), asked)
    hits = []
    for score, row in rows:
        text, page, label = best.get(row["id"], ("", None, ""))
        piece = snippet(text, asked) if text else ()
        if not any(on for _text, on in piece):
            piece, page, label = (), None, ""  # found by its title or a code
        title = mark(row["title"], asked)
        hits.append(Hit(row["id"], row["kind"], title, piece, page, label, score))
    return tuple(hits)


def _best_parts(
    searcher: Any, ids: set[str], asked: Query
) -> dict[str, tuple[str, int | None, str]]:
    """Of each thing the part of its text where most of the query stands."""
    if not ids:
        return {}
    any_clause = query.Or([_clause(clause, ("text",)) for clause in asked.positive])
    of_these = query.Or([query.Term("part_of", thing_id) for thing_id in sorted(ids)])
    best: dict[str, tuple[str, int | None, str]] = {}
    for _score, number in searcher.search(any_clause, limit=None, filter=of_these).top_n:
        row = searcher.stored_fields(number)
        best.setdefault(row["part_of"], row["part"])
        if len(best) == len(ids):
            break
    return best


def _titles(searcher: Any, scopes: frozenset[str], admitted: _Admitted) -> Iterator[str]:
    titles = searcher.reader().column_reader("titles")
    for number in searcher.docs_for_query(_within(scopes)):
        if admitted(number) is not None:
            yield titles[number].decode()
