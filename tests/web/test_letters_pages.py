"""Letters and requests of information on their pages: who sees what, and each step to its end."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.models.fieldwork import InformationRequest, Letter, LetterTemplate
from app.services import audit_program, catalogues, information_requests, letters
from app.services.information_requests import Asked
from tests import factories as make
from tests.web.browsing import Browse, code, rows, text
from workflows.audit import AuditState
from workflows.enums import InformationState, LetterKind, Role


@pytest.fixture
def office(ctx: Context) -> make.Office:
    office = make.make_office(ctx)
    catalogues.load(ctx)
    return office


@pytest.fixture
def audit(ctx: Context, office: make.Office) -> Audit:
    """In planning, its program written, announced with a letter."""
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    lead = make.acting(ctx, office.lead)
    audit_program.save(lead, audit.id, make.PROGRAM, version=None)
    letter = letters.draft(lead, audit.id, LetterKind.ANNOUNCEMENT)
    letters.issue(lead, letter.id, password=make.PASSWORD, version=letter.version)
    return audit


def letter_of(ctx: Context, kind: LetterKind) -> Letter:
    (found,) = rows(ctx, select(Letter).where(Letter.kind == kind))
    assert isinstance(found, Letter)
    return found


def signed(row: Any, password: str = make.PASSWORD) -> dict[str, str]:
    return {"version": str(row.version), "password": password}


# ---------------------------------------------------------------- letters


def test_minutes_are_written_previewed_and_issued(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    lead, address = browse(office.lead), f"/auditorias/{audit.id}/cartas"
    form = {"kind": "acta_apertura", "idempotency_key": "k1"}
    answers = [lead.post(address, data=form) for _ in range(2)]  # pressed twice
    assert {answer.location for answer in answers} == {answers[0].location}
    letter = letter_of(ctx, LetterKind.OPENING)
    here = f"{address}/{letter.id}"
    page = text(lead.get(here))
    assert "¿Qué falta?" in page
    assert "Fecha de la reunión" in page
    assert lead.post(f"{here}/firma", data=signed(letter)).status_code == 422
    typed = {
        "version": str(letter.version),
        "title": letter.title,
        "body": letter.body,
        "held_on": ctx.today().isoformat(),
        "place": "la sala de juntas",
        "attendees": "Laura Auditora",
        "topics": "Cronograma",
        "agreements": "Entregar los contratos",
    }
    assert lead.post(f"{here}/editar", data={**typed, "body": ""}).status_code == 422
    assert lead.post(f"{here}/editar", data=typed).status_code == 303
    stale = lead.post(f"{here}/editar", data={**typed, "place": "el auditorio"})
    assert stale.status_code == 409
    assert "el auditorio" in text(stale)
    letter = letter_of(ctx, LetterKind.OPENING)
    assert "Entregar los contratos" in text(lead.get(here))
    wrong = lead.post(f"{here}/firma", data=signed(letter, "otra"))
    assert wrong.status_code == 422
    assert "contraseña" in text(wrong)
    assert lead.post(f"{here}/firma", data=signed(letter)).status_code == 303
    letter = letter_of(ctx, LetterKind.OPENING)
    page = text(browse(office.leader).get(here))
    assert f"Radicado {code(letter.filing_number or '')}" in page
    assert "Editar el borrador" not in page
    assert lead.post(f"{here}/editar", data=typed).status_code == 409


def test_the_leader_returns_the_letter_of_representation_and_then_signs_it(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    lead, leader = browse(office.lead), browse(office.leader)
    address = f"/auditorias/{audit.id}/cartas"
    lead.post(address, data={"kind": "carta_representacion"})
    letter = letter_of(ctx, LetterKind.REPRESENTATION)
    here = f"{address}/{letter.id}"
    assert leader.get(here).status_code == 404  # a draft of the office
    assert "Carta de representación" not in text(leader.get(address))
    assert lead.post(f"{here}/envio", data=signed(letter)).status_code == 303
    letter = letter_of(ctx, LetterKind.REPRESENTATION)
    assert "Leer y firmar la carta" in text(leader.get("/panel"))
    assert lead.post(f"{here}/firma", data=signed(letter)).status_code == 403
    assert leader.post(f"{here}/devolucion", data={"reason": " "}).status_code == 422
    back = {"version": str(letter.version), "reason": "Falta el segundo semestre."}
    assert leader.post(f"{here}/devolucion", data=back).status_code == 303
    assert "Falta el segundo semestre." in text(lead.get(here))
    assert "Corregir la carta" in text(lead.get("/panel"))
    letter = letter_of(ctx, LetterKind.REPRESENTATION)
    lead.post(f"{here}/envio", data=signed(letter))
    letter = letter_of(ctx, LetterKind.REPRESENTATION)
    assert leader.post(f"{here}/firma", data=signed(letter)).status_code == 303
    assert "Leer y firmar la carta" not in text(leader.get("/panel"))
    assert office.leader.name in text(lead.get(here))


def test_a_draft_is_dropped_with_its_reason(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    lead, address = browse(office.lead), f"/auditorias/{audit.id}/cartas"
    lead.post(address, data={"kind": "carta_compromiso"})
    letter = letter_of(ctx, LetterKind.ENGAGEMENT)
    here = f"{address}/{letter.id}/descarte"
    assert lead.post(here, data={"reason": ""}).status_code == 422
    data = {"version": str(letter.version), "reason": "No hace falta."}
    assert lead.post(here, data=data).status_code == 303
    assert "Carta de compromiso" not in text(lead.get(address)).partition("Escribir")[0]
    assert "No hace falta." in text(lead.get(f"{address}/{letter.id}"))


def test_a_text_gets_its_next_edition_and_letters_already_written_stay(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    head, address = browse(office.head), "/cartas/textos/carta_compromiso"
    assert browse(office.leader).get(address).status_code == 403
    head.post(f"/auditorias/{audit.id}/cartas", data={"kind": "carta_compromiso"})
    form = {"title": "Compromiso {{ codigo }}", "body": "Con {{ nadie }}.", "edition": "1"}
    answer = head.post(address, data=form)
    assert answer.status_code == 422
    assert "nadie" in text(answer)
    form["body"] = "La auditoría {{ codigo }} comienza pronto."
    shown = text(head.post(address, data={**form, "action": "preview"}))
    assert "comienza pronto" in shown
    assert "Todavía no se ha guardado" in shown
    assert head.post(address, data=form).status_code == 303
    assert head.post(address, data={**form, "body": "Otra cosa."}).status_code == 409
    kind = LetterTemplate.kind == LetterKind.ENGAGEMENT
    editions = rows(ctx, select(LetterTemplate.edition).where(kind))
    assert sorted(editions) == [1, 2]
    assert "comienza pronto" not in letter_of(ctx, LetterKind.ENGAGEMENT).body


# ---------------------------------------------------------------- requests of information


def the_request(ctx: Context) -> InformationRequest:
    (found,) = rows(ctx, select(InformationRequest))
    assert isinstance(found, InformationRequest)
    return found


def test_what_is_asked_is_delivered_returned_and_accepted(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    lead, liaison = browse(office.lead), browse(office.liaison)
    address = f"/auditorias/{audit.id}/solicitudes"
    assert lead.post(address, data={"title": ""}).status_code == 422
    early = {"title": "Contratos", "due_on": ctx.today().isoformat()}
    assert lead.post(address, data=early).status_code == 422
    form = {"title": "Relación de contratos", "idempotency_key": "k1"}
    assert {lead.post(address, data=form).status_code for _ in range(2)} == {303}
    asked = the_request(ctx)
    here = f"/solicitudes/{asked.id}"
    panel = text(liaison.get("/panel"))
    assert "Entregar la información" in panel
    assert "Relación de contratos" in panel
    assert "días hábiles" in text(liaison.get(here))
    empty = liaison.post(f"{here}/entrega", data={"version": str(asked.version)})
    assert empty.status_code == 422
    sent: dict[str, Any] = {
        "version": str(asked.version),
        "text": "Van completos.",
        "files": (io.BytesIO(make.PDF), "contratos.pdf"),
    }
    kind = "multipart/form-data"
    assert liaison.post(f"{here}/entrega", data=sent, content_type=kind).status_code == 303
    assert "Revisar lo entregado" in text(lead.get("/panel"))
    asked = the_request(ctx)
    back = {"version": str(asked.version), "returned_note": "Faltan los de diciembre."}
    assert liaison.post(f"{here}/devolucion", data=back).status_code == 403
    assert lead.post(f"{here}/devolucion", data={"version": "1"}).status_code == 422
    assert lead.post(f"{here}/devolucion", data=back).status_code == 303
    assert "Faltan los de diciembre." in text(liaison.get(here))
    asked = the_request(ctx)
    again = {"version": str(asked.version), "text": "Ahora sí."}
    assert liaison.post(f"{here}/entrega", data=again).status_code == 303
    asked = the_request(ctx)
    assert lead.post(f"{here}/aceptacion", data={"version": str(asked.version)}).status_code == 303
    assert the_request(ctx).state is InformationState.FULFILLED
    assert "contratos.pdf" in text(lead.get(here))


def test_nobody_else_sees_or_answers_a_request(
    ctx: Context, office: make.Office, audit: Audit, browse: Browse
) -> None:
    made = information_requests.ask(
        make.acting(ctx, office.lead), audit.id, Asked("Nómina reservada")
    )
    stranger = outsider(ctx)
    client = browse(stranger)
    for path in (f"/solicitudes/{made.id}", f"/auditorias/{audit.id}/solicitudes"):
        assert client.get(path).status_code == 404
    assert client.post(f"/solicitudes/{made.id}/entrega", data={"text": "x"}).status_code == 404
    assert "Nómina reservada" not in text(client.get("/solicitudes"))
    assert "Nómina reservada" in text(browse(office.liaison).get("/solicitudes"))
    wanted = browse(office.lead).post(
        f"/solicitudes/{made.id}/retiro",
        data={"version": str(made.version), "withdrawn_note": "Ya la teníamos."},
    )
    assert wanted.status_code == 303
    assert the_request(ctx).state is InformationState.WITHDRAWN


def outsider(ctx: Context) -> User:
    """The leader of another process."""
    leader = make.make_user(ctx, Role.PROCESS_OWNER, name="Otro Líder")
    make.make_process(ctx, leader=leader, name="Nómina")
    return leader
