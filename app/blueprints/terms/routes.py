"""Notified due dates that today's calendar would end on another day, and moving them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import PasswordField

from app.blueprints.forms import Form, put_error, put_password_error, required, text_area
from app.blueprints.web import current_context
from app.errors import Invalid, WrongPassword
from app.labels_trail import thing_name
from app.services import recompute

bp = Blueprint("terms", __name__)


class RecomputeForm(Form):
    reason = text_area(_l("Motivo"), most=500, rows=3)
    password = PasswordField(_l("Su contraseña"), [required(_l("Escriba su contraseña."))])


@bp.get("/vencimientos")
def index() -> ResponseReturnValue:
    return _page(RecomputeForm(formdata=None), {})


@bp.post("/vencimientos/recalculo")
def apply() -> ResponseReturnValue:
    form, chosen = RecomputeForm(), _chosen()
    if not form.validate_on_submit():
        return _page(form, chosen), 422
    try:
        count = recompute.apply(
            current_context(),
            chosen,
            reason=form.reason.data or "",
            password=form.password.data or "",
        )
    except WrongPassword as error:
        put_password_error(form, error)
        return _page(form, chosen), 422
    except Invalid as error:
        put_error(form, error)
        return _page(form, chosen), 422
    flash(
        ngettext(
            "Se recalculó %(num)s vencimiento; se avisó a quienes deben cumplirlo.",
            "Se recalcularon %(num)s vencimientos; se avisó a quienes deben cumplirlos.",
            count,
        ),
        "success",
    )
    return redirect(url_for(".index"), code=303)


def _chosen() -> dict[str, date]:
    """ "audit:7:reply=2027-03-12": the row and the day the page promised; nonsense is left out."""
    found = {}
    for value in request.form.getlist("rows"):
        key, _, day = value.partition("=")
        try:
            found[key] = date.fromisoformat(day)
        except ValueError:
            continue
    return found


def _page(form: RecomputeForm, chosen: dict[str, date]) -> str:
    return render_template(
        "terms/index.html",
        form=form,
        rows=recompute.rows(current_context()),
        chosen=chosen,
        thing_name=thing_name,
    )
