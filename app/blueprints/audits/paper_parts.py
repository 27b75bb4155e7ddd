"""What fills a working paper: notes of its reviewers, its checklist, and its samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.blueprints.audits import papers
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.fieldwork_forms import (
    AnswerForm,
    JudgementForm,
    NoteForm,
    SampleForm,
)
from app.blueprints.csv_files import csv_file
from app.blueprints.forms import put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound
from app.labels import label
from app.models.fieldwork import SampleDraw
from app.services import (
    audits,
    paper_checks,
    paper_notes,
    paper_samples,
    sample_checks,
    working_papers,
)
from app.services.paper_samples import ByJudgement, Wanted
from workflows.enums import SamplingMethod


def _page(ctx: Context, audit_id: int, paper_id: int, **sent: Any) -> ResponseReturnValue:
    return papers.render(ctx, audits.find(ctx, audit_id), paper_id, **sent), 422


def _back(audit_id: int, paper_id: int, place: str) -> ResponseReturnValue:
    where = url_for(".paper", audit_id=audit_id, paper_id=paper_id, _anchor=place)
    return redirect(where, code=303)


def _key() -> str:
    return request.form.get("idempotency_key", "")


# ------------------------------------------------------------------ notes


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/notas")
def write_note(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    form = NoteForm()
    if not form.validate_on_submit():
        with ctx.transaction():
            working_papers.to_review(ctx, paper_id)  # who may not is not told how to do it well
        return _page(ctx, audit_id, paper_id, new_note=form)
    paper_notes.write(ctx, paper_id, form.text.data, key=_key())
    flash(gettext("La nota quedó escrita; el papel espera su respuesta."), "success")
    return _back(audit_id, paper_id, "notas")


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/notas/<int:note_id>/respuesta")
def answer_note(audit_id: int, paper_id: int, note_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _note_of(ctx, audit_id, paper_id, note_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        with ctx.transaction():
            working_papers.to_change(ctx, paper_id)
        return _page(ctx, audit_id, paper_id, answers={note_id: form})
    paper_notes.answer(ctx, note_id, form.answer.data, version=form_version())
    flash(gettext("La respuesta quedó escrita."), "success")
    return _back(audit_id, paper_id, "notas")


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/notas/<int:note_id>/cierre")
def clear_note(audit_id: int, paper_id: int, note_id: int) -> ResponseReturnValue:
    ctx = current_context()
    _note_of(ctx, audit_id, paper_id, note_id)
    try:
        paper_notes.clear(ctx, note_id, version=form_version())
    except Invalid as error:
        form = NoteForm(formdata=None)
        put_error(form, error)
        return _page(ctx, audit_id, paper_id, new_note=form)
    flash(gettext("La nota quedó levantada."), "success")
    return _back(audit_id, paper_id, "notas")


def _note_of(ctx: Context, audit_id: int, paper_id: int, note_id: int) -> None:
    """Raises: NotFound when the note is not of that paper."""
    paper = working_papers.find(ctx, audit_id, paper_id)
    if note_id not in {note.id for note in paper_notes.of_paper(ctx, paper)}:
        raise NotFound


# ------------------------------------------------------------------ checklist


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/lista")
def add_questions(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    form = papers.questions_form(ctx, sent=True)
    if form.validate_on_submit():
        try:
            count = paper_checks.add(
                ctx,
                paper_id,
                checklist_id=whole(form.checklist_id.data),
                questions=form.questions.data or "",
            )
        except Invalid as error:
            put_error(form, error)
        else:
            told = ngettext("Se agregó %(num)s pregunta.", "Se agregaron %(num)s preguntas.", count)
            flash(told, "success")
            return _back(audit_id, paper_id, "lista")
    return _page(ctx, audit_id, paper_id, questions=form)


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/lista/respuestas")
def answer_questions(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    paper = working_papers.find(ctx, audit_id, paper_id)
    answers = {
        item.id: (
            request.form.get(f"answer-{item.id}", ""),
            request.form.get(f"observation-{item.id}", "").replace("\x00", "")[:4000],
        )
        for item in paper_checks.of_paper(ctx, paper)
        if f"observation-{item.id}" in request.form
    }
    try:
        paper_checks.answer(ctx, paper_id, answers)
    except Invalid as error:
        form = papers.questions_form(ctx)
        put_error(form, error)
        return _page(ctx, audit_id, paper_id, questions=form)
    flash(gettext("La lista quedó guardada."), "success")
    return _back(audit_id, paper_id, "lista")


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/lista/<int:question_id>/retiro")
def remove_question(audit_id: int, paper_id: int, question_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    paper_checks.remove(ctx, paper_id, question_id)
    flash(gettext("La pregunta se retiró; queda en el registro."), "success")
    return _back(audit_id, paper_id, "lista")


# ------------------------------------------------------------------ samples


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/muestras")
def draw_sample(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    form = SampleForm()
    if form.validate_on_submit():
        try:
            row = paper_samples.draw(ctx, paper_id, _wanted(form), key=_key())
        except Invalid as error:
            put_error(form, error)
        else:
            return _chosen(audit_id, paper_id, row)
    return _page(ctx, audit_id, paper_id, sample=form)


def _chosen(audit_id: int, paper_id: int, row: SampleDraw) -> ResponseReturnValue:
    count = len(row.selection["items"])
    told = ngettext("Se eligió %(num)s elemento.", "Se eligieron %(num)s elementos.", count)
    flash(told, "success")
    return _back(audit_id, paper_id, "muestras")


def _wanted(form: SampleForm) -> Wanted:
    return Wanted(
        method=SamplingMethod(form.method.data),
        description=form.description.data,
        count=form.count.data,
        elements=form.elements.data or "",
        size=form.size.data,
        confidence=int(form.confidence.data),
        error=form.error.data if form.error.data is not None else Decimal(5),
        proportion=form.proportion.data if form.proportion.data is not None else Decimal(50),
    )


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/muestras/a-juicio")
def choose_sample(audit_id: int, paper_id: int) -> ResponseReturnValue:
    ctx = current_context()
    working_papers.find(ctx, audit_id, paper_id)
    form = JudgementForm()
    if form.validate_on_submit():
        wanted = ByJudgement(
            description=form.description.data,
            numbers=form.numbers.data,
            criterion=form.criterion.data,
            count=form.count.data,
            elements=form.elements.data or "",
        )
        try:
            row = paper_samples.choose(ctx, paper_id, wanted, key=_key())
        except Invalid as error:
            put_error(form, error)
        else:
            return _chosen(audit_id, paper_id, row)
    return _page(ctx, audit_id, paper_id, chosen=form)


@bp.get("/auditorias/<int:audit_id>/papeles/<int:paper_id>/muestras/<int:draw_id>.csv")
def sample_file(audit_id: int, paper_id: int, draw_id: int) -> ResponseReturnValue:
    """The elements of a sample and what they showed, to work on them in a spreadsheet."""
    ctx = current_context()
    paper = working_papers.find(ctx, audit_id, paper_id)
    row = paper_samples.find(ctx, paper, draw_id)
    checks = sample_checks.of_draws(ctx, [row])[row.id]
    header = ("elemento", "valor", "estrato", "veces", "resultado", "nota")
    lines = []
    for place, (name, cents, stratum, hits) in enumerate(row.selection["items"], 1):
        value = "" if cents is None else f"{Decimal(cents) / 100:.2f}".replace(".", ",")
        check = checks.get(place)
        told = [label(check.result) if check.result else "", check.note] if check else ["", ""]
        lines.append([name, value, stratum, hits, *told])
    return csv_file(f"{paper.code}-muestra-{draw_id}.csv", header, lines)
