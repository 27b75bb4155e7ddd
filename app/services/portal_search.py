"""Searching what is published: the public index, and only what the portal's rows still show.

Asks the publication tables through the portal's own session. A thing is found only while its row
is there and is the one that was indexed, so what was withdrawn or masked a moment ago is gone
from hits, counts and facets before the index has caught up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from app.adapters.search import Hit, IndexMissing, IndexUnavailable
from app.adapters.search.make import public_index
from app.adapters.search.query import Hint, parse
from app.errors import Unavailable
from app.models.publications import PubAction, PubFinding, PubPlan, PubReport
from config import Config

SCOPES = frozenset({"public"})
FACETS = ("kind", "year", "process")
ROWS: Mapping[str, Any] = {
    "report": PubReport,
    "finding": PubFinding,
    "plan": PubPlan,
    "action": PubAction,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A hit and the address it stands for: folder, code and, of an action, its finding's."""

    hit: Hit
    kind: str
    code: str
    finding_code: str = ""


@dataclass(frozen=True, slots=True)
class PublicPage:
    found: Sequence[Found] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    hints: Sequence[Hint] = ()
    suggestion: str = ""
    next_cursor: int | None = None


def live(session: Session) -> dict[str, str]:
    """Everything that is published, with the stamp of what it says."""
    statements = [
        select(literal(kind).label("kind"), model.code, model.updated_at)
        for kind, model in ROWS.items()
    ]
    rows = session.execute(union_all(*statements))
    return {f"{row.kind}:{row.code}": row.updated_at.isoformat() for row in rows}


def find(
    session: Session,
    config: Config,
    raw: str,
    *,
    filters: Mapping[str, str] | None = None,
    cursor: int = 0,
) -> PublicPage:
    """Published things for which the query holds. Raises: Unavailable (never "nothing found")."""
    query = parse(raw)
    if not query.finds_something:
        return PublicPage(hints=query.hints)
    published = live(session)
    if not published:
        return PublicPage(hints=query.hints)
    index = public_index(config, session)
    try:
        page = index.find(
            query, SCOPES, filters=filters, facets=FACETS, cursor=cursor, live=published
        )
        if not page.facets["kind"] and not index.count():
            raise IndexMissing("the index is empty, but there are publications")
    except IndexUnavailable as error:
        session.rollback()
        raise Unavailable("search_unavailable") from error
    found = _places(session, page.hits)
    return PublicPage(
        found, page.total, page.facets, query.hints, page.suggestion, page.next_cursor
    )


def ready(session: Session, config: Config) -> None:
    """Readiness: returns when the public index can answer. Raises: IndexUnavailable."""
    try:
        public_index(config, session).check()
    except IndexMissing:
        if live(session):
            raise


def _places(session: Session, hits: Sequence[Hit]) -> list[Found]:
    codes = {hit.id: hit.id.partition(":")[2] for hit in hits}
    actions = [codes[hit.id] for hit in hits if hit.kind == "action"]
    findings: dict[str, str] = {}
    if actions:
        rows = session.execute(
            select(PubAction.code, PubAction.finding_code).where(PubAction.code.in_(actions))
        )
        findings = {row.code: row.finding_code for row in rows}
    return [Found(hit, hit.kind, codes[hit.id], findings.get(codes[hit.id], "")) for hit in hits]
