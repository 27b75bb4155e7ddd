"""Bytes of the public version: the copy that is reviewed, and the one that readers get.

The public store holds nothing but what was published. Bytes go there before the row that names
them; what a failed publication leaves there has an intent, by which it is found and removed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, BinaryIO, cast
from uuid import uuid4

from sqlalchemy import select

from app.context import Context
from app.errors import Blocked, Invalid, OutOfPlace
from app.models.documents import Document, DocumentPurpose
from app.models.publications import Publication, PublicIntent, PubReport
from app.permissions import Permission
from app.projection import DELETE_OBJECT, PublicFile
from app.services import documents, edits, publications_pdf, publications_text
from app.services.outbox import Handler
from app.services.transitions import load_for, stale
from workflows.publication import PublicationFacts, PublicationState

FOLDER = "public"
INTENT_GRACE = timedelta(hours=24)
COPY_NAME = "version-publica.pdf"
PDF = "application/pdf"


def make_copy(ctx: Context, publication_id: int, *, version: int | None) -> Publication:
    """Draw the public PDF from the text as it stands, and keep it as a document of the audit.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (the final text is another
    one by now), StoreUnavailable.
    """
    publication = _in_works(ctx, publication_id, version)
    findings = publications_text.sources(ctx.session, publication.audit_id)
    if publications_text.differences(publication.content, findings):
        raise Invalid("copy", "publication.stale_text")
    digest = publications_text.digest(publication.content)
    pdf = publications_pdf.render(publications_pdf.gather(ctx, publication), at=ctx.now())
    hidden = publications_pdf.hidden_content(pdf)
    with documents.receive(io.BytesIO(pdf), COPY_NAME, max_bytes=len(pdf)) as received:
        key = documents.begin_intent(ctx, received)
        ctx.store.put(
            key,
            cast(BinaryIO, received.file),
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            media_type=received.media_type,
        )
        with ctx.transaction():
            publication = _in_works(ctx, publication_id, version)
            if publications_text.digest(publication.content) != digest:
                raise stale(publication, version)
            document = documents.finish_intent(
                ctx,
                key,
                received,
                documents.Home(audit=publication.audit),
                DocumentPurpose.PUBLIC_VERSION,
                f"Versión pública, edición {publication.edition}",
            )
            publication.pdf_id = document.id
            publication.pdf_content_sha256, publication.hidden_count = digest, len(hidden)
            body = {"sha256": received.sha256, "hidden": list(hidden)}
            ctx.record("change", "make_copy", publication, body)
            ctx.session.flush()
    return publication


def _in_works(ctx: Context, publication_id: int, version: int | None) -> Publication:
    publication = load_for(ctx, Publication, publication_id, Permission.PUBLICATION_PREPARE)
    if publication.state is not PublicationState.ANONYMISING:
        raise OutOfPlace(event="make_copy", state=publication.state.value)
    edits.check_version(publication, version, {})
    return publication


def copy_to_public(ctx: Context, publication: Publication) -> PublicFile:
    """Put the approved copy into the public store, leaving an intent first.

    The store checks the SHA-256, so that what is published is what was approved.
    Raises: Blocked (there is no copy), ChecksumMismatch, StoreUnavailable.
    """
    document = ctx.session.get(Document, publication.pdf_id) if publication.pdf_id else None
    if document is None:
        missing = ("publication.needs_clean_copy",)
        raise Blocked("publication.publish", missing, PublicationFacts())
    # Read before the transaction below ends this view of the row.
    source, sha256, size_bytes = document.store_key, document.sha256, document.size_bytes
    key = f"{FOLDER}/{uuid4()}"
    with ctx.transaction() as session:
        session.add(
            PublicIntent(store_key=key, publication_id=publication.id, created_at=ctx.now())
        )
    with ctx.store.open(source) as stream:
        ctx.public_store.put(key, stream, size_bytes=size_bytes, sha256=sha256, media_type=PDF)
    return PublicFile(key, sha256, size_bytes)


def sweep_public(ctx: Context) -> int:
    """Remove what failed publications left in the public store, a day later; answer how many.

    An object goes only when no published report names it, checked under its intent's lock.
    """
    cleared = 0
    limit = ctx.now() - INTENT_GRACE
    with ctx.transaction() as session:
        stale = session.scalars(
            select(PublicIntent)
            .where(
                PublicIntent.done_at.is_(None),
                PublicIntent.cleared_at.is_(None),
                PublicIntent.created_at < limit,
            )
            .order_by(PublicIntent.store_key)
            .with_for_update()
        ).all()
        for intent in stale:
            if not _is_named(ctx, intent.store_key):
                ctx.public_store.delete(intent.store_key)
                intent.cleared_at = ctx.now()
                cleared += 1
    return cleared


def delete_object(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Worker: remove an object whose report was withdrawn or replaced. Safe to repeat."""
    key = str(payload["key"])
    if not _is_named(ctx, key):
        ctx.public_store.delete(key)


def _is_named(ctx: Context, key: str) -> bool:
    return bool(ctx.session.scalar(select(PubReport.code).where(PubReport.pdf_key == key)))


HANDLERS: Mapping[str, Handler] = {DELETE_OBJECT: delete_object}
