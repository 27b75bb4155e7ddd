"""The portal's search: what is published, found by what it says, on the page where it says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import labels_texts
from app.blueprints.portal.blueprint import bp, config, reading
from app.blueprints.search_pages import asked, chips, facets
from app.errors import Unavailable
from app.services import portal_search
from app.services.portal_search import Found

INDEX = "portal.search"
FOLDERS = {"report": "informes", "finding": "hallazgos", "plan": "planes", "action": "hallazgos"}
SHAPES: Mapping[str, re.Pattern[str]] = {
    "kind": re.compile("report|finding|plan|action"),
    "year": re.compile(r"\d{4}", re.ASCII),
    "process": re.compile(r"[^\x00-\x1f]{1,300}"),
}
FACET_TITLES: Mapping[str, Any] = {
    "kind": _l("Clase"),
    "year": _l("Año"),
    "process": _l("Proceso"),
}


@bp.get("/transparencia/buscar")
def search() -> ResponseReturnValue:
    wanted = asked(SHAPES)
    frame = {"portal_search": False, "asked": wanted}
    try:
        with reading() as session:
            page = portal_search.find(
                session, config(), wanted.query, filters=wanted.filters, cursor=wanted.cursor
            )
    except Unavailable:  # the page stays, with what was typed, and never says "nothing found"
        return render_template("portal/search.html", **frame, page=None), 503
    words: dict[str, Callable[[str], str]] = {
        "kind": lambda value: labels_texts.public_kind_label(value, plural=True),
        "year": str,
        "process": str,
    }
    found = facets(INDEX, wanted, page.facets, FACET_TITLES, words)
    following = wanted.url(INDEX, after=page.next_cursor) if page.next_cursor else None
    return render_template(
        "portal/search.html",
        **frame,
        page=page,
        facets=found,
        chips=chips(found),
        clear_url=url_for(INDEX, q=wanted.query),
        next_url=following,
        first_url=wanted.url(INDEX, after=0) if wanted.cursor else None,
        suggestion_url=wanted.url(INDEX, q=page.suggestion, after=0),
        hints=[text for code in page.hints if (text := labels_texts.hint(code))],
        place_of=_place,
        file_of=_file_page,
        kind_label=labels_texts.public_kind_label,
    )


def _place(found: Found) -> str:
    """A promise is told on the page of its finding."""
    folder = FOLDERS[found.kind]
    if found.kind == "action":
        return f"/transparencia/{folder}/{found.finding_code}#{found.code}"
    return f"/transparencia/{folder}/{found.code}"


def _file_page(found: Found) -> str | None:
    """The page of the published file where the words are."""
    if found.kind != "report" or not found.hit.page:
        return None
    return url_for("portal.report_pdf", code=found.code, _anchor=f"page={found.hit.page}")
