"""Drafts of long forms, kept while one writes: /borradores/<form>/<thing>."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import BadRequest

from app.blueprints.audits.blueprint import bp
from app.blueprints.forms import clean_text
from app.blueprints.web import current_context, safe_next
from app.services import drafts

NEVER = frozenset({"csrf_token", "version", "idempotency_key", "password", "totp"})


@bp.post("/borradores/<form>/<thing>")
def save_draft(form: str, thing: str) -> ResponseReturnValue:
    drafts.save(current_context(), form, thing, _fields())
    return "", 204


def _fields() -> dict[str, str | list[str]]:
    """The fields of the JSON body: texts, or lists of texts. Raises: BadRequest."""
    try:
        body = request.get_json()
    except RecursionError:  # brackets within brackets, thousands deep
        raise BadRequest from None
    given = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise BadRequest
    kept: dict[str, str | list[str]] = {}
    for name, value in given.items():
        if name not in NEVER:
            kept[_text(name)] = (
                [_text(v) for v in value] if isinstance(value, list) else _text(value)
            )
    return kept


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest
    try:
        return str(clean_text(value))
    except ValueError:
        raise BadRequest from None


@bp.post("/borradores/<form>/<thing>/descarte")
def discard_draft(form: str, thing: str) -> ResponseReturnValue:
    drafts.discard(current_context(), form, thing)
    flash(gettext("Se descartó su borrador."))
    return redirect(safe_next(request.form.get("next")), code=303)
