"""The search inside: what a person asks, within what that person may read, checked once more.

The scopes go into the query itself, so hits, counts, facets and suggestions tell nothing of the
rest. Things whose scopes have just been narrowed are left out while the index has not caught up.
Every row shown is asked again with `can`: the index is a cache, the rules are the law.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.adapters.search import FACETS, Hit, IndexMissing, IndexUnavailable, SearchPage
from app.adapters.search.make import inside_index
from app.adapters.search.query import Hint, Query, parse
from app.adapters.search.snippets import Snippet, mark
from app.context import Context
from app.errors import NotFound, Unavailable
from app.index_feed import RESTRICT
from app.index_scopes import READ_PERMISSIONS, actor_tokens, rules_version
from app.index_things import MODELS, Ref, Thing, ref_of
from app.models.audits import Audit
from app.models.documents import Document
from app.models.findings import Finding
from app.models.org import Process
from app.models.plans import Action, Plan
from app.models.texts import DocumentPage, DocumentText, PageKind
from app.models.traceability import OutboxItem
from app.permissions import can
from app.services import documents

log = logging.getLogger("vigia.search")


@dataclass(frozen=True, slots=True)
class Result:
    """A hit with its row, where it belongs, and what its pages are."""

    hit: Hit
    row: Any
    audit: Audit | None
    page_kind: PageKind | None


@dataclass(frozen=True, slots=True)
class ResultPage:
    results: Sequence[Result] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)
    hints: Sequence[Hint] = ()
    suggestion: str = ""
    next_cursor: int | None = None


def find(
    ctx: Context, raw: str, *, filters: Mapping[str, str] | None = None, cursor: int = 0
) -> ResultPage:
    """What the actor may read and for which the query holds, best first.

    Raises: Unavailable when the index does not answer: that is never "nothing found".
    """
    return ask(ctx, parse(raw), filters=filters, cursor=cursor)


def ask(
    ctx: Context, query: Query, *, filters: Mapping[str, str] | None = None, cursor: int = 0
) -> ResultPage:
    """The same for a query that was not typed in a search box. Raises: Unavailable."""
    if not query.finds_something:
        return ResultPage(hints=query.hints)
    scopes = actor_tokens(ctx.actor)
    # First what is pending, then the index: whatever is done in between is then in the index.
    excluded = pending(ctx)
    try:
        page = _ask(ctx, query, scopes, filters or {}, cursor, excluded)
    except IndexUnavailable as error:
        log.error("the search index does not answer: %s", error)
        ctx.session.rollback()
        raise Unavailable("search_unavailable") from error
    results = _checked(ctx, page.hits)
    names = _process_names(ctx, page.facets.get("process", {}))
    return ResultPage(
        results, page.total, page.facets, names, query.hints, page.suggestion, page.next_cursor
    )


def _ask(
    ctx: Context,
    query: Query,
    scopes: frozenset[str],
    filters: Mapping[str, str],
    cursor: int,
    excluded: frozenset[str],
) -> SearchPage:
    """Raises: IndexUnavailable. An index that is absent or empty is no answer while there is
    something to find, which this asks of the database."""
    index = inside_index(ctx.config, ctx.session, rules_version())
    try:
        page = index.find(
            query, scopes, filters=filters, facets=FACETS, cursor=cursor, excluded=excluded
        )
        if page.facets["kind"] or index.count():
            return page
    except IndexMissing:
        if _something_exists(ctx):
            raise
        return SearchPage(facets={name: {} for name in FACETS})
    if _something_exists(ctx):
        raise IndexMissing("the index is empty, but the database is not")
    return page


def _something_exists(ctx: Context) -> bool:
    statement = select(or_(*(exists(select(model.id)) for model in MODELS.values())))
    return bool(ctx.session.scalar(statement))


def pending(ctx: Context) -> frozenset[str]:
    """Things whose scopes were narrowed and whose old ones the index may still have."""
    payloads = ctx.session.scalars(
        select(OutboxItem.payload).where(OutboxItem.kind == RESTRICT, OutboxItem.done_at.is_(None))
    )
    return frozenset(name for payload in payloads for name in payload["ids"])


def ready(ctx: Context) -> None:
    """Readiness: returns when the index can answer. Raises: IndexUnavailable."""
    index = inside_index(ctx.config, ctx.session, rules_version())
    try:
        index.check()
    except IndexMissing:
        if _something_exists(ctx):
            raise


# ---------------------------------------------------------------- rows of the hits


def _checked(ctx: Context, hits: Sequence[Hit]) -> list[Result]:
    """The hits with their rows, without any that the rules would not let through."""
    rows = _rows(ctx, [ref_of(hit.id) for hit in hits])
    texts = _page_kinds(ctx, [row for row in rows.values() if isinstance(row, Document)])
    audits = _audits(ctx, rows.values())
    results = []
    for hit in hits:
        row = rows.get(ref_of(hit.id))
        if row is None or not can(ctx.actor, READ_PERMISSIONS[row.thing], row):
            log.error("the index is out of date: it gave %s to somebody else", hit.id)
            continue
        audit = audits.get(row.audit_id or 0)
        results.append(Result(hit, row, audit, texts.get(row.id) if hit.page else None))
    return results


def _rows(ctx: Context, refs: Sequence[Ref]) -> dict[Ref, Thing]:
    """One query a kind, with all that the rules and the page read."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, number in refs:
        by_kind[kind].append(number)
    found: dict[Ref, Thing] = {}
    for kind, numbers in by_kind.items():
        model: type[Any] = MODELS[kind]
        statement = select(model).where(model.id.in_(numbers))
        for row in ctx.session.scalars(statement.options(*OPTIONS[kind])):
            found[(kind, row.id)] = row
    return found


