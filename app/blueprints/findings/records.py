"""What is written beside a finding: evidence, review, analysis, cause, decisions, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, cast

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from app import labels
from app.blueprints.findings import forms, page
from app.blueprints.findings.blueprint import bp
from app.blueprints.forms import Form, pairs, put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound
from app.permissions import Permission, authorize
from app.services import finding_evidence, finding_queries, finding_records, findings
from app.services.committee import DecisionData
from workflows.enums import EvidenceType


def sent_files(name: str = "files") -> list[FileStorage]:
    """The files that were really chosen: an empty field sends one without a name."""
    return [each for each in request.files.getlist(name) if each.filename]


def _done(finding_id: int, anchor: str, text: str) -> ResponseReturnValue:
    flash(text, "success")
    return redirect(url_for(".show", finding_id=finding_id, _anchor=anchor), code=303)


def _handle(
    ctx: Context,
    finding_id: int,
    name: str,
    permission: str,
    form: Form,
    work: Callable[[], ResponseReturnValue],
) -> ResponseReturnValue:
    """Validate, do, and show the page again with the mistake at its field."""
    finding = finding_queries.find(ctx, finding_id)
    authorize(ctx.actor, permission, finding)
    if form.validate_on_submit():
        try:
            return work()
        except Invalid as error:
            put_error(form, error)
    return page.render(ctx, finding_id, page.Rejected(name, form)), 422


# ------------------------------------------------------------------ evidence


@bp.post("/hallazgos/<int:finding_id>/evidencia")
def upload(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.EvidenceForm()

    def work() -> ResponseReturnValue:
        files = sent_files()
        if not files:
            form.files.errors = [gettext("Elija al menos un archivo.")]
            return page.render(ctx, finding_id, page.Rejected("evidence", form)), 422
        mistakes = [text for file in files if (text := _upload(ctx, finding_id, file, form))]
        if mistakes:
            form.files.errors = mistakes
            return page.render(ctx, finding_id, page.Rejected("evidence", form)), 422
        return _done(finding_id, "evidencia", gettext("La evidencia quedó guardada."))

    return _handle(ctx, finding_id, "evidence", Permission.FINDING_ADD_EVIDENCE, form, work)


def _upload(ctx: Context, finding_id: int, file: FileStorage, form: forms.EvidenceForm) -> str:
    """Keep one file; answer why it was refused, or "". The others are kept all the same."""
    name = file.filename or ""
    try:
        finding_evidence.upload(
            ctx,
            finding_id,
            cast(BinaryIO, file.stream),
            name,
            type=EvidenceType(form.type.data),
            note=form.note.data or "",
            qualities=form.judged(),
        )
    except Invalid as error:
        return f"«{name}»: {labels.message(error.code, error.params)}"
    return ""


@bp.post("/hallazgos/<int:finding_id>/evidencia/vinculo")
def link(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.LinkForm()
    rows = finding_queries.view(ctx, finding_id).linkable
    form.document_id.choices = pairs((each.id, each.title) for each in rows)

    def work() -> ResponseReturnValue:
        finding_evidence.link(
            ctx,
            finding_id,
            int(form.document_id.data),
            type=EvidenceType(form.type.data),
            note=form.note.data or "",
            qualities=form.judged(),
        )
        return _done(finding_id, "evidencia", gettext("El documento es ahora evidencia."))

    return _handle(ctx, finding_id, "link", Permission.FINDING_ADD_EVIDENCE, form, work)


@bp.post("/hallazgos/<int:finding_id>/evidencia/<int:evidence_id>/calidad")
def judge(finding_id: int, evidence_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.QualityForm()

    def work() -> ResponseReturnValue:
        finding_evidence.judge(ctx, finding_id, evidence_id, form.judged())
        return _done(finding_id, "evidencia", gettext("La evidencia quedó valorada."))

    name = page.judgement(evidence_id)
    return _handle(ctx, finding_id, name, Permission.FINDING_ADD_EVIDENCE, form, work)


@bp.post("/hallazgos/<int:finding_id>/evidencia/<int:evidence_id>/retiro")
def remove(finding_id: int, evidence_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.RemovalForm()

    def work() -> ResponseReturnValue:
        finding_evidence.remove(ctx, finding_id, evidence_id, reason=form.reason.data or "")
        return _done(finding_id, "evidencia", gettext("Dejó de ser evidencia de este hallazgo."))

    name = f"remove-{evidence_id}"
    return _handle(ctx, finding_id, name, Permission.FINDING_ADD_EVIDENCE, form, work)


# ------------------------------------------------------------------ review, analysis, cause


@bp.post("/hallazgos/<int:finding_id>/revision")
def review(finding_id: int) -> ResponseReturnValue:
    ctx = current_context()
    forms.EmptyForm().validate_on_submit()
    findings.review(ctx, finding_id, version=form_version())
    return _done(finding_id, "revision", gettext("El hallazgo quedó revisado."))


@bp.post("/hallazgos/<int:finding_id>/analisis")
def analyse(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.AnalysisForm()

    def work() -> ResponseReturnValue:
        text = form.analysis.data or ""
        finding_records.analyse(ctx, finding_id, version=form_version(), text=text)
        return _done(finding_id, "analisis", gettext("El análisis quedó guardado."))

    return _handle(ctx, finding_id, "analysis", Permission.FINDING_ANALYSE, form, work)


@bp.post("/hallazgos/<int:finding_id>/causa")
def complete_cause(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.CauseForm()

    def work() -> ResponseReturnValue:
        text = form.cause.data or ""
        finding_records.complete_cause(ctx, finding_id, version=form_version(), text=text)
        return _done(finding_id, "causa", gettext("La causa quedó escrita."))

    return _handle(ctx, finding_id, "cause", Permission.FINDING_COMPLETE_CAUSE, form, work)


# ------------------------------------------------------------------ decisions and results


@bp.post("/hallazgos/<int:finding_id>/comite")
def record_decision(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.DecisionForm()

    def work() -> ResponseReturnValue:
        expected = finding_records.expected_decision(finding_queries.find(ctx, finding_id))
        if expected is None:
            raise NotFound
        data = DecisionData(
            type=expected,
            minutes_number=form.minutes_number.data or "",
            minutes_date=form.minutes_date.data,
            text=form.text.data or "",
        )
        key = request.form.get("idempotency_key", "")
        finding_records.record_decision(ctx, finding_id, data, version=form_version(), key=key)
        return _done(finding_id, "comite", gettext("La decisión del comité quedó registrada."))

    return _handle(ctx, finding_id, "decision", Permission.FINDING_RECORD_DECISION, form, work)


@bp.post("/hallazgos/<int:finding_id>/ente-control")
def record_authority_result(finding_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), forms.AuthorityForm()

    def work() -> ResponseReturnValue:
        finding_records.record_authority_result(
            ctx,
            finding_id,
            version=form_version(),
            text=form.authority_result.data or "",
            day=form.authority_result_on.data,
        )
        return _done(finding_id, "ente-control", gettext("El resultado quedó registrado."))

    return _handle(ctx, finding_id, "authority", Permission.FINDING_RECORD_DECISION, form, work)
