"""Root causes of the findings of a plan: one form for each method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import put_error
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import CauseForm, FiveWhysForm, IdeasForm, IshikawaForm
from app.blueprints.plans.pages import plan_crumbs
from app.blueprints.web import current_context, form_version
from app.errors import Difference, Invalid, StaleVersion
from app.models.plans import Plan, PlanFinding, RootCause
from app.services import root_causes
from app.services.root_causes import BRANCHES, MAX_WHYS, CauseData
from workflows.enums import RootCauseMethod as Method

FORMS: dict[Method, type[CauseForm]] = {
    Method.FIVE_WHYS: FiveWhysForm,
    Method.ISHIKAWA: IshikawaForm,
}


@bp.route("/planes/<int:plan_id>/hallazgos/<int:item_id>/causas/nueva", methods=["GET", "POST"])
def cause_new(plan_id: int, item_id: int) -> ResponseReturnValue:
    ctx = current_context()
    plan, item = root_causes.writable(ctx, plan_id, item_id)
    method = _method(Method.FIVE_WHYS)
    form = FORMS.get(method, IdeasForm)()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                root_causes.add(ctx, plan_id, item_id, _data(method, form))
            except Invalid as error:
                _put(form, error)
            else:
                flash(gettext("Causa guardada."), "success")
                return _back(plan_id)
    return _page(plan, item, method, form), status


@bp.route("/causas/<int:cause_id>/editar", methods=["GET", "POST"])
def cause_edit(cause_id: int) -> ResponseReturnValue:
    ctx = current_context()
    cause, plan, item = root_causes.find(ctx, cause_id)
    plan_id, version = plan.id, cause.version
    method = _method(cause.method)
    form = FORMS.get(method, IdeasForm)(data=_values(cause) if method is cause.method else None)
    status, differences = 200, None
    if form.is_submitted():
        status, version = 422, form_version() or 0
        if form.validate():
            try:
                root_causes.edit(ctx, cause_id, _data(method, form), version=form_version())
            except Invalid as error:
                _put(form, error)
            except StaleVersion as stale:
                status, version = 409, stale.params["actual"]
                differences = stale.differences
            else:
                flash(gettext("Causa guardada."), "success")
                return _back(plan_id)
    html = _page(plan, item, method, form, cause=cause, version=version, differences=differences)
    return html, status


@bp.post("/causas/<int:cause_id>/retiro")
def cause_remove(cause_id: int) -> ResponseReturnValue:
    plan = root_causes.remove(current_context(), cause_id, version=form_version())
    flash(gettext("Causa retirada del plan."), "success")
    return _back(plan.id)


def _back(plan_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", plan_id=plan_id, _anchor="causas"), code=303)


def _method(default: Method) -> Method:
    """The method in the address; the default for one that there is not."""
    asked = request.args.get("metodo", "")
    return Method(asked) if asked in {method.value for method in Method} else default


def _data(method: Method, form: CauseForm) -> CauseData:
    text = form.text.data
    if isinstance(form, FiveWhysForm):
        whys = tuple(form[f"why_{number}"].data or "" for number in range(1, MAX_WHYS + 1))
        return CauseData(method, text, whys=whys)
    if isinstance(form, IshikawaForm):
        return CauseData(method, text, branches=form.branches())
    return CauseData(method, text, ideas=tuple((form["ideas"].data or "").split("\n")))


def _values(cause: RootCause) -> dict[str, Any]:
    """The fields of a cause as its form shows them."""
    steps = cause.analysis
    values: dict[str, Any] = {"text": cause.text, "ideas": "\n".join(steps.get("ideas", []))}
    values |= {f"why_{n}": why for n, why in enumerate(steps.get("whys", []), start=1)}
    branches = steps.get("branches", {})
    return values | {name: "\n".join(branches.get(name, [])) for name in BRANCHES}


def _put(form: CauseForm, error: Invalid) -> None:
    """The first field of the method speaks for the whole analysis."""
    if error.field == "whys":
        error.field = "why_2"
    put_error(form, error)


def _page(
    plan: Plan,
    item: PlanFinding,
    method: Method,
    form: CauseForm,
    *,
    cause: RootCause | None = None,
    version: int | None = None,
    differences: Sequence[Difference] | None = None,
) -> str:
    endpoint: dict[str, Any] = (
        {"endpoint": ".cause_edit", "cause_id": cause.id}
        if cause
        else {"endpoint": ".cause_new", "plan_id": plan.id, "item_id": item.id}
    )
    html = render_template(
        "plans/cause.html",
        plan=plan,
        finding=item.finding,
        form=form,
        method=method,
        methods=[(each, url_for(**endpoint, metodo=each.value)) for each in Method],
        crumbs=plan_crumbs(plan),
        editing=cause is not None,
        version=version,
        differences=differences,
    )
    return str(html)
