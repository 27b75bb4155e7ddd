"""Papeles: what was examined, by whom, and who reviewed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints import draft_forms
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import (
    AnswerForm,
    JudgementForm,
    NoteForm,
    QuestionsForm,
    SampleForm,
)
from app.blueprints.audits.files import ACCEPTED
from app.blueprints.audits.forms import PaperFileForm, PaperForm, ReviewForm
from app.blueprints.forms import pairs, put_error, set_ids
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, StaleVersion
from app.models.audits import Audit, WorkingPaper
from app.models.fieldwork import ReviewNote
from app.permissions import can
from app.services import (
    audits,
    paper_checks,
    paper_notes,
    paper_samples,
    sample_checks,
    submissions,
    working_papers,
)
from app.services.transitions import load_for
from workflows.enums import ChecklistAnswer

SHOWN = working_papers.FIELDS[1:]


@bp.get("/auditorias/<int:audit_id>/papeles")
def papers(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = audits.find(ctx, audit_id)
    return page.render(
        ctx,
        "audits/papers.html",
        audit,
        "papers",
        papers=working_papers.of_audit(ctx, audit),
        is_open=working_papers.is_open(audit),
    )


@bp.get("/auditorias/<int:audit_id>/papeles/nuevo")
def new_paper(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "working_paper.create")
    form = PaperForm(formdata=None)
    draft = draft_forms.restore(ctx, form, working_papers.FORM, f"new-{audit.id}")
    return _form_page(audit, form, draft=draft)


@bp.post("/auditorias/<int:audit_id>/papeles")
def create_paper(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "working_paper.create")
    form = PaperForm()
    if not form.validate_on_submit():
        return _form_page(audit, form), 422
    key = request.form.get("idempotency_key", "")
    paper = working_papers.create(ctx, audit_id, form.data, key=key)
    flash(gettext("Se creó el papel de trabajo %(code)s.", code=paper.code), "success")
    return _back(audit_id, paper.id)


def _back(audit_id: int, paper_id: int) -> ResponseReturnValue:
    return redirect(url_for(".paper", audit_id=audit_id, paper_id=paper_id), code=303)


@bp.get("/auditorias/<int:audit_id>/papeles/<int:paper_id>")
def paper(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    return render(ctx, audits.find(ctx, audit_id), paper_id)


def render(ctx: Context, audit: Audit, paper_id: int, **sent: Any) -> str:
    """A paper. `sent`: forms that came back with mistakes (`file`, `note`, `new_note`, `answers`,
    `questions`, `sample`, `chosen`), `review_error`."""
    shown = working_papers.find(ctx, audit.id, paper_id)
    is_open = working_papers.is_open(audit)
    may_edit = is_open and can(ctx.actor, "working_paper.edit", shown)
    reviews = is_open and can(ctx.actor, "working_paper.review", shown)
    return page.render(
        ctx,
        "audits/paper.html",
        audit,
        "papers",
        paper=shown,
        parts=[(name, PaperForm(formdata=None)[name].label.text) for name in SHOWN],
        is_open=is_open,
        may_edit=may_edit,
        may_review=working_papers.may_review(ctx, audit, shown),
        note_form=(sent.get("note") or ReviewForm(formdata=None)) if reviews else None,
        file_form=(sent.get("file") or PaperFileForm(formdata=None)) if may_edit else None,
        review_error=sent.get("review_error", ""),
        fill=_fill(ctx, shown, sent, writes=may_edit, reviews=reviews),
        accept=ACCEPTED,
        max_bytes=current_app.extensions["vigia"].config.upload_max_bytes,
    )


def _fill(
    ctx: Context, paper: WorkingPaper, sent: dict[str, Any], *, writes: bool, reviews: bool
) -> dict[str, Any]:
    """Notes, checklist and samples of a paper, with the forms that this actor has."""
    asks = reviews and paper.reviewed_at is None
    notes = [
        (note, _answer_form(note, sent.get("answers", {})))
        for note in paper_notes.of_paper(ctx, paper)
    ]
    draws = paper_samples.of_paper(ctx, paper)
    checks = sample_checks.of_draws(ctx, draws)
    chosen = (sent.get("chosen") or JudgementForm(formdata=None)) if writes else None
    return {
        "notes": notes,
        "new_note": (sent.get("new_note") or NoteForm(formdata=None)) if asks else None,
        "items": paper_checks.of_paper(ctx, paper),
        "answers": labels.choices(ChecklistAnswer),
        "questions": (sent.get("questions") or questions_form(ctx)) if writes else None,
        "samples": [
            {
                "row": row,
                "repeatable": paper_samples.is_repeatable(row),
                "checks": checks[row.id],
                "tally": sample_checks.tally(row, checks[row.id]),
            }
            for row in draws
        ],
        "sample": (sent.get("sample") or SampleForm(formdata=None)) if writes else None,
        "chosen": set_ids(chosen, "juicio") if chosen else None,  # the other has the same fields
        "key": submissions.new_key(),
    }


def _answer_form(note: ReviewNote, sent: Mapping[int, AnswerForm]) -> AnswerForm:
    """The form that came back with mistakes, or one with what was answered."""
    form = sent.get(note.id) or AnswerForm(formdata=None, answer=note.answer)
    form.answer.id = f"answer-{note.id}"  # the page has one for each note
    return form


def questions_form(ctx: Context, *, sent: bool = False) -> QuestionsForm:
    form = QuestionsForm() if sent else QuestionsForm(formdata=None)
    lists = [(row.id, row.name) for row in paper_checks.choices(ctx)]
    form.checklist_id.choices = pairs(lists, gettext("Ninguna"))
    return form


@bp.get("/auditorias/<int:audit_id>/papeles/<int:paper_id>/editar")
def edit_paper(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    shown = _editable(ctx, audit_id, paper_id)
    form = PaperForm(formdata=None, obj=shown)
    draft = draft_forms.restore(ctx, form, working_papers.FORM, shown.id)
    version = draft_forms.version_of(draft, shown.version)
    return _form_page(audits.find(ctx, audit_id), form, paper=shown, version=version, draft=draft)


def _editable(ctx: Context, audit_id: int, paper_id: int) -> WorkingPaper:
    working_papers.find(ctx, audit_id, paper_id)
    return load_for(ctx, WorkingPaper, paper_id, "working_paper.edit")


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/editar")
def update_paper(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    shown = _editable(ctx, audit_id, paper_id)
    form = PaperForm()
    if not form.validate_on_submit():
        found = audits.find(ctx, audit_id)
        return _form_page(found, form, paper=shown, version=form_version()), 422
    try:
        working_papers.edit(ctx, paper_id, form.data, version=form_version())
    except StaleVersion as stale:
        values = {"version": stale.params["actual"], "differences": stale.differences}
        shown = _editable(ctx, audit_id, paper_id)
        return _form_page(audits.find(ctx, audit_id), form, paper=shown, **values), 409
    flash(gettext("Se guardó el papel de trabajo."), "success")
    return _back(audit_id, paper_id)


def _form_page(audit: Audit, form: PaperForm, **values: Any) -> str:
    key = request.form.get("idempotency_key") or submissions.new_key()
    blank = {"paper": None, "draft": None, "version": None, "differences": None}
    values = {**blank, "key": key, **values}
    return render_template("audits/paper_form.html", audit=audit, form=form, **values)


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/archivo")
def attach_paper_file(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _editable(ctx, audit_id, paper_id)
    form = PaperFileForm()
    if form.validate_on_submit():
        file = form.file.data
        try:
            working_papers.attach(ctx, paper_id, file.stream, file.filename, version=form_version())
        except Invalid as error:
            put_error(form, Invalid("file", error.code, **error.params))
        else:
            flash(gettext("Se guardó el documento del papel."), "success")
            return _back(audit_id, paper_id)
    return render(ctx, audits.find(ctx, audit_id), paper_id, file=form), 422


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/revision")
def review_paper(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    try:
        working_papers.review(ctx, paper_id, version=form_version())
    except Invalid as error:
        form = ReviewForm(formdata=None)
        put_error(form, error)
        found = audits.find(ctx, audit_id)
        return render(ctx, found, paper_id, review_error=form.form_errors[0]), 422
    flash(gettext("El papel quedó revisado."), "success")
    return _back(audit_id, paper_id)


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/devolucion")
def send_paper_back(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    load_for(ctx, WorkingPaper, paper_id, "working_paper.review")
    form = ReviewForm()
    if not form.validate_on_submit():
        return render(ctx, audits.find(ctx, audit_id), paper_id, note=form), 422
    working_papers.send_back(ctx, paper_id, reason=form.reason.data, version=form_version())
    flash(gettext("El papel volvió a su autor."), "success")
    return _back(audit_id, paper_id)
