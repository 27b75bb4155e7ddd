"""Notes, checklists and samples on the page of a working paper."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.context import Context
from app.models.audits import WorkingPaper
from app.models.fieldwork import Checklist, ChecklistItem, ReviewNote, SampleCheck, SampleDraw
from app.services import catalogues, paper_samples, working_papers
from tests import factories as make
from tests.web.browsing import Browse, rows, text
from workflows.audit import AuditState
from workflows.enums import SampleResult, SamplingMethod

TEXTS = {"title": "Contratos", "result": "Doce sin informe.", "conclusion": "No se supervisan."}


@pytest.fixture
def office(ctx: Context) -> make.Office:
    office = make.make_office(ctx)
    catalogues.load(ctx)
    return office


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


def by_judgement(**changes: str) -> dict[str, str]:
    form = {
        "description": "Contratos de obra",
        "count": "40",
        "numbers": "3, 7, 12-15",
        "criterion": "Los de mayor cuantía.",
    }
    return form | changes


def test_a_sample_is_chosen_by_judgement_with_its_criterion_and_no_seed(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor, there = browse(office.auditor), f"{here}/muestras/a-juicio"
    for name in ("description", "criterion", "numbers", "count"):
        refused = auditor.post(there, data=by_judgement(**{name: ""}))
        assert refused.status_code == 422, name
    beyond = auditor.post(there, data=by_judgement(numbers="3, 41"))
    assert beyond.status_code == 422
    assert "«41» no está entre 1 y 40" in text(beyond)
    assert 'href="#numbers-juicio"' in text(beyond)
    by_lot = {"description": "x", "method": "a_juicio", "count": "40", "confidence": "95"}
    assert auditor.post(f"{here}/muestras", data=by_lot).status_code == 422
    form = by_judgement(idempotency_key="k")
    assert {auditor.post(there, data=form).status_code for _ in range(2)} == {303}
    (row,) = rows(ctx, select(SampleDraw))
    assert (row.method, row.seed) == (SamplingMethod.JUDGEMENT, "")
    assert [item[0] for item in row.selection["items"]] == ["3", "7", "12", "13", "14", "15"]
    assert paper_samples.is_repeatable(row)
    page = text(browse(office.lead).get(here))
    assert "Los de mayor cuantía." in page
    assert "A juicio (no estadística)" in page
    assert "Semilla" not in page
    row.parameters = {**row.parameters, "numbers": [1]}
    assert not paper_samples.is_repeatable(row)
    ctx.session.rollback()


def test_exceptions_are_recorded_counted_and_corrected(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    auditor.post(f"{here}/muestras/a-juicio", data=by_judgement(numbers="1-4"))
    (draw,) = rows(ctx, select(SampleDraw))
    there = f"{here}/muestras/{draw.id}"
    assert "Sin examinar todavía." in text(auditor.get(there))
    bad = {"result-1": "con_desviacion", "note-1": " ", "result-2": "quizás", "note-2": ""}
    refused = auditor.post(there, data=bad | {"result-3": "sin_desviacion", "note-3": "x" * 301})
    assert refused.status_code == 422
    for name in ("note-1", "result-2", "note-3"):
        assert f'href="#{name}"' in text(refused), name
    assert rows(ctx, select(SampleCheck)) == []
    good = {"result-1": "con_desviacion", "note-1": "Sin  acta de inicio.", "result-2": ""}
    answer = auditor.post(there, data=good | {"result-3": "sin_desviacion"})
    assert answer.headers["Location"].endswith(f"{here}#muestra-{draw.id}")
    assert "1 desviación en 2 elementos examinados de 4 (50" in text(auditor.get(here))
    rest = {"result-2": "sin_desviacion", "result-4": "sin_desviacion"}
    auditor.post(there, data=rest)
    page = text(browse(office.lead).get(here))
    assert "1 desviación en los 4 elementos de la muestra (25" in page
    assert "no se proyecta a la población" in page
    assert "Sin acta de inicio." in page
    file = auditor.get(f"{here}/muestras/{draw.id}.csv").get_data(as_text=True)
    assert "1;;;1;Con desviación;Sin acta de inicio." in file
    auditor.post(there, data={"result-1": "", "note-1": "Sí la hay."})
    page = text(auditor.get(here))
    assert "0 desviaciones en 3 elementos examinados de 4 (0" in page
    assert auditor.post(there, data={"result-5": "sin_desviacion"}).status_code == 303
    checks = rows(ctx, select(SampleCheck).order_by(SampleCheck.place))
    assert [(each.place, each.result, each.note) for each in checks] == [
        (1, None, "Sí la hay."),
        (2, SampleResult.CONFORMING, ""),
        (3, SampleResult.CONFORMING, ""),
        (4, SampleResult.CONFORMING, ""),
    ]
    assert {each.recorded_by_id for each in checks} == {office.auditor.id}


def test_what_another_recorded_meanwhile_stays(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor, lead = browse(office.auditor), browse(office.lead)
    auditor.post(f"{here}/muestras/a-juicio", data=by_judgement(numbers="1-2"))
    (draw,) = rows(ctx, select(SampleDraw))
    there = f"{here}/muestras/{draw.id}"
    assert lead.post(there, data={"result-1": "sin_desviacion"}).status_code == 303
    shown = {"was-1": ":", "result-1": "", "note-1": ""}  # the page was open since before
    data = {**shown, "was-2": ":", "result-2": "sin_desviacion", "note-2": ""}
    assert auditor.post(there, data=data).status_code == 303
    checks = rows(ctx, select(SampleCheck))
    assert {each.result for each in checks} == {SampleResult.CONFORMING}
    assert len(checks) == 2
    assert 'name="was-1" value="sin_desviacion:"' in text(auditor.get(there))


def test_a_long_sample_is_examined_fifty_at_a_time(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    auditor.post(f"{here}/muestras/a-juicio", data=by_judgement(count="900", numbers="1-120"))
    (draw,) = rows(ctx, select(SampleDraw))
    there = f"{here}/muestras/{draw.id}"
    first = text(auditor.get(there))
    assert 'name="result-50"' in first
    assert 'name="result-51"' not in first
    last = text(auditor.get(f"{there}?desde=101"))
    assert "101 a 120 de 120" in last
    assert "Guardar y seguir" not in last
    assert "1 a 50 de 120" in text(auditor.get(f"{there}?desde=999"))
    data = {"result-1": "sin_desviacion", "then": "next"}
    assert auditor.post(there, data=data).headers["Location"].endswith(f"{there}?desde=51")
    data = {"result-101": "sin_desviacion", "then": "next"}
    answer = auditor.post(f"{there}?desde=101", data=data)
    assert answer.headers["Location"].endswith(f"#muestra-{draw.id}")


def test_exceptions_have_the_permission_and_the_freeze_of_their_paper(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor, head = browse(office.auditor), browse(office.head)
    auditor.post(f"{here}/muestras/a-juicio", data=by_judgement())
    (draw,) = rows(ctx, select(SampleDraw))
    there, data = f"{here}/muestras/{draw.id}", {"result-1": "sin_desviacion"}
    assert head.get(there).status_code == 403  # he reviews papers, and writes none of another
    assert head.post(there, data=data).status_code == 403
    assert f'href="{there}"' not in text(head.get(here))
    elsewhere = working_papers.create(
        make.acting(ctx, office.auditor), paper.audit_id, TEXTS | {"title": "Otro"}
    )
    other = here.replace(f"/{paper.id}", f"/{elsewhere.id}") + f"/muestras/{draw.id}"
    assert auditor.post(other, data=data).status_code == 404
    assert browse(office.lead).post(f"{here}/revision", data={"version": "1"}).status_code == 303
    assert auditor.post(there, data=data).status_code == 403
    assert f'href="{there}"' not in text(auditor.get(here))
    assert auditor.post(f"{here}/muestras/a-juicio", data=by_judgement()).status_code == 409
    assert rows(ctx, select(SampleCheck)) == []


def test_results_freeze_with_the_audit(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    auditor = browse(office.auditor)
    auditor.post(f"{here}/muestras/a-juicio", data=by_judgement())
    (draw,) = rows(ctx, select(SampleDraw))
    make.fire(ctx, office.head, paper.audit_id, "suspend", reason="Paro.")
    there, data = f"{here}/muestras/{draw.id}", {"result-1": "sin_desviacion"}
    assert auditor.post(there, data=data).status_code == 409
    assert f'href="{there}"' not in text(auditor.get(here))


def test_nobody_outside_the_team_reaches_the_parts(
    ctx: Context, office: make.Office, paper: WorkingPaper, here: str, browse: Browse
) -> None:
    leader = browse(office.leader)
    places = ("notas", "lista", "lista/respuestas", "muestras", "lista/1/retiro")
    for place in (*places, "muestras/a-juicio", "muestras/1"):
        assert leader.post(f"{here}/{place}", data={}).status_code == 404, place
    assert leader.get(f"{here}/muestras/1").status_code == 404
    assert leader.get(f"{here}/muestras/1.csv").status_code == 404
