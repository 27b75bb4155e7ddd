"""Things for tests, made through the services as people would make them.

Each engineer's `make_<thing>` stands here; `ctx` acts as the system unless it says otherwise.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.context import Context
from app.models.accounts import User
from app.models.audits import AnnualPlan, Audit, WorkingPaper
from app.models.findings import Finding
from app.models.org import Process, TermRule, Unit
from app.models.universe import AuditableUnit
from app.permissions import SYSTEM
from app.services import (
    accounts,
    admin_catalogues,
    annual_plans,
    audit_events,
    audit_program,
    audit_team,
    audits,
    catalogues,
    committee,
    finding_events,
    finding_evidence,
    findings,
    universe,
    working_papers,
)
from app.services.prioritizations import Assessment
from app.services.priority_rows import JUDGED
from workflows.audit import AuditState
from workflows.enums import (
    AuditableUnitKind,
    AuditLineType,
    CommitteeDecisionType,
    EvidenceType,
    FindingType,
    OciRole,
    ProcessType,
    RiskLevel,
    Role,
    Severity,
)

PASSWORD = "tres gatos verdes"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PROGRAM = {
    "objective": "Comprobar que los contratos se supervisan como dice el manual.",
    "scope": "Contratos de 2026 de la sede central.",
    "criteria": "Ley 1474 de 2011, artículos 83 y 84; manual de supervisión.",
    "risks": "Pagos sin recibo a satisfacción.",
    "tests": "Revisión de expedientes y entrevistas.",
    "sample": "30 de 212 contratos, al azar.",
    "methodology": "Guía de auditoría interna basada en riesgos.",
    "schedule": "Marzo: apertura. Abril: trabajo de campo.",
}
PAPER = {
    "title": "Recibos a satisfacción",
    "procedure": "Se revisó el recibo de cada pago de la muestra.",
    "result": "Faltan 4 de 30.",
    "conclusion": "El control no opera siempre.",
}
FINDING: dict[str, Any] = {
    "title": "Pagos sin recibo a satisfacción",
    "condition": "En 4 de 30 contratos se pagó sin recibo a satisfacción.",
    "criterion": "El supervisor certifica el recibo antes de cada pago.",
    "norm_article": "Artículo 84",
    "cause": "Los supervisores no conocen el manual.",
    "effect": "Se pudo pagar lo que no se recibió.",
    "recommendation": "",
    "type": FindingType.FINDING,
    "severity": Severity.MAJOR,
}
_numbers = itertools.count(1)


def as_system(ctx: Context) -> Context:
    return replace(ctx, actor=SYSTEM)


def acting(ctx: Context, user: User) -> Context:
    """The context of a person, with the rights of today."""
    return replace(ctx, actor=accounts.actor_for(ctx.session, user, ctx.today()))


def sign_in(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
    """Log in through the page, as the person would."""
    data = {"email": user.email, "password": password}
    answer = client.post("/entrar", data=data)
    assert answer.status_code == 303, answer.status_code
    return client


def make_user(ctx: Context, *roles: Role, name: str = "", unit: Unit | None = None) -> User:
    """An active person with these roles and the password PASSWORD."""
    number = next(_numbers)
    name = name or f"Persona {number}"
    data = accounts.PersonData(
        f"persona{number}@entidad.gov.co", name, "Profesional", unit.id if unit else None
    )
    return accounts.create_user(as_system(ctx), data, roles=roles, password=PASSWORD)


def administrator(ctx: Context) -> Context:
    """The context of a new administrator."""
    return acting(ctx, make_user(ctx, Role.ADMINISTRATOR, name="Rosa Admin"))


def make_unit(ctx: Context, *, head: User | None = None, name: str = "") -> Unit:
    number = next(_numbers)
    values = {
        "code": f"U{number}",
        "name": name or f"Dependencia {number}",
        "head_id": head.id if head else None,
        "active": True,
    }
    unit: Unit = admin_catalogues.add(as_system(ctx), "dependencias", values)
    return unit


def make_process(
    ctx: Context,
    *,
    leader: User | None = None,
    unit: Unit | None = None,
    liaisons: Sequence[User] = (),
    name: str = "",
) -> Process:
    number = next(_numbers)
    values = {
        "code": f"P{number}",
        "name": name or f"Proceso {number}",
        "type": ProcessType.SUPPORT,
        "unit_id": unit.id if unit else None,
        "leader_id": leader.id if leader else None,
        "liaisons": [person.id for person in liaisons],
        "active": True,
    }
    process: Process = admin_catalogues.add(as_system(ctx), "procesos", values)
    return process


def make_terms(ctx: Context) -> None:
    """The terms and limits of the catalogue, loaded once for each test."""
    if ctx.session.scalars(select(TermRule.id).limit(1)).first() is None:
        catalogues.load(as_system(ctx))


@dataclass(frozen=True, slots=True)
class Office:
    """The people of an entity and a process to audit."""

    head: User
    lead: User
    auditor: User
    leader: User
    liaison: User
    planner: User
    manager: User
    unit: Unit
    process: Process


def make_office(ctx: Context) -> Office:
    """One person for each role, terms loaded, and a process with leader and liaison."""
    make_terms(ctx)
    leader = make_user(ctx, Role.PROCESS_OWNER, name="Luis Líder")
    liaison = make_user(ctx, Role.LIAISON, name="Elena Enlace")
    unit = make_unit(ctx, name="Dirección Administrativa")
    process = make_process(ctx, leader=leader, unit=unit, liaisons=[liaison], name="Contratación")
    return Office(
        head=make_user(ctx, Role.OCI_HEAD, name="Jacinta Jefe"),
        lead=make_user(ctx, Role.LEAD_AUDITOR, name="Laura Auditora"),
        auditor=make_user(ctx, Role.AUDITOR, name="Andrés Auditor"),
        leader=leader,
        liaison=liaison,
        planner=make_user(ctx, Role.SECOND_LINE, name="Pilar Planeación"),
        manager=make_user(ctx, Role.TOP_MANAGEMENT, name="Marta Dirección"),
        unit=unit,
        process=process,
    )


# ---------------------------------------------------------------- universe, plan and audits


def make_auditable_unit(ctx: Context, office: Office, **changes: Any) -> AuditableUnit:
    """Something of the universe, of the office's process unless it says otherwise."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "code": f"UA-{number:02d}",
        "name": f"Unidad auditable {number}",
        "kind": AuditableUnitKind.TOPIC,
        "process_id": office.process.id,
        **changes,
    }
    return universe.create(acting(ctx, office.head), universe.UnitData(**values))


