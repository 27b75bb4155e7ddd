"""La bitácora: who did what, when, with which document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app import labels_trail
from app.blueprints.forms import Choice, FilterForm, day
from app.blueprints.web import current_context
from app.labels_actions import action_label
from app.services import trail

bp = Blueprint("trail", __name__)
KINDS = {
    "": _l("Todo"),
    "change": _l("Cambios"),
    "read": _l("Lecturas y descargas"),
    "permission": _l("Permisos y cuentas"),
    "login": _l("Ingresos"),
    "system": _l("Sistema"),
}
FILTERS = ("thing", "person", "kind", "since", "until")


class TrailFilters(FilterForm):
    thing = Choice(_l("Sobre qué"), [Optional()], choices={})
    person = Choice(_l("Persona"), [Optional()], choices={})
    kind = Choice(_l("Clase"), [Optional()], choices={})
    since = day(_l("Desde"), optional=True)
    until = day(_l("Hasta"), optional=True)
    before = IntegerField(None, [Optional(), NumberRange(min=1, max=2**53)])


@bp.get("/bitacora")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = TrailFilters()
    form.kind.choices = {value: str(text) for value, text in KINDS.items()}
    form.person.choices = {
        "": gettext("Todas las personas"),
        **{str(user.id): user.name for user in trail.people(ctx)},
    }
    form.thing.choices = _things(form.thing.data or "")
    if not form.validate():
        return redirect(url_for(".index"), code=303)
    kind, _, number = (form.thing.data or "").strip().partition(":")
    query = trail.Query(
        thing_kind=kind,
        thing_id=number,
        person_id=int(form.person.data) if form.person.data else None,
        kind=form.kind.data or "",
        since=form.since.data,
        until=form.until.data,
        before=form.before.data,
    )
    entries, older = trail.read(ctx, query)
    # By name: an address may carry words that mean something to url_for (_scheme, endpoint).
    asked: dict[str, Any] = {name: request.args.get(name) or None for name in FILTERS}
    next_url = url_for(".index", before=str(older), **asked) if older else None
    return render_template(
        "trail/index.html",
        form=form,
        entries=entries,
        next_url=next_url,
        filtered=any(v for k, v in request.args.items() if k != "before"),
        action_text=lambda e: action_label(e.thing_kind, e.action),
        thing_text=labels_trail.thing_name,
        names=trail.names(ctx, entries),
        kinds=form.kind.choices,
    )


def _things(asked: str) -> dict[str, str]:
    """Every kind of thing and, when one thing was asked for ("audit:3"), that one."""
    kinds = {kind: str(text) for kind, text in labels_trail.THINGS.items()}
    ordered = dict(sorted(kinds.items(), key=lambda item: item[1]))
    kind, _, number = asked.strip().partition(":")
    one: dict[str, str] = {}
    if number:
        one[asked] = gettext("%(kind)s, solo el elegido", kind=kinds.get(kind, kind))
    return {"": gettext("Todo"), **one, **ordered}
