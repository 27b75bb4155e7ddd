"""Extensions of the reply term: asked on the page of the replies, decided on their own."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.due import chip
from app.blueprints.findings import forms
from app.blueprints.findings.blueprint import bp
from app.blueprints.findings.replies import overview_page
from app.blueprints.forms import put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid
from app.models.audits import Audit
from app.permissions import Permission, authorize
from app.services import reply_extensions
from app.services.transitions import load_for


@bp.post("/auditorias/<int:audit_id>/prorroga-replica")
def request_extension(audit_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.ExtensionForm()
    load_for(ctx, Audit, audit_id, Permission.REPLY_EXTENSION_REQUEST)
    if form.validate_on_submit():
        key = request.form.get("idempotency_key", "")
        try:
            made = reply_extensions.request(
                ctx, audit_id, days=form.days.data or 0, reason=form.reason.data or "", key=key
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(
                gettext("La solicitud quedó radicada con el número %(n)s.", n=made.filing_number),
                "success",
            )
            return redirect(url_for(".extension", extension_id=made.id), code=303)
    return overview_page(ctx, audit_id, form), 422


@bp.get("/prorrogas/<int:extension_id>")
def extension(extension_id: int) -> ResponseReturnValue:
    return _page(current_context(), extension_id, None)


@bp.post("/prorrogas/<int:extension_id>/decision")
def decide_extension(extension_id: int) -> ResponseReturnValue:
    """Granted with `action=grant` and its days; denied with `action=deny`."""
    ctx, form = current_context(), forms.ExtensionDecisionForm()
    row = reply_extensions.find(ctx, extension_id)
    grants = request.form.get("action") == "grant"
    if row.state.value == "solicitada":
        authorize(ctx.actor, Permission.REPLY_EXTENSION_DECIDE, row)
    if form.validate_on_submit():
        days = (form.days.data or 0) if grants else None
        try:
            reply_extensions.decide(
                ctx, extension_id, days=days, reason=form.reason.data or "", version=form_version()
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("La decisión quedó registrada y el proceso fue avisado."), "success")
            return redirect(url_for(".extension", extension_id=extension_id), code=303)
    return _page(ctx, extension_id, form), 422


def _page(ctx: Context, extension_id: int, form: forms.ExtensionDecisionForm | None) -> str:
    row = reply_extensions.find(ctx, extension_id)
    if not reply_extensions.may_decide(ctx, row):
        form = None
    elif form is None:
        form = forms.ExtensionDecisionForm(formdata=None, days=row.days)
    today = ctx.today()
    return render_template(
        "findings/extension.html",
        row=row,
        audit=row.audit,
        form=form,
        most_days=reply_extensions.most_days(ctx),
        before=chip(row.due_before, today, done=row.decided_at is not None),
        after=chip(row.due_after, today),
    )