def judged(level: RiskLevel = RiskLevel.HIGH, score: int = 2, **more: Any) -> Assessment:
    """A whole assessment: the same score for every criterion."""
    return Assessment(risk_level=level, scores=dict.fromkeys(JUDGED, score), **more)


def audit_data(office: Office, **changes: Any) -> audits.AuditData:
    data = audits.AuditData(
        title="Supervisión de contratos",
        type=AuditLineType.MANAGEMENT_AUDIT,
        oci_role=OciRole.EVALUATION_AND_FOLLOW_UP,
        process_id=office.process.id,
        planned_start=date(2027, 3, 8),
        planned_end=date(2027, 5, 28),
        special_authorization="Lo pidió la alta dirección el 22 de febrero de 2027.",
    )
    return replace(data, **changes)


def make_annual_plan(
    ctx: Context, office: Office, *, year: int = 2027, audit_count: int = 1, approved: bool = True
) -> AnnualPlan:
    """A plan with audits, approved by the committee unless it says otherwise."""
    head = acting(ctx, office.head)
    plan = annual_plans.create(head, year, annual_plans.PlanTexts(objective="Vigilar lo crítico."))
    for number in range(audit_count):
        data = audit_data(
            office,
            title=f"Auditoría {number + 1}",
            annual_plan_id=plan.id,
            special_authorization="",
        )
        audits.create(head, data)
    if approved:
        annual_plans.fire(head, plan.id, "submit", version=None)
        annual_plans.fire(head, plan.id, "present", version=None)
        minutes = {"minutes_number": "CICCI-01", "minutes_date": ctx.today()}
        manager = acting(ctx, office.manager)
        annual_plans.fire(manager, plan.id, "approve", version=None, inputs=minutes)
    return plan


def decision(kind: CommitteeDecisionType, day: date) -> committee.DecisionData:
    return committee.DecisionData(kind, "CICCI-02", day, "El comité lo decidió por unanimidad.")


def make_audit(
    ctx: Context,
    office: Office,
    state: AuditState = AuditState.SCHEDULED,
    *,
    finding_count: int = 0,
    **changes: Any,
) -> Audit:
    """A special audit, authorised by the committee, brought to a state through its events.

    From the fieldwork on it has `finding_count` findings and one reviewed paper.
    """
    head = acting(ctx, office.head)
    audit = audits.create(head, audit_data(office, **changes))
    if audit.annual_plan_id is None:
        kind = CommitteeDecisionType.AUTHORISE_SPECIAL_AUDIT
        committee.record_for_audit(head, audit.id, decision(kind, ctx.today()))
    reach(ctx, office, audit.id, state, finding_count=finding_count)
    return ctx.session.get_one(Audit, audit.id)


def fire(ctx: Context, user: User, audit_id: int, event: str, **more: Any) -> Audit:
    """One event of an audit, as this person, with his password."""
    return audit_events.fire(
        acting(ctx, user), audit_id, event, version=None, password=PASSWORD, **more
    )


