"""Why a person may or may not: the answer, its reasons, and what the administrator never sees."""

from __future__ import annotations

import ast
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.context import Context
from app.labels_permissions import REASONS, SCOPE_LABELS, permission_label, piece_text
from app.models.accounts import User
from app.models.traceability import LedgerBody, LedgerEvent
from app.permissions_names import Permission
from app.permissions_table import POLICIES
from app.services import accounts, audit_team, information_requests, why
from app.services.information_requests import Asked
from tests.factories import (
    Office,
    acting,
    administrator,
    make_audit,
    make_finding,
    make_paper,
    make_user,
    sign_in,
)
from tests.people import substitution
from workflows.audit import AuditState
from workflows.enums import Role

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def admin(app: Flask, ctx: Context, office: Office) -> FlaskClient:
    return sign_in(app.test_client(), make_user(ctx, Role.ADMINISTRATOR, name="Ada Mora"))


def ask(client: FlaskClient, user_id: int, permission: str, code: str = "") -> str:
    query = {"persona": str(user_id), "permiso": permission, "codigo": code}
    answer = client.get("/admin/por-que", query_string=query)
    assert answer.status_code == HTTPStatus.OK
    return answer.get_data(as_text=True)


def answer_in(page: str) -> str:
    """What comes after the form."""
    return page.partition('aria-labelledby="respuesta"')[2].partition("</section>")[0]


def test_it_names_the_rule_that_grants(admin: FlaskClient, ctx: Context, office: Office) -> None:
    audit = make_audit(ctx, office, AuditState.PLANNING)
    page = ask(admin, office.lead.id, "audit.start_execution", audit.code)
    assert "No puede: " in page
    assert "Tiene el rol: Jefe" in answer_in(page)
    page = ask(admin, office.lead.id, "audit.report", audit.code)
    assert ">Puede: " in page
    assert "Es de una auditoría que lidera" in page
    assert "Auditorías que lidera: 1" in page


def test_a_substitute_is_told_whose_role_it_is(
    admin: FlaskClient, ctx: Context, office: Office
) -> None:
    audit = make_audit(ctx, office, AuditState.PLANNING)
    nobody = make_user(ctx, name="Nora Nueva")
    page = ask(admin, nobody.id, "audit.read", audit.code)
    assert "No puede: " in page
    assert "No tiene ningún rol vigente" in page
    substitution(administrator(ctx), office.head, nobody, start=ctx.today())
    page = ask(admin, nobody.id, "audit.read", audit.code)
    assert ">Puede: " in page
    assert "(por Jacinta Jefe, a quien reemplaza)" in page
    assert "Nora Nueva reemplaza a Jacinta Jefe" in page


def test_segregation_and_owed_declarations_are_told_in_words(
    admin: FlaskClient, ctx: Context, office: Office
) -> None:
    audit = make_audit(ctx, office, AuditState.FIELDWORK)
    page = ask(admin, office.head.id, "plan.create", "2027-PM-01")
    assert str(REASONS["no_thing"][0]) in page
    late = make_user(ctx, Role.AUDITOR, name="Tadeo Tarde")
    audit_team.assign(acting(ctx, office.head), audit.id, late.id)
    page = ask(admin, late.id, "finding.create", audit.code)
    assert "Todavía no ha firmado su declaración" in page
    assert "La regla que lo impide" in page


def test_no_content_of_the_thing_is_shown(admin: FlaskClient, ctx: Context, office: Office) -> None:
    audit = make_audit(ctx, office, AuditState.FIELDWORK, title="Compra reservada de semovientes")
    finding = make_finding(ctx, office, audit.id, title="Faltan setenta novillas")
    for user in (office.head, office.leader):
        for permission in ("finding.read", "finding.edit", "document.upload"):
            page = ask(admin, user.id, permission, finding.code)
            assert finding.code in page
            assert "novillas" not in page
            assert "semovientes" not in page


