"""Documents: the list of those one may read, the card of one, the download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from app.blueprints.documents.forms import ListFilters, WithdrawForm
from app.blueprints.web import attachment, current_context
from app.models.documents import Document
from app.services import document_lists, documents

bp = Blueprint("documents", __name__)
CHUNK_BYTES = 64 * 1024


@bp.get("/documentos")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = ListFilters()
    if not form.validate():
        return redirect(url_for(".index"), code=303)
    page = document_lists.page(
        ctx, text=form.q.data or "", purpose=form.purpose.data or "", before=form.before.data
    )
    # By name: an address may carry words that mean something to url_for (_scheme, endpoint).
    q, purpose = form.q.data or None, form.purpose.data or None
    more = url_for(".index", q=q, purpose=purpose, before=page.next_id) if page.next_id else None
    return render_template("documents/index.html", form=form, page=page, next_url=more)


@bp.get("/documentos/<uuid:document_uuid>")
def show(document_uuid: object) -> ResponseReturnValue:
    ctx = current_context()
    card = document_lists.card(ctx, str(document_uuid))
    return render_template("documents/show.html", card=card, form=WithdrawForm(formdata=None))


@bp.get("/documentos/<uuid:document_uuid>/archivo")
def download(document_uuid: object) -> ResponseReturnValue:
    ctx = current_context()
    document, stream = documents.open_for_download(ctx, str(document_uuid))
    return stream_response(document, stream)


@bp.post("/documentos/<uuid:document_uuid>/retiro")
def withdraw(document_uuid: object) -> ResponseReturnValue:
    ctx = current_context()
    form = WithdrawForm()
    if not form.validate_on_submit():
        card = document_lists.card(ctx, str(document_uuid))
        return render_template("documents/show.html", card=card, form=form), 422
    documents.withdraw(ctx, str(document_uuid), reason=form.reason.data or "")
    return redirect(url_for(".show", document_uuid=document_uuid), code=303)


def stream_response(document: Document, stream: BinaryIO) -> Response:
    """Always an attachment, never run by the browser, whatever the bytes are."""
    headers = Headers()
    headers.set("Content-Disposition", "attachment", filename=document.filename)
    headers.set("Content-Length", str(document.size_bytes))
    response = Response(_chunks(stream), headers=headers, mimetype=document.media_type)
    response.call_on_close(stream.close)
    return attachment(response)  # type: ignore[return-value]  # the same Response comes back


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
