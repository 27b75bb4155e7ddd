"""Buscar: what one may read, found by what it says; and the text that was read of a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import labels_texts
from app.blueprints.search_pages import Asked, asked, chips, facets
from app.blueprints.web import current_context
from app.errors import Unavailable
from app.services import search
from app.services.search import Result, ResultPage

bp = Blueprint("search", __name__)
INDEX = "search.index"
SHAPES: Mapping[str, re.Pattern[str]] = {
    "kind": re.compile("audit|finding|plan|action|document"),
    "year": re.compile(r"\d{4}", re.ASCII),
    "process": re.compile(r"\d{1,9}", re.ASCII),
    "state": re.compile(r"[a-z]{1,20}\.[a-z_]{1,40}"),
}
FACET_TITLES: Mapping[str, Any] = {
    "kind": _l("Clase"),
    "year": _l("Año"),
    "process": _l("Proceso"),
    "state": _l("Estado"),
}


@bp.get("/buscar")
def index() -> ResponseReturnValue:
    wanted = asked(SHAPES)
    try:
        page = search.find(
            current_context(), wanted.query, filters=wanted.filters, cursor=wanted.cursor
        )
    except Unavailable:  # the page stays, with what was typed, and never says "nothing found"
        return render_template("search/index.html", asked=wanted, page=None), 503
    return _results(wanted, page)


def _results(wanted: Asked, page: ResultPage) -> str:
    words: dict[str, Callable[[str], str]] = {
        "kind": lambda value: labels_texts.kind_label(value, plural=True),
        "year": str,
        "process": lambda value: page.processes.get(value, value),
        "state": labels_texts.facet_state_label,
    }
    found = facets(INDEX, wanted, page.facets, FACET_TITLES, words)
    following = wanted.url(INDEX, after=page.next_cursor) if page.next_cursor else None
    return render_template(
        "search/index.html",
        asked=wanted,
        page=page,
        facets=found,
        chips=chips(found),
        clear_url=url_for(INDEX, q=wanted.query),
        next_url=following,
        first_url=wanted.url(INDEX, after=0) if wanted.cursor else None,
        suggestion_url=wanted.url(INDEX, q=page.suggestion, after=0),
        hints=[text for code in page.hints if (text := labels_texts.hint(code))],
        place_of=lambda result: _place(result, wanted.query),
        kind_label=labels_texts.kind_label,
        page_label=labels_texts.page_label,
    )


def _place(result: Result, query: str) -> str:
    """Where a hit leads: the thing, and of a document the page where the words are."""
    row, hit = result.row, result.hit
    if hit.kind == "audit":
        return url_for("audits.show", audit_id=row.id)
    if hit.kind == "finding":
        return url_for("findings.show", finding_id=row.id)
    if hit.kind == "plan":
        return url_for("plans.show", plan_id=row.id)
    if hit.kind == "action":
        return url_for("plans.action_show", action_id=row.id)
    if hit.snippet:
        return url_for(
            "search.text", document_uuid=row.uuid, page=hit.page, q=query, _anchor="marca"
        )
    return url_for("documents.show", document_uuid=row.uuid)


@bp.get("/documentos/<uuid:document_uuid>/texto")
def text(document_uuid: object) -> ResponseReturnValue:
    """One page of the text that was read, with the words of the search marked."""
    raw = request.args.get("page", "")
    number = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 7 else 0
    query = asked({}).query
    shown = search.text_page(current_context(), str(document_uuid), number, query)
    at = list(shown.pages).index(shown.page)

    def link(step: int) -> str | None:
        if not 0 <= at + step < len(shown.pages):
            return None
        page = shown.pages[at + step]
        return url_for(".text", document_uuid=document_uuid, page=page, q=query or None)

    return render_template(
        "search/text.html",
        shown=shown,
        query=query,
        page_name=labels_texts.page_label(shown.text.page_kind, shown.page, shown.label),
        explanation=labels_texts.text_explanation(shown.text.state, shown.text.code),
        prev_url=link(-1),
        next_url=link(1),
    )
