"""The search index: the protocol, what goes in and what comes out.

An index is a cache of the database: `flask search rebuild` makes it anew. It knows nothing of
people: each thing carries the scope tokens that let it be found, each search brings those of the
person who asks. No scopes, no results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.adapters.search.query import Query
from app.adapters.search.snippets import Snippet

FACETS = ("kind", "year", "process", "state")
PAGE_SIZE = 20
CURSOR_MAX = 1000
PART_MAX_LENGTH = 20_000
FacetKey = tuple[str, str, str, str]


class IndexUnavailable(Exception):
    """The index cannot answer now: broken, locked, out of reach. Never read as "no results"."""


class IndexMissing(IndexUnavailable):
    """There is no index yet, or its rules are older than the program's: rebuild it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a thing's text. `page` and `label` say where it is, when it has pages."""

    text: str
    page: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A thing as it is to be found from now on; it replaces what the index had under its id.

    `id` is "kind:number"; `keywords` are codes and names found with it and not shown; `stamp`
    changes whenever anything here does; `parts` None keeps the text that is there.
    """

    id: str
    kind: str
    title: str
    scopes: frozenset[str]
    stamp: str
    year: str = ""
    process: str = ""
    state: str = ""
    keywords: str = ""
    parts: tuple[Part, ...] | None = ()

    @property
    def facet_key(self) -> FacetKey:
        return (self.kind, self.year, self.process, self.state)


@dataclass(frozen=True, slots=True)
class Hit:
    """`page` and `label` say where in a document the snippet stands."""

    id: str
    kind: str
    title: Snippet
    snippet: Snippet
    page: int | None
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`facets`: values and counts of each facet asked for, each under the filters of the others.

    `suggestion` is another spelling, made of words of titles within the scopes; `next_cursor`
    continues the list, None at its end.
    """

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    suggestion: str = ""
    next_cursor: int | None = None


class SearchIndex(Protocol):
    """Every method raises IndexUnavailable."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Put these things in, in place of what was there under their ids."""

    def remove(self, ids: Iterable[str]) -> None:
        """Take these out; unknown ids are no error."""

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
        """Things within `scopes` for which every clause holds, best first.

        `filters`: facet to the one value wanted. `excluded` ids count nowhere. With `live`
        (id to stamp) only things that the index knows with that very stamp count.
        """

    def stamps(self) -> dict[str, str]:
        """The stamp of everything in the index."""

    def count(self) -> int:
        """How many things are in the index, whoever may find them."""

    def replace_all(self, changes: Iterable[Change]) -> None:
        """Make the index anew of exactly these; until the end the old one answers."""

    def check(self) -> None:
        """Returns when the index can answer."""


def split_text(text: str, page: int | None = None, label: str = "") -> tuple[Part, ...]:
    """Parts of a size that an index can rank and quote from, cut at line ends or blanks."""
    parts = []
    while len(text) > PART_MAX_LENGTH:
        at = max(text.rfind("\n", 0, PART_MAX_LENGTH), PART_MAX_LENGTH // 2)
        if text[at] != "\n":
            at = max(text.rfind(" ", 0, PART_MAX_LENGTH), PART_MAX_LENGTH // 2)
        parts.append(Part(text[:at], page, label))
        text = text[at:]
    if text.strip():
        parts.append(Part(text, page, label))
    return tuple(parts)


def count_facets(
    found: Counter[FacetKey], filters: Mapping[str, str], facets: Sequence[str]
) -> tuple[int, dict[str, dict[str, int]]]:
    """How many pass every filter, and per facet its values among what passes the other ones."""
    wanted = [(FACETS.index(name), value) for name, value in filters.items() if value]
    total = sum(n for key, n in found.items() if all(key[at] == v for at, v in wanted))
    counts: dict[str, dict[str, int]] = {}
    for facet in facets:
        own = FACETS.index(facet)
        counter: Counter[str] = Counter()
        for key, n in found.items():
            if key[own] and all(key[at] == value for at, value in wanted if at != own):
                counter[key[own]] += n
        counts[facet] = dict(sorted(counter.items(), key=lambda each: (-each[1], each[0])))
    return total, counts


def passes(key: FacetKey, filters: Mapping[str, str]) -> bool:
    return all(key[FACETS.index(name)] == value for name, value in filters.items() if value)


def clamped(cursor: int) -> int:
    """A place in the list that may be asked for."""
    return max(0, min(cursor, CURSOR_MAX))


def next_cursor(cursor: int, total: int) -> int | None:
    after = cursor + PAGE_SIZE
    return after if after < total and after <= CURSOR_MAX else None


MakeIndex = Callable[[], SearchIndex]
