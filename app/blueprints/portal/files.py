"""What is downloaded and what programs read: the PDF, open data, the feed, the sitemap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import Headers

from app.adapters.storage import DocumentStore
from app.blueprints.portal.blueprint import bp, config, reading, zone
from app.blueprints.web import attachment
from app.errors import NotFound, Unavailable
from app.labels_glossary import DATA_TITLES, MEANINGS
from app.labels_portal import finding_words
from app.services import portal, portal_data, portal_things
from app.services.portal_data import DATA_SETS, DataSet, Surroundings

CHUNK_BYTES = 64 * 1024
FEED_MOST = 40
XML_FORBIDDEN = dict.fromkeys(set(range(32)) - {9, 10, 13})


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


# ------------------------------------------------------------------ feed and sitemap


@bp.get("/transparencia/feed.atom")
def feed() -> ResponseReturnValue:
    """New reports, and findings that changed, newest first."""
    from feedgen.feed import FeedGenerator  # it is slow to load and only the feed needs it

    with reading() as session:
        entity = portal.entity(session)
        news = _news(portal.recent_reports(session), portal.recent_findings(session))
    base = config().public_url
    made = FeedGenerator()
    made.id(f"{base}/transparencia/feed.atom")
    made.title(_xml(f"{gettext('Control interno a la vista')}: {entity.name if entity else ''}"))
    made.author({"name": _xml(entity.name) if entity else "Vigía"})
    made.language("es-CO")
    made.link(href=f"{base}/transparencia/feed.atom", rel="self")
    made.link(href=f"{base}/transparencia")
    made.updated(news[0][0] if news else datetime(2000, 1, 1, tzinfo=UTC))
    for at, address, title, text in news:
        entry = made.add_entry(order="append")
        entry.id(f"{base}{address}")
        entry.title(_xml(title))
        entry.link(href=f"{base}{address}")
        entry.updated(at)
        entry.summary(_xml(text))
    return Response(made.atom_str(pretty=True), mimetype="application/atom+xml")


def _news(reports: Iterable[Any], findings: Iterable[Any]) -> list[tuple[datetime, str, str, str]]:
    """(when, address, title, text) of each, newest first."""
    found = [
        (each.updated_at, f"/transparencia/informes/{each.code}", each.title, each.summary)
        for each in reports
    ]
    for each in findings:
        words = finding_words(each)
        address = f"/transparencia/hallazgos/{each.code}"
        found.append((each.updated_at, address, f"{each.title}: {words.short}", words.sentence))
    return sorted(found, key=lambda news: (news[0], news[1]), reverse=True)[:FEED_MOST]


def _xml(text: str) -> str:
    """Without the controls that XML cannot hold."""
    return text.translate(XML_FORBIDDEN)


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
