"""Where the tests of findings, replies and reports take place: an office and an audit in
execution, made through the services, with findings at each point of their road."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from app.context import Context
from app.extensions import db
from app.models.accounts import User
from app.models.audits import Audit, Report, ReportKind
from app.models.documents import Document
from app.models.findings import Finding, Reply
from app.models.org import Norm, Process
from app.permissions import Actor
from app.services import (
    admin_catalogues,
    finding_evidence,
    finding_records,
    findings,
    publications,
    replies,
    reports,
)
from tests import factories
from tests.conftest import Clock
from tests.factories import PASSWORD, PDF, Office
from workflows.audit import AuditState
from workflows.enums import EvidenceType, FindingType, NormStatus, PlanSource, Role, Severity
from workflows.finding import FindingState as State

__all__ = ["PASSWORD", "PDF"]

ARGUMENTS = "El contrato sí tenía supervisor: se anexa la designación."
ANALYSIS = "La designación es posterior al inicio del contrato."
COMPLETE: Mapping[str, Any] = {
    "title": "Contratos sin supervisor designado",
    "condition": "En 4 de 20 contratos no hay designación de supervisor.",
    "criterion": "Todo contrato debe tener un supervisor designado por escrito.",
    "norm_article": "artículo 83",
    "cause": "No hay un control previo a la firma.",
    "effect": "Puede pagarse sin recibir lo contratado.",
    "recommendation": "Incluir la designación en la lista de chequeo.",
}
PEOPLE = ("head", "lead", "auditor", "leader", "liaison", "planner", "manager")


@dataclass
class World:
    """People by short name, and ways to act as each of them with the rights of now.

    `stranger` leads another process; `outsider` is an auditor of no team; `admin` administers.
    """

    ctx: Context
    office: Office
    users: dict[str, User]
    other_process: Process
    norm: Norm

    @property
    def process(self) -> Process:
        return self.office.process

    def acting(self, name: str) -> Context:
        return factories.acting(self.ctx, self.users[name])

    def actor_of(self, name: str) -> Actor:
        return self.acting(name).actor

    def browser(self, app: Flask, name: str) -> FlaskClient:
        """A browser in which this person has signed in."""
        return factories.sign_in(app.test_client(), self.users[name])

    @property
    def head(self) -> Context:
        return self.acting("head")

    @property
    def lead(self) -> Context:
        return self.acting("lead")

    @property
    def auditor(self) -> Context:
        return self.acting("auditor")

    @property
    def leader(self) -> Context:
        return self.acting("leader")

    @property
    def liaison(self) -> Context:
        return self.acting("liaison")


def make_world(ctx: Context) -> World:
    office = factories.make_office(ctx)
    users: dict[str, User] = {name: getattr(office, name) for name in PEOPLE}
    users["stranger"] = factories.make_user(ctx, Role.PROCESS_OWNER, name="Sofía Ajena")
    users["outsider"] = factories.make_user(ctx, Role.AUDITOR, name="Óscar Otro")
    users["admin"] = factories.make_user(ctx, Role.ADMINISTRATOR, name="Adela Admin")
    admin = factories.acting(ctx, users["admin"])
    values = {"code": "L1474-83", "name": "Ley 1474 de 2011", "status": NormStatus.IN_FORCE}
    norm: Norm = admin_catalogues.add(admin, "normas", {**values, "active": True})
    other = factories.make_process(ctx, leader=users["stranger"], name="Finanzas")
    return World(ctx, office, users, other, norm)


def make_fieldwork_audit(world: World) -> Audit:
    return factories.make_audit(world.ctx, world.office, AuditState.FIELDWORK)


def fire_audit(world: World, audit: Audit, event: str, **given: Any) -> Audit:
    return factories.fire(world.ctx, world.users["head"], audit.id, event, **given)


def finding_values(world: World, **changes: Any) -> dict[str, Any]:
    return {
        **COMPLETE,
        "type": FindingType.FINDING,
        "severity": Severity.MAJOR,
        "norm_id": world.norm.id,
        "process_id": world.process.id,
        **changes,
    }


def make_finding(
    world: World, audit: Audit, *, evidence: bool = True, by: str = "auditor", **changes: Any
) -> Finding:
    """A draft, complete and with a piece of evidence unless told otherwise."""
    author = world.acting(by)
    finding = findings.create(author, audit.id, finding_values(world, **changes))
    if evidence:
        add_evidence(author, finding)
    return finding


def add_evidence(ctx: Context, finding: Finding, name: str = "contratos.pdf") -> Document:
    return finding_evidence.upload(
        ctx, finding.id, io.BytesIO(PDF + name.encode()), name, type=EvidenceType.DOCUMENTARY
    )


def fire(ctx: Context, finding: Finding, event: str, **given: Any) -> Finding:
    """Fire on the version that is there now."""
    ctx.session.rollback()
    return findings.fire(ctx, finding.id, event, version=version_of(ctx, finding), **given)


def version_of(ctx: Context, finding: Finding) -> int:
    ctx.session.rollback()
    return ctx.session.scalars(select(Finding.version).where(Finding.id == finding.id)).one()


def make_reviewed(world: World, audit: Audit, **changes: Any) -> Finding:
    finding = make_finding(world, audit, **changes)
    fire(world.auditor, finding, "submit")
    return findings.review(world.lead, finding.id, version=None)


def communicate(world: World, audit: Audit) -> Audit:
    """Issue the preliminary report: every reviewed finding is told to the auditee."""
    fire_audit(world, audit, "finish_fieldwork")
    return fire_audit(world, audit, "issue_draft_report")


def issue_final(world: World, audit: Audit) -> Report:
    """Pass to the final report, prepare its public version and issue it."""
    fire_audit(world, audit, "start_final_report")
    publications.prepare(world.head, audit.id)
    fire_audit(world, audit, "issue_final_report")
    report = reports.latest(world.ctx.session, audit.id, ReportKind.FINAL)
    assert report is not None
    return report


def make_preliminary(world: World, audit: Audit, **changes: Any) -> Finding:
    """One communicated finding."""
    finding = make_reviewed(world, audit, **changes)
    communicate(world, audit)
    return world.ctx.session.get_one(Finding, finding.id)


def make_reply(world: World, finding: Finding, **changes: Any) -> Reply:
    given = {"stance": "objeta", "arguments": ARGUMENTS, **changes}
    return replies.submit(world.leader, finding.id, version=None, **given)


def make_contested(world: World, audit: Audit, **changes: Any) -> Finding:
    """One finding with its reply and the team's analysis."""
    finding = make_preliminary(world, audit, **changes)
    make_reply(world, finding)
    return finding_records.analyse(world.auditor, finding.id, version=None, text=ANALYSIS)


