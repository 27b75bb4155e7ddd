"""The legal clock on screen: what an edit would move, told before saving, and moving it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

import pytest
from flask import Flask
from sqlalchemy import select

from app.context import Context
from app.models.audits import Audit
from app.models.org import NonWorkingDay, TermRule
from tests.factories import (
    PASSWORD,
    Office,
    make_audit,
    make_user,
    sign_in,
)
from workflows.audit import AuditState
from workflows.enums import Role

NEW_DAY = "/admin/catalogos/dias-no-habiles/nuevo"
DAY = {
    "day": "2027-03-03",
    "name": "Día cívico",
    "legal_ground": "Decreto 10 de 2027",
    "active": "1",
}


@pytest.fixture
def audit(ctx: Context, office: Office) -> Audit:
    return make_audit(
        ctx, office, AuditState.CONTRADICTION, finding_count=1, title="Compra de semovientes"
    )


def test_from_the_preview_to_the_recalculation(
    app: Flask, ctx: Context, office: Office, audit: Audit
) -> None:
    admin = sign_in(app.test_client(), make_user(ctx, Role.ADMINISTRATOR))
    answer = admin.post(NEW_DAY, data=DAY)
    page = answer.get_data(as_text=True)
    assert answer.status_code == HTTPStatus.OK
    assert "Todavía no se ha guardado nada" in page
    assert audit.code in page
    assert "semovientes" not in page
    assert 'name="legal_ground" value="Decreto 10 de 2027"' in page
    assert "Ya no se cuenta:" in page
    assert ctx.session.scalars(select(NonWorkingDay)).all() == []
    assert admin.post(NEW_DAY, data={**DAY, "confirmed": "1"}).status_code == HTTPStatus.SEE_OTHER
    ctx.session.rollback()
    assert ctx.session.scalars(select(NonWorkingDay.day)).all() == [date(2027, 3, 3)]
    assert ctx.session.get_one(Audit, audit.id).reply_due_on == date(2027, 3, 8)

    head = sign_in(app.test_client(), office.head)
    page = head.get("/vencimientos").get_data(as_text=True)
    row = f"audit:{audit.id}:reply=2027-03-09"
    assert f'value="{row}"' in page
    data = {"rows": row, "reason": "Decreto 10", "password": "no es esta"}
    refused = head.post("/vencimientos/recalculo", data=data)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'value="{row}" checked' in refused.get_data(as_text=True)
    without = head.post("/vencimientos/recalculo", data={**data, "rows": "audit:1:reply=nunca"})
    assert "No eligió ningún vencimiento" in without.get_data(as_text=True)
    data["password"] = PASSWORD
    assert head.post("/vencimientos/recalculo", data=data).status_code == HTTPStatus.SEE_OTHER
    ctx.session.rollback()
    assert ctx.session.get_one(Audit, audit.id).reply_due_on == date(2027, 3, 9)
    assert "Nada por recalcular" in head.get("/vencimientos").get_data(as_text=True)
    history = head.get(f"/auditorias/{audit.id}/historia").get_data(as_text=True)
    assert "Vencimiento notificado, recalculado" in history
    assert admin.get("/vencimientos").status_code == HTTPStatus.FORBIDDEN


def test_a_term_is_previewed_with_the_version_that_was_read(
    app: Flask, ctx: Context, audit: Audit
) -> None:
    admin = sign_in(app.test_client(), make_user(ctx, Role.ADMINISTRATOR))
    rule = ctx.session.scalars(select(TermRule).where(TermRule.code == "reply")).one()
    path, amount = f"/admin/catalogos/terminos/{rule.id}", rule.amount
    data = {
        "name": rule.name,
        "amount": str(amount + 5),
        "start_event": rule.start_event,
        "legal_ground": rule.legal_ground,
        "version": str(rule.version),
    }
    page = admin.post(path, data=data).get_data(as_text=True)
    assert f"La duración pasa de {amount} a {amount + 5}" in page
    assert f'name="version" value="{rule.version}"' in page
    stale = admin.post(path, data={**data, "confirmed": "1", "version": "999"})
    assert stale.status_code == HTTPStatus.CONFLICT
    assert admin.post(path, data={**data, "confirmed": "1"}).status_code == HTTPStatus.SEE_OTHER
    ctx.session.rollback()
    assert ctx.session.get_one(TermRule, rule.id).amount == amount + 5
    assert audit.code in admin.post(path, data={**data, "amount": "1"}).get_data(as_text=True)


def test_what_changes_no_open_term_is_saved_at_once(app: Flask, ctx: Context) -> None:
    admin = sign_in(app.test_client(), make_user(ctx, Role.ADMINISTRATOR))
    assert admin.post(NEW_DAY, data=DAY).status_code == HTTPStatus.SEE_OTHER
