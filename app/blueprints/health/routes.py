"""Is the process up, and do the things it needs answer?"""

from __future__ import annotations

import logging

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.blueprints.web import anonymous_context
from app.services import health, portal, portal_search

bp = Blueprint("health", __name__)
log = logging.getLogger("vigia.health")


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    serves_portal_only = current_app.extensions["vigia"].config.serve == "portal"
    parts = portal_parts() if serves_portal_only else health.check(anonymous_context())
    ok = all(parts.values())
    return jsonify(status="ok" if ok else "error", parts=parts), 200 if ok else 503


def portal_parts() -> dict[str, bool]:
    """A portal alone needs its own database role and the public store, and can see no more."""
    sessions = current_app.extensions["vigia.portal"]

    config = current_app.extensions["vigia"].config

    def ask_database() -> None:
        with sessions() as session:
            portal.alive(session)

    def ask_index() -> None:
        with sessions() as session:
            portal_search.ready(session, config)

    store = current_app.extensions["vigia"].public_store
    return health.probe({"database": ask_database, "public_store": store.check, "index": ask_index})