def test_an_unknown_code_and_a_thing_of_another_kind_are_answered_alike(
    admin: FlaskClient, ctx: Context, office: Office
) -> None:
    audit = make_audit(ctx, office, AuditState.FIELDWORK)
    finding = make_finding(ctx, office, audit.id)
    other = ask(admin, office.head.id, "audit.close", finding.code)
    unknown = ask(admin, office.head.id, "audit.close", "2099-AUD-77")
    assert str(REASONS["no_thing"][0]) in unknown
    assert answer_in(other).replace(finding.code, "2099-AUD-77") == answer_in(unknown)


def test_the_question_is_traced_under_who_asked(
    admin: FlaskClient, ctx: Context, office: Office
) -> None:
    audit = make_audit(ctx, office, AuditState.PLANNING)
    ask(admin, office.leader.id, "audit.read", audit.code)
    ctx.session.rollback()
    statement = select(LedgerEvent, LedgerBody).join(LedgerBody, LedgerBody.seq == LedgerEvent.seq)
    found = ctx.session.execute(statement.where(LedgerEvent.action == "explain")).one()
    assert ctx.session.get_one(User, found[0].actor_id).name == "Ada Mora"
    assert (found[0].kind, found[0].thing_kind, found[0].thing_id) == (
        "read",
        "user",
        str(office.leader.id),
    )
    assert audit.code in found[1].body
    written = ctx.session.scalars(
        select(LedgerEvent.seq).where(LedgerEvent.actor_id == office.leader.id)
    )
    assert list(written) == []


@pytest.mark.parametrize("role", [Role.OCI_HEAD, Role.SECOND_LINE])
def test_only_the_administrator_asks(app: Flask, ctx: Context, role: Role) -> None:
    client = sign_in(app.test_client(), make_user(ctx, role))
    answer = client.get("/admin/por-que", query_string={"persona": "1", "permiso": "audit.read"})
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_an_inactive_account_can_do_nothing(
    admin: FlaskClient, ctx: Context, office: Office
) -> None:
    gone = make_user(ctx, Role.OCI_HEAD, name="Irene Ida")
    accounts.disable_user(ctx, gone.id, reason="Se retiró")
    page = ask(admin, gone.id, "audit.create")
    assert "No puede: " in page
    assert "Su cuenta está inactiva" in page


def test_every_code_permission_and_piece_of_a_rule_has_its_words() -> None:
    codes = {policy.refusal for policy in POLICIES.values()}
    source = ast.parse((ROOT / "app/permissions.py").read_text())
    codes |= {
        node.args[1].value
        for node in ast.walk(source)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Decision"
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    }
    codes |= {"allowed", "anonymous", "unknown_permission"}
    codes |= {why.NO_ROLE, why.NO_THING, why.DISABLED}
    assert codes == set(REASONS)
    assert set(SCOPE_LABELS) == set(why.SCOPES)
    assert {str(name) for name in Permission} <= set(POLICIES)
    for name, policy in POLICIES.items():
        assert permission_label(name)
        for rule in filter(None, (policy.grant, policy.refuse)):
            for piece in {piece for way in why.expand(rule) for piece in way}:
                assert piece_text(piece, name.partition(".")[0])


def test_papers_requests_and_changes_are_named_by_what_holds_them(
    ctx: Context, office: Office
) -> None:
    audit = make_audit(ctx, office, AuditState.FIELDWORK)
    paper = make_paper(ctx, office, audit.id)
    asked = information_requests.ask(acting(ctx, office.lead), audit.id, Asked("Contratos"))
    admin = administrator(ctx)
    for permission, code, person, allowed in (
        ("working_paper.read", f"{audit.code} {paper.code}", office.auditor, True),
        ("working_paper.read", f"{audit.code} {paper.code}", office.leader, False),
        ("working_paper.read", paper.code, office.auditor, False),
        ("information_request.answer", f"{audit.code} {asked.code}", office.leader, True),
        ("information_request.answer", f"{audit.code} XX-99", office.leader, False),
    ):
        answer = why.explain(admin, person.id, permission, code)
        assert answer.allowed is allowed, (permission, code)
    assert why.explain(admin, office.head.id, "change_request.read", "2027-PM-001-A01").code == (
        why.NO_THING
    )
    assert why.explain(admin, office.head.id, "publication.read", audit.code).code == why.NO_THING


def test_a_referral_cannot_be_asked_about() -> None:
    assert not [name for name in why.askable() if name.startswith("referral.")]
