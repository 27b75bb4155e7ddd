"""Words of the reports. An official document is written in Spanish whatever the reader's
catalogue says, so its names of types and its dates do not go through translation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.services.terms import TIME_ZONE, local_date
from workflows import enums as e

MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)

NAMES: Mapping[type[StrEnum], Mapping[str, str]] = {
    e.AuditLineType: {
        "auditoria_gestion": "Auditoría de gestión",
        "auditoria_cumplimiento": "Auditoría de cumplimiento",
        "auditoria_financiera": "Auditoría financiera",
        "auditoria_sistemas": "Auditoría de sistemas",
        "auditoria_calidad": "Auditoría de calidad",
        "auditoria_especial": "Auditoría especial",
        "seguimiento": "Seguimiento",
        "informe_ley": "Informe de ley",
        "asesoria": "Asesoría",
        "acompanamiento": "Acompañamiento",
        "fomento_cultura_control": "Fomento de la cultura del control",
        "atencion_ente_externo": "Atención a ente externo",
    },
    e.OciRole: {
        "liderazgo_estrategico": "Liderazgo estratégico",
        "enfoque_prevencion": "Enfoque hacia la prevención",
        "evaluacion_riesgo": "Evaluación de la gestión del riesgo",
        "evaluacion_seguimiento": "Evaluación y seguimiento",
        "relacion_entes_externos": "Relación con entes externos de control",
    },
    e.FindingType: {
        "hallazgo": "Hallazgo",
        "no_conformidad": "No conformidad",
        "observacion": "Observación",
        "oportunidad_mejora": "Oportunidad de mejora",
        "fortaleza": "Fortaleza",
    },
    e.Severity: {"critico": "Crítico", "mayor": "Mayor", "menor": "Menor"},
    e.EvidenceType: {
        "documental": "Documental",
        "fisica": "Física",
        "testimonial": "Testimonial",
        "analitica": "Analítica",
    },
    e.LetterKind: {
        "oficio_anuncio": "Oficio de anuncio",
        "carta_compromiso": "Carta de compromiso",
        "carta_representacion": "Carta de representación",
        "acta_apertura": "Acta de apertura",
        "acta_cierre": "Acta de cierre",
    },
    e.ReplyStance: {"acepta": "Acepta el hallazgo", "objeta": "Objeta el hallazgo"},
}


def name(member: StrEnum) -> str:
    """Spanish name of a member of one of these enumerations."""
    return NAMES[type(member)][member.value]


def day(value: date | datetime | None, zone: str = TIME_ZONE) -> str:
    """12 de marzo de 2027; blank for None. The day of a moment is the day it was in `zone`."""
    if value is None:
        return ""
    when = local_date(value, zone) if isinstance(value, datetime) else value
    return f"{when.day} de {MONTHS[when.month - 1]} de {when.year}"


def moment(value: datetime, zone: str = TIME_ZONE) -> str:
    """12 de marzo de 2027, 14:05, on the clock of `zone`."""
    return f"{day(value, zone)}, {value.astimezone(ZoneInfo(zone)):%H:%M}"
