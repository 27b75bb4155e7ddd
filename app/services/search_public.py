"""The index of what is published, written by the worker from the publication tables and from
the published files: never from the working rows, so nothing else can be in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.search import Change, Part, split_text
from app.adapters.search.make import public_index
from app.adapters.search.text import clean
from app.context import Context
from app.index_things import short
from app.models.publications import PubAction, PubFinding, PubPlan, PubReport
from app.services import readers
from app.services.portal_search import SCOPES, live

log = logging.getLogger("vigia.search")
PUBLIC = "public"
PDF = "application/pdf"
PubRow = PubReport | PubFinding | PubPlan | PubAction
MODELS: dict[str, type[PubRow]] = {
    "report": PubReport,
    "finding": PubFinding,
    "plan": PubPlan,
    "action": PubAction,
}
Progress = Callable[[str, int, int], None]


def quiet(_what: str, _done: int, _all: int) -> None:
    """Progress that nobody looks at."""


def synchronise(ctx: Context) -> None:
    """Put in what is new or changed, take out what is gone. Raises: IndexUnavailable,
    StoreUnavailable."""
    index = public_index(ctx.config, ctx.session)
    index.check()
    known, wanted = index.stamps(), live(ctx.session)
    changed = [name for name, stamp in wanted.items() if known.get(name) != stamp]
    _write(ctx, list(_changes(ctx, changed)), gone=known.keys() - wanted.keys())


def _write(ctx: Context, changes: list[Change], gone: Iterable[str]) -> None:
    """A stamp that is no longer the row's is not found, so older words cannot come back."""
    index, removed = public_index(ctx.config, ctx.session), list(gone)
    if ctx.config.search_backend == "postgresql":
        with ctx.transaction():
            index.apply(changes)
            index.remove(removed)
        return
    ctx.session.rollback()
    if changes:
        index.apply(changes)
    if removed:
        index.remove(removed)


def rebuild(ctx: Context, progress: Progress = quiet) -> int:
    """Make it anew; answer how many things are in it."""
    names = sorted(live(ctx.session))
    changes = list(_changes(ctx, names, progress))
    index = public_index(ctx.config, ctx.session)
    if ctx.config.search_backend == "postgresql":
        with ctx.transaction():
            index.replace_all(changes)
    else:
        ctx.session.rollback()
        index.replace_all(changes)
    return len(changes)


def _changes(ctx: Context, names: Iterable[str], progress: Progress = quiet) -> Iterator[Change]:
    wanted = list(names)
    for number, name in enumerate(wanted, start=1):
        kind, _, code = name.partition(":")
        row: Any = ctx.session.get(MODELS[kind], code, populate_existing=True)
        if row is not None:
            yield _change(ctx, kind, row)
        progress(PUBLIC, number, len(wanted))


def _change(ctx: Context, kind: str, row: PubRow) -> Change:
    title, texts, year, process = _content(ctx.session, row)
    stamp = row.updated_at.isoformat()
    parts = split_text("\n".join(filter(None, texts)))
    if isinstance(row, PubReport) and row.pdf_key:
        parts += _pdf_parts(ctx, row.pdf_key)
    return Change(
        id=f"{kind}:{row.code}",
        kind=kind,
        title=title,
        scopes=SCOPES,
        stamp=stamp,
        year=str(year),
        process=process,
        keywords=row.code,
        parts=parts,
    )


def _content(session: Session, row: PubRow) -> tuple[str, list[str], int, str]:
    """Title, texts, year and process."""
    if isinstance(row, PubReport):
        texts = [row.summary, row.unit, row.filing_number, *_words(row.content)]
        return row.title, texts, row.year, row.process
    if isinstance(row, PubFinding):
        return row.title, _words(row.story), row.year, row.process
    if isinstance(row, PubPlan):
        return row.title, [], row.year, row.process
    finding = session.execute(
        select(PubFinding.year, PubFinding.process).where(PubFinding.code == row.finding_code)
    ).one()
    texts = [row.description, row.unit, row.position]
    return short(row.description), texts, finding.year, finding.process


def _words(content: Any) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(content, str):
        return [content]
    if isinstance(content, dict):
        return [word for value in content.values() for word in _words(value)]
    if isinstance(content, list):
        return [word for value in content for word in _words(value)]
    return []


def _pdf_parts(ctx: Context, key: str) -> tuple[Part, ...]:
    """The text of a published file, page by page, read from the published bytes themselves."""
    try:
        stream = ctx.public_store.open(key)
    except KeyError:
        log.error("the published file %s is missing", key)
        return ()
    with stream:
        reading = readers.read(stream, PDF)
    return tuple(
        part for piece in reading.pages for part in split_text(clean(piece.text), piece.page)
    )