def make_external(world: World, *, by: str = "lead", **changes: Any) -> Finding:
    return findings.create_external(world.acting(by), external_values(world, **changes))


def external_values(world: World, **changes: Any) -> dict[str, Any]:
    source = {
        "source": PlanSource.NATIONAL_COMPTROLLER,
        "source_report": "Informe CGR 12",
        "source_report_date": date(2027, 2, 1),
    }
    return finding_values(world, **{**source, **changes})


def stored(ctx: Context, document: Document) -> bytes:
    """The bytes as the store keeps them."""
    with ctx.store.open(document.store_key) as stream:
        return stream.read()


# ------------------------------------------------------------------ looking


def again(world: World, finding: Finding) -> Finding:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Finding, finding.id, populate_existing=True)


def state_of(world: World, finding: Finding) -> State:
    world.ctx.session.rollback()
    return world.ctx.session.scalars(select(Finding.state).where(Finding.id == finding.id)).one()


def clock_of(world: World) -> Clock:
    assert isinstance(world.ctx.now, Clock)
    return world.ctx.now


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def typed_form(world: World, **changes: Any) -> dict[str, Any]:
    """The fields of the form as a browser sends them."""
    values = {name: value for name, value in finding_values(world).items() if value is not None}
    return {**{name: str(value) for name, value in values.items()}, **changes}


def finding_count(world: World) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.scalar(select(func.count(Finding.id))) or 0


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the application sends meanwhile."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def press(
    browser: FlaskClient, finding: Finding, name: str, version: int, **data: str
) -> TestResponse:
    form: Mapping[str, str] = {"version": str(version), **data}
    return browser.post(f"/hallazgos/{finding.id}/eventos/{name}", data=form)
