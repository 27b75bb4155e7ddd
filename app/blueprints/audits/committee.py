"""Decisions of the committee about an audit."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.audits import summary
from app.blueprints.audits.blueprint import bp
from app.blueprints.forms import put_error
from app.blueprints.web import current_context
from app.errors import Invalid
from app.models.audits import Audit
from app.permissions import authorize
from app.services import audits, committee
from app.services.transitions import load_for
from workflows.enums import CommitteeDecisionType


@bp.post("/auditorias/<int:audit_id>/decisiones")
def record_decision(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, "audit.read")
    authorize(ctx.actor, "committee.record")
    form = summary.decision_form(sent=True)
    if form.validate_on_submit():
        data = committee.DecisionData(
            type=CommitteeDecisionType(form.type.data),
            minutes_number=form.minutes_number.data,
            minutes_date=form.minutes_date.data,
            text=form.text.data,
        )
        try:
            key = request.form.get("idempotency_key", "")
            committee.record_for_audit(ctx, audit_id, data, key=key)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Se registró la decisión del comité."), "success")
            return redirect(url_for(".show", audit_id=audit_id, _anchor="comite"), code=303)
    return summary.render(ctx, audits.find(ctx, audit_id), decision=form), 422
