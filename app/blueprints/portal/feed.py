"""The news of the portal as an Atom 1.0 feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from lxml import etree

from app.blueprints.portal.blueprint import bp, config, reading
from app.filters import date_es
from app.labels_portal import finding_words
from app.services import portal

FEED_MOST = 40
ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
FEED_PATH, HOME_PATH = "/transparencia/feed.atom", "/transparencia"
NO_NEWS_YET = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class News:
    """One entry. Its address is its identity too: codes and years never change."""

    at: datetime
    address: str
    title: str
    text: str


@bp.get(FEED_PATH)
def feed() -> ResponseReturnValue:
    """New reports and annual plans, and findings that changed, newest first."""
    with reading() as session:
        entity = portal.entity(session)
        news = [
            *_reports(portal.recent_reports(session)),
            *_findings(portal.recent_findings(session)),
            *map(_annual_plan, portal.recent_annual_plans(session)),
        ]
    news.sort(key=lambda each: (each.at, each.address), reverse=True)
    made = _feed(entity.name if entity else "", news[:FEED_MOST])
    body = etree.tostring(made, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Response(body, mimetype="application/atom+xml")


def _reports(rows: Iterable[Any]) -> list[News]:
    return [
        News(each.updated_at, f"/transparencia/informes/{each.code}", each.title, each.summary)
        for each in rows
    ]


def _findings(rows: Iterable[Any]) -> list[News]:
    found = []
    for each in rows:
        words = finding_words(each)
        address = f"/transparencia/hallazgos/{each.code}"
        found.append(News(each.updated_at, address, f"{each.title}: {words.short}", words.sentence))
    return found


def _annual_plan(row: Any) -> News:
    """Told when an edition is published, not at each step of its audits."""
    title = gettext("Plan Anual de Auditoría %(year)s", year=row.year)
    text = gettext(
        "Lo que se va a revisar en %(year)s. El comité aprobó la edición %(edition)s el %(day)s.",
        year=row.year,
        edition=row.edition,
        day=date_es(row.approved_on),
    )
    return News(row.published_at, f"/transparencia/plan-anual/{row.year}", title, text)


# ------------------------------------------------------------------ as XML


def _feed(entity: str, news: Iterable[News]) -> Any:
    base = config().public_url
    news = list(news)
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    root.set(f"{{{XML}}}lang", "es-CO")
    _add(root, "id", f"{base}{FEED_PATH}")
    _add(root, "title", f"{gettext('Control interno a la vista')}: {entity}")
    _add(root, "updated", _moment(news[0].at if news else NO_NEWS_YET))
    _add(_add(root, "author"), "name", entity or "Vigía")
    _add(root, "link", rel="self", href=f"{base}{FEED_PATH}", type="application/atom+xml")
    _add(root, "link", rel="alternate", href=f"{base}{HOME_PATH}", type="text/html")
    for each in news:
        address = f"{base}{each.address}"
        entry = _add(root, "entry")
        _add(entry, "id", address)
        _add(entry, "title", each.title)
        _add(entry, "updated", _moment(each.at))
        _add(entry, "link", rel="alternate", href=address, type="text/html")
        _add(entry, "summary", each.text)
    return root


def _add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text:
        made.text = "".join(filter(_is_xml, text))
    return made


def _is_xml(character: str) -> bool:
    """Whether XML 1.0 can hold it at all (its production `Char`)."""
    code = ord(character)
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or code >= 0x10000
    )


def _moment(at: datetime) -> str:
    """RFC 3339, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
