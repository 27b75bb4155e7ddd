"""What an audit report says, gathered once: the same content is hashed, signed and drawn twice.

Sections as docs/domain.md lists them under "Report content". Withdrawn findings are counted but
never quoted: a refuted text must not reach the public with the final report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound
from app.models.audits import Audit, AuditMember, ReportKind
from app.models.findings import Finding, FindingEvidence
from app.models.org import Process
from app.models.traceability import HistoryEntry
from app.services import settings
from app.services.report_words import day, moment, name
from workflows.enums import FindingType
from workflows.finding import FindingState

DECISION_EVENTS = ("ratify", "modify", "lapse")
DECISION_LABELS = {"ratify": "Ratificado", "modify": "Modificado", "lapse": "Ratificado"}
NO_REPLY = "El proceso auditado no presentó réplica en el término."
SHOWN: Mapping[ReportKind, tuple[FindingState, ...]] = {
    ReportKind.DRAFT: (FindingState.IN_REVIEW, FindingState.PRELIMINARY),
    ReportKind.FINAL: (FindingState.RATIFIED, FindingState.MODIFIED, FindingState.CONFIRMED),
}
NAMES = {
    ReportKind.DRAFT: "Informe preliminar de auditoría interna",
    ReportKind.FINAL: "Informe final de auditoría interna",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its text: of the report, or of one finding."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    position: str
    part: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    type: str
    title: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One finding as the report prints it; `exchange` is reply, analysis and decision."""

    code: str
    type: str
    severity: str
    title: str
    responsible: str
    parts: tuple[Part, ...]
    exchange: tuple[Part, ...] = ()
    decision: str = ""
    evidence: tuple[EvidenceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes it an official document: printed, and covered by the signed hash except for
    the hash itself."""

    filing_number: str
    signed_at: str
    signer: str
    signer_position: str
    on_behalf_of: str = ""
    content_sha256: str = ""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The whole report, as text in its final order. `seal` is None in a preview."""

    kind: str
    name: str
    entity: str
    entity_facts: tuple[str, ...]
    audit_code: str
    audit_title: str
    facts: tuple[Part, ...]
    team: tuple[Person, ...]
    recipient: Person | None
    sections: tuple[Part, ...]
    figures: tuple[Part, ...]
    strengths: tuple[ReportFinding, ...]
    findings: tuple[ReportFinding, ...]
    recommendations: tuple[Part, ...]
    conclusions: str
    notice: str
    made_at: str
    seal: Seal | None = None

    def as_json(self) -> dict[str, Any]:
        """Text, lists and mappings only: what is hashed and what the PDF template reads."""
        return asdict(self)


def build(ctx: Context, audit_id: int, kind: ReportKind) -> ReportContent:
    """Gather the content of one report in a fixed number of queries. Raises: NotFound."""
    audit = _audit(ctx, audit_id)
    findings = _findings(ctx, audit_id, kind)
    decisions = _decisions(ctx, findings) if kind is ReportKind.FINAL else {}
    drawn = [_finding(each, decisions.get(each.id)) for each in findings]
    strengths = tuple(
        d for f, d in zip(findings, drawn, strict=True) if f.type is FindingType.STRENGTH
    )
    others = tuple(
        d for f, d in zip(findings, drawn, strict=True) if f.type is not FindingType.STRENGTH
    )
    entity = settings.entity(ctx.session)
    return ReportContent(
        kind=kind.value,
        name=NAMES[kind],
        entity=entity.name,
        entity_facts=_given([f"NIT {entity.nit}" if entity.nit else "", entity.city]),
        audit_code=audit.code,
        audit_title=audit.title,
        facts=_facts(audit, kind),
        team=_team(audit),
        recipient=_recipient(audit),
        sections=_sections(audit),
        figures=_figures(ctx, findings, audit_id, kind),
        strengths=strengths,
        findings=others,
        recommendations=tuple(
            Part(f.code, f.recommendation) for f in findings if f.recommendation.strip()
        ),
        conclusions=audit.conclusions or "Sin conclusiones registradas.",
        notice=_notice(audit, kind),
        made_at=moment(ctx.now()),
    )


def _audit(ctx: Context, audit_id: int) -> Audit:
    statement = (
        select(Audit)
        .where(Audit.id == audit_id)
        .options(
            joinedload(Audit.process).joinedload(Process.leader),
            joinedload(Audit.process).joinedload(Process.unit),
            selectinload(Audit.members).joinedload(AuditMember.user),
        )
    )
    audit = ctx.session.scalars(statement).unique().one_or_none()
    if audit is None:
        raise NotFound
    return audit


def _findings(ctx: Context, audit_id: int, kind: ReportKind) -> Sequence[Finding]:
    statement = (
        select(Finding)
        .where(Finding.audit_id == audit_id, Finding.state.in_(SHOWN[kind]))
        .options(
            joinedload(Finding.norm),
            joinedload(Finding.process),
            joinedload(Finding.unit),
            joinedload(Finding.committee_decision),
            selectinload(Finding.replies),
            selectinload(Finding.evidence).joinedload(FindingEvidence.document),
        )
        .order_by(Finding.code)
    )
    return ctx.session.scalars(statement).unique().all()


def _decisions(ctx: Context, findings: Sequence[Finding]) -> dict[int, HistoryEntry]:
    """The last decision on each finding."""
    rows = ctx.session.scalars(
        select(HistoryEntry)
        .where(
            HistoryEntry.thing_kind == Finding.thing,
            HistoryEntry.thing_id.in_([str(finding.id) for finding in findings]),
            HistoryEntry.event.in_(DECISION_EVENTS),
        )
        .order_by(HistoryEntry.id)
    )
    return {int(row.thing_id): row for row in rows}


def _given(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.strip())


def _facts(audit: Audit, kind: ReportKind) -> tuple[Part, ...]:
    process = audit.process
    unit = process.unit.name if process.unit else ""
    period = f"Del {day(audit.planned_start)} al {day(audit.planned_end)}"
    told = day(audit.draft_issued_at) if kind is ReportKind.FINAL else ""
    pairs = [
        ("Código de la auditoría", audit.code),
        ("Tipo", name(audit.type)),
        ("Rol de la OCI", name(audit.oci_role)),
        ("Proceso auditado", process.name),
        ("Dependencia", unit),
        ("Periodo previsto", period),
        ("Anuncio de la auditoría", day(audit.announced_at)),
        ("Informe preliminar comunicado", told),
    ]
    return tuple(Part(title, text) for title, text in pairs if text)


def _team(audit: Audit) -> tuple[Person, ...]:
    members = [each for each in audit.members if each.removed_at is None]
    members.sort(key=lambda each: (not each.is_lead, each.user.name))
    return tuple(
        Person(each.user.name, each.user.position, "Auditor líder" if each.is_lead else "Auditor")
        for each in members
    )


def _recipient(audit: Audit) -> Person | None:
    leader = audit.process.leader
    return Person(leader.name, leader.position, "Líder del proceso") if leader else None


def _sections(audit: Audit) -> tuple[Part, ...]:
    """Always in this order; limitations are stated even when there are none."""
    pairs = [
        ("Objetivo", audit.objective),
        ("Alcance", audit.scope),
        ("Criterios", audit.criteria),
        ("Riesgos y controles evaluados", audit.risks),
        ("Metodología", audit.methodology),
        ("Pruebas realizadas", audit.tests),
        ("Muestra", audit.sample),
    ]
    limits = audit.limitations.strip() or "No se presentaron limitaciones al alcance."
    told = [Part(title, text) for title, text in pairs if text.strip()]
    return (*told, Part("Limitaciones", limits))


def _figures(
    ctx: Context, findings: Sequence[Finding], audit_id: int, kind: ReportKind
) -> tuple[Part, ...]:
    """How many of each type, and in the final report how many did not stand."""
    count = Counter(finding.type for finding in findings)
    rows = [Part(name(each), str(count[each])) for each in FindingType if count[each]]
    if kind is ReportKind.FINAL:
        withdrawn = ctx.session.scalars(
            select(Finding.id).where(
                Finding.audit_id == audit_id,
                Finding.state == FindingState.WITHDRAWN,
                Finding.communicated_at.is_not(None),
            )
        ).all()
        if withdrawn:
            rows.append(Part("Retirados después de la réplica", str(len(withdrawn))))
    return tuple(rows)


def _finding(finding: Finding, decision: HistoryEntry | None) -> ReportFinding:
    criterion = [finding.criterion]
    if finding.norm or finding.norm_article:
        norm = finding.norm.name if finding.norm else ""
        criterion.append("Norma: " + ", ".join(_given([norm, finding.norm_article])) + ".")
    pairs = [
        ("Condición", finding.condition),
        ("Criterio", "\n\n".join(_given(criterion))),
        ("Causa", finding.cause),
        ("Efecto", finding.effect),
        ("Recomendación", finding.recommendation),
    ]
    units = [finding.process.name, finding.unit.name if finding.unit else ""]
    return ReportFinding(
        code=finding.code,
        type=name(finding.type),
        severity="" if finding.type is FindingType.STRENGTH else name(finding.severity),
        title=finding.title,
        responsible=" · ".join(dict.fromkeys(_given(units))),
        parts=tuple(Part(title, text) for title, text in pairs if text.strip()),
        exchange=_exchange(finding, decision),
        decision=DECISION_LABELS[decision.event] if decision else "",
        evidence=_evidence(finding),
    )


def _exchange(finding: Finding, decision: HistoryEntry | None) -> tuple[Part, ...]:
    if decision is None:
        return ()
    parts = []
    for reply in finding.replies:
        heading = f"Réplica del proceso auditado ({day(reply.submitted_at)})"
        filed = f"Radicado {reply.filing_number}. " if reply.filing_number else ""
        parts.append(Part(heading, f"{filed}{name(reply.stance)}.\n\n{reply.arguments}"))
    if finding.analysis.strip():
        parts.append(Part("Análisis de la Oficina de Control Interno", finding.analysis))
    settled = finding.committee_decision
    if settled is not None:
        act = f"Acta {settled.minutes_number} del {day(settled.minutes_date)}."
        parts.append(Part("Decisión del comité sobre la diferencia", f"{act}\n\n{settled.text}"))
    reason = NO_REPLY if decision.event == "lapse" else decision.reason.strip()
    told = [f"{DECISION_LABELS[decision.event]} el {day(decision.at)}.", reason]
    parts.append(Part("Decisión", "\n\n".join(_given(told))))
    return tuple(parts)


def _evidence(finding: Finding) -> tuple[EvidenceLine, ...]:
    return tuple(
        EvidenceLine(name(each.type), each.document.title, each.document.sha256)
        for each in sorted(finding.evidence, key=lambda each: each.id)
        if each.removed_at is None and each.document.withdrawn_at is None
    )


def _notice(audit: Audit, kind: ReportKind) -> str:
    """What the reader can do now. The draft opens the term to reply."""
    if kind is ReportKind.FINAL:
        return (
            "Este informe queda en firme con su comunicación. Los hallazgos que lo exigen deben "
            "tener un plan de mejoramiento formulado por el proceso auditado dentro del término "
            "comunicado."
        )
    until = f" El término vence el {day(audit.reply_due_on)}." if audit.reply_due_on else ""
    return (
        "Este informe es preliminar: hace parte del proceso deliberativo de la auditoría y no es "
        "público (Ley 1712 de 2014, artículo 19, parágrafo). El líder del proceso puede aceptar u "
        f"objetar cada hallazgo, con sus argumentos y soportes, en Vigía.{until} Los hallazgos "
        "sobre los que no se reciba réplica en el término se ratifican."
    )
