"""The reply of the auditee: one page for each finding, one for all those of an audit."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.draft_forms import restore
from app.blueprints.due import chip
from app.blueprints.findings import forms, wording
from app.blueprints.findings.blueprint import bp
from app.blueprints.findings.records import sent_files
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound
from app.permissions import Permission, authorize, can
from app.services import finding_queries, replies, reply_extensions, submissions
from app.services.finding_facts import is_suspended
from app.services.replies import Upload


@bp.get("/hallazgos/replicas")
def overview() -> ResponseReturnValue:
    ctx = current_context()
    audit_id = whole(request.args.get("audit_id"))
    if audit_id is None:
        raise NotFound
    return overview_page(ctx, audit_id)


def overview_page(ctx: Context, audit_id: int, form: forms.ExtensionForm | None = None) -> str:
    """What there is to answer, with the extensions of the term; `form`: one sent with mistakes."""
    found = replies.overview(ctx, audit_id)
    asks = reply_extensions.may_request(ctx, found.audit)
    return render_template(
        "findings/replies.html",
        overview=found,
        extensions=reply_extensions.of_audit(ctx, audit_id),
        extension_form=form or (forms.ExtensionForm(formdata=None) if asks else None),
        most_days=reply_extensions.most_days(ctx) if asks or form else 0,
        idempotency_key=_key() or submissions.new_key(),
        due=chip(found.audit.reply_due, found.today, done=not found.pending),
        suspended=is_suspended(found.audit),
        badge_label=wording.badge_label,
    )


@bp.get("/hallazgos/<int:finding_id>/replica")
def reply(finding_id: int) -> ResponseReturnValue:
    ctx = current_context()
    view = finding_queries.view(ctx, finding_id)
    if view.reply is None:
        authorize(ctx.actor, Permission.FINDING_DRAFT_REPLY, view.finding)
    form = forms.ReplyForm(formdata=None)
    draft = restore(ctx, form, replies.DRAFT_FORM, finding_id)
    wanted = whole(request.args.get("propuesta"))
    for proposal in view.proposals:
        if proposal.id == wanted:
            form.stance.data, form.arguments.data = proposal.stance.value, proposal.arguments
    return _page(ctx, view, form, restored=draft is not None and wanted is None)


@bp.post("/hallazgos/<int:finding_id>/replica")
def prepare(finding_id: int) -> ResponseReturnValue:
    """Keep what was typed and the files, or hand it to the leader (`action=propose`)."""
    ctx, form = current_context(), forms.ReplyForm()
    view = finding_queries.view(ctx, finding_id)
    authorize(ctx.actor, Permission.FINDING_DRAFT_REPLY, view.finding)
    proposes = request.form.get("action") == "propose"
    complete = form.validate_on_submit()
    if not complete and (proposes or form.arguments.data is None or _is_too_long(form)):
        return _page(ctx, view, form), 422
    stance, arguments = form.stance.data or "", form.arguments.data or ""
    try:
        if proposes:
            replies.propose(
                ctx, finding_id, stance=stance, arguments=arguments, files=_uploads(), key=_key()
            )
            flash(gettext("El líder del proceso recibió su propuesta."), "success")
        else:
            replies.prepare(ctx, finding_id, stance=stance, arguments=arguments, files=_uploads())
            flash(gettext("El borrador quedó guardado. Todavía no se ha radicado."), "success")
    except Invalid as error:
        _put_error(form, error)
        return _page(ctx, finding_queries.view(ctx, finding_id), form), 422
    return redirect(url_for(".reply", finding_id=finding_id), code=303)


def _is_too_long(form: forms.ReplyForm) -> bool:
    """A draft may be incomplete, but not longer than what can be kept."""
    return bool(form.arguments.errors) and bool(form.arguments.data)


def file_reply(finding_id: int) -> ResponseReturnValue:
    """The event `reply`: file the reply and show its receipt."""
    ctx, form = current_context(), forms.ReplyForm()
    view = finding_queries.view(ctx, finding_id)
    authorize(ctx.actor, "finding.reply", view.finding)
    if not form.validate_on_submit():
        return _page(ctx, view, form), 422
    try:
        filed = replies.submit(
            ctx,
            finding_id,
            version=form_version(),
            stance=form.stance.data or "",
            arguments=form.arguments.data or "",
            files=_uploads(),
            key=_key(),
        )
    except Invalid as error:
        _put_error(form, error)
        return _page(ctx, finding_queries.view(ctx, finding_id), form), 422
    flash(
        gettext("La réplica quedó radicada con el número %(number)s.", number=filed.filing_number),
        "success",
    )
    return redirect(url_for(".reply", finding_id=finding_id), code=303)


def _put_error(form: forms.ReplyForm, error: Invalid) -> None:
    """What is wrong with a file is shown at the field of the files."""
    put_error(
        form, Invalid("files", error.code, **error.params) if error.field == "file" else error
    )


def _uploads() -> list[Upload]:
    return [Upload(cast(BinaryIO, file.stream), file.filename or "") for file in sent_files()]


def _key() -> str:
    return request.form.get("idempotency_key", "")


def _page(
    ctx: Context,
    view: finding_queries.View,
    form: forms.ReplyForm,
    *,
    restored: bool = False,
) -> str:
    finding = view.finding
    return render_template(
        "findings/reply.html",
        view=view,
        finding=finding,
        form=form,
        restored=restored,
        badge_label=wording.badge_label(finding),
        due=wording.due(ctx, finding),
        suspended=is_suspended(finding.audit),
        may_extend=finding.audit is not None and reply_extensions.may_request(ctx, finding.audit),
        may_file=can(ctx.actor, "finding.reply", finding),
        may_draft=can(ctx.actor, Permission.FINDING_DRAFT_REPLY, finding),
        draft_url=f"/borradores/{replies.DRAFT_FORM}/{finding.id}",
        idempotency_key=_key() or submissions.new_key(),
        max_bytes=ctx.config.upload_max_bytes,
    )
