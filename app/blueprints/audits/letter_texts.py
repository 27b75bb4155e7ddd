"""Textos de las cartas: what every new letter starts from; each change is the next edition."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import TemplateForm
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Invalid, NotFound, StaleVersion
from app.permissions import Permission, authorize
from app.services import letter_templates
from workflows.enums import LetterKind


@bp.get("/cartas/textos")
def letter_texts() -> ResponseReturnValue:
    rows = letter_templates.every_current(current_context())
    return render_template("audits/letter_texts.html", rows=rows)


@bp.get("/cartas/textos/<kind>")
def letter_text(kind: str) -> ResponseReturnValue:
    ctx, found = _manager(), _kind(kind)
    now = letter_templates.in_force(ctx, found)
    form = TemplateForm(formdata=None, title=now.title, body=now.body)
    return _page(ctx, found, form, edition=now.edition)


@bp.post("/cartas/textos/<kind>")
def save_letter_text(kind: str) -> ResponseReturnValue:
    """Save the next edition, or show how it would read (`action=preview`)."""
    ctx, found = _manager(), _kind(kind)
    form, edition = TemplateForm(), whole(request.form.get("edition"))
    if not form.validate_on_submit():
        return _page(ctx, found, form, edition=edition), 422
    title, body = form.title.data, form.body.data
    try:
        if request.form.get("action") == "preview":
            shown = letter_templates.preview(found, title, body)
            return _page(ctx, found, form, edition=edition, shown=shown)
        saved = letter_templates.save(
            ctx, found, title=title, body=body, note=form.note.data or "", edition=edition
        )
    except Invalid as error:
        put_error(form, error)
        return _page(ctx, found, form, edition=edition), 422
    except StaleVersion as stale:
        values = {"edition": stale.params["actual"], "differences": stale.differences}
        return _page(ctx, found, form, **values), 409
    flash(gettext("Rige la edición %(n)s. Las cartas ya escritas no cambian.", n=saved.edition))
    return redirect(url_for(".letter_texts"), code=303)


def _manager() -> Context:
    """Raises: Forbidden."""
    ctx = current_context()
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    return ctx


def _kind(value: str) -> LetterKind:
    try:
        return LetterKind(value)
    except ValueError:
        raise NotFound from None


def _page(ctx: Context, kind: LetterKind, form: TemplateForm, **values: Any) -> str:
    blank = {"edition": None, "differences": None, "shown": None}
    return render_template(
        "audits/letter_text.html",
        kind=kind,
        form=form,
        editions=letter_templates.editions(ctx, kind),
        variables=letter_templates.variables(kind),
        **{**blank, **values},
    )
