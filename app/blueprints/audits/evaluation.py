"""Evaluation of an audit: the leader of the process answers it, the OCI reads it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import EvaluationForm
from app.blueprints.forms import put_error
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Invalid
from app.models.audits import Audit
from app.permissions import Permission
from app.services import evaluations, submissions
from app.services.transitions import load_for
from workflows.enums import EvaluationStatement


@bp.get("/auditorias/<int:audit_id>/evaluacion")
def evaluation(audit_id: int) -> ResponseReturnValue:
    return _page(current_context(), audit_id, None)


@bp.post("/auditorias/<int:audit_id>/evaluacion")
def evaluate(audit_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), EvaluationForm()
    load_for(ctx, Audit, audit_id, Permission.AUDIT_EVALUATE)
    if form.validate_on_submit():
        key = request.form.get("idempotency_key", "")
        try:
            evaluations.send(
                ctx, audit_id, form.answers(), comment=form.comment.data or "", key=key
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Su evaluación quedó registrada. Gracias por responderla."), "success")
            return redirect(url_for(".evaluation", audit_id=audit_id), code=303)
    return _page(ctx, audit_id, form), 422


def _page(ctx: Context, audit_id: int, form: EvaluationForm | None) -> str:
    audit, view = evaluations.find(ctx, audit_id)
    if not view.may_send:
        form = None
    elif form is None:
        form = EvaluationForm(formdata=None)
    return render_template(
        "audits/evaluation.html",
        audit=audit,
        sent=view.sent,
        form=form,
        statements=list(EvaluationStatement),
        scores=labels.SCORES,
        key=submissions.new_key(),
    )
