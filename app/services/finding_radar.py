"""Radar of repeated findings: earlier ones that read like what is being written.

The search index brings the candidates, so only what the writer may read can come; how much each
shares with the text is then counted in words, which the page can say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.adapters.search.query import like
from app.adapters.search.text import analyse
from app.context import Context
from app.errors import Unavailable
from app.models.findings import Finding
from app.services import search
from app.services.finding_facts import UNCOMMUNICATED
from workflows.finding import FindingState

MOST = 5
LEAST_SHARED = 3
NEVER = UNCOMMUNICATED | {FindingState.WITHDRAWN}
"""What cannot be repeated: what nobody was told, and what was no finding after all."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier finding and the words it shares, as the writer wrote them."""

    finding: Finding
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radar:
    """`is_blind`: the index does not answer now; `is_short`: too few words to compare."""

    found: tuple[Similar, ...] = ()
    is_short: bool = False
    is_blind: bool = False


def similar(ctx: Context, texts: Iterable[str], *, finding_id: int | None = None) -> Radar:
    """Earlier findings that share most with these texts, given with the most telling one first.

    Reads the index and three queries; never raises for an index that is away.
    """
    query = like("\n".join(texts))
    if len(query.clauses) < LEAST_SHARED:
        return Radar(is_short=True)
    try:
        page = search.ask(ctx, query, filters={"kind": "finding"})
    except Unavailable:
        return Radar(is_blind=True)
    surfaces = {clause.terms[0]: clause.surface for clause in query.clauses}
    found = []
    for result in page.results:
        finding = result.row
        if finding.id == finding_id or finding.state in NEVER:
            continue
        shared = tuple(word for term, word in surfaces.items() if term in _terms(finding))
        if len(shared) >= LEAST_SHARED:
            found.append(Similar(finding, shared))
    found.sort(key=lambda each: (-len(each.words), -each.finding.id))
    return Radar(tuple(found[:MOST]))


def _terms(finding: Finding) -> frozenset[str]:
    text = "\n".join((finding.title, finding.condition, finding.criterion, finding.cause))
    return frozenset(token.term for token in analyse(text))
