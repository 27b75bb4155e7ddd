"""What is downloaded and what programs read: the PDF, open data, the sitemap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from app.adapters.storage import DocumentStore
from app.blueprints.portal.blueprint import bp, config, reading, zone
from app.blueprints.web import attachment
from app.errors import NotFound, Unavailable
from app.labels_glossary import DATA_TITLES, MEANINGS
from app.services import portal, portal_data, portal_things
from app.services.portal_data import DATA_SETS, DataSet, Surroundings

CHUNK_BYTES = 64 * 1024


@bp.get("/transparencia/informes/<code>/informe.pdf")
def report_pdf(code: str) -> ResponseReturnValue:
    """The published file, asked of the publication tables each time it is given."""
    with reading() as session:
        report = portal_things.file_of(session, code)
    if request.if_none_match.contains(report.pdf_sha256):
        same = Response(status=304)
        same.set_etag(report.pdf_sha256)
        return same
    store: DocumentStore = current_app.extensions["vigia"].public_store
    try:
        stream = store.open(report.pdf_key)
    except KeyError as error:
        raise Unavailable("store_unavailable") from error
    response = _download(_chunks(stream), f"{report.code}.pdf", "application/pdf")
    response.call_on_close(stream.close)
    response.headers["Content-Length"] = str(report.pdf_size_bytes)
    response.set_etag(report.pdf_sha256)
    return response


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _download(body: Iterable[bytes] | Iterable[str], filename: str, mimetype: str) -> Response:
    """Always an attachment, never run by the browser."""
    headers = Headers()
    headers.set("Content-Disposition", "attachment", filename=filename)
    response = Response(body, headers=headers, mimetype=mimetype)
    attachment(response)
    return response


# ------------------------------------------------------------------ open data


@bp.get("/transparencia/datos")
def data() -> ResponseReturnValue:
    with reading() as session:
        found = portal_data.summary(session)
    return render_template(
        "portal/data.html",
        data_sets=DATA_SETS,
        found=found,
        titles=DATA_TITLES,
        meanings=MEANINGS,
        licence=portal_data.LICENCE,
        licence_url=portal_data.LICENCE_URL,
    )


@bp.get("/transparencia/datos/<name>.csv")
def data_csv(name: str) -> ResponseReturnValue:
    data_set = _data_set(name)
    return _download(_stream(data_set, portal_data.as_csv), f"{name}.csv", "text/csv")


@bp.get("/transparencia/datos/<name>.json")
def data_json(name: str) -> ResponseReturnValue:
    data_set = _data_set(name)
    return _download(_stream(data_set, portal_data.as_json), f"{name}.json", "application/json")


@bp.get("/transparencia/datos/diccionario.json")
def dictionary() -> ResponseReturnValue:
    described = {
        name: {
            "titulo": str(DATA_TITLES[name]),
            "campos": [
                {
                    "nombre": each.name,
                    "tipo": each.type,
                    "descripcion": str(MEANINGS[each.name]),
                }
                for each in data_set.columns
            ],
        }
        for name, data_set in DATA_SETS.items()
    }
    licence = {"licencia": portal_data.LICENCE, "licencia_url": portal_data.LICENCE_URL}
    text = current_app.json.dumps({**licence, "conjuntos": described})
    return _download([text], "diccionario.json", "application/json")


def _data_set(name: str) -> DataSet:
    """Raises: NotFound."""
    data_set = DATA_SETS.get(name)
    if data_set is None:
        raise NotFound
    return data_set


def _stream(data_set: DataSet, write: portal_data.Writer) -> Iterator[str]:
    """The rows one after another, however many there are; the session lives as long as they."""
    around = Surroundings(config().public_url, zone())
    sessions = current_app.extensions["vigia.portal"]

    def lines() -> Iterator[str]:
        with sessions() as session:
            yield from write(data_set, portal_data.rows(session, data_set, around))

    return lines()


# ------------------------------------------------------------------ sitemap


@bp.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    with reading() as session:
        found = portal.addresses(session)
    text = render_template("portal/sitemap.xml", base=config().public_url, addresses=found)
    return Response(text, mimetype="application/xml")


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    lines = ("User-agent: *", "Allow: /", f"Sitemap: {config().public_url}/sitemap.xml")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
