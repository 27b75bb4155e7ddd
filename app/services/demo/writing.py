"""What the papers of the demonstration entity say: letters, minutes, tables, mails."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime

from app.services.demo import people, prose, samples
from app.services.demo.papers import File, Paper, Table, make
from app.services.demo.prose import ActionProse, FindingProse
from app.services.report_words import day
from workflows.enums import EvidenceQuality, EvidenceType

OFFICE = "Oficina de Control Interno"
EVIDENCE_FORMS = ("xlsx", "docx", "pdf", "scan", "eml", "csv", "txt", "pdf", "photo", "docx")
EVIDENCE_TYPES: Mapping[str, EvidenceType] = {
    "xlsx": EvidenceType.ANALYTICAL,
    "csv": EvidenceType.ANALYTICAL,
    "docx": EvidenceType.DOCUMENTARY,
    "pdf": EvidenceType.DOCUMENTARY,
    "scan": EvidenceType.DOCUMENTARY,
    "eml": EvidenceType.TESTIMONIAL,
    "txt": EvidenceType.TESTIMONIAL,
    "photo": EvidenceType.PHYSICAL,
}
QUALITIES: Mapping[EvidenceType, tuple[EvidenceQuality, ...]] = {
    **dict.fromkeys(EvidenceType, tuple(EvidenceQuality)),
    # What somebody says has to be borne out by something else.
    EvidenceType.TESTIMONIAL: (EvidenceQuality.RELEVANT, EvidenceQuality.USEFUL),
}
PROGRESS_FORMS = ("docx", "pdf", "xlsx", "photo", "eml", "pdf")


def paper(
    kind: str,
    by: str,
    at: datetime,
    *,
    number: str,
    subject: str,
    to: str,
    paragraphs: tuple[str, ...],
    points: tuple[str, ...] = (),
    table: Table | None = None,
    mail_to: str = "",
) -> Paper:
    """A paper signed by one of the people."""
    who = people.person(by)
    return Paper(
        kind=kind,
        number=number,
        at=at,
        subject=subject,
        to=to,
        signer=who.name,
        position=who.position,
        paragraphs=paragraphs,
        points=points,
        table=table,
        mail=people.email_of(who),
        mail_to=mail_to or prose.entity().values["email"],
    )


def named(key: str) -> str:
    """Name and position of a person, as a letter has them."""
    who = people.person(key)
    return f"{who.name}, {who.position}"


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text."""
    return tuple(re.split(r"(?<=[.;])\s+(?=[A-ZÁÉÍÓÚÑ0-9])", text)) if text else ()


# ------------------------------------------------------------------ of the audit


def announcement(code: str, told: prose.AuditProse, leader: str, by: str, at: datetime) -> File:
    """The letter that opens an audit."""
    body = (
        f"La {OFFICE} anuncia la apertura de la «{told.title}», identificada con el código "
        f"{code} en el Plan Anual de Auditoría.",
        f"Objetivo. {told.objective}",
        f"Alcance. {told.scope}",
        "Le agradecemos designar a la persona que atenderá al equipo auditor y disponer la "
        "información que se relaciona, que se revisará en las instalaciones del proceso.",
    )
    asked = (
        "Procedimientos, manuales y formatos vigentes del proceso.",
        "Mapa de riesgos con su último seguimiento.",
        f"Universo para la muestra: {told.sample}",
        "Estado de los planes de mejoramiento anteriores.",
    )
    made = paper(
        "Oficio",
        by,
        at,
        number=f"OCI-{code}",
        subject="Anuncio de auditoría interna y solicitud de información",
        to=named(leader),
        paragraphs=body,
        points=asked,
    )
    return make(made, "pdf", random.Random(code))  # noqa: S311  # no secret: a look


def working_paper(
    told: prose.PaperProse, subject: str, by: str, at: datetime, rng: random.Random
) -> File:
    """The document of a working paper: the test with its cases."""
    made = paper(
        "Papel de trabajo",
        by,
        at,
        number="",
        subject=told.title,
        to="Expediente de la auditoría",
        paragraphs=(told.procedure, told.result, told.conclusion),
        table=samples.sample(subject, (rng.randint(12, 36), 5), at.date(), rng),
    )
    return make(made, rng.choice(("xlsx", "docx")), rng)


def evidence(
    finding: FindingProse, form: str, process: str, by: str, at: datetime, rng: random.Random
) -> File:
    """A paper that supports a finding; its form decides which kind of paper it is."""
    leader = people.leader_of(process)
    number = f"{rng.randint(1, 380):03d}-{at.year}"
    table = samples.sample(finding.process, finding.sample, at.date(), rng)
    if form in ("xlsx", "csv"):
        notes = (finding.condition, f"Criterio: {finding.criterion}")
        made = _by_office("Matriz", by, at, number, finding.title, notes, table)
    elif form in ("eml", "txt"):
        made = _testimony(finding, leader, by, at, number)
    elif form == "photo":
        made = _by_office(
            "Registro de visita", by, at, number, finding.title, sentences(finding.condition)[:2]
        )
    else:
        made = _minutes(finding, leader, by, at, number, table if form == "pdf" else None)
    return make(made, form, rng)


