"""The annual plan on the portal: exactly what will be public, published or taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.forms import Form, line, put_error, text_area
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Difference, Invalid, Refused, StaleVersion
from app.labels_portal import phase_words
from app.services import annual_publication, portal_annual, submissions
from app.services.annual_publication import SHOWN, Proposal, Wording, shown_field, title_field

REASON = "accepted_reason"
REASON_LENGTH = 2000


class WithdrawForm(Form):
    """Why the plan stops being public. Readers see the ground, never the reason."""

    reason = text_area(
        _l("Motivo"),
        rows=3,
        message=_l("Escriba el motivo."),
        description=_l("Quedará en la historia, con su nombre."),
    )
    legal_ground = line(
        _l("Fundamento legal"),
        message=_l("Escriba el fundamento legal."),
        description=_l("Lo verá la ciudadanía en lugar del plan. No escriba datos personales."),
    )


def _form_class(proposal: Proposal) -> type[Form]:
    """The texts of the plan, and of each audit its title and whether it is shown."""
    fields: dict[str, Any] = {
        "objective": text_area(_l("Para qué es este plan (objetivo)"), optional=True),
        "scope": text_area(_l("Qué abarca (alcance)"), optional=True),
        "criteria": text_area(_l("Cómo se escogió lo que se revisa (criterios)"), optional=True),
    }
    for each in proposal.lines:
        id_ = each.audit.id
        # What is left out may be blank: the service asks for the titles of what is shown.
        fields[title_field(id_)] = line(_l("Título público"), optional=True)
        fields[shown_field(id_)] = BooleanField(_l("Mostrarla en el portal"))
    fields[REASON] = text_area(
        _l("Por qué puede quedar lo que parece un dato personal"),
        rows=2,
        most=REASON_LENGTH,
        optional=True,
        description=_l("Quedará en la historia, con su nombre. No sale en el portal."),
    )
    return type("PublicationForm", (Form,), fields)


def _filled(proposal: Proposal) -> FlaskForm:
    values: dict[str, Any] = dict(proposal.texts)
    for each in proposal.lines:
        values |= {title_field(each.audit.id): each.title, shown_field(each.audit.id): each.shown}
    return _form_class(proposal)(formdata=None, data=values)


def _wording(proposal: Proposal, form: FlaskForm) -> Wording:
    data = form.data
    ids = [each.audit.id for each in proposal.lines]
    return Wording(
        texts={name: data[name] or "" for name in proposal.texts},
        titles={id_: data[title_field(id_)] or "" for id_ in ids},
        shown=frozenset(id_ for id_ in ids if data[shown_field(id_)]),
        reason=data[REASON] or "",
    )


# ------------------------------------------------------------------ pages


@bp.get("/plan-anual/<int:plan_id>/publicacion")
def publication(plan_id: int) -> ResponseReturnValue:
    proposal = annual_publication.propose(current_context(), plan_id)
    return _page(proposal, _filled(proposal))


@bp.post("/plan-anual/<int:plan_id>/publicacion")
def publish(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    proposal = annual_publication.propose(ctx, plan_id)
    form = _form_class(proposal)()
    if not form.validate_on_submit():
        return _page(proposal, form, form_version()), 422
    if "mask" in request.form:
        return _masked(ctx, proposal, form)
    try:
        annual_publication.publish(
            ctx,
            plan_id,
            _wording(proposal, form),
            version=form_version(),
            key=request.form.get("idempotency_key", ""),
        )
    except Invalid as error:
        put_error(form, error)
        proposal = annual_publication.propose(ctx, plan_id)
        return _page(proposal, form, form_version(), codes=_codes(error)), 422
    except StaleVersion as stale:
        proposal = annual_publication.propose(ctx, plan_id)
        told = [_told(each) for each in stale.differences]
        return _page(proposal, form, stale.params["actual"], differences=told), 409
    flash(gettext("El plan anual está en el portal."), "success")
    return redirect(url_for("annual_plan.show", plan_id=plan_id, _anchor="portal"), code=303)


@bp.post("/plan-anual/<int:plan_id>/publicacion/retiro")
def withdraw(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    proposal = annual_publication.propose(ctx, plan_id)
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _page(proposal, _filled(proposal), withdrawal=form), 422
    try:
        annual_publication.withdraw(
            ctx,
            plan_id,
            reason=form.reason.data or "",
            legal_ground=form.legal_ground.data or "",
            version=form_version(),
            key=request.form.get("idempotency_key", ""),
        )
    except Invalid as error:
        put_error(form, error)
        proposal = annual_publication.propose(ctx, plan_id)
        return _page(proposal, _filled(proposal), withdrawal=form), 422
    flash(gettext("El plan anual ya no está en el portal."), "success")
    return redirect(url_for("annual_plan.show", plan_id=plan_id, _anchor="portal"), code=303)


def _masked(ctx: Context, proposal: Proposal, form: FlaskForm) -> str:
    """The form as it was sent, without what was found in it; nothing is saved yet."""
    wording = annual_publication.masked(ctx, proposal.plan.id, _wording(proposal, form))
    for name, text in wording.texts.items():
        form[name].data = text
    for audit_id, title in wording.titles.items():
        form[title_field(audit_id)].data = title
    return _page(proposal, form, form_version(), is_masked=True)


def _page(
    proposal: Proposal,
    form: FlaskForm,
    version: int | None = None,
    *,
    differences: Sequence[Difference] | None = None,
    withdrawal: FlaskForm | None = None,
    codes: frozenset[str] = frozenset(),
    is_masked: bool = False,
) -> str:
    return render_template(
        "annual_plan/publication.html",
        proposal=proposal,
        plan=proposal.plan,
        form=form,
        lines=[_line(each, form) for each in proposal.lines],
        execution=_execution(proposal, form),
        reason=form[REASON],
        asks_reason="annual_publication.maybe_personal_data" in codes or bool(form[REASON].data),
        found_data=any(code.endswith("personal_data") for code in codes),
        is_masked=is_masked,
        version=proposal.plan.version if version is None else version,
        differences=differences,
        withdrawal=withdrawal or WithdrawForm(formdata=None),
        is_withdrawing=withdrawal is not None,
        key=request.form.get("idempotency_key") or submissions.new_key(),
    )


def _line(each: annual_publication.Line, form: FlaskForm) -> Mapping[str, Any]:
    return {
        "audit": each.audit,
        "title": form[title_field(each.audit.id)],
        "shown": form[shown_field(each.audit.id)],
        "words": phase_words(each.phase),
        "is_special": each.is_special,
    }


def _execution(proposal: Proposal, form: FlaskForm) -> portal_annual.Execution:
    """The figures that readers will see with what is marked now."""
    counts: dict[str, int] = {}
    for each in proposal.lines:
        if form[shown_field(each.audit.id)].data:
            counts[each.phase] = counts.get(each.phase, 0) + 1
    return portal_annual.execution(counts)


def _codes(error: Invalid) -> frozenset[str]:
    refusals = error.refusals if isinstance(error, Refused) else (error,)
    return frozenset(each.code for each in refusals)


def _told(each: Difference) -> Difference:
    """Whether an audit is shown, in words."""
    if not each.field.endswith("_shown"):
        return each
    words = {SHOWN: gettext("Se muestra"), "": gettext("No se muestra")}
    return replace(each, theirs=words[each.theirs], yours=words[each.yours])
