"""Rows as things to be found: title, text, facets and scopes, loaded in a few queries.

Only what every reader of the row is shown goes in: no analysis before its decision, no working
paper. The stamp changes with anything of it, so that a check can tell what is out of date.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.adapters.search import Change, Part, split_text
from app.index_scopes import thing_tokens
from app.models.audits import Audit
from app.models.documents import Document
from app.models.findings import Finding
from app.models.plans import Action, Plan
from app.models.texts import DocumentPage, DocumentText

Thing = Audit | Finding | Plan | Action | Document
MODELS: Mapping[str, type[Thing]] = {
    "audit": Audit,
    "finding": Finding,
    "plan": Plan,
    "action": Action,
    "document": Document,
}
BATCH = 200
SHORT_TITLE = 200
WITHDRAWN, VALID = "retirado", "vigente"
Ref = tuple[str, int]


def thing_id(ref: Ref) -> str:
    return f"{ref[0]}:{ref[1]}"


def ref_of(thing_id: str) -> Ref:
    """Raises: ValueError when it is not one of ours."""
    kind, _, number = thing_id.partition(":")
    if kind not in MODELS:
        raise ValueError(thing_id)
    return kind, int(number)


@dataclass(frozen=True, slots=True)
class Around:
    """What the rows of a batch need from other tables."""

    audits: Mapping[int, tuple[str, int]]  # code and year
    texts: Mapping[int, DocumentText]
    pages: Mapping[int, Sequence[Part]]
    zone: ZoneInfo
    with_text: bool


def load(
    session: Session,
    refs: Iterable[Ref],
    zone: ZoneInfo,
    *,
    with_text: bool = True,
    lock: bool = False,
) -> Iterator[Change]:
    """The things as they stand in the database; those that are not there are left out.

    Without `with_text` documents come with `parts` None: their text has not changed. `lock`
    keeps the rows as they are until the open transaction ends, for what is written from them.
    """
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, number in sorted(set(refs)):
        by_kind[kind].append(number)
    for kind, numbers in by_kind.items():
        for at in range(0, len(numbers), BATCH):
            statement = _rows(kind, numbers[at : at + BATCH])
            if lock:
                statement = statement.with_for_update(read=True).execution_options(
                    populate_existing=True
                )
            rows = session.scalars(statement).all()
            around = _around(session, rows, zone, with_text=with_text)
            for row in rows:
                yield change(row, around)


def every_ref(session: Session) -> list[Ref]:
    """Everything that is to be found."""
    return [
        (kind, number)
        for kind, model in MODELS.items()
        for number in session.scalars(select(model.id).order_by(model.id))
    ]


def _rows(kind: str, numbers: Sequence[int]) -> Select[Any]:
    model = MODELS[kind]
    statement = select(model).where(model.id.in_(numbers)).order_by(model.id)
    if model is Action:
        statement = statement.options(selectinload(Action.executors))
    return statement


def _around(session: Session, rows: Sequence[Thing], zone: ZoneInfo, *, with_text: bool) -> Around:
    audit_ids = {row.audit_id for row in rows if row.audit_id is not None}
    documents = [row.id for row in rows if isinstance(row, Document)]
    audits = session.execute(
        select(Audit.id, Audit.code, Audit.year).where(Audit.id.in_(audit_ids))
    )
    texts: Sequence[DocumentText] = ()
    pages: dict[int, list[Part]] = defaultdict(list)
    if documents:
        texts = session.scalars(
            select(DocumentText).where(DocumentText.document_id.in_(documents))
        ).all()
    if documents and with_text:
        found = session.execute(
            select(
                DocumentPage.document_id, DocumentPage.page, DocumentPage.label, DocumentPage.text
            )
            .where(DocumentPage.document_id.in_(documents))
            .order_by(DocumentPage.document_id, DocumentPage.number)
        )
        for document_id, page, label, text in found:
            pages[document_id].append(Part(text, page or None, label))
    return Around(
        {row.id: (row.code, row.year) for row in audits},
        {row.document_id: row for row in texts},
        pages,
        zone,
        with_text,
    )


def change(row: Thing, around: Around) -> Change:
    """One row as it is to be found."""
    audit = around.audits.get(row.audit_id or 0)
    title, codes, texts, state, at = _content(row)
    year = audit[1] if audit else at.astimezone(around.zone).year
    keywords = " ".join(filter(None, [*codes, audit[0] if audit else ""]))
    scopes = thing_tokens(row)
    body = "\n".join(filter(None, texts))
    parts: tuple[Part, ...] | None = split_text(body)
    if isinstance(row, Document):
        body = _text_stamp(around.texts.get(row.id))
        parts = tuple(around.pages.get(row.id, ())) if around.with_text else None
    found = Change(
        id=thing_id((row.thing, row.id)),
        kind=row.thing,
        title=title,
        scopes=scopes,
        stamp="",
        year=str(year),
        process=str(row.process_id or ""),
        state=f"{row.thing}.{state}",
        keywords=keywords,
        parts=parts,
    )
    return _stamped(found, body)


def _content(row: Thing) -> tuple[str, list[str], list[str], str, datetime]:
    """Title, codes, texts, state and the moment that gives the year where no audit does."""
    if isinstance(row, Audit):
        texts = [row.objective, row.scope, row.criteria]
        return row.title, [row.code], texts, row.state.value, row.created_at
    if isinstance(row, Finding):
        texts = [row.condition, row.criterion, row.cause, row.effect, row.recommendation]
        texts.append(row.norm_article)
        codes = [row.code, row.source_report]
        return row.title, codes, texts, row.state.value, row.created_at
    if isinstance(row, Plan):
        return row.title, [row.code], [], row.state.value, row.created_at
    if isinstance(row, Action):
        texts = [row.description, row.objective, row.indicator_name, row.expected_evidence]
        texts.append(row.responsible_position)
        return short(row.description), [row.code], texts, row.state.value, row.created_at
    codes = [row.filename, row.filing_number]
    return row.title, codes, [], WITHDRAWN if row.withdrawn_at else VALID, row.uploaded_at


def short(text: str) -> str:
    """The first line or so of a text that has to serve as a title."""
    line = " ".join(text.split())
    if len(line) <= SHORT_TITLE:
        return line
    head, _, _tail = line[:SHORT_TITLE].rpartition(" ")
    return (head or line[:SHORT_TITLE]) + "…"


def _text_stamp(text: DocumentText | None) -> str:
    if text is None or text.extracted_at is None:
        return ""
    return f"{text.extracted_at.isoformat()} {text.characters}"


def _stamped(found: Change, body: str) -> Change:
    said = [found.title, found.keywords, *found.facet_key, *sorted(found.scopes), body]
    stamp = hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:16]
    return replace(found, stamp=stamp)
