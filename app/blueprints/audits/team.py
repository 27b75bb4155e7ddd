"""The team: assigning, removing, declaring and resolving conflicts of interest."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.audits import summary
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import DeclarationForm, RemoveForm, ResolutionForm
from app.blueprints.forms import put_error, put_password_error
from app.blueprints.web import current_context
from app.errors import Invalid, WrongPassword
from app.models.audits import Audit
from app.services import audit_team, audits
from app.services.transitions import load_for


def _back(audit_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", audit_id=audit_id, _anchor="equipo"), code=303)


@bp.post("/auditorias/<int:audit_id>/equipo")
def assign(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.staff")
    form = summary.member_form(ctx, audit, sent=True)
    if form.validate_on_submit():
        try:
            lead = form.role.data == "lead"
            audit_team.assign(ctx, audit_id, int(form.user_id.data), lead=lead)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Se asignó la persona al equipo."), "success")
            return _back(audit_id)
    return summary.render(ctx, audits.find(ctx, audit_id), member=form), 422


@bp.post("/auditorias/<int:audit_id>/equipo/<int:member_id>/lider")
def make_lead(audit_id: int, member_id: int) -> ResponseReturnValue:
    ctx = current_context()
    try:
        audit_team.make_lead(ctx, audit_id, member_id)
    except Invalid as error:
        flash(labels.message(error.code, error.params), "error")
        return _back(audit_id)
    flash(gettext("Se cambió el auditor líder."), "success")
    return _back(audit_id)


@bp.post("/auditorias/<int:audit_id>/equipo/<int:member_id>/retiro")
def remove(audit_id: int, member_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, "audit.staff")
    form = RemoveForm()
    if form.validate_on_submit():
        try:
            audit_team.remove(ctx, audit_id, member_id, reason=form.reason.data)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("La persona ya no está en el equipo."), "success")
            return _back(audit_id)
    return summary.render(ctx, audits.find(ctx, audit_id), removal=(member_id, form)), 422


@bp.post("/auditorias/<int:audit_id>/declaracion")
def declare(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = DeclarationForm()
    audit_team.demand_may_declare(ctx, audit_id)
    if form.validate_on_submit():
        try:
            audit_team.declare(
                ctx,
                audit_id,
                has_conflict=form.conflict.data == "yes",
                text=form.conflict_text.data,
                password=form.password.data or "",
            )
        except Invalid as error:
            put_error(form, error)
        except WrongPassword as error:
            put_password_error(form, error)
        else:
            flash(gettext("Su declaración quedó firmada."), "success")
            return _back(audit_id)
    return summary.render(ctx, audits.find(ctx, audit_id), declaration=form), 422


@bp.post("/auditorias/<int:audit_id>/equipo/<int:member_id>/conflicto")
def resolve(audit_id: int, member_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, "audit.resolve_conflict")
    form = ResolutionForm()
    if form.validate_on_submit():
        try:
            audit_team.resolve(ctx, audit_id, member_id, resolution=form.resolution.data)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("El conflicto de interés quedó resuelto."), "success")
            return _back(audit_id)
    return summary.render(ctx, audits.find(ctx, audit_id), resolution=(member_id, form)), 422
