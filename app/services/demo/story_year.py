"""The stories around the audits: the plan of each year, outside bodies, a coming absence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from app.models.documents import Document, DocumentPurpose
from app.services import (
    accounts,
    annual_plans,
    annual_publication,
    audits,
    committee,
    documents,
    finding_evidence,
    findings,
)
from app.services.annual_plans import PlanTexts
from app.services.audits import AuditData
from app.services.demo import prose, writing
from app.services.demo.parts import AuditPart, ExternalPart, Script
from app.services.demo.stage import Stage, Story
from app.services.demo.story_audit import AuditStory
from app.services.demo.story_followup import plan_external
from app.services.demo.story_universe import form_universe, prioritize
from workflows.enums import AuditLineType, CommitteeDecisionType, EvidenceType, OciRole

AUDIT_DAYS = 80
FIELDWORK_AFTER_DAYS, COMMUNICATION_AFTER_DAYS = 14, 60
READINGS = 5
DRAFTED = (11, 18)  # month and day on which the plan of the next year is begun
TEXTS = PlanTexts(
    objective=(
        "Evaluar de manera independiente la gestión, los riesgos y los controles de la Alcaldía, y "
        "acompañar a la administración en el logro de sus objetivos."
    ),
    scope="Procesos priorizados por riesgo, tiempo sin auditar y solicitudes del comité.",
    criteria="Ley 87 de 1993, Decreto 648 de 2017, Estatuto de Auditoría y Código de Ética.",
    risks="Licencias del equipo y atención de visitas de entes de control no previstas.",
    resources="Seis personas de la oficina, un vehículo y licencias de análisis de datos.",
)
CHANGE = PlanTexts(
    objective=TEXTS.objective,
    scope="Se agrega una auditoría al manejo de las ayudas por la temporada de lluvias.",
    criteria=TEXTS.criteria,
    risks=TEXTS.risks,
    resources=TEXTS.resources,
)


def plan_years(stage: Stage, script: Script) -> None:
    """A plan for every year that has audits, and one more that waits for its approval."""
    years: dict[int, list[AuditPart]] = {}
    for part in sorted(script.audits, key=lambda each: -each.ago):
        years.setdefault(_planned(stage, part).year, []).append(part)
    for year, parts in years.items():
        begins = max(date(year - 1, *DRAFTED), stage.begins)
        stage.play(_year(stage, script, year, parts), stage.on(begins + timedelta(days=1)))
    stage.play(_pending(stage), stage.on(stage.ago(13)))


def _planned(stage: Stage, part: AuditPart) -> date:
    """An audit to come stays in this year: the plan of the next one may not exist yet."""
    day = stage.ago(part.ago)
    return min(day, date(stage.today.year, 12, 31)) if part.ago < 0 else day


def _year(stage: Stage, script: Script, year: int, parts: Sequence[AuditPart]) -> Story:
    """Drafted with its audits, reviewed, presented and approved by the committee."""
    if not stage.auditable:
        form_universe(stage)
    prioritize(stage, year)
    plan_id = annual_plans.create(stage.act("jefe_oci"), year, TEXTS).id
    for part in parts:
        if not part.special:
            _schedule(stage, script, part, plan_id)
    yield stage.after(4)
    annual_plans.fire(stage.act("auditor_lider"), plan_id, "submit", version=None)
    yield stage.after(3)
    annual_plans.fire(stage.act("jefe_oci"), plan_id, "present", version=None)
    yield stage.after(7)
    inputs = {"minutes_number": f"01-{stage.day.year}", "minutes_date": stage.day}
    annual_plans.fire(stage.act("alcaldesa"), plan_id, "approve", version=None, inputs=inputs)
    for part in parts:
        if part.special:
            stage.play(_special(stage, script, part), stage.on(stage.ago(part.ago + 6)))
    yield stage.after(2)
    _publish(stage, plan_id)


def _publish(stage: Stage, plan_id: int) -> None:
    """On the portal as the page proposes it."""
    ctx = stage.act("jefe_oci")
    proposal = annual_publication.propose(ctx, plan_id)
    wording = annual_publication.Wording(
        texts=proposal.texts,
        titles={line.audit.id: line.title for line in proposal.lines},
        shown=frozenset(line.audit.id for line in proposal.lines if line.shown),
    )
    annual_publication.publish(ctx, plan_id, wording, version=None)


def _data(stage: Stage, part: AuditPart, plan_id: int | None) -> AuditData:
    planned = _planned(stage, part)
    return AuditData(
        title=prose.audit(part.subject, part.prose).title,
        type=part.type,
        oci_role=part.role,
        process_id=stage.processes[part.process],
        planned_start=planned,
        fieldwork_start=planned + timedelta(days=FIELDWORK_AFTER_DAYS),
        communication_start=planned + timedelta(days=COMMUNICATION_AFTER_DAYS),
        planned_end=planned + timedelta(days=AUDIT_DAYS),
        annual_plan_id=plan_id,
        special_authorization=part.special,
        auditable_unit_id=stage.auditable[part.process],
    )


def _schedule(stage: Stage, script: Script, part: AuditPart, plan_id: int | None) -> int:
    """An audit on paper, whose story begins on its day."""
    audit_id = audits.create(stage.act("jefe_oci"), _data(stage, part, plan_id)).id
    if part.ago >= 0:
        stage.play(AuditStory(stage, script, part, audit_id).play())
    return audit_id


def _special(stage: Stage, script: Script, part: AuditPart) -> Story:
    """Outside the annual plan: the committee authorises it."""
    audit_id = _schedule(stage, script, part, None)
    decision = committee.DecisionData(
        CommitteeDecisionType.AUTHORISE_SPECIAL_AUDIT,
        f"{stage.rng.randint(2, 9):02d}-{stage.day.year}",
        stage.day,
        f"Se autoriza la auditoría especial. {part.special}",
    )
    committee.record_for_audit(stage.act("jefe_oci"), audit_id, decision)
    yield from ()


def _pending(stage: Stage) -> Story:
    """Near its end, the plan of the next year; before, a change of this year's. Either waits for
    the committee."""
    today = stage.today
    is_next = (today.month, today.day) >= DRAFTED
    year = today.year + 1 if is_next else today.year
    if is_next:
        prioritize(stage, year)
    plan_id = annual_plans.create(stage.act("jefe_oci"), year, TEXTS if is_next else CHANGE).id
    soon = min(today + timedelta(days=25), date(year, 12, 31))
    planned = date(year, 2, 3) if is_next else soon
    data = AuditData(
        title="Auditoría a la entrega de ayudas por la temporada de lluvias",
        type=AuditLineType.COMPLIANCE_AUDIT,
        oci_role=OciRole.PREVENTION,
        process_id=stage.processes["ambiente"],
        planned_start=planned,
        fieldwork_start=planned + timedelta(days=FIELDWORK_AFTER_DAYS),
        communication_start=planned + timedelta(days=COMMUNICATION_AFTER_DAYS),
        planned_end=planned + timedelta(days=AUDIT_DAYS),
        annual_plan_id=plan_id,
        auditable_unit_id=stage.auditable["ambiente"],
    )
    audits.create(stage.act("jefe_oci"), data)
    yield stage.after(3)
    annual_plans.fire(stage.act("auditor_lider"), plan_id, "submit", version=None)
    yield stage.after(3)
    annual_plans.fire(stage.act("jefe_oci"), plan_id, "present", version=None)


# ------------------------------------------------------------------ outside bodies


def external(stage: Stage, part: ExternalPart) -> Story:
    """The office writes down what an outside body found, and the process plans its answer."""
    kept = []
    process_id = stage.processes[part.process]
    for number, each in enumerate(part.findings):
        told = prose.findings("externos")[each.key]
        ctx = stage.act("auditor_lider")
        values = {
            **{name: getattr(told, name, "") for name in findings.TEXTS if name != "norm_article"},
            "norm_article": told.article,
            "type": told.type,
            "severity": told.severity,
            "norm_id": stage.norms[told.norm],
            "mipg_policy_id": stage.policies[told.policy],
            "meci_component": told.meci,
            "process_id": process_id,
            "unit_id": None,
            "repeats_id": None,
            "source": part.source,
            "source_report": part.report,
            "source_report_date": stage.day - timedelta(days=3),
        }
        finding_id = findings.create_external(ctx, values).id
        if number == 0:
            ctx = stage.act("auditor_lider")
            file = writing.source_report(part.body, told, part.report, ctx.now(), stage.rng)
            finding_evidence.upload(
                ctx, finding_id, file.stream(), file.name, type=EvidenceType.DOCUMENTARY
            )
        findings.fire(stage.act("auditor_lider"), finding_id, "register_external", version=None)
        kept.append((each, replace(told, process=part.process), finding_id))
    plan_external(stage, part, kept)
    yield from ()


# ------------------------------------------------------------------ the present


def absence(stage: Stage) -> Story:
    """The head of the office names who acts for her during her next holidays."""
    people_ids = stage.people
    accounts.create_substitution(
        stage.act("jefe_oci"),
        absent_id=people_ids["jefe_oci"],
        substitute_id=people_ids["lider2"],
        starts_on=stage.today + timedelta(days=21),
        ends_on=stage.today + timedelta(days=35),
        reason="Vacaciones concedidas por resolución.",
    )
    yield from ()


def readings(stage: Stage) -> Story:
    """Some evidence is looked at: each reading of a document that is not public leaves a trace."""
    statement = select(Document.uuid).where(Document.purpose == DocumentPurpose.EVIDENCE)
    uuids = stage.base.session.scalars(statement.order_by(Document.id).limit(READINGS)).all()
    for uuid in uuids:
        _document, stream = documents.open_for_download(stage.act("jefe_oci"), uuid)
        stream.close()
    yield from ()
