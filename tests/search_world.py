"""Things to be found, made through the services, and the worker that reads and indexes them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.context import Context
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose
from app.models.texts import DocumentText
from app.services import documents, extraction, outbox, search, search_feed
from app.services.documents import Home
from app.services.search import ResultPage

HANDLERS: Mapping[str, outbox.Handler] = {
    **extraction.HANDLERS,
    **extraction.SLOW_HANDLERS,
    **search_feed.HANDLERS,
}


def upload(
    ctx: Context,
    audit_id: int,
    content: bytes,
    name: str = "acta.pdf",
    *,
    purpose: DocumentPurpose = DocumentPurpose.WORKING_PAPER,
    title: str = "",
) -> Document:
    """A document of an audit, by somebody of its team."""
    return documents.upload(
        ctx,
        io.BytesIO(content),
        name,
        home=lambda: Home(audit=ctx.session.get_one(Audit, audit_id)),
        purpose=purpose,
        permission="document.upload",
        title=title,
    )


def work(ctx: Context, engine: Engine) -> None:
    """What the worker does with everything that waits; any failure is the test's."""

    @contextmanager
    def contexts() -> Iterator[Context]:
        with Session(engine) as session:
            yield replace(ctx, session=session)

    failures: list[str] = []

    def strict(handler: outbox.Handler) -> outbox.Handler:
        def run(own: Context, payload: Mapping[str, Any]) -> None:
            try:
                handler(own, payload)
            except Exception as error:
                failures.append(repr(error))
                raise

        return run

    while outbox.drain(contexts, {kind: strict(each) for kind, each in HANDLERS.items()}):
        pass
    assert failures == []
    ctx.session.rollback()


def text_of(ctx: Context, document: Document) -> DocumentText:
    ctx.session.rollback()
    return ctx.session.get_one(DocumentText, document.id)


def find(ctx: Context, raw: str, **more: Any) -> ResultPage:
    ctx.session.rollback()
    return search.find(ctx, raw, **more)


def ids(page: ResultPage) -> list[str]:
    return [result.hit.id for result in page.results]
