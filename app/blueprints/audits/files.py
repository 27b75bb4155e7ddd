"""Documentos: what the audit keeps, and its case file."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import UploadForm
from app.blueprints.forms import pairs, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid
from app.models.audits import Audit
from app.models.documents import DocumentPurpose
from app.permissions import can
from app.services import audit_files, audits, case_files, submissions
from app.services.documents import ALLOWED_TYPES
from app.services.transitions import load_for
from workflows.audit import AuditState

MISSING = {
    case_files.PROGRAM: _l("El programa firmado."),
    case_files.DECLARATIONS: _l("Declaraciones de conflicto de interés de todo el equipo."),
    case_files.PAPERS: _l("El visto bueno de todos los papeles de trabajo."),
    case_files.DRAFT_REPORT: _l("El informe preliminar firmado y radicado."),
    case_files.FINAL_REPORT: _l("El informe final firmado y radicado."),
}
ACCEPTED = ",".join(sorted(ALLOWED_TYPES))


@bp.get("/auditorias/<int:audit_id>/documentos")
def documents(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    return _render(ctx, audits.find(ctx, audit_id))


def _render(
    ctx: Context, audit: Audit, form: UploadForm | None = None, case_file_error: str = ""
) -> str:
    before = whole(request.args.get("antes"))
    found = audit_files.of_audit(ctx, audit, before=before)
    here = url_for(".documents", audit_id=audit.id)
    more = f"{here}?antes={found.next_before}" if found.next_before else None
    may_upload = audit_files.may_keep(ctx, audit)
    closes = audit.state is AuditState.FOLLOW_UP and can(ctx.actor, "audit.close_case_file", audit)
    return page.render(
        ctx,
        "audits/documents.html",
        audit,
        "documents",
        documents=[
            (each, url_for("documents.show", document_uuid=each.uuid)) for each in found.rows
        ],
        pager={"next_url": more, "first_url": here if before else None},
        form=(form or _form()) if may_upload else None,
        accept=ACCEPTED,
        max_bytes=current_app.extensions["vigia"].config.upload_max_bytes,
        key=submissions.new_key(),
        case_file={
            "closes": closes,
            "is_complete": case_files.is_closed(ctx, audit),
            "missing": [str(MISSING[code]) for code in case_files.lacks(ctx, audit)]
            if closes
            else [],
            "error": case_file_error,
            "sees": audits.sees_papers(ctx, audit),
        },
    )


def _form(*, sent: bool = False) -> UploadForm:
    form = UploadForm() if sent else UploadForm(formdata=None)
    form.purpose.choices = pairs((each, labels.label(each)) for each in audit_files.PURPOSES)
    return form


@bp.post("/auditorias/<int:audit_id>/documentos")
def upload(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "document.upload")
    form = _form(sent=True)
    files = [each for each in request.files.getlist("files") if each.filename]
    if not files:
        form.validate_on_submit()
        form.files.errors = [gettext("Elija al menos un archivo.")]
        return _render(ctx, audit, form), 422
    if not form.validate_on_submit():
        return _render(ctx, audit, form), 422
    key, failures = request.form.get("idempotency_key", ""), []
    for number, file in enumerate(files):
        try:
            audit_files.keep(
                ctx,
                audit_id,
                cast(BinaryIO, file.stream),
                file.filename or "",
                purpose=DocumentPurpose(form.purpose.data),
                key=f"{key}:{number}" if key else "",
            )
        except Invalid as error:
            failures.append(f"{file.filename}: {labels.message(error.code, error.params)}")
    kept = len(files) - len(failures)
    if kept == 0:
        form.files.errors = failures
        return _render(ctx, audits.find(ctx, audit_id), form), 422
    flash(ngettext("Se guardó %(num)s documento.", "Se guardaron %(num)s documentos.", kept))
    for failure in failures:
        flash(gettext("No se guardó %(what)s", what=failure), "error")
    return redirect(url_for(".documents", audit_id=audit_id), code=303)


@bp.post("/auditorias/<int:audit_id>/expediente")
def close_case_file(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    try:
        case_files.close(ctx, audit_id, version=form_version())
    except Invalid as error:
        text = labels.message(error.code, error.params)
        return _render(ctx, audits.find(ctx, audit_id), case_file_error=text), 422
    flash(gettext("El expediente quedó cerrado con su índice."), "success")
    return redirect(url_for(".documents", audit_id=audit_id, _anchor="expediente"), code=303)
