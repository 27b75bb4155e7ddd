"""Notes, checklists and samples on the page of a working paper."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.context import Context
from app.models.audits import WorkingPaper
from app.models.fieldwork import Checklist, ChecklistItem, ReviewNote, SampleDraw
from app.services import catalogues, paper_samples, working_papers
from tests import factories as make
from tests.web.browsing import Browse, rows, text
from workflows.audit import AuditState

TEXTS = {"title": "Contratos", "result": "Doce sin informe.", "conclusion": "No se supervisan."}


@pytest.fixture
def office(ctx: Context) -> make.Office:
    office = make.make_office(ctx)
    catalogues.load(ctx)
    return office


@pytest.fixture
def browse(app: Flask) -> Browse:
    return Browse(app)


@pytest.fixture
def paper(ctx: Context, office: make.Office) -> WorkingPaper:
    """Prepared by the auditor, not reviewed."""
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    return working_papers.create(make.acting(ctx, office.auditor), audit.id, TEXTS)


@pytest.fixture
def here(paper: WorkingPaper) -> str:
    return f"/auditorias/{paper.audit_id}/papeles/{paper.id}"


def test_a_note_is_answered_and_cleared_before_the_visto_bueno(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    lead, auditor = browse(office.lead), browse(office.auditor)
    assert auditor.post(f"{here}/notas", data={"text": "x"}).status_code == 403
    assert lead.post(f"{here}/notas", data={"text": " "}).status_code == 422
    form = {"text": "¿De dónde salen los doce?", "idempotency_key": "k"}
    assert {lead.post(f"{here}/notas", data=form).status_code for _ in range(2)} == {303}
    (note,) = rows(ctx, select(ReviewNote))
    assert "Responder la nota de revisión" in text(auditor.get("/panel"))
    refused = lead.post(f"{here}/revision", data={"version": "1"})
    assert refused.status_code == 422
    assert "le faltan notas por levantar: 1" in text(refused)
    cleared = f"{here}/notas/{note.id}/cierre"
    assert lead.post(cleared, data={"version": "1"}).status_code == 409  # not answered
    answer = f"{here}/notas/{note.id}/respuesta"
    assert auditor.post(answer, data={"version": "1", "answer": ""}).status_code == 422
    data = {"version": "1", "answer": "De la relación de pagos."}
    assert auditor.post(answer, data=data).status_code == 303
    assert auditor.post(answer, data=data).status_code == 409  # another one answered meanwhile
    (note,) = rows(ctx, select(ReviewNote))
    assert "Levantar la nota de revisión" in text(lead.get("/panel"))
    assert "Responder la nota de revisión" not in text(auditor.get("/panel"))
    assert auditor.post(cleared, data={"version": str(note.version)}).status_code == 403
    assert lead.post(cleared, data={"version": str(note.version)}).status_code == 303
    page = text(lead.get(here))
    assert "De la relación de pagos." in page
    assert "Levantada" in page
    (paper,) = rows(ctx, select(WorkingPaper).where(WorkingPaper.id == paper.id))
    assert lead.post(f"{here}/revision", data={"version": str(paper.version)}).status_code == 303
    assert lead.post(f"{here}/notas", data={"text": "Tarde"}).status_code == 409


def test_who_answers_a_note_does_not_clear_it(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    lead = browse(office.lead)
    lead.post(f"{here}/notas", data={"text": "¿Y los anexos?"})
    (note,) = rows(ctx, select(ReviewNote))
    data = {"version": "1", "answer": "Están."}
    assert lead.post(f"{here}/notas/{note.id}/respuesta", data=data).status_code == 303
    refused = lead.post(f"{here}/notas/{note.id}/cierre", data={"version": "2"})
    assert refused.status_code == 422
    head = browse(office.head)
    assert head.post(f"{here}/notas/{note.id}/cierre", data={"version": "2"}).status_code == 303


def test_a_list_is_taken_answered_and_a_question_retired(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    (chosen,) = rows(ctx, select(Checklist).where(Checklist.code == "SUPERVISION"))
    assert auditor.post(f"{here}/lista", data={}).status_code == 422
    form = {"checklist_id": str(chosen.id), "questions": "¿Hay acta de inicio?\n\n"}
    assert auditor.post(f"{here}/lista", data=form).status_code == 303
    assert auditor.post(f"{here}/lista", data=form).status_code == 303  # nothing twice
    items = rows(ctx, select(ChecklistItem).order_by(ChecklistItem.number))
    assert len(items) == len(chosen.questions.splitlines()) + 1
    first = items[0]
    bad = {f"answer-{first.id}": "quizás", f"observation-{first.id}": ""}
    assert auditor.post(f"{here}/lista/respuestas", data=bad).status_code == 422
    good = {f"answer-{first.id}": "no", f"observation-{first.id}": "Tres sin designar."}
    assert auditor.post(f"{here}/lista/respuestas", data=good).status_code == 303
    assert "Tres sin designar." in text(browse(office.lead).get(here))
    gone = f"{here}/lista/{items[-1].id}/retiro"
    assert auditor.post(gone).status_code == 303
    assert auditor.post(gone).status_code == 404
    assert "¿Hay acta de inicio?" not in text(auditor.get(here))


def test_a_sample_is_drawn_kept_and_drawn_again_the_same(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    form = {
        "description": "Contratos de 2026",
        "method": "aleatorio_simple",
        "count": "500",
        "confidence": "95",
        "error": "5",
        "proportion": "50",
        "idempotency_key": "k",
    }
    both = {**form, "elements": "a\nb", "idempotency_key": "j"}
    assert auditor.post(f"{here}/muestras", data=both).status_code == 422
    assert {auditor.post(f"{here}/muestras", data=form).status_code for _ in range(2)} == {303}
    (row,) = rows(ctx, select(SampleDraw))
    assert row.parameters["size"] == len(row.selection["items"]) == 218
    page = text(browse(office.lead).get(here))
    assert row.seed in page
    assert "salen los mismos elementos" in page
    file = auditor.get(f"{here}/muestras/{row.id}.csv")
    assert file.get_data(as_text=True).count("\n") == 219
    assert paper_samples.is_repeatable(row)
    row.selection = {"items": [["1", None, "", 1]]}
    assert not paper_samples.is_repeatable(row)
    ctx.session.rollback()


def test_a_list_with_values_is_drawn_by_pesos(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    form = {
        "description": "Pagos",
        "method": "unidad_monetaria",
        "elements": "=CT-1; $ 9.000.000,50; Obras\nCT-2; 1.000; Obras",
        "size": "2",
        "confidence": "95",
    }
    wrong = {**form, "elements": "CT-1; nueve"}
    answer = auditor.post(f"{here}/muestras", data=wrong)
    assert answer.status_code == 422
    assert "CT-1; nueve" in text(answer)  # what was typed is kept
    assert auditor.post(f"{here}/muestras", data=form).status_code == 303
    (row,) = rows(ctx, select(SampleDraw))
    assert row.selection["items"][0][:2] == ["=CT-1", 900_000_050]
    file = auditor.get(f"{here}/muestras/{row.id}.csv").get_data(as_text=True)
    assert "'=CT-1;9000000,50;Obras" in file


def test_nobody_outside_the_team_reaches_the_parts(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    leader = browse(office.leader)
    for place in ("notas", "lista", "lista/respuestas", "muestras", "lista/1/retiro"):
        assert leader.post(f"{here}/{place}", data={}).status_code == 404, place
    assert leader.get(f"{here}/muestras/1.csv").status_code == 404