def _by_office(
    kind: str,
    by: str,
    at: datetime,
    number: str,
    subject: str,
    paragraphs: tuple[str, ...],
    table: Table | None = None,
) -> Paper:
    return paper(
        kind,
        by,
        at,
        number=number,
        subject=subject,
        to="Expediente de la auditoría",
        paragraphs=paragraphs,
        table=table,
    )


def _testimony(finding: FindingProse, leader: str, by: str, at: datetime, number: str) -> Paper:
    """What the people of the process answered to a question of the auditors."""
    said = finding.cause or "El equipo del proceso revisará las causas y responderá por escrito."
    body = (
        f"En respuesta a la pregunta del equipo auditor sobre «{finding.title}», informo:",
        *sentences(finding.condition),
        f"A nuestro juicio, la situación se explica así: {said}",
        "Quedamos atentos a la mesa de trabajo.",
    )
    return paper(
        "Correo",
        leader,
        at,
        number=number,
        subject=f"Respuesta a la solicitud {number}",
        to=named(by),
        paragraphs=body,
        mail_to=people.email_of(people.person(by)),
    )


def _minutes(
    finding: FindingProse,
    leader: str,
    by: str,
    at: datetime,
    number: str,
    table: Table | None,
) -> Paper:
    body = (
        f"En {prose.entity().values['city']}, el {day(at.date())}, se reunieron "
        f"{named(leader)}, y {named(by)}, para revisar los hechos que se describen.",
        f"Hechos. {finding.condition}",
        f"Manifestación del proceso. {finding.cause or 'Se revisará y se responderá.'}",
        f"Consecuencia observada. {finding.effect or 'No se identificó.'}",
    )
    points = (
        "El proceso entregará los soportes que no estaban disponibles durante la visita.",
        "El equipo auditor valorará los soportes antes del informe preliminar.",
    )
    return paper(
        "Acta de visita",
        by,
        at,
        number=number,
        subject=finding.title,
        to=named(leader),
        paragraphs=body,
        points=points,
        table=table,
    )


# ------------------------------------------------------------------ of the follow-up


def reply(finding: FindingProse, process: str, at: datetime, rng: random.Random) -> File:
    """The file that goes with a reply: what the process offers as proof."""
    made = paper(
        "Memorando",
        people.leader_of(process),
        at,
        number=f"{rng.randint(400, 900)}-{at.year}",
        subject=f"Soportes de la réplica sobre {finding.title[0].lower()}{finding.title[1:]}",
        to=OFFICE,
        paragraphs=(finding.reply, "Se anexa la relación de los casos revisados de nuevo."),
        table=samples.sample(finding.process, (8, 1), at.date(), rng),
    )
    return make(made, rng.choice(("pdf", "docx", "scan")), rng)


def progress(action: ActionProse, said: str, by: str, at: datetime, rng: random.Random) -> File:
    """The proof of what was done of an action."""
    made = paper(
        "Informe de avance",
        by,
        at,
        number=f"{rng.randint(10, 990)}-{at.year}",
        subject=action.indicator,
        to="Oficina Asesora de Planeación",
        paragraphs=(f"Acción: {action.description}", said, f"Soporte: {action.evidence}"),
        points=(f"Meta: {action.target} {action.unit}.",),
    )
    return make(made, rng.choice(PROGRESS_FORMS), rng)


def verification(action: ActionProse, note: str, by: str, at: datetime, rng: random.Random) -> File:
    """What the office found when it looked."""
    made = _by_office(
        "Acta de verificación",
        by,
        at,
        f"{rng.randint(10, 400)}-{at.year}",
        action.indicator,
        (f"Acción verificada: {action.description}", note),
    )
    return make(made, rng.choice(("docx", "txt", "pdf")), rng)


def source_report(
    body_name: str, finding: FindingProse, report: str, at: datetime, rng: random.Random
) -> File:
    """The report of an oversight body, as it came."""
    made = Paper(
        kind="Comunicación",
        number=report,
        at=at,
        subject=finding.title,
        to=prose.entity().values["name"],
        signer="Equipo auditor",
        position=body_name,
        paragraphs=(finding.condition, f"Criterio. {finding.criterion}", finding.effect),
    )
    return make(made, rng.choice(("pdf", "pdf", "scan")), rng)


def transmission(code: str, body_name: str, by: str, at: datetime, rng: random.Random) -> File:
    """Proof that a plan was sent to its oversight body."""
    made = paper(
        "Oficio remisorio",
        by,
        at,
        number=f"{rng.randint(100, 900)}-{at.year}",
        subject=f"Remisión del plan de mejoramiento {code}",
        to=body_name,
        paragraphs=(
            f"Se remite el plan de mejoramiento {code} dentro del término establecido.",
            "El plan quedó registrado en la plataforma del ente de control con acuse de recibo.",
        ),
    )
    return make(made, rng.choice(("pdf", "eml")), rng)
