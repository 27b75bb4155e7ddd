"""Public versions of the reports: the list, the page of one, and what is done there."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.forms import put_error, whole
from app.blueprints.publications import forms, page
from app.blueprints.publications.blueprint import bp
from app.blueprints.publications.page import Rejected
from app.blueprints.web import current_context, form_version
from app.errors import Invalid, NotFound, StaleVersion
from app.labels_publications import field_label
from app.permissions import Permission, authorize
from app.services import (
    publications,
    publications_comments,
    publications_lists,
    publications_store,
)
from workflows.enums import Classification

REASON_FORMS = page.EVENTS.forms


@bp.get("/publicaciones")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = forms.ListFilters()
    form.estado.choices = forms.state_choices()
    state = form.estado.data or "" if form.validate() else ""
    found = publications_lists.page(ctx, state=state, before=whole(request.args.get("antes")))
    chips = []
    if state:
        chips.append((labels.state_label("publication", state), url_for(".index")))
    next_url = url_for(".index", estado=state or None, antes=found.next_id)
    return render_template(
        "publications/index.html",
        form=form,
        page=found,
        chips=chips,
        next_url=next_url if found.next_id else None,
        first_url=url_for(".index", estado=state or None) if request.args.get("antes") else None,
    )


@bp.post("/auditorias/<int:audit_id>/publicacion")
def prepare(audit_id: int) -> ResponseReturnValue:
    is_new = "nueva" in request.form
    publication = publications.prepare(current_context(), audit_id, new_edition=is_new)
    return _back(publication.id)


@bp.get("/publicaciones/<int:publication_id>")
def show(publication_id: int) -> ResponseReturnValue:
    return page.render(current_context(), publication_id)


@bp.post("/publicaciones/<int:publication_id>/texto")
def edit(publication_id: int) -> ResponseReturnValue:
    ctx = current_context()
    view = publications_lists.view(ctx, publication_id)
    form = forms.text_form(view.publication.content)()
    # A stale page may lack the fields of a finding that came later: that is a conflict.
    is_current = form_version() == view.publication.version
    if is_current and not form.validate_on_submit():
        return page.render(ctx, publication_id, Rejected("text", form)), 422
    try:
        sent = {name: str(text or "") for name, text in form.data.items() if name in request.form}
        publications.edit(ctx, publication_id, sent, version=form_version())
    except Invalid as error:
        put_error(form, error)
        return page.render(ctx, publication_id, Rejected("text", form)), 422
    except StaleVersion as error:
        error.differences = tuple(
            replace(each, field=field_label(each.field)) for each in error.differences
        )
        raise
    flash(gettext("El texto público quedó guardado."), "success")
    return _back(publication_id, "datos")


@bp.post("/publicaciones/<int:publication_id>/texto-final")
def bring(publication_id: int) -> ResponseReturnValue:
    publications.bring_final_text(current_context(), publication_id, version=form_version())
    flash(gettext("Se trajo el texto final de los hallazgos que cambiaron."), "success")
    return _back(publication_id, "datos")


@bp.post("/publicaciones/<int:publication_id>/marcas")
def resolve_mark(publication_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = forms.MarkForm()
    if not form.validate_on_submit():
        return page.render(ctx, publication_id, Rejected("mark", form)), 422
    # The text of a mark is taken as it stands: a form would trim it.
    field, text = form.field.data or "", request.form.get("text", "")
    try:
        if "accept" in request.form:
            publications.accept_mark(
                ctx,
                publication_id,
                field,
                text,
                reason=form.reason.data or "",
                version=form_version(),
            )
        else:
            publications.mask_mark(ctx, publication_id, field, text, version=form_version())
    except Invalid as error:
        put_error(form, error)
        return page.render(ctx, publication_id, Rejected("mark", form)), 422
    return _back(publication_id, "marcas")


@bp.post("/publicaciones/<int:publication_id>/clasificacion")
def classify(publication_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = forms.ClassifyForm()
    if not form.validate_on_submit():
        return page.render(ctx, publication_id, Rejected("classify", form)), 422
    publications.classify(
        ctx,
        publication_id,
        Classification(form.classification.data),
        legal_ground=form.legal_ground.data or "",
        restricted_until=form.restricted_until.data,
        restriction_unlimited=form.restriction_unlimited.data,
        version=form_version(),
    )
    flash(gettext("La clasificación quedó escrita. Falta que se confirme."), "success")
    return _back(publication_id)


@bp.post("/publicaciones/<int:publication_id>/copia")
def make_copy(publication_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = forms.EmptyForm()
    try:
        publications_store.make_copy(ctx, publication_id, version=form_version())
    except Invalid as error:
        put_error(form, error)
        return page.render(ctx, publication_id, Rejected("copy", form)), 422
    flash(gettext("La copia anonimizada está lista. Léala antes de aprobarla."), "success")
    return _back(publication_id, "copia")


@bp.post("/publicaciones/<int:publication_id>/comentarios")
def comment(publication_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.CommentForm()
    view = publications_lists.view(ctx, publication_id)
    authorize(ctx.actor, Permission.PUBLICATION_COMMENT, view.publication)
    if not form.validate_on_submit():
        return page.render(ctx, publication_id, Rejected("comment", form)), 422
    key = request.form.get("idempotency_key", "")
    publications_comments.comment(ctx, publication_id, text=form.text.data or "", key=key)
    flash(gettext("Comentario guardado."), "success")
    return _back(publication_id, "comentarios")


@bp.post("/publicaciones/<int:publication_id>/eventos/<event>")
def fire(publication_id: int, event: str) -> ResponseReturnValue:
    if f"publication.{event}" not in labels.EVENT_LABELS:
        raise NotFound
    ctx = current_context()
    view = publications_lists.view(ctx, publication_id)
    authorize(ctx.actor, f"publication.{event}", view.publication)
    form = REASON_FORMS.get(event, forms.EmptyForm)()
    if not form.validate_on_submit():
        return page.render(ctx, publication_id, Rejected(event, form)), 422
    data = form.data
    inputs = {"legal_ground": data["legal_ground"]} if "legal_ground" in data else {}
    try:
        publication = publications.fire(
            ctx,
            publication_id,
            event,
            version=form_version(),
            reason=data.get("reason") or "",
            inputs=inputs,
        )
    except Invalid as error:
        put_error(form, error)
        return page.render(ctx, publication_id, Rejected(event, form)), 422
    state = labels.state_label("publication", publication.state)
    flash(gettext("La versión pública está ahora en: %(state)s.", state=state), "success")
    return _back(publication_id)


def _back(publication_id: int, anchor: str | None = None) -> ResponseReturnValue:
    address = url_for(".show", publication_id=publication_id, _anchor=anchor)
    return redirect(address, code=303)
