"""What a person types in a search box, read literally: words, "phrases", -not, codes, prefix*.

Nothing else has a meaning: no field names, operators, wildcards inside a word or expressions
reach an index. Any text at all gives a query; `hints` says what could not be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from app.adapters.search.text import TOKEN_MAX_LENGTH, Token, analyse, clean

QUERY_MAX_LENGTH = 1000
CLAUSES_MAX = 24
PREFIX_MIN_LENGTH = 3
QUOTES = {ord(c): '"' for c in "“”„‟«»＂"}
DASHES = {ord(c): "-" for c in "‐‑‒–—−"}  # what word processors make of -
CHUNK = re.compile(r'(?P<not>-?)"(?P<phrase>[^"]*)"|(?P<plain>[^\s"]+)|(?P<open>")')


class Kind(StrEnum):
    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    CODE = "code"


class Hint(StrEnum):
    """Why a query finds nothing, or was not used whole."""

    EMPTY = "empty"
    ONLY_STOP_WORDS = "only_stop_words"
    ONLY_NEGATED = "only_negated"
    TOO_LONG = "too_long"
    UNBALANCED = "unbalanced"
    SHORT_PREFIX = "short_prefix"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `terms` are stems (WORD, PHRASE), a whole code, or the start of a word.

    `surface` is the word as typed, without accents: what spelling suggestions work on.
    """

    kind: Kind
    terms: tuple[str, ...]
    negated: bool = False
    surface: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """All clauses must hold, or with `any_of` at least one of the positive ones. Without a
    positive clause nothing is found."""

    clauses: tuple[Clause, ...] = ()
    hints: tuple[Hint, ...] = ()
    raw: str = field(default="", compare=False)  # as typed, cut to what is read
    any_of: bool = False

    @property
    def positive(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if not clause.negated)

    @property
    def negative(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.negated)

    @property
    def finds_something(self) -> bool:
        return bool(self.positive)


def parse(raw: str) -> Query:
    """Read what was typed. Never raises."""
    text = clean(raw).translate(QUOTES).translate(DASHES)
    hints: list[Hint] = []
    if not text.strip():
        return Query(hints=(Hint.EMPTY,))
    if len(text) > QUERY_MAX_LENGTH:
        hints.append(Hint.TOO_LONG)
        text = _cut(text)
    if text.count('"') % 2:
        hints.append(Hint.UNBALANCED)
    clauses: dict[Clause, None] = {}
    for match in CHUNK.finditer(text):
        for clause in _clauses(match, hints):
            clauses.setdefault(clause)
    if len(clauses) > CLAUSES_MAX:
        hints.append(Hint.TOO_LONG)
    query = Query(tuple(clauses)[:CLAUSES_MAX])
    if not query.clauses:
        hints.append(Hint.ONLY_STOP_WORDS)
    elif not query.positive:
        hints.append(Hint.ONLY_NEGATED)
    return Query(query.clauses, tuple(dict.fromkeys(hints)), text.strip())


def like(text: str) -> Query:
    """What shares words with a text: its first different ones, any of which may be there."""
    terms: dict[str, Clause] = {}
    for token in analyse(clean(text)):
        if not token.is_code and not token.surface.isdecimal():
            clause = Clause(Kind.WORD, (token.term,), surface=token.surface)
            terms.setdefault(token.term, clause)
    return Query(tuple(terms.values())[:CLAUSES_MAX], any_of=True)


def _cut(text: str) -> str:
    """The first words that fit."""
    head, _, _tail = text[:QUERY_MAX_LENGTH].rpartition(" ")
    return head or text[:QUERY_MAX_LENGTH]


def _clauses(match: re.Match[str], hints: list[Hint]) -> Iterator[Clause]:
    phrase, plain = match["phrase"], match["plain"]
    if phrase is not None:
        negated = match["not"] == "-"
        parts = [token for token in analyse(phrase) if not token.is_code]
        if len(parts) > 1:
            yield Clause(Kind.PHRASE, tuple(token.term for token in parts), negated)
        else:
            yield from _plain(phrase, negated)
    elif plain is not None:
        negated = plain.startswith("-") and len(plain) > 1
        yield from _prefix(plain.lstrip("-"), negated, hints)


def _prefix(chunk: str, negated: bool, hints: list[Hint]) -> Iterator[Clause]:
    body = chunk.rstrip("*")
    tokens = list(analyse(body))
    if body == chunk or not _is_one_word(tokens, body):
        yield from _plain(body, negated)
    elif len(tokens[0].surface) < PREFIX_MIN_LENGTH:
        hints.append(Hint.SHORT_PREFIX)
        yield from _plain(body, negated)
    else:
        yield Clause(Kind.PREFIX, (tokens[0].surface,), negated)


def _is_one_word(tokens: list[Token], body: str) -> bool:
    return bool(tokens) and (tokens[0].start, tokens[0].end) == (0, len(body))


def _plain(chunk: str, negated: bool) -> Iterator[Clause]:
    """Words of a chunk; a joined one with a figure in it is a code, without any it is a phrase."""
    tokens = list(analyse(chunk))
    codes = [token for token in tokens if token.is_code]
    taken: set[int] = set()
    for code in codes:
        within = [t for t in tokens if not t.is_code and code.start <= t.start < code.end]
        taken |= {id(token) for token in within}
        if any(c.isdecimal() for c in code.surface) and len(code.surface) <= TOKEN_MAX_LENGTH:
            yield Clause(Kind.CODE, (code.term,), negated)
        elif len(within) > 1:
            yield Clause(Kind.PHRASE, tuple(token.term for token in within), negated)
        else:
            yield from (Clause(Kind.WORD, (t.term,), negated, t.surface) for t in within)
    for token in tokens:
        if not token.is_code and id(token) not in taken:
            yield Clause(Kind.WORD, (token.term,), negated, token.surface)
