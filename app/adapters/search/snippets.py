"""The piece of a text where the query was found, with its words marked, and near spellings.

A snippet is a tuple of (text, is marked) pairs: whoever shows it escapes each text, so nothing in
a document can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from app.adapters.search.query import Kind, Query
from app.adapters.search.text import Token, analyse, fold

Snippet = tuple[tuple[str, bool], ...]
SNIPPET_LENGTH = 240
LEAD_LENGTH = 60
GAP = "…"
BLANKS = re.compile(r"\s+")
NEAR_MIN_LENGTH = 4


def wanted(query: Query) -> Callable[[Token], bool]:
    """Whether a token of a text is one of those asked for."""
    terms = {t for c in query.positive if c.kind is not Kind.PREFIX for t in c.terms}
    prefixes = tuple(t for c in query.positive if c.kind is Kind.PREFIX for t in c.terms)
    return lambda token: (
        token.term in terms or (bool(prefixes) and token.surface.startswith(prefixes))
    )


def _spans(text: str, query: Query) -> list[tuple[int, int, str]]:
    """Where the words asked for stand, without overlaps: (start, end, term)."""
    is_wanted = wanted(query)
    found: list[tuple[int, int, str]] = []
    for token in analyse(text):
        if is_wanted(token) and (not found or token.start >= found[-1][1]):
            found.append((token.start, token.end, token.term))
    return found


def mark(text: str, query: Query) -> Snippet:
    """The whole text with its words marked."""
    return _cut_out(text, _spans(text, query), 0, len(text))


def snippet(text: str, query: Query, length: int = SNIPPET_LENGTH) -> Snippet:
    """About `length` characters where most different words stand together, on one line."""
    spans = _spans(text, query)
    start = _best_start(spans, length) if spans else 0
    start = _word_start(text, max(0, start - LEAD_LENGTH))
    end = _word_end(text, min(len(text), start + length))
    parts = [(BLANKS.sub(" ", part), on) for part, on in _cut_out(text, spans, start, end)]
    if parts and start > 0:
        parts.insert(0, (GAP, False))
    if parts and end < len(text):
        parts.append((GAP, False))
    return tuple((part, on) for part, on in parts if part)


def _best_start(spans: list[tuple[int, int, str]], length: int) -> int:
    """Start of the window that holds most different terms (then most of them)."""
    best, best_worth, first = spans[0][0], (0, 0), 0
    for last, (_start, end, _term) in enumerate(spans):
        while end - spans[first][0] > length - LEAD_LENGTH and first < last:
            first += 1
        window = spans[first : last + 1]
        worth = (len({term for _s, _e, term in window}), len(window))
        if worth > best_worth:
            best, best_worth = spans[first][0], worth
    return best


def _word_start(text: str, at: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    while 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        at += 1
    return at


def _cut_out(text: str, spans: list[tuple[int, int, str]], start: int, end: int) -> Snippet:
    parts: list[tuple[str, bool]] = []
    at = start
    for span_start, span_end, _term in spans:
        if span_start < start or span_end > end:
            continue
        parts += [(text[at:span_start], False), (text[span_start:span_end], True)]
        at = span_end
    parts.append((text[at:end], False))
    return tuple((part, on) for part, on in parts if part)


def suggest(raw: str, query: Query, titles: Iterable[str]) -> str:
    """What was typed with misspelt words replaced by near ones of these titles; "" if none is.

    `titles` are those the person may see, so that no word of another's can appear.
    """
    words = {c.surface for c in query.positive if c.kind is Kind.WORD and c.surface}
    vocabulary: dict[str, str] = {}
    for title in titles:
        for token in analyse(title):
            if not token.is_code:
                vocabulary.setdefault(token.surface, title[token.start : token.end].lower())
    replacements = {
        word: vocabulary[near]
        for word in words
        if word not in vocabulary and (near := closest(word, vocabulary))
    }
    if not replacements:
        return ""
    typed = re.compile(r"[^\W_]+")
    return typed.sub(lambda m: replacements.get(fold(m.group()), m.group()), raw).strip()


def closest(word: str, vocabulary: Iterable[str]) -> str:
    """The known word at the smallest distance: one slip in a short word, two in a long one."""
    if len(word) < NEAR_MIN_LENGTH or any(c.isdecimal() for c in word):
        return ""
    limit = 1 if len(word) < 8 else 2
    best, best_distance = "", limit + 1
    for known in sorted(vocabulary):
        if abs(len(known) - len(word)) <= limit:
            distance = slips(word, known, limit)
            if distance < best_distance:
                best, best_distance = known, distance
    return best


def slips(a: str, b: str, limit: int) -> int:
    """Letters to insert, remove, replace or swap to turn a into b; `limit + 1` when more."""
    older: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        next_row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(row[j] + 1, next_row[j - 1] + 1, row[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            next_row.append(cost)
        if min(next_row) > limit:
            return limit + 1
        older, row = row, next_row
    return min(row[-1], limit + 1)