OPTIONS: Mapping[str, tuple[Any, ...]] = {
    "audit": (joinedload(Audit.process),),
    "finding": (joinedload(Finding.process),),
    "plan": (joinedload(Plan.process),),
    "action": (joinedload(Action.process), selectinload(Action.executors)),
    "document": (joinedload(Document.uploaded_by),),
}


def _audits(ctx: Context, rows: Any) -> dict[int, Audit]:
    """The audits that these rows belong to, of those that the actor may read."""
    ids = {row.audit_id for row in rows if row.audit_id is not None}
    if not ids:
        return {}
    audits = ctx.session.scalars(select(Audit).where(Audit.id.in_(sorted(ids))))
    return {audit.id: audit for audit in audits if can(ctx.actor, "audit.read", audit)}


def _page_kinds(ctx: Context, rows: Sequence[Document]) -> dict[int, PageKind]:
    if not rows:
        return {}
    statement = select(DocumentText.document_id, DocumentText.page_kind).where(
        DocumentText.document_id.in_([row.id for row in rows])
    )
    return {row.document_id: row.page_kind for row in ctx.session.execute(statement)}


def _process_names(ctx: Context, values: Mapping[str, int]) -> dict[str, str]:
    ids = [int(value) for value in values if value.isdecimal()]
    if not ids:
        return {}
    rows = ctx.session.execute(select(Process.id, Process.name).where(Process.id.in_(ids)))
    return {str(row.id): row.name for row in rows}


# ---------------------------------------------------------------- the text of a document


@dataclass(frozen=True, slots=True)
class TextPage:
    """One page of what was read in a document, with the words asked for marked."""

    document: Document
    text: DocumentText
    page: int
    label: str
    pieces: Sequence[Snippet]
    pages: Sequence[int]  # those that have text


def text_page(ctx: Context, document_uuid: str, page: int, raw: str) -> TextPage:
    """The text of a page, its reading being written to the ledger. Raises: NotFound."""
    with ctx.transaction() as session:
        document = documents.find(ctx, document_uuid)
        ctx.record("read", "text", document, {"sha256": document.sha256, "page": page})
        session.flush()
    document = documents.find(ctx, document_uuid)
    text = ctx.session.get(DocumentText, document.id)
    numbers = ctx.session.scalars(
        select(DocumentPage.page)
        .where(DocumentPage.document_id == document.id)
        .distinct()
        .order_by(DocumentPage.page)
    ).all()
    if text is None or not numbers:
        raise NotFound
    shown = page if page in numbers else numbers[0]
    rows = ctx.session.scalars(
        select(DocumentPage)
        .where(DocumentPage.document_id == document.id, DocumentPage.page == shown)
        .order_by(DocumentPage.number)
    ).all()
    query = parse(raw)
    pieces = [mark(row.text, query) for row in rows]
    return TextPage(document, text, shown, rows[0].label, pieces, numbers)
