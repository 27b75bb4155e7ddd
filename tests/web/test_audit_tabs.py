"""The tabs of an audit: data, program, team, papers, documents, and drafts of their forms."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.context import Context
from app.models.audits import Audit, CommitteeDecision, WorkingPaper
from app.models.documents import Document
from app.services import audit_team, drafts
from tests import factories as make
from tests.web.browsing import Browse, code, rows, text
from workflows.audit import AuditState

FORM = {
    "title": "Gestión contractual",
    "type": "auditoria_gestion",
    "oci_role": "evaluacion_seguimiento",
    "planned_start": "2027-04-01",
    "planned_end": "2027-05-01",
    "special_authorization": "Lo pidió la dirección.",
}


def fresh(ctx: Context, audit_id: int) -> Audit:
    ctx.session.rollback()
    return ctx.session.get_one(Audit, audit_id)


# ---------------------------------------------------------------- data, program, announcement


def test_a_stale_edit_keeps_what_was_typed(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office)
    form = {**FORM, "process_id": str(office.process.id), "version": str(audit.version)}
    address = f"/auditorias/{audit.id}/editar"
    assert browse(office.head).post(address, data=form).status_code == 303
    form["title"] = "Mi otro título"
    answer = browse(office.head).post(address, data=form)
    assert answer.status_code == 409
    assert "Mi otro título" in text(answer)
    assert fresh(ctx, audit.id).title == "Gestión contractual"
    bad = {**form, "version": str(audit.version), "planned_end": "2027-01-01"}
    answer = browse(office.head).post(address, data=bad)
    assert answer.status_code == 422
    assert "Mi otro título" in text(answer)


def test_the_program_is_written_signed_and_voided(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    lead, head = browse(office.lead), browse(office.head)
    address = f"/auditorias/{audit.id}/programa"
    page = text(head.get(address))
    assert "Antes de firmarlo falta escribir:" in page
    form = {**make.PROGRAM, "version": str(audit.version)}
    assert lead.post(f"{address}/editar", data=form).status_code == 303
    stale = {**form, "scope": "Lo que yo escribí."}
    answer = lead.post(f"{address}/editar", data=stale)
    assert answer.status_code == 409
    assert "Lo que yo escribí." in text(answer)
    audit = fresh(ctx, audit.id)
    form = {"version": str(audit.version)}
    answer = head.post(f"{address}/firma", data=form)
    assert answer.status_code == 422
    assert "Escriba su contraseña para firmar." in text(answer)
    answer = head.post(f"{address}/firma", data=form | {"password": "otra"})
    assert answer.status_code == 422
    assert lead.post(f"{address}/firma", data=form).status_code == 403
    form["password"] = make.PASSWORD
    assert head.post(f"{address}/firma", data=form).status_code == 303
    assert "Firmado" in text(head.get(address))
    audit = fresh(ctx, audit.id)
    changed = {**make.PROGRAM, "scope": "Otra sede.", "version": str(audit.version)}
    answer = lead.post(f"{address}/editar", data=changed, follow_redirects=True)
    assert "su firma quedó sin efecto" in text(answer)
    assert "El jefe de la OCI no lo ha firmado." in text(answer)


def test_the_announcement_with_its_letter(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    head, address = browse(office.head), f"/auditorias/{audit.id}/anuncio"
    wrong = {"version": str(audit.version), "file": (io.BytesIO(b"MZ.."), "oficio.pdf")}
    answer = head.post(address, data=wrong, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "no corresponde a su extensión" in text(answer)
    form = {"version": str(audit.version), "file": (io.BytesIO(make.PDF), "oficio.pdf")}
    answer = head.post(address, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    page = text(head.get(f"/auditorias/{audit.id}/programa"))
    assert f"Anunciada con radicado {code('2027-OCI-000001')}" in page
    assert "Oficio de anuncio" in page
    assert head.post(address, data={"version": str(audit.version)}).status_code == 409
    assert "Oficio de anuncio" in text(
        browse(office.leader).get(f"/auditorias/{audit.id}/documentos")
    )


def test_conclusions_are_written_while_the_reports_are_prepared(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    form = {"conclusions": "El control no opera.", "version": str(audit.version)}
    address = f"/auditorias/{audit.id}/conclusiones/editar"
    assert browse(office.auditor).get(address).status_code == 200
    assert browse(office.auditor).post(address, data=form).status_code == 303
    page = text(browse(office.head).get(f"/auditorias/{audit.id}/programa"))
    assert "El control no opera." in page
    told = text(browse(office.leader).get(f"/auditorias/{audit.id}/programa"))
    assert make.PROGRAM["scope"] in told
    assert "El control no opera." not in told
    early = make.make_audit(ctx, office, AuditState.PLANNING)
    form["version"] = str(early.version)
    answer = browse(office.lead).post(f"/auditorias/{early.id}/conclusiones/editar", data=form)
    assert answer.status_code == 409


# ---------------------------------------------------------------- team and committee


def test_the_team_through_its_forms(ctx: Context, office: make.Office, browse: Browse) -> None:
    audit = make.make_audit(ctx, office)
    head, address = browse(office.head), f"/auditorias/{audit.id}"
    form = {"user_id": str(office.lead.id), "role": "lead"}
    assert head.post(f"{address}/equipo", data=form).status_code == 303
    form = {"user_id": str(office.auditor.id), "role": "lead"}
    answer = head.post(f"{address}/equipo", data=form)
    assert answer.status_code == 422
    assert "no tiene el rol de auditor líder" in text(answer)
    assert head.post(f"{address}/equipo", data={"user_id": "", "role": ""}).status_code == 422
    form["role"] = "auditor"
    assert head.post(f"{address}/equipo", data=form).status_code == 303
    declaration = {"conflict": "yes", "conflict_text": "Mi tía.", "password": make.PASSWORD}
    auditor = browse(office.auditor)
    wrong = auditor.post(f"{address}/declaracion", data=declaration | {"password": "no"})
    assert wrong.status_code == 422
    assert "Mi tía." in text(wrong)
    assert auditor.post(f"{address}/declaracion", data=declaration).status_code == 303
    member = audit_team.members(ctx, fresh(ctx, audit.id))[1]
    page = text(head.get(address))
    assert "Conflicto sin resolver" in page
    answer = head.post(f"{address}/equipo/{member.id}/conflicto", data={"resolution": " "})
    assert answer.status_code == 422
    assert "Escriba cómo se resuelve el conflicto." in text(answer)
    form = {"resolution": "No verá esos contratos."}
    assert head.post(f"{address}/equipo/{member.id}/conflicto", data=form).status_code == 303
    assert head.post(f"{address}/equipo/{member.id}/conflicto", data=form).status_code == 409
    answer = head.post(f"{address}/equipo/{member.id}/retiro", data={"reason": ""})
    assert answer.status_code == 422
    form = {"reason": "Vacaciones."}
    assert head.post(f"{address}/equipo/{member.id}/retiro", data=form).status_code == 303
    assert head.post(f"{address}/equipo/{member.id}/retiro", data=form).status_code == 404


def test_a_decision_of_the_committee(ctx: Context, office: make.Office, browse: Browse) -> None:
    audit = make.make_audit(ctx, office)
    address = f"/auditorias/{audit.id}/decisiones"
    form = {
        "type": "modificar_plan_anual",
        "minutes_number": "CICCI-07",
        "minutes_date": "2027-02-26",
        "text": "Se aplaza.",
        "idempotency_key": "k",
    }
    head = browse(office.head)
    future = head.post(address, data=form | {"minutes_date": "2027-12-01"})
    assert future.status_code == 422
    assert "Se aplaza." in text(future)
    for _press in range(2):
        assert head.post(address, data=form).status_code == 303
    statement = select(CommitteeDecision).where(CommitteeDecision.minutes_number == "CICCI-07")
    assert len(rows(ctx, statement)) == 1
    assert "Acta CICCI-07" in text(head.get(f"/auditorias/{audit.id}"))
    assert browse(office.lead).post(address, data=form).status_code == 404  # not in the team


# ---------------------------------------------------------------- papers and documents


def test_a_paper_from_its_draft_to_its_review(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    auditor, lead = browse(office.auditor), browse(office.lead)
    base = f"/auditorias/{audit.id}/papeles"
    kept = auditor.post(
        f"/borradores/working_paper/new-{audit.id}",
        json={"fields": {"title": "A medias", "result": "Faltan 4", "password": "x"}},
    )
    assert kept.status_code == 204
    page = text(auditor.get(f"{base}/nuevo"))
    assert 'value="A medias"' in page
    assert "Este es su borrador" in page
    assert "A medias" not in text(lead.get(f"{base}/nuevo"))
    assert auditor.post(base, data={"title": " "}).status_code == 422
    answer = auditor.post(base, data={**make.PAPER, "reviewed_at": "2027-01-01"})
    assert answer.status_code == 303
    paper = rows(ctx, select(WorkingPaper).order_by(WorkingPaper.id))[-1]
    assert paper.reviewed_at is None
    one = f"{base}/{paper.id}"
    form = {"version": str(paper.version), "file": (io.BytesIO(make.PDF), "soporte.pdf")}
    answer = auditor.post(f"{one}/archivo", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    empty = auditor.post(f"{one}/archivo", data={"version": "1"})
    assert empty.status_code == 422
    ctx.session.rollback()
    version = str(ctx.session.get_one(WorkingPaper, paper.id).version)
    assert auditor.post(f"{one}/revision", data={"version": version}).status_code == 403
    assert lead.post(f"{one}/devolucion", data={"version": version}).status_code == 422
    form = {"version": version, "reason": "Falta el anexo."}
    assert lead.post(f"{one}/devolucion", data=form).status_code == 303
    assert "Falta el anexo." in text(auditor.get(one))
    assert lead.post(f"{one}/revision", data={"version": version}).status_code == 409
    ctx.session.rollback()
    version = str(ctx.session.get_one(WorkingPaper, paper.id).version)
    assert lead.post(f"{one}/revision", data={"version": version}).status_code == 303
    assert auditor.get(f"{one}/editar").status_code == 403
    assert "Revisado" in text(auditor.get(base))
    other = make.make_audit(ctx, office, AuditState.FIELDWORK)
    foreign = f"/auditorias/{other.id}/papeles/{paper.id}"
    assert auditor.get(foreign).status_code == 404


def test_the_reviewer_of_his_own_paper_is_told_why_not(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    lead, base = browse(office.lead), f"/auditorias/{audit.id}/papeles"
    assert lead.post(base, data=make.PAPER).status_code == 303
    paper = rows(ctx, select(WorkingPaper).order_by(WorkingPaper.id))[-1]
    page = text(lead.get(f"{base}/{paper.id}"))
    assert "Falta el visto bueno de una persona distinta" in page
    answer = lead.post(f"{base}/{paper.id}/revision", data={"version": str(paper.version)})
    assert answer.status_code == 422
    assert "no puede revisarlo" in text(answer)


def test_files_of_the_audit(ctx: Context, office: make.Office, browse: Browse) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    client, address = browse(office.auditor), f"/auditorias/{audit.id}/documentos"
    assert client.post(address, data={"purpose": "acta"}).status_code == 422

    def send(*names: str, purpose: str = "acta") -> TestResponse:
        files = [(io.BytesIO(make.PDF), name) for name in names]
        form = {"purpose": purpose, "files": files, "idempotency_key": "k"}
        return client.post(
            address, data=form, content_type="multipart/form-data", follow_redirects=True
        )

    assert send("a.pdf", purpose="informe_final").status_code == 422
    answer = send("a.pdf", "b.exe")
    assert answer.status_code == 200
    assert "Se guardó 1 documento." in text(answer)
    assert "No se guardó b.exe" in text(answer)
    send("a.pdf")
    assert len(rows(ctx, select(Document).where(Document.filename == "a.pdf"))) == 1
    assert send("c.exe").status_code == 422


def test_the_case_file_says_what_it_lacks(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    head, address = browse(office.head), f"/auditorias/{audit.id}"
    version = {"version": str(audit.version)}
    assert head.post(f"{address}/expediente", data=version).status_code == 409
    with ctx.transaction():
        audit = ctx.session.get_one(Audit, audit.id)
        audit.state = AuditState.FOLLOW_UP
        ctx.record("change", "edit", audit)
    page = text(head.get(f"{address}/documentos"))
    assert "El informe final firmado y radicado." in page
    version = {"version": str(fresh(ctx, audit.id).version)}
    answer = head.post(f"{address}/expediente", data=version)
    assert answer.status_code == 422
    assert "Al expediente le faltan piezas." in text(answer)


# ---------------------------------------------------------------- drafts


def test_drafts_take_only_texts(ctx: Context, office: make.Office, browse: Browse) -> None:
    client = browse(office.auditor)
    address = "/borradores/audit_program/1"
    wrong: tuple[Any, ...] = (
        {},
        {"fields": []},
        {"fields": {"a": 1}},
        {"fields": {"a": "\x00"}},
        [1],
    )
    for body in wrong:
        assert client.post(address, json=body).status_code == 400
    assert client.post(address, data="no json").status_code in {400, 415}
    assert client.post("/borradores/Mal/1", json={"fields": {}}).status_code == 404
    big = {"fields": {"a": "x" * (drafts.MAX_CHARACTERS + 1)}}
    assert client.post(address, json=big).status_code == 422
    assert client.post(address, json={"fields": {"a": "x"}}).status_code == 204
    answer = client.post(f"{address}/descarte", data={"next": "//mal.example"})
    assert answer.location == "/panel"


def test_a_draft_over_an_older_text_leads_to_the_comparison(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    lead, address = browse(office.lead), f"/auditorias/{audit.id}/programa/editar"
    typed = {"scope": "Mi borrador.", "draft_version": str(audit.version)}
    lead.post(f"/borradores/audit_program/{audit.id}", json={"fields": typed})
    form = {**make.PROGRAM, "version": str(audit.version)}
    browse(office.head).post(address, data=form)
    page = text(lead.get(address))
    assert "Mi borrador." in page
    assert "Otra persona guardó cambios después" in page
    shown = re.search(r'name="version" value="(\d+)"', page)
    assert shown
    assert shown.group(1) == str(audit.version)
    answer = lead.post(address, data={**make.PROGRAM, **typed, "version": shown.group(1)})
    assert answer.status_code == 409


@pytest.mark.csrf
def test_nothing_is_posted_without_the_token(ctx: Context, office: make.Office, app: Flask) -> None:
    audit = make.make_audit(ctx, office)
    client = app.test_client()
    page = client.get("/entrar").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {
        "email": office.head.email,
        "password": make.PASSWORD,
        "csrf_token": token.group(1),
    }
    assert client.post("/entrar", data=form).status_code == 303
    for path in ("", f"/{audit.id}/equipo", f"/{audit.id}/eventos/start_planning"):
        assert client.post(f"/auditorias{path}", data=FORM).status_code == 400
