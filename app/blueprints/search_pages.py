"""What the two search pages share, inside and on the portal: the address and its facets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

CURSOR_MAX = 1_000
QUERY_MAX_LENGTH = 2_000  # more than any index reads; a longer address is cut, not refused


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: whole, so that it can be kept and shared."""

    query: str
    filters: Mapping[str, str]
    cursor: int

    def url(self, endpoint: str, **changes: str | int) -> str:
        """The same page with something else; "" takes a part out."""
        values: dict[str, Any] = {"q": self.query, **self.filters, "after": self.cursor}
        values |= changes
        return url_for(endpoint, **{name: value for name, value in values.items() if value})


def asked(shapes: Mapping[str, re.Pattern[str]]) -> Asked:
    """The address of this request; what has not the shape of a value asks for nothing."""
    filters = {}
    for name, shape in shapes.items():
        value = request.args.get(name, "")
        if shape.fullmatch(value):
            filters[name] = value
    after = request.args.get("after", "")
    known = after.isascii() and after.isdecimal() and len(after) < 5
    cursor = min(int(after), CURSOR_MAX) if known else 0
    return Asked(request.args.get("q", "")[:QUERY_MAX_LENGTH], filters, cursor)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: its word, how many there are, and where it leads."""

    text: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    choices: list[Choice]


def facets(
    endpoint: str,
    wanted: Asked,
    counts: Mapping[str, Mapping[str, int]],
    titles: Mapping[str, Any],
    words: Mapping[str, Callable[[str], str]],
) -> list[Facet]:
    """Each facet with its values; choosing one keeps the others, choosing it again drops it."""
    found = []
    for name, title in titles.items():
        chosen = wanted.filters.get(name, "")
        values = dict(counts.get(name, {}))
        if chosen:
            values.setdefault(chosen, 0)
        choices = [
            Choice(
                words[name](value),
                count,
                wanted.url(endpoint, after=0, **{name: "" if value == chosen else value}),
                value == chosen,
            )
            for value, count in values.items()
        ]
        if choices:
            found.append(Facet(str(title), choices))
    return found


def chips(found: list[Facet]) -> list[tuple[str, str]]:
    """What is chosen, as (word, address without it)."""
    return [(c.text, c.url) for facet in found for c in facet.choices if c.chosen]
