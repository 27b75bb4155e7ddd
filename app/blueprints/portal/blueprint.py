"""The portal: what anyone may read. No session, no cookie, no script, no person.

Everything comes through the portal's own database session, which can see nothing but the
publication tables.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.blueprints.sessions import is_public
from app.services import portal
from app.services.portal_things import Withdrawn
from config import Config

bp = Blueprint("portal", __name__)
log = logging.getLogger("vigia.portal")
CACHE_S = 60  # a shared cache may show for this long what has just been withdrawn
SECTIONS = (
    ("/transparencia/informes", _l("Informes")),
    ("/transparencia/hallazgos", _l("Hallazgos")),
    ("/transparencia/planes", _l("Planes")),
    ("/transparencia/plan-anual", _l("Plan anual")),
    ("/transparencia/datos", _l("Datos")),
    ("/transparencia/verificar", _l("Verificar")),
)

WITH_SEARCH = frozenset(
    {"portal.root", "portal.home", "portal.reports", "portal.findings", "portal.plans"}
)
"""Pages that begin with the large search box."""


@contextmanager
def reading() -> Iterator[Session]:
    """A session of the portal's engine; what it read may be used after it is closed."""
    with current_app.extensions["vigia.portal"]() as session:
        yield session


def config() -> Config:
    settings: Config = current_app.extensions["vigia"].config
    return settings


def zone() -> ZoneInfo:
    return ZoneInfo(config().time_zone)


def today() -> date:
    """The date in the entity's time zone."""
    now: datetime = current_app.extensions["vigia.now"]()
    return now.astimezone(UTC).astimezone(zone()).date()


@bp.app_context_processor
def frame() -> dict[str, Any]:
    """What the portal's frame shows, on its pages and on the errors of its addresses."""
    if not is_public(request.path) and config().serve != "portal":
        return {}
    nav = [
        (url, str(text), request.path == url or request.path.startswith(f"{url}/"))
        for url, text in SECTIONS
    ]
    return {
        "portal_nav": nav,
        "portal_search": request.endpoint in WITH_SEARCH,
        "entity": _entity(),
    }


def _entity() -> dict[str, Any]:
    links = [
        ("/transparencia/glosario", gettext("Qué quieren decir las palabras")),
        ("/transparencia/feed.atom", gettext("Seguir las novedades (Atom)")),
    ]
    try:
        with reading() as session:
            row = portal.entity(session)
    except SQLAlchemyError:  # the error page itself must come out
        log.exception("the entity's name cannot be read")
        row = None
    if row is None:
        return {"links": links}
    contact = row.contact
    place = ", ".join(filter(None, [contact.get("address"), contact.get("city")]))
    kept = {name: contact.get(name, "") for name in ("phone", "email", "website")}
    return {"name": row.name, "address": place, "links": links, **kept}


@bp.after_request
def keep_shortly(response: Response) -> Response:
    """Pages may be kept for a minute and are recognised when they have not changed."""
    if response.status_code not in {200, 304}:
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    if not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
    return response


@bp.errorhandler(Withdrawn)
def withdrawn(error: Withdrawn) -> ResponseReturnValue:
    """It was public: the address says when it stopped being so, and on what ground."""
    return render_template("portal/withdrawn.html", tombstone=error.tombstone), 410
