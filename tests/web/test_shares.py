"""Sharing with bodies of control: what they read, only that, only in the period."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.context import Context
from app.errors import Forbidden, Invalid
from app.models.accounts import OversightShare, User
from app.models.documents import Document
from app.models.traceability import LedgerEvent, OutboxItem
from app.services import accounts, shares
from tests import plan_world, publication_world
from tests.conftest import Clock
from tests.factories import acting, administrator, make_user, sign_in
from workflows.enums import DocumentPurpose, PlanSource, Role


@pytest.fixture
def world(ctx: Context) -> publication_world.World:
    return publication_world.make_world(ctx)


@pytest.fixture
def reader(ctx: Context) -> User:
    return make_user(ctx, Role.OVERSIGHT_BODY, name="Clara Contralora")


def signed(world: publication_world.World, number: str) -> int:
    (finding,) = publication_world.make_signed_findings(world, 1, filing_number=number)
    assert finding.audit_id is not None
    return finding.audit_id


def asked(
    ctx: Context, reader: User, audit_id: int | None, *, first: int = 0, last: int = 10
) -> shares.Shared:
    today = ctx.today()
    return shares.Shared(
        reader.id, audit_id, None, today + timedelta(first), today + timedelta(last)
    )


def status(client: FlaskClient, path: str) -> int:
    return client.get(path, follow_redirects=False).status_code


def documents_of(ctx: Context, audit_id: int) -> list[str]:
    statement = select(Document.uuid).where(Document.audit_id == audit_id).order_by(Document.id)
    return list(ctx.session.scalars(statement))


def test_the_head_shares_and_revokes_on_the_page(
    app: Flask, ctx: Context, world: publication_world.World, reader: User
) -> None:
    audit_id = signed(world, "2027-OCI-000001")
    head = sign_in(app.test_client(), world.office.head)
    today = ctx.today()
    data = {
        "user_id": str(reader.id),
        "audit_id": str(audit_id),
        "source": "",
        "starts_on": today.isoformat(),
        "until": (today + timedelta(10)).isoformat(),
        "idempotency_key": "una-vez",
    }
    assert head.post("/entes-de-control", data={**data, "audit_id": ""}).status_code == 422
    both = {**data, "source": PlanSource.NATIONAL_COMPTROLLER.value}
    assert "no ambas cosas" in head.post("/entes-de-control", data=both).get_data(as_text=True)
    for _again in range(2):
        answer = head.post("/entes-de-control", data=data)
        assert answer.status_code == HTTPStatus.SEE_OTHER
    ctx.session.rollback()
    (share,) = ctx.session.scalars(select(OversightShare)).all()
    mails = ctx.session.scalars(select(OutboxItem.payload).where(OutboxItem.kind == "mail")).all()
    assert [mail["to"] for mail in mails if "/compartido" in mail["text"]] == [reader.email]
    page = head.get("/entes-de-control").get_data(as_text=True)
    assert "Vigente" in page
    assert "Clara Contralora" in page

    theirs = sign_in(app.test_client(), reader)
    assert f"/auditorias/{audit_id}" in theirs.get("/compartido").get_data(as_text=True)
    assert status(theirs, f"/auditorias/{audit_id}") == HTTPStatus.OK

    path = f"/entes-de-control/{share.id}/retiro"
    assert head.post(path, data={"reason": " "}).status_code == 422
    assert status(theirs, f"/auditorias/{audit_id}") == HTTPStatus.OK
    assert head.post(path, data={"reason": "Terminó su visita"}).status_code == 303
    assert status(theirs, f"/auditorias/{audit_id}") == HTTPStatus.NOT_FOUND
    assert "Terminó su visita" in head.get("/entes-de-control").get_data(as_text=True)
    ctx.session.rollback()
    deeds = ctx.session.scalars(
        select(LedgerEvent.action)
        .where(LedgerEvent.thing_kind == "oversight_share", LedgerEvent.kind == "permission")
        .order_by(LedgerEvent.seq)
    )
    assert list(deeds) == ["create", "revoke"]


def test_a_reader_gets_nothing_else_and_writes_nothing(
    app: Flask, ctx: Context, world: publication_world.World, reader: User
) -> None:
    audit_id = signed(world, "2027-OCI-000001")
    other_id = signed(world, "2027-OCI-000002")
    shares.share(world.head, asked(ctx, reader, audit_id))
    theirs = sign_in(app.test_client(), reader)
    assert status(theirs, f"/auditorias/{audit_id}") == HTTPStatus.OK
    for report in documents_of(ctx, audit_id):
        assert status(theirs, f"/documentos/{report}") == HTTPStatus.OK
    for path in (
        f"/auditorias/{other_id}",
        f"/auditorias/{other_id}/documentos",
        f"/auditorias/{other_id}/hallazgos",
        f"/auditorias/{other_id}/historia",
        *(f"/documentos/{report}" for report in documents_of(ctx, other_id)),
    ):
        assert status(theirs, path) == HTTPStatus.NOT_FOUND, path
    assert status(theirs, "/entes-de-control") == HTTPStatus.FORBIDDEN
    for path in (f"/auditorias/{audit_id}/eventos/close", f"/auditorias/{audit_id}/publicacion"):
        assert theirs.post(path, data={"reason": "x"}).status_code in {403, 404}, path
    listed = theirs.get("/hallazgos").get_data(as_text=True)
    assert listed.count(f"/auditorias/{other_id}") == 0


def test_reserved_papers_of_a_shared_audit_stay_hidden(
    app: Flask, ctx: Context, world: publication_world.World, reader: User
) -> None:
    audit_id = signed(world, "2027-OCI-000001")
    report, draft = documents_of(ctx, audit_id)
    shares.share(world.head, asked(ctx, reader, audit_id))
    theirs = sign_in(app.test_client(), reader)
    for purpose in (
        DocumentPurpose.EVIDENCE,
        DocumentPurpose.WORKING_PAPER,
        DocumentPurpose.DRAFT_REPORT,
        DocumentPurpose.REPLY,
        DocumentPurpose.LETTER,
        DocumentPurpose.OTHER,
    ):
        with ctx.transaction() as session:
            session.execute(update(Document).where(Document.uuid == draft).values(purpose=purpose))
        assert status(theirs, f"/documentos/{draft}") == HTTPStatus.NOT_FOUND, purpose
        assert draft not in theirs.get(f"/auditorias/{audit_id}/documentos").get_data(as_text=True)
    assert status(theirs, f"/documentos/{report}") == HTTPStatus.OK


def test_only_between_the_two_days(
    app: Flask, ctx: Context, clock: Clock, world: publication_world.World, reader: User
) -> None:
    audit_id = signed(world, "2027-OCI-000001")
    shares.share(world.head, asked(ctx, reader, audit_id, first=2, last=4))
    seen = []
    for _day in range(6):
        found = accounts.actor_for(ctx.session, reader, ctx.today())
        seen.append(audit_id in found.shared_audits)
        clock.advance(days=1)
    assert seen == [False, False, True, True, True, False]
    theirs = sign_in(app.test_client(), reader)
    assert status(theirs, f"/auditorias/{audit_id}") == HTTPStatus.NOT_FOUND
    assert "No hay nada compartido" in theirs.get("/compartido").get_data(as_text=True)


def test_a_role_taken_back_ends_it_and_a_source_gives_its_plans(
    app: Flask, ctx: Context, world: publication_world.World, reader: User
) -> None:
    (finding,) = plan_world.make_external_findings(world)
    today = ctx.today()
    shared = shares.Shared(reader.id, None, finding.source, today, today + timedelta(3))
    shares.share(world.head, shared)
    theirs = sign_in(app.test_client(), reader)
    assert status(theirs, f"/hallazgos/{finding.id}") == HTTPStatus.OK
    assert finding.code in theirs.get("/hallazgos").get_data(as_text=True)
    accounts.revoke_role(administrator(ctx), reader.id, Role.OVERSIGHT_BODY)
    assert status(theirs, f"/hallazgos/{finding.id}") == HTTPStatus.NOT_FOUND


def test_what_may_not_be_shared_is_refused_with_its_reason(
    ctx: Context, world: publication_world.World, reader: User
) -> None:
    audit_id = signed(world, "2027-OCI-000001")
    for other in (world.lead, world.planner, administrator(ctx), acting(ctx, reader)):
        with pytest.raises(Forbidden):
            shares.share(other, asked(ctx, reader, audit_id))
        with pytest.raises(Forbidden):
            shares.page(other)
        with pytest.raises(Forbidden):
            shares.revoke(other, 1, reason="Sí")
    refusals = {
        "share.not_oversight": asked(ctx, world.office.planner, audit_id),
        "share.one_scope": asked(ctx, reader, None),
        "share.not_final": asked(ctx, reader, 999_999),
        "share.dates": asked(ctx, reader, audit_id, first=5, last=4),
        "share.past": asked(ctx, reader, audit_id, first=-5, last=-1),
    }
    for code, shared in refusals.items():
        with pytest.raises(Invalid, match=code.replace(".", r"\.")):
            shares.share(world.head, shared)
    assert ctx.session.scalars(select(OversightShare)).all() == []