def reach(
    ctx: Context, office: Office, audit_id: int, state: AuditState, *, finding_count: int = 0
) -> None:
    """Bring an audit from `programada` to a state of its road."""
    road = [
        (AuditState.PLANNING, to_planning),
        (AuditState.FIELDWORK, to_fieldwork),
        (AuditState.DRAFT_REPORT, to_draft_report),
        (AuditState.CONTRADICTION, to_contradiction),
    ]
    states = [each for each, _step in road]
    wanted = 0 if state is AuditState.SCHEDULED else states.index(state) + 1
    for reached, step in road[:wanted]:
        step(ctx, office, audit_id)
        if reached is AuditState.FIELDWORK:
            for _each in range(finding_count):
                make_finding(ctx, office, audit_id)
            make_paper(ctx, office, audit_id)


def make_members(ctx: Context, office: Office, audit_id: int) -> None:
    """The lead and one auditor, who declare that they have no conflict."""
    head = acting(ctx, office.head)
    audit_team.assign(head, audit_id, office.lead.id, lead=True)
    audit_team.assign(head, audit_id, office.auditor.id)
    for person in (office.lead, office.auditor):
        declare(ctx, person, audit_id)


def declare(ctx: Context, user: User, audit_id: int, *, conflict: str = "") -> None:
    audit_team.declare(
        acting(ctx, user),
        audit_id,
        has_conflict=bool(conflict),
        text=conflict,
        password=PASSWORD,
    )


def to_planning(ctx: Context, office: Office, audit_id: int) -> None:
    """Team with its declarations, planning begun."""
    make_members(ctx, office, audit_id)
    fire(ctx, office.head, audit_id, "start_planning")


def to_announced(ctx: Context, office: Office, audit_id: int) -> None:
    """Program signed and auditee told: the execution may begin."""
    audit_program.save(acting(ctx, office.lead), audit_id, PROGRAM, version=None)
    audit_program.sign(acting(ctx, office.head), audit_id, password=PASSWORD, version=None)
    audit_program.announce(acting(ctx, office.head), audit_id, version=None)


def to_fieldwork(ctx: Context, office: Office, audit_id: int) -> None:
    """Execution begun, with its program and its announcement."""
    to_announced(ctx, office, audit_id)
    fire(ctx, office.head, audit_id, "start_execution")


def to_draft_report(ctx: Context, office: Office, audit_id: int) -> None:
    """Fieldwork finished by the lead."""
    fire(ctx, office.lead, audit_id, "finish_fieldwork")


def to_contradiction(ctx: Context, office: Office, audit_id: int) -> None:
    """Preliminary report signed and told."""
    fire(ctx, office.head, audit_id, "issue_draft_report")


def make_paper(
    ctx: Context, office: Office, audit_id: int, *, reviewed: bool = True
) -> WorkingPaper:
    """A paper of the auditor, reviewed by the lead."""
    paper = working_papers.create(acting(ctx, office.auditor), audit_id, PAPER)
    if reviewed:
        working_papers.review(acting(ctx, office.lead), paper.id, version=None)
    return paper


def make_finding(
    ctx: Context, office: Office, audit_id: int, *, reviewed: bool = True, **changes: Any
) -> Finding:
    """A complete finding of the auditor with one piece of evidence, reviewed by the lead."""
    auditor = acting(ctx, office.auditor)
    values = {**FINDING, "process_id": office.process.id, **changes}
    finding = findings.create(auditor, audit_id, values)
    finding_evidence.upload(
        auditor,
        finding.id,
        io.BytesIO(PDF),
        f"contrato-{next(_numbers)}.pdf",
        type=EvidenceType.DOCUMENTARY,
    )
    finding_events.fire(auditor, finding.id, "submit", version=None)
    if reviewed:
        findings.review(acting(ctx, office.lead), finding.id, version=None)
    return finding


# ---------------------------------------------------------------- a team at work


@dataclass(frozen=True, slots=True)
class AuditTeam:
    """An audit in planning and the contexts of those around it; `outsider` has no part in it."""

    audit_id: int
    head: Context
    lead: Context
    auditor: Context
    owner: Context
    outsider: Context


def make_audit_team(ctx: Context) -> AuditTeam:
    """An audit with its team, and an auditor who is not of it."""
    office = make_office(ctx)
    audit = make_audit(ctx, office, AuditState.PLANNING)
    return AuditTeam(
        audit_id=audit.id,
        head=acting(ctx, office.head),
        lead=acting(ctx, office.lead),
        auditor=acting(ctx, office.auditor),
        owner=acting(ctx, office.leader),
        outsider=acting(ctx, make_user(ctx, Role.AUDITOR, name="Olga Ajena")),
    )
