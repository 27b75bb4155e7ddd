"""Each error has its status and its page, once; routes catch nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app import labels
from app.adapters.storage import StoreUnavailable
from app.blueprints.sessions import is_public
from app.blueprints.web import request_id, typed_values
from app.errors import (
    Blocked,
    Difference,
    Forbidden,
    Invalid,
    NotFound,
    OutOfPlace,
    StaleVersion,
    Throttled,
    Unavailable,
    VigiaError,
    WrongPassword,
)
from app.extensions import db
from app.labels_fields import field_label
from config import Config

log = logging.getLogger("vigia.errors")
STATUS: dict[type[VigiaError], int] = {
    NotFound: 404,
    Forbidden: 403,
    OutOfPlace: 409,
    Throttled: 429,
    Unavailable: 503,
    WrongPassword: 422,
    Invalid: 422,
}
GENERAL = {403: Forbidden.code}  # a refusal bears the name of what was not permitted


def register(app: Flask) -> None:
    app.register_error_handler(Blocked, _blocked)
    app.register_error_handler(StaleVersion, _stale)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(VigiaError, _domain)
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, code: str = "", **params: object) -> ResponseReturnValue:
    """The error page of a status, with the text of `code` when there is one."""
    public = not _signed_in()
    text = labels.error_text(code, params, otherwise=GENERAL.get(status, str(status)))
    html = render_template(
        "errors/error.html",
        code=status,
        title=text.title,
        happened=text.happened,
        remedy=text.remedy,
        request_id=request_id(),
        public=public,
        typed=typed_values() if request.method == "POST" else {},
        back=request.path if request.method == "GET" else (request.referrer or "/"),
    )
    return html, status


def _signed_in() -> bool:
    """Never asked on a public address: its errors are the same for everyone."""
    config: Config = current_app.extensions["vigia"].config
    if config.serve == "portal" or is_public(request.path):
        return False
    try:
        return bool(current_user.is_authenticated)
    except Exception:  # the page must come out even when the database does not answer
        log.exception("who asks could not be read")
        return False


def _blocked(error: Blocked) -> ResponseReturnValue:
    messages = [labels.guard_message(code, error.facts) for code in error.unmet]
    html = render_template(
        "errors/blocked.html",
        title=labels.event_label(error.event),
        messages=messages,
        request_id=request_id(),
        typed=typed_values(),
        back=request.referrer or "/",
    )
    return html, 409


def _stale(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    found: Sequence[Difference] = getattr(error, "differences", ())
    differences = [replace(each, field=field_label(each.field)) for each in found]
    html = render_template(
        "errors/conflict.html",
        changes=differences,
        state=_state_now(error),
        typed={field_label(name): value for name, value in typed_values().items()},
        back=request.referrer or "/",
        request_id=request_id(),
    )
    return html, 409


def _state_now(error: Exception) -> str:
    """How the thing stands now, for who pressed a button: there is no text to compare."""
    thing, state = getattr(error, "thing", ""), getattr(error, "state", "")
    return labels.state_label(thing, state) if state and thing in labels.STATE_LABELS else ""


def _domain(error: VigiaError) -> ResponseReturnValue:
    status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 400)
    return page(status, error.code, **error.params)


def _unavailable(error: Exception) -> ResponseReturnValue:
    log.error("request %s: the document store does not answer: %s", request_id(), error)
    return page(503, "store_unavailable")


def _database(error: OperationalError) -> ResponseReturnValue:
    log.error("request %s: the database does not answer: %s", request_id(), error.orig)
    return page(503, "database_unavailable")


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return page(400, "csrf")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return page(error.code)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("request %s failed", request_id(), exc_info=error)
    db.session.rollback()
    if current_app.testing and current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return page(500)
