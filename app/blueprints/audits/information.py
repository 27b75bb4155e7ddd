"""Solicitudes de información: asked of the process, delivered, returned or accepted."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import (
    AskForm,
    CloseForm,
    DeliverForm,
    ReturnForm,
    WithdrawForm,
)
from app.blueprints.audits.files import ACCEPTED
from app.blueprints.due import DueChip, chip, plain_chip
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound
from app.models.audits import Audit
from app.models.fieldwork import InformationRequest
from app.permissions import Permission, can
from app.services import audits, information_lists, information_requests, submissions
from app.services.information_requests import OWED, Asked
from app.services.replies import Upload
from app.services.task_rows import LONGER
from app.services.transitions import load_for
from workflows.enums import InformationState


def _chip(ctx: Context, row: InformationRequest) -> DueChip | None:
    """Its term, or the later day that was given; done when nothing is owed."""
    done = row.state not in OWED
    found = chip(row.due, ctx.today(), done=done)
    if found is not None and found.date == row.due_on:
        return found
    return plain_chip(row.due_on, ctx.today(), done=done, basis=LONGER)


@bp.get("/auditorias/<int:audit_id>/solicitudes")
def information_of(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    return _list_page(ctx, audits.find(ctx, audit_id), AskForm(formdata=None))


def _list_page(ctx: Context, audit: Audit, form: AskForm) -> str:
    if not can(ctx.actor, Permission.INFORMATION_REQUEST_READ, audit):
        raise NotFound
    asks = information_requests.may_ask(ctx, audit)
    rows = information_lists.of_audit(ctx, audit)
    term = information_requests.term_from_today(ctx) if asks else None
    return page.render(
        ctx,
        "audits/information.html",
        audit,
        "information_of",
        rows=[(row, _chip(ctx, row)) for row in rows],
        form=form if asks else None,
        term=chip(term.to_json(), ctx.today()) if term else None,
        may_announce_first=audit.announced_at is None
        and can(ctx.actor, Permission.INFORMATION_REQUEST_CREATE, audit),
        key=request.form.get("idempotency_key") or submissions.new_key(),
    )


@bp.post("/auditorias/<int:audit_id>/solicitudes")
def ask_information(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, Audit, audit_id, Permission.INFORMATION_REQUEST_CREATE)
    form = AskForm()
    if form.validate_on_submit():
        asked = Asked(form.title.data, form.description.data or "", form.due_on.data)
        key = request.form.get("idempotency_key", "")
        try:
            made = information_requests.ask(ctx, audit_id, asked, key=key)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(
                gettext("Se pidió %(code)s. El proceso ya fue avisado.", code=made.code), "success"
            )
            return redirect(url_for(".information_of", audit_id=audit_id), code=303)
    return _list_page(ctx, audits.find(ctx, audit_id), form), 422


@bp.get("/solicitudes")
def my_information() -> ResponseReturnValue:
    ctx = current_context()
    state = request.args.get("estado", "")
    states = {each.value for each in InformationState}
    chosen = InformationState(state) if state in states else None
    before = whole(request.args.get("antes"))
    found = information_lists.mine(ctx, state=chosen, before=before)
    here = url_for(".my_information", estado=chosen.value if chosen else None)
    older = url_for(
        ".my_information", estado=chosen.value if chosen else None, antes=found.next_before
    )
    return render_template(
        "audits/my_information.html",
        rows=[(row, _chip(ctx, row)) for row in found.rows],
        states=list(InformationState),
        chosen=chosen,
        pager={
            "next_url": older if found.next_before else None,
            "first_url": here if before else None,
        },
    )


@bp.get("/solicitudes/<int:information_id>")
def information(information_id: int) -> ResponseReturnValue:
    return _render(current_context(), information_id)


def _render(ctx: Context, information_id: int, **sent: Any) -> str:
    """A request. `sent`: forms that came back with mistakes (`deliver`, `back`, `drop`)."""
    found = information_lists.find(ctx, information_id)
    delivers = information_lists.may_deliver(ctx, found)
    reviews = information_lists.may_review(ctx, found)
    withdraws = information_lists.may_withdraw(ctx, found)
    return render_template(
        "audits/information_request.html",
        row=found,
        audit=found.audit,
        sees_audit=can(ctx.actor, "audit.read", found.audit),
        due=_chip(ctx, found),
        deliver_form=(sent.get("deliver") or DeliverForm(formdata=None)) if delivers else None,
        close_form=CloseForm(formdata=None) if reviews else None,
        back_form=(sent.get("back") or ReturnForm(formdata=None)) if reviews else None,
        drop_form=(sent.get("drop") or WithdrawForm(formdata=None)) if withdraws else None,
        accept=ACCEPTED,
        max_bytes=current_app.extensions["vigia"].config.upload_max_bytes,
        key=request.form.get("idempotency_key") or submissions.new_key(),
    )


@bp.post("/solicitudes/<int:information_id>/entrega")
def deliver_information(information_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, InformationRequest, information_id, Permission.INFORMATION_REQUEST_ANSWER)
    form = DeliverForm()
    if form.validate_on_submit():
        sent = [each for each in request.files.getlist("files") if each.filename]
        try:
            information_requests.deliver(
                ctx,
                information_id,
                text=form.text.data or "",
                files=[Upload(cast(BinaryIO, each.stream), each.filename or "") for each in sent],
                version=form_version(),
                key=request.form.get("idempotency_key", ""),
            )
        except Invalid as error:
            field = "files" if error.field == "file" else error.field
            put_error(form, Invalid(field, error.code, **error.params))
        else:
            flash(
                gettext("La entrega quedó registrada y el equipo auditor fue avisado."), "success"
            )
            return _back(information_id)
    return _render(ctx, information_id, deliver=form), 422


def _back(information_id: int) -> ResponseReturnValue:
    return redirect(url_for(".information", information_id=information_id), code=303)


@bp.post("/solicitudes/<int:information_id>/aceptacion")
def accept_information(information_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _to_review(ctx, information_id)
    form = CloseForm()
    form.validate_on_submit()
    note = form.note.data or ""
    information_requests.accept(ctx, information_id, note=note, version=form_version())
    flash(gettext("La solicitud quedó cumplida."), "success")
    return _back(information_id)


@bp.post("/solicitudes/<int:information_id>/devolucion")
def return_information(information_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _to_review(ctx, information_id)
    form = ReturnForm()
    if not form.validate_on_submit():
        return _render(ctx, information_id, back=form), 422
    information_requests.send_back(
        ctx, information_id, note=form.returned_note.data, version=form_version()
    )
    flash(gettext("La entrega se devolvió con su observación."), "success")
    return _back(information_id)


@bp.post("/solicitudes/<int:information_id>/retiro")
def withdraw_information(information_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _to_review(ctx, information_id)
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _render(ctx, information_id, drop=form), 422
    information_requests.withdraw(
        ctx, information_id, note=form.withdrawn_note.data, version=form_version()
    )
    flash(gettext("La solicitud se retiró y el proceso fue avisado."), "success")
    return _back(information_id)


def _to_review(ctx: Context, information_id: int) -> None:
    load_for(ctx, InformationRequest, information_id, Permission.INFORMATION_REQUEST_REVIEW)
