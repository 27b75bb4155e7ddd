"""Textos y plantillas: what every letter and report starts from; a change is the next edition."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, cast

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import LetterheadForm, TemplateForm
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Invalid, NotFound, StaleVersion
from app.permissions import Permission, authorize
from app.services import documents, letter_templates, letterheads
from workflows.enums import LetterheadKind, LetterKind


@bp.get("/cartas/textos")
def letter_texts() -> ResponseReturnValue:
    return _texts_page()


def _texts_page(refused: tuple[LetterheadKind, LetterheadForm] | None = None) -> str:
    """Texts and Word files; `refused` is the form that was sent with a mistake."""
    ctx = current_context()
    rows = letter_templates.every_current(ctx)
    papers = letterheads.editions(ctx)
    word_forms = {kind: LetterheadForm(formdata=None) for kind in LetterheadKind}
    if refused is not None:
        word_forms[refused[0]] = refused[1]
    for kind, form in word_forms.items():
        for each in form:
            each.id = each.label.field_id = f"{kind.value}-{each.short_name}"
    return render_template(
        "audits/letter_texts.html",
        rows=rows,
        papers=papers,
        word_forms=word_forms,
        summary=refused[1] if refused else None,
        tags={kind: template.tags for kind, template in letterheads.TEMPLATES.items()},
    )


@bp.get("/cartas/plantilla/<kind>.docx")
def letterhead(kind: str) -> ResponseReturnValue:
    ctx, found = _manager(), _letterhead_kind(kind)
    edition, data = letterheads.in_force(ctx, found)
    return send_file(
        io.BytesIO(data),
        mimetype=documents.ALLOWED_TYPES[".docx"],
        as_attachment=True,
        download_name=f"plantilla-{found.value}-{edition}.docx",
        max_age=0,
    )


@bp.post("/cartas/plantilla/<kind>")
def save_letterhead(kind: str) -> ResponseReturnValue:
    ctx, found, form = _manager(), _letterhead_kind(kind), LetterheadForm()
    if form.validate_on_submit():
        edition = whole(request.form.get("edition")) or 0
        stream = cast(BinaryIO, form.file.data.stream)
        try:
            saved = letterheads.save(ctx, found, stream, note=form.note.data or "", edition=edition)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(
                gettext(
                    "Rige la plantilla %(n)s. Los documentos ya firmados no cambian.",
                    n=saved.edition,
                )
            )
            return redirect(url_for(".letter_texts"), code=303)
    return _texts_page((found, form)), 422


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


def _letterhead_kind(value: str) -> LetterheadKind:
    try:
        return LetterheadKind(value)
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
