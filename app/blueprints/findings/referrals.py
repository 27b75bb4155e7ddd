"""Traslados of a finding to an authority, and what it answered."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.findings import forms, page
from app.blueprints.findings.blueprint import bp
from app.blueprints.forms import put_error
from app.blueprints.web import current_context, form_version
from app.errors import Invalid
from app.models.findings import Referral
from app.permissions import Permission, authorize
from app.services import finding_queries, referrals
from app.services.referrals import ReferralData
from app.services.transitions import load_for
from workflows.enums import ReferralAuthority


@bp.post("/hallazgos/<int:finding_id>/traslados")
def refer(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.ReferralForm()
    authorize(ctx.actor, Permission.FINDING_REFER, finding_queries.find(ctx, finding_id))
    if form.validate_on_submit():
        data = ReferralData(
            ReferralAuthority(form.authority.data),
            form.addressee.data or "",
            form.matter.data or "",
            form.sent_on.data,
        )
        try:
            made = referrals.refer(
                ctx, finding_id, data, key=request.form.get("idempotency_key", "")
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(
                gettext("El traslado quedó radicado con el número %(n)s.", n=made.filing_number),
                "success",
            )
            return _back(finding_id)
    return page.render(ctx, finding_id, page.Rejected("referral", form)), 422


@bp.post("/traslados/<int:referral_id>/respuesta")
def answer_referral(referral_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.ReferralAnswerForm()
    referral = load_for(ctx, Referral, referral_id, Permission.REFERRAL_RECORD_ANSWER)
    finding_id = referral.finding_id
    if form.validate_on_submit():
        try:
            referrals.record_answer(
                ctx,
                referral_id,
                answer=form.answer.data or "",
                answered_on=form.answered_on.data,
                version=form_version(),
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("La respuesta quedó registrada."), "success")
            return _back(finding_id)
    rejected = page.Rejected(f"answer-{referral_id}", form)
    return page.render(ctx, finding_id, rejected), 422


def _back(finding_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", finding_id=finding_id, _anchor="traslados"), code=303)
