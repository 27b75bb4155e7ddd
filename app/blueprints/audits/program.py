"""Programa: what will be examined and how; its signature, and the announcement to the auditee."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints import draft_forms
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import AnnounceForm, ProgramForm, ReportTextsForm, SignForm
from app.blueprints.forms import Form, put_error, put_password_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound, StaleVersion, WrongPassword
from app.models.audits import Audit
from app.permissions import can
from app.services import audit_program, audits
from app.services.transitions import load_for
from workflows.audit import AuditState


@bp.get("/auditorias/<int:audit_id>/programa")
def program(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    return _render(ctx, audits.find(ctx, audit_id))


def _render(
    ctx: Context,
    audit: Audit,
    *,
    sign_form: SignForm | None = None,
    announce_form: AnnounceForm | None = None,
) -> str:
    form = ProgramForm(formdata=None)
    in_planning = audit.state is AuditState.PLANNING
    may_edit = can(ctx.actor, "audit.edit", audit)
    signature = audit_program.read_signature(ctx, audit)
    missing = audit_program.missing_to_sign(audit)
    may_sign = in_planning and can(ctx.actor, "audit.sign_program", audit) and signature is None
    may_announce = in_planning and audit.announced_at is None
    may_announce = may_announce and can(ctx.actor, "audit.announce", audit)
    return page.render(
        ctx,
        "audits/program.html",
        audit,
        "program",
        parts=_parts(form, audit, audit_program.PROGRAM_FIELDS),
        report_parts=_report_parts(ctx, audit),
        may_edit=may_edit and audit.state in audit_program.PROGRAM_STATES,
        may_edit_report=may_edit and audit.state in audit_program.REPORT_STATES,
        signature=signature,
        missing=[form[name].label.text for name in missing],
        sign_form=sign_form or (SignForm(formdata=None) if may_sign and not missing else None),
        is_planning=in_planning,
        announce_form=announce_form or (AnnounceForm(formdata=None) if may_announce else None),
        announcement=audit_program.announcement(ctx, audit),
        terms=page.terms(ctx, audit),
    )


def _report_parts(ctx: Context, audit: Audit) -> list[tuple[str, str, str]]:
    """Conclusions and limitations: the office's own until the final report tells them."""
    if audit.final_issued_at is None and not audits.sees_papers(ctx, audit):
        return []
    return _parts(ReportTextsForm(formdata=None), audit, audit_program.REPORT_FIELDS)


def _parts(form: Form, audit: Audit, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(id, heading, text) of each part, in the order of the form."""
    return [(name, form[name].label.text, getattr(audit, name)) for name in names]


@bp.get("/auditorias/<int:audit_id>/programa/editar")
def edit_program(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    return _edit_page(ctx, audit, ProgramForm, audit_program.PROGRAM_FORM)


@bp.post("/auditorias/<int:audit_id>/programa/editar")
def update_program(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    form = ProgramForm()
    if not form.validate_on_submit():
        return _form_page(audit, form, audit_program.PROGRAM_FORM), 422
    try:
        voided = audit_program.save(ctx, audit_id, form.data, version=form_version())
    except StaleVersion as stale:
        return _stale_page(ctx, audit_id, form, audit_program.PROGRAM_FORM, stale), 409
    if voided:
        flash(gettext("Se guardó el programa. Como cambió, su firma quedó sin efecto."), "warning")
    else:
        flash(gettext("Se guardó el programa."), "success")
    return redirect(url_for(".program", audit_id=audit_id), code=303)


@bp.get("/auditorias/<int:audit_id>/conclusiones/editar")
def edit_report_texts(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    return _edit_page(ctx, audit, ReportTextsForm, audit_program.REPORT_FORM)


@bp.post("/auditorias/<int:audit_id>/conclusiones/editar")
def update_report_texts(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    form = ReportTextsForm()
    if not form.validate_on_submit():
        return _form_page(audit, form, audit_program.REPORT_FORM), 422
    try:
        audit_program.save_report_texts(ctx, audit_id, form.data, version=form_version())
    except StaleVersion as stale:
        return _stale_page(ctx, audit_id, form, audit_program.REPORT_FORM, stale), 409
    flash(gettext("Se guardaron las conclusiones y limitaciones."), "success")
    return redirect(url_for(".program", audit_id=audit_id, _anchor="conclusiones"), code=303)


def _edit_page(ctx: Context, audit: Audit, form_type: type[Form], name: str) -> ResponseReturnValue:
    form = form_type(formdata=None, obj=audit)
    draft = draft_forms.restore(ctx, form, name, audit.id)
    version = draft_forms.version_of(draft, audit.version)
    return _form_page(audit, form, name, version=version, draft=draft)


def _stale_page(ctx: Context, audit_id: int, form: Form, name: str, stale: StaleVersion) -> str:
    """The form again, over the present version, with what the others changed."""
    audit, version = audits.find(ctx, audit_id), stale.params["actual"]
    return _form_page(audit, form, name, version=version, differences=stale.differences)


def _form_page(audit: Audit, form: Form, name: str, **values: Any) -> str:
    values = {"version": form_version(), "draft": None, "differences": None, **values}
    return render_template(
        "audits/texts_form.html", audit=audit, form=form, form_name=name, **values
    )


@bp.post("/auditorias/<int:audit_id>/programa/firma")
def sign_program(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, "audit.sign_program")
    form = SignForm()
    if form.validate_on_submit():
        try:
            password = form.password.data or ""
            audit_program.sign(ctx, audit_id, password=password, version=form_version())
        except Invalid as error:
            put_error(form, Invalid("password", error.code, **error.params))
        except WrongPassword as error:
            put_password_error(form, error)
        else:
            flash(gettext("El programa quedó firmado."), "success")
            return redirect(url_for(".program", audit_id=audit_id, _anchor="firma"), code=303)
    return _render(ctx, audits.find(ctx, audit_id), sign_form=form), 422


@bp.post("/auditorias/<int:audit_id>/anuncio")
def announce(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, "audit.announce")
    form = AnnounceForm()
    if not form.validate_on_submit():
        raise NotFound
    sent = request.files.get("file")
    file = None
    if sent is not None and sent.filename:
        file = (cast(BinaryIO, sent.stream), sent.filename)
    try:
        audit = audit_program.announce(ctx, audit_id, version=form_version(), file=file)
    except Invalid as error:
        put_error(form, Invalid("file", error.code, **error.params))
        return _render(ctx, audits.find(ctx, audit_id), announce_form=form), 422
    number = audit.announcement_number
    flash(gettext("La auditoría quedó anunciada con radicado %(n)s.", n=number), "success")
    return redirect(url_for(".program", audit_id=audit_id, _anchor="anuncio"), code=303)
