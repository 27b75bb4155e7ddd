"""Avance: reported on one screen, also from a telephone; visto bueno or refusal."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from app.blueprints.forms import put_error
from app.blueprints.plans import views
from app.blueprints.plans.action_forms import ProgressForm
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import ReasonForm
from app.blueprints.plans.pages import small_form
from app.blueprints.web import current_context
from app.errors import Invalid
from app.permissions import Permission
from app.services import plan_pages, progress, submissions
from app.services.progress import Report, Upload


@bp.route("/acciones/<int:action_id>/avance", methods=["GET", "POST"])
def progress_new(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    page = plan_pages.reporting_page(ctx, action_id)
    form = ProgressForm(day=ctx.today())
    key = request.form.get("idempotency_key") or submissions.new_key()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            what = Report(form.day.data, form.quantity.figure(), form.narrative.data)
            try:
                progress.report(ctx, action_id, what, uploads(form.files.data), key=key)
            except Invalid as error:
                if error.field == "file":
                    error.field = "files"
                put_error(form, error)
            else:
                flash(gettext("Avance registrado. Falta el visto bueno."), "success")
                return redirect(
                    url_for(".action_show", action_id=action_id, _anchor="avance"), code=303
                )
        page = plan_pages.reporting_page(ctx, action_id)
    html = render_template(
        "actions/progress.html",
        form=form,
        page=page,
        action=page.action,
        chip=views.action_chip(page.action, page.flags, ctx.today()),
        key=key,
        max_bytes=ctx.config.upload_max_bytes,
        max_files=progress.MAX_FILES,
    )
    return html, status


def uploads(files: object) -> list[Upload]:
    """The files that were really chosen: a form without any sends one without a name."""
    chosen = files if isinstance(files, list) else [files]
    return [
        Upload(cast(BinaryIO, file.stream), file.filename)
        for file in chosen
        if isinstance(file, FileStorage) and file.filename
    ]


@bp.post("/avances/<int:progress_id>/visto-bueno")
def progress_approve(progress_id: int) -> ResponseReturnValue:
    entry = progress.approve(current_context(), progress_id)
    flash(gettext("Avance con visto bueno: ya cuenta."), "success")
    return redirect(
        url_for(".action_show", action_id=entry.action_id, _anchor=f"p{entry.id}"), code=303
    )


@bp.post("/avances/<int:progress_id>/rechazo")
def progress_reject(progress_id: int) -> ResponseReturnValue:
    ctx = current_context()
    entry = progress.decidable(ctx, progress_id)
    action = plan_pages.find_action(ctx, entry.action_id, Permission.ACTION_APPROVE_PROGRESS)
    back = url_for(".action_show", action_id=action.id, _anchor=f"p{progress_id}")
    crumbs: list[tuple[str | None, str]] = [
        (url_for(".actions"), gettext("Acciones")),
        (url_for(".action_show", action_id=action.id), action.code),
    ]
    form = ReasonForm()
    if form.validate():
        try:
            progress.reject(ctx, progress_id, reason=form.reason.data)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Avance rechazado. Se avisó a quien lo registró."), "success")
            return redirect(back, code=303)
    return small_form(
        form,
        title=gettext("Rechazar el avance"),
        submit=gettext("Rechazar el avance"),
        back=back,
        crumbs=crumbs,
        danger=True,
    )
