"""Pages of people: list, account, roles, invitation, substitutes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import labels
from app.blueprints.admin import bp
from app.blueprints.admin.forms import (
    NewPersonForm,
    PeopleFilter,
    PersonForm,
    ReasonForm,
    RoleForm,
    SubstitutionForm,
    people_pairs,
)
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.web import current_context, form_version
from app.errors import Invalid, NotFound
from app.services import accounts, admin_catalogues
from workflows.enums import Role


@bp.get("/admin/personas")
def people() -> ResponseReturnValue:
    form = PeopleFilter()
    role = form.rol.data if form.rol.data in {r.value for r in accounts.GRANTABLE} else ""
    page = accounts.people_page(
        current_context(),
        text=form.q.data or "",
        role=Role(role) if role else None,
        state=form.estado.data or "",
        after=whole(request.args.get("after")),
    )
    q, rol, estado = form.q.data or None, role or None, form.estado.data or None
    return render_template(
        "admin/people.html",
        form=form,
        page=page,
        next_url=url_for(".people", after=page.next_id, q=q, rol=rol, estado=estado)
        if page.next_id
        else None,
        first_url=url_for(".people") if request.args.get("after") else None,
        filtered=bool(q or rol or estado),
    )


@bp.get("/admin/personas/nueva")
def new_person() -> ResponseReturnValue:
    return _new_person_page(NewPersonForm(formdata=None))


@bp.post("/admin/personas/nueva")
def create_person() -> ResponseReturnValue:
    form = NewPersonForm()
    _offer_units(form)
    if not form.validate_on_submit():
        return _new_person_page(form), 422
    ctx = current_context()
    roles = [Role(value) for value in form.roles.data or []]
    try:
        user = accounts.create_user(ctx, _data(form), roles=roles)
    except Invalid as error:
        put_error(form, error)
        return _new_person_page(form), 422
    accounts.invite(ctx, user.id)
    flash(
        _("La cuenta quedó creada y el enlace se envió a %(email)s.", email=user.email), "success"
    )
    return redirect(url_for(".person", user_id=user.id), code=303)


def _new_person_page(form: NewPersonForm) -> str:
    _offer_units(form)
    return render_template("admin/new_person.html", form=form)


def _offer_units(form: PersonForm) -> None:
    units = admin_catalogues.options(current_context(), "unit_id")
    form.unit_id.choices = pairs(units, blank=_("Sin asignar"))


def _data(form: PersonForm) -> accounts.PersonData:
    return accounts.PersonData(
        form.email.data or "", form.name.data or "", form.position.data, whole(form.unit_id.data)
    )


@bp.get("/admin/personas/<int:user_id>")
def person(user_id: int) -> ResponseReturnValue:
    return _person_page(user_id)


@bp.post("/admin/personas/<int:user_id>")
def edit_person(user_id: int) -> ResponseReturnValue:
    form = PersonForm()
    _offer_units(form)
    if not form.validate_on_submit():
        return _person_page(user_id, form=form), 422
    try:
        accounts.edit_user(current_context(), user_id, _data(form), version=form_version())
    except Invalid as error:
        put_error(form, error)
        return _person_page(user_id, form=form), 422
    return _done(user_id, _("Los datos quedaron guardados."))


@bp.post("/admin/personas/<int:user_id>/roles")
def grant_role(user_id: int) -> ResponseReturnValue:
    form = RoleForm()
    _offer_roles(form, ())
    if not form.validate_on_submit():
        return _person_page(user_id, role_form=form), 422
    accounts.grant_role(current_context(), user_id, Role(form.role.data))
    return _done(user_id, _("El rol quedó asignado. Rige desde ahora."))


@bp.post("/admin/personas/<int:user_id>/roles/<role>/retiro")
def revoke_role(user_id: int, role: str) -> ResponseReturnValue:
    if role not in {r.value for r in accounts.GRANTABLE}:
        raise NotFound
    accounts.revoke_role(current_context(), user_id, Role(role))
    return _done(user_id, _("El rol quedó retirado. Rige desde ahora."))


@bp.post("/admin/personas/<int:user_id>/invitacion")
def invite(user_id: int) -> ResponseReturnValue:
    accounts.invite(current_context(), user_id)
    return _done(user_id, _("Se envió a su correo un enlace para escribir la contraseña."))


@bp.post("/admin/personas/<int:user_id>/inactivacion")
def disable(user_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _person_page(user_id, reason_form=form), 422
    accounts.disable_user(current_context(), user_id, reason=form.reason.data or "")
    return _done(user_id, _("La cuenta quedó inactiva y sus sesiones se cerraron."))


@bp.post("/admin/personas/<int:user_id>/activacion")
def enable(user_id: int) -> ResponseReturnValue:
    accounts.enable_user(current_context(), user_id)
    return _done(user_id, _("La cuenta quedó activa de nuevo."))


def _done(user_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(".person", user_id=user_id), code=303)


def _person_page(
    user_id: int,
    *,
    form: PersonForm | None = None,
    role_form: RoleForm | None = None,
    reason_form: ReasonForm | None = None,
) -> str:
    card = accounts.person_card(current_context(), user_id)
    if form is None:
        form = PersonForm(formdata=None, obj=card.user)
    _offer_units(form)
    if role_form is None:
        role_form = RoleForm(formdata=None)
    _offer_roles(role_form, card.roles)
    return render_template(
        "admin/person.html",
        card=card,
        form=form,
        role_form=role_form,
        reason_form=reason_form or ReasonForm(formdata=None),
    )


def _offer_roles(form: RoleForm, held: tuple[Role, ...]) -> None:
    free = [(role.value, labels.label(role)) for role in accounts.GRANTABLE if role not in held]
    form.role.choices = pairs(free, blank=_("Elija…"))


@bp.get("/admin/reemplazos")
def substitutions() -> ResponseReturnValue:
    return _substitutions_page(SubstitutionForm(formdata=None))


@bp.post("/admin/reemplazos")
def create_substitution() -> ResponseReturnValue:
    form = SubstitutionForm()
    _offer_people(form)
    if not form.validate_on_submit():
        return _substitutions_page(form), 422
    try:
        accounts.create_substitution(
            current_context(),
            absent_id=whole(form.absent_id.data) or 0,
            substitute_id=whole(form.substitute_id.data) or 0,
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            reason=form.reason.data or "",
        )
    except Invalid as error:
        put_error(form, error)
        return _substitutions_page(form), 422
    flash(_("El reemplazo quedó guardado."), "success")
    return redirect(url_for(".substitutions"), code=303)


@bp.post("/admin/reemplazos/<int:substitution_id>/cancelacion")
def cancel_substitution(substitution_id: int) -> ResponseReturnValue:
    accounts.cancel_substitution(current_context(), substitution_id)
    flash(_("El reemplazo quedó cancelado."), "success")
    return redirect(url_for(".substitutions"), code=303)


def _substitutions_page(form: SubstitutionForm) -> str:
    _offer_people(form)
    ctx = current_context()
    rows = accounts.all_substitutions(ctx)
    return render_template("admin/substitutions.html", form=form, rows=rows, today=ctx.today())


def _offer_people(form: SubstitutionForm) -> None:
    people = people_pairs(None, current_context(), ())
    form.absent_id.choices = form.substitute_id.choices = {"": _("Elija…"), **people}
