"""The administration's front page, the queue and the security log; the rest is beside."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import labels
from app.blueprints.admin import bp, catalogues, people, reasons, windows
from app.blueprints.admin.forms import TITLES
from app.blueprints.forms import whole
from app.blueprints.web import current_context
from app.labels_accounts import account_action, detail_name
from app.labels_workflow import THING_LABELS
from app.services import accounts, admin_catalogues, outbox, trail
from workflows.enums import PlanSource, Role

__all__ = ["bp", "catalogues", "people", "reasons", "windows"]

KINDS = ("login", "permission")


@bp.get("/admin")
def index() -> ResponseReturnValue:
    ctx = current_context()
    return render_template(
        "admin/index.html",
        counts=admin_catalogues.counts(ctx),
        titles=TITLES,
        dead=len(outbox.dead_letters(ctx)),
    )


@bp.get("/admin/cola")
def queue() -> ResponseReturnValue:
    return render_template("admin/queue.html", rows=outbox.dead_letters(current_context()))


@bp.post("/admin/cola/<int:item_id>/reintento")
def retry(item_id: int) -> ResponseReturnValue:
    outbox.retry(current_context(), item_id)
    flash(_("Se intentará de nuevo en unos segundos."), "success")
    return redirect(url_for(".queue"), code=303)


@bp.get("/admin/seguridad")
def security_log() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    query = trail.Query(kind=kind, before=whole(request.args.get("before")))
    ctx = current_context()
    entries, older = trail.read(ctx, query)
    about = {int(e.thing_id) for e in entries if e.thing_kind == "user"}
    people_named = accounts.names_by_id(ctx, about)
    return render_template(
        "admin/security_log.html",
        entries=entries,
        kind=kind,
        next_url=url_for(".security_log", kind=kind, before=older) if older else None,
        first_url=url_for(".security_log", kind=kind) if query.before else None,
        account_action=account_action,
        detail_name=detail_name,
        detail_text=_detail_text,
        subject=lambda entry: _subject(entry, people_named),
    )


def _subject(entry: trail.Entry, people_named: Mapping[int, str]) -> str:
    """The thing of an entry: a person by name, anything else by kind and number."""
    if entry.thing_kind == "user":
        return str(people_named.get(int(entry.thing_id), ""))
    if entry.thing_id.isdecimal():
        return f"{THING_LABELS.get(entry.thing_kind, entry.thing_kind)} {entry.thing_id}"
    return str(_("Cuenta desconocida"))


def _detail_text(name: str, value: object) -> str:
    """A value of the log in words: a role by its name, a change as before and after."""
    if name == "role" and value in set(Role):
        return labels.label(Role(str(value)))
    if name == "source" and value in set(PlanSource):
        return labels.label(PlanSource(str(value)))
    if isinstance(value, list):
        if len(value) == 2:
            return f"{value[0] or '—'} → {value[1] or '—'}"
        return ", ".join(map(str, value))
    return str(value)
