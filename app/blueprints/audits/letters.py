"""Cartas y actas: drafted from a text, issued with number and signature, kept as documents."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints import draft_forms
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import LetterForm, MinutesForm, ReasonForm
from app.blueprints.audits.forms import SignForm
from app.blueprints.forms import put_error, put_password_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound, StaleVersion, WrongPassword
from app.models.audits import Audit
from app.models.fieldwork import Letter
from app.permissions import Permission, can
from app.services import audits, letter_store, letter_templates, letters, submissions
from app.services.letter_templates import MINUTES
from app.services.transitions import load_for
from workflows.enums import LetterKind


@bp.get("/auditorias/<int:audit_id>/cartas")
def letters_of(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = audits.find(ctx, audit_id)
    if not can(ctx.actor, Permission.INFORMATION_REQUEST_READ, audit):
        raise NotFound
    return page.render(
        ctx,
        "audits/letters.html",
        audit,
        "letters_of",
        letters=letter_store.of_audit(ctx, audit),
        kinds=letters.may_draft(ctx, audit),
        manages_texts=can(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE, None),
        key=submissions.new_key(),
    )


@bp.post("/auditorias/<int:audit_id>/cartas")
def draft_letter(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, Permission.LETTER_WRITE)
    try:
        kind = LetterKind(request.form.get("kind", ""))
    except ValueError:
        raise NotFound from None
    letter = letters.draft(ctx, audit_id, kind, key=request.form.get("idempotency_key", ""))
    flash(gettext("Se creó el borrador. Revíselo antes de emitirlo."), "success")
    return _back(audit_id, letter.id)


def _back(audit_id: int, letter_id: int) -> ResponseReturnValue:
    return redirect(url_for(".letter", audit_id=audit_id, letter_id=letter_id), code=303)


@bp.get("/auditorias/<int:audit_id>/cartas/<int:letter_id>")
def letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    return _render(current_context(), audit_id, letter_id)


def _render(ctx: Context, audit_id: int, letter_id: int, **sent: Any) -> str:
    """A letter. `sent`: forms that came back with mistakes (`sign`, `back`, `drop`), `problem`."""
    shown = letter_store.find(ctx, audit_id, letter_id)
    audit = audits.find(ctx, audit_id)
    subject, blocks = letter_store.shown(ctx, shown)
    step = letters.step(ctx, audit, shown)
    is_draft = step.may_edit
    return page.render(
        ctx,
        "audits/letter.html",
        audit,
        "letters_of",
        letter=shown,
        subject=subject,
        blocks=blocks,
        step=step,
        unready=step.unready and labels.message(step.unready.code, step.unready.params),
        is_adapted=letter_store.is_adapted(shown),
        absent=letter_store.absent_signer(ctx, shown),
        sign_form=sent.get("sign") or SignForm(formdata=None),
        back_form=(sent.get("back") or ReasonForm(formdata=None)) if step.may_sign else None,
        drop_form=(sent.get("drop") or ReasonForm(formdata=None)) if is_draft else None,
    )


# ------------------------------------------------------------------ its text


@bp.get("/auditorias/<int:audit_id>/cartas/<int:letter_id>/editar")
def edit_letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    ctx = current_context()
    shown = _editable(ctx, audit_id, letter_id)
    form = _form_of(shown)(formdata=None, obj=shown)
    draft = draft_forms.restore(ctx, form, letters.FORM, shown.id)
    version = draft_forms.version_of(draft, shown.version)
    return _form_page(ctx, audit_id, shown, form, version=version, draft=draft)


@bp.post("/auditorias/<int:audit_id>/cartas/<int:letter_id>/editar")
def update_letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    ctx = current_context()
    shown = _editable(ctx, audit_id, letter_id)
    form = _form_of(shown)()
    version = form_version()
    if form.validate_on_submit():
        try:
            letters.edit(ctx, letter_id, form.data, version=version)
        except Invalid as error:
            put_error(form, error)
        except StaleVersion as stale:
            values = {"version": stale.params["actual"], "differences": stale.differences}
            shown = _editable(ctx, audit_id, letter_id)
            return _form_page(ctx, audit_id, shown, form, **values), 409
        else:
            flash(gettext("Se guardó el borrador."), "success")
            return _back(audit_id, letter_id)
    shown = _editable(ctx, audit_id, letter_id)
    return _form_page(ctx, audit_id, shown, form, version=version), 422


def _editable(ctx: Context, audit_id: int, letter_id: int) -> Letter:
    letter_store.find(ctx, audit_id, letter_id)
    return load_for(ctx, Letter, letter_id, Permission.LETTER_WRITE)


def _form_of(shown: Letter) -> type[LetterForm]:
    return MinutesForm if shown.kind in MINUTES else LetterForm


def _form_page(ctx: Context, audit_id: int, shown: Letter, form: LetterForm, **values: Any) -> str:
    blank = {"draft": None, "version": None, "differences": None}
    return render_template(
        "audits/letter_form.html",
        audit=audits.find(ctx, audit_id),
        letter=shown,
        form=form,
        variables=letter_templates.variables(shown.kind),
        **{**blank, **values},
    )


# ------------------------------------------------------------------ its steps


@bp.post("/auditorias/<int:audit_id>/cartas/<int:letter_id>/firma")
def sign_letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    """Sign and file: the office its own letters, the leader of the process his."""
    ctx = current_context()
    shown = letter_store.find(ctx, audit_id, letter_id)
    give = letters.sign if shown.kind.is_signed_by_leader else letters.issue
    load_for(ctx, Letter, letter_id, _signing(shown))
    form = SignForm()
    if form.validate_on_submit():
        try:
            done = give(ctx, letter_id, password=form.password.data or "", version=form_version())
        except Invalid as error:
            put_error(form, Invalid("password", error.code, **error.params))
        except WrongPassword as error:
            put_password_error(form, error)
        else:
            told = gettext("Quedó firmada con radicado %(n)s.", n=done.filing_number)
            flash(told, "success")
            return _back(audit_id, letter_id)
    return _render(ctx, audit_id, letter_id, sign=form), 422


def _signing(shown: Letter) -> Permission:
    by_leader = shown.kind.is_signed_by_leader
    return Permission.LETTER_SIGN if by_leader else Permission.LETTER_ISSUE


@bp.post("/auditorias/<int:audit_id>/cartas/<int:letter_id>/envio")
def send_letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    ctx = current_context()
    letter_store.find(ctx, audit_id, letter_id)
    try:
        letters.send(ctx, letter_id, version=form_version())
    except Invalid:  # the page says what is missing
        return _render(ctx, audit_id, letter_id), 422
    flash(gettext("El líder del proceso ya puede leerla y firmarla."), "success")
    return _back(audit_id, letter_id)


@bp.post("/auditorias/<int:audit_id>/cartas/<int:letter_id>/devolucion")
def send_letter_back(audit_id: int, letter_id: int) -> ResponseReturnValue:
    ctx = current_context()
    letter_store.find(ctx, audit_id, letter_id)
    load_for(ctx, Letter, letter_id, Permission.LETTER_SIGN)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _render(ctx, audit_id, letter_id, back=form), 422
    letters.send_back(ctx, letter_id, reason=form.reason.data, version=form_version())
    flash(gettext("La carta volvió al equipo auditor con su observación."), "success")
    return redirect(url_for(".letters_of", audit_id=audit_id), code=303)


@bp.post("/auditorias/<int:audit_id>/cartas/<int:letter_id>/descarte")
def discard_letter(audit_id: int, letter_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _editable(ctx, audit_id, letter_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _render(ctx, audit_id, letter_id, drop=form), 422
    letters.discard(ctx, letter_id, reason=form.reason.data, version=form_version())
    flash(gettext("Se descartó el borrador; queda en el registro."), "success")
    return redirect(url_for(".letters_of", audit_id=audit_id), code=303)
