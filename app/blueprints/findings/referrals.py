"""Traslados of a finding to an authority, and what it answered; what the legal representative was
told, on pages that are his alone."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.findings import forms, page
from app.blueprints.findings.blueprint import bp
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid
from app.models.findings import Referral
from app.permissions import Permission, authorize, can
from app.services import finding_queries, referrals
from app.services.referrals import ReferralData
from app.services.transitions import load_for
from workflows.enums import ReferralAuthority


@bp.post("/hallazgos/<int:finding_id>/traslados")
def refer(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.ReferralForm()
    authorize(ctx.actor, Permission.FINDING_REFER, finding_queries.find(ctx, finding_id))
    page.offer_addressees(ctx, form)
    if form.validate_on_submit():
        data = ReferralData(
            ReferralAuthority(form.authority.data),
            form.addressee.data or "",
            form.matter.data or "",
            form.sent_on.data,
            whole(form.addressee_id.data),
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
    """By the head what an authority sent; by the legal representative himself, as of today."""
    ctx = current_context()
    referral = load_for(ctx, Referral, referral_id, Permission.REFERRAL_RECORD_ANSWER)
    finding_id, is_own = referral.finding_id, referral.addressee_id is not None
    form = forms.ReferralReplyForm() if is_own else forms.ReferralAnswerForm()
    if form.validate_on_submit():
        try:
            referrals.record_answer(
                ctx,
                referral_id,
                answer=form.answer.data or "",
                answered_on=ctx.today() if is_own else form.answered_on.data,
                version=form_version(),
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("La respuesta quedó registrada."), "success")
            return _own_page(referral_id) if is_own else _back(finding_id)
    if is_own:
        return _page(ctx, referral_id, form), 422
    rejected = page.Rejected(f"answer-{referral_id}", form)
    return page.render(ctx, finding_id, rejected), 422


def _back(finding_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", finding_id=finding_id, _anchor="traslados"), code=303)


def _own_page(referral_id: int) -> ResponseReturnValue:
    return redirect(url_for(".referral", referral_id=referral_id), code=303)


@bp.get("/comunicaciones-reservadas")
def referrals_list() -> ResponseReturnValue:
    found = referrals.told_to_me(current_context())
    return render_template("findings/referrals.html", referrals=found)


@bp.get("/comunicaciones-reservadas/<int:referral_id>")
def referral(referral_id: int) -> ResponseReturnValue:
    return _page(current_context(), referral_id, None)


def _page(ctx: Context, referral_id: int, form: forms.ReferralReplyForm | None) -> str:
    row = referrals.find(ctx, referral_id)
    is_own = row.addressee_id == ctx.actor.user_id
    if not is_own or not can(ctx.actor, Permission.REFERRAL_RECORD_ANSWER, row):
        form = None
    elif form is None:
        form = forms.ReferralReplyForm(formdata=None, obj=row)
    return render_template(
        "findings/referral.html",
        row=row,
        form=form,
        is_own=is_own,
        opened=referrals.first_read(ctx, [row]),
    )
