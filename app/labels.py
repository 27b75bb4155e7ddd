"""Every word the user reads that is not in a template: enums, errors, and (from
labels_workflow) states, events and guards. Spanish is the source language of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.labels_workflow import EVENT_LABELS, STATE_LABELS, guard_message
from workflows import enums as e

__all__ = [
    "EVENT_LABELS",
    "STATE_LABELS",
    "error_text",
    "event_label",
    "guard_message",
    "label",
    "state_label",
]

ENUM_LABELS: Mapping[type[StrEnum], Mapping[str, Any]] = {
    e.Role: {
        "jefe_oci": _l("Jefe de la Oficina de Control Interno"),
        "auditor_lider": _l("Auditor líder"),
        "auditor": _l("Auditor"),
        "lider_proceso": _l("Líder de proceso"),
        "enlace": _l("Enlace"),
        "segunda_linea": _l("Planeación (segunda línea)"),
        "alta_direccion": _l("Alta dirección"),
        "administrador": _l("Administrador del sistema"),
        "ente_externo": _l("Ente externo de control"),
        "secretaria_oci": _l("Secretaría de la OCI"),
        "sistema": _l("Sistema"),
    },
    e.ProcessType: {
        "estrategico": _l("Estratégico"),
        "misional": _l("Misional"),
        "apoyo": _l("De apoyo"),
        "evaluacion": _l("De evaluación"),
    },
    e.OciRole: {
        "liderazgo_estrategico": _l("Liderazgo estratégico"),
        "enfoque_prevencion": _l("Enfoque hacia la prevención"),
        "evaluacion_riesgo": _l("Evaluación de la gestión del riesgo"),
        "evaluacion_seguimiento": _l("Evaluación y seguimiento"),
        "relacion_entes_externos": _l("Relación con entes externos de control"),
    },
    e.Incidence: {
        "administrativa": _l("Administrativa"),
        "disciplinaria": _l("Presunta incidencia disciplinaria"),
        "fiscal": _l("Incidencia fiscal"),
        "penal": _l("Presunta incidencia penal"),
        "indagacion_preliminar": _l("Indagación preliminar"),
        "sancionatorio": _l("Proceso administrativo sancionatorio"),
        "otra": _l("Otra incidencia"),
        "beneficio_auditoria": _l("Beneficio de auditoría"),
    },
    e.ExtensionState: {
        "solicitada": _l("Solicitada"),
        "concedida": _l("Concedida"),
        "negada": _l("Negada"),
    },
    e.EvaluationStatement: {
        "objetivos": _l("Los objetivos y el alcance de la auditoría fueron claros"),
        "conocimiento": _l("Los auditores conocían el proceso que auditaron"),
        "trato": _l("Los auditores trataron a las personas con respeto"),
        "oportunidad": _l("Los resultados se comunicaron a tiempo"),
        "utilidad": _l("Las recomendaciones son útiles para mejorar el proceso"),
    },
    e.ReferralAuthority: {
        "representante_legal": _l("Representante legal de la entidad"),
        "procuraduria": _l("Procuraduría General de la Nación"),
        "personeria": _l("Personería"),
        "control_disciplinario_interno": _l("Control disciplinario interno"),
        "contraloria": _l("Contraloría"),
        "fiscalia": _l("Fiscalía General de la Nación"),
        "otra": _l("Otra autoridad"),
    },
    e.MeciComponent: {
        "ambiente_control": _l("Ambiente de control"),
        "evaluacion_riesgo": _l("Evaluación del riesgo"),
        "actividades_control": _l("Actividades de control"),
        "informacion_comunicacion": _l("Información y comunicación"),
        "actividades_monitoreo": _l("Actividades de monitoreo"),
    },
    e.AuditLineType: {
        "auditoria_gestion": _l("Auditoría de gestión"),
        "auditoria_cumplimiento": _l("Auditoría de cumplimiento"),
        "auditoria_financiera": _l("Auditoría financiera"),
        "auditoria_sistemas": _l("Auditoría de sistemas"),
        "auditoria_calidad": _l("Auditoría de calidad"),
        "auditoria_especial": _l("Auditoría especial"),
        "seguimiento": _l("Seguimiento"),
        "informe_ley": _l("Informe de ley"),
        "asesoria": _l("Asesoría"),
        "acompanamiento": _l("Acompañamiento"),
        "fomento_cultura_control": _l("Fomento de la cultura del control"),
        "atencion_ente_externo": _l("Atención a ente externo"),
    },
    e.AuditableUnitKind: {
        "proceso": _l("Proceso"),
        "procedimiento": _l("Procedimiento"),
        "dependencia": _l("Dependencia"),
        "sede": _l("Sede"),
        "proyecto": _l("Proyecto"),
        "contrato": _l("Contrato"),
        "sistema_informacion": _l("Sistema de información"),
        "politica_mipg": _l("Política del MIPG"),
        "informe_ley": _l("Informe de ley"),
        "tema": _l("Tema"),
    },
    e.RiskLevel: {
        "extremo": _l("Extremo"),
        "alto": _l("Alto"),
        "moderado": _l("Moderado"),
        "bajo": _l("Bajo"),
    },
    e.PriorityCriterion: {
        "riesgo": _l("Nivel de riesgo"),
        "resultados_anteriores": _l("Resultados de auditorías anteriores"),
        "acciones_vencidas": _l("Acciones de mejora vencidas"),
        "presupuesto": _l("Peso en el presupuesto"),
        "quejas": _l("Quejas y denuncias"),
        "cambios": _l("Cambios de norma o de responsable"),
        "objetivo_estrategico": _l("Aporte a los objetivos estratégicos"),
    },
    e.PriorityDecision: {
        "incluir": _l("Auditar aunque no resulte priorizada"),
        "excluir": _l("No auditar aunque resulte priorizada"),
    },
    e.FindingType: {
        "hallazgo": _l("Hallazgo"),
        "no_conformidad": _l("No conformidad"),
        "observacion": _l("Observación"),
        "oportunidad_mejora": _l("Oportunidad de mejora"),
        "fortaleza": _l("Fortaleza"),
    },
    e.Severity: {"critico": _l("Crítico"), "mayor": _l("Mayor"), "menor": _l("Menor")},
    e.EvidenceType: {
        "documental": _l("Documental"),
        "fisica": _l("Física"),
        "testimonial": _l("Testimonial"),
        "analitica": _l("Analítica"),
    },
    e.EvidenceQuality: {
        "suficiente": _l("Suficiente"),
        "confiable": _l("Confiable"),
        "relevante": _l("Relevante"),
        "util": _l("Útil"),
    },
    e.ReplyStance: {"acepta": _l("Acepta el hallazgo"), "objeta": _l("Objeta el hallazgo")},
    e.WithdrawalGround: {
        "descartado": _l("Descartado antes de comunicarse"),
        "desvirtuado": _l("Desvirtuado"),
        "anulado": _l("Anulado por decisión"),
        "auditoria_cancelada": _l("Auditoría cancelada"),
    },
    e.ActionType: {
        "correccion": _l("Corrección"),
        "correctiva": _l("Correctiva"),
        "preventiva": _l("Preventiva"),
        "mejora": _l("De mejora"),
    },
    e.ActionFlag: {
        "por_vencer": _l("Por vencer"),
        "vencida": _l("Vencida"),
        "extemporanea": _l("Extemporánea"),
        "reincidente": _l("Reincidente"),
        "prorrogada": _l("Prorrogada"),
    },
    e.RootCauseMethod: {
        "cinco_porques": _l("Cinco porqués"),
        "ishikawa": _l("Espina de pescado (Ishikawa)"),
        "lluvia_ideas": _l("Lluvia de ideas"),
        "pareto": _l("Pareto"),
        "arbol_problemas": _l("Árbol de problemas"),
    },
    e.Efficacy: {
        "cumplida": _l("Cumplida"),
        "parcial": _l("Parcial"),
        "no_cumplida": _l("No cumplida"),
        "no_evaluada": _l("No evaluada"),
    },
    e.Effectiveness: {
        "efectiva": _l("Efectiva"),
        "parcial": _l("Parcial"),
        "inefectiva": _l("Inefectiva"),
        "no_evaluada": _l("No evaluada"),
    },
    e.ChangeRequestType: {
        "prorroga_fecha": _l("Prórroga de la fecha"),
        "cambio_meta": _l("Cambio de la meta"),
        "cambio_responsable": _l("Cambio de responsable"),
        "reformulacion": _l("Reformulación"),
        "anulacion": _l("Anulación"),
    },
    e.Classification: {
        "publica": _l("Pública"),
        "clasificada": _l("Clasificada (Ley 1712, art. 18)"),
        "reservada": _l("Reservada (Ley 1712, art. 19)"),
    },
    e.DocumentPurpose: {
        "evidencia": _l("Evidencia"),
        "papel_trabajo": _l("Papel de trabajo"),
        "anuncio": _l("Anuncio de la auditoría"),
        "acta": _l("Acta"),
        "informe_preliminar": _l("Informe preliminar"),
        "informe_final": _l("Informe final"),
        "replica": _l("Soporte de réplica"),
        "avance": _l("Evidencia de avance"),
        "verificacion": _l("Soporte de verificación"),
        "constancia_envio": _l("Constancia de envío"),
        "informe_externo": _l("Informe de ente externo"),
        "version_publica": _l("Versión pública"),
        "carta": _l("Carta"),
        "informacion_entregada": _l("Información entregada"),
        "otro": _l("Otro"),
    },
    e.LetterKind: {
        "oficio_anuncio": _l("Oficio de anuncio"),
        "carta_compromiso": _l("Carta de compromiso"),
        "carta_representacion": _l("Carta de representación"),
        "acta_apertura": _l("Acta de apertura"),
        "acta_cierre": _l("Acta de cierre"),
    },
    e.LetterheadKind: {"carta": _l("Cartas y actas"), "informe": _l("Informes de auditoría")},
    e.InformationState: {
        "pendiente": _l("Pendiente"),
        "entregada": _l("Entregada"),
        "devuelta": _l("Devuelta con observación"),
        "cumplida": _l("Cumplida"),
        "retirada": _l("Retirada"),
    },
    e.SamplingMethod: {
        "aleatorio_simple": _l("Aleatorio simple"),
        "sistematico": _l("Sistemático"),
        "estratificado": _l("Estratificado"),
        "unidad_monetaria": _l("Por unidad monetaria"),
        "a_juicio": _l("A juicio (no estadística)"),
    },
    e.SampleResult: {
        "sin_desviacion": _l("Sin desviación"),
        "con_desviacion": _l("Con desviación"),
    },
    e.ChecklistAnswer: {"si": _l("Sí"), "no": _l("No"), "no_aplica": _l("No aplica")},
    e.NormStatus: {"vigente": _l("Vigente"), "derogado": _l("Derogada")},
    e.CommitteeDecisionType: {
        "aprobar_plan_anual": _l("Aprobar el plan anual"),
        "modificar_plan_anual": _l("Modificar el plan anual"),
        "aprobar_estatuto": _l("Aprobar el estatuto de auditoría"),
        "aprobar_codigo_etica": _l("Aprobar el código de ética"),
        "dirimir_diferencia": _l("Dirimir una diferencia"),
        "resolver_conflicto_interes": _l("Resolver un conflicto de interés"),
        "aceptar_riesgo_no_tratar": _l("Aceptar un riesgo sin tratarlo"),
        "aprobar_politica_riesgo": _l("Aprobar la política de riesgo"),
        "autorizar_auditoria_especial": _l("Autorizar una auditoría especial"),
    },
    e.PlanSource: {
        "auditoria_interna": _l("Auditoría interna"),
        "contraloria_general": _l("Contraloría General de la República"),
        "contraloria_bogota": _l("Contraloría de Bogotá"),
        "contraloria_territorial": _l("Contraloría territorial"),
        "auditoria_general": _l("Auditoría General de la República"),
        "procuraduria": _l("Procuraduría General de la Nación"),
        "personeria": _l("Personería"),
        "superintendencia": _l("Superintendencia"),
        "agn": _l("Archivo General de la Nación"),
        "veeduria": _l("Veeduría"),
        "certificacion_iso": _l("Certificación ISO"),
        "autoevaluacion": _l("Autoevaluación"),
        "autodiagnostico_mipg": _l("Autodiagnóstico MIPG"),
        "furag": _l("FURAG"),
        "revision_direccion": _l("Revisión por la dirección"),
        "riesgo_materializado": _l("Riesgo materializado"),
        "pqrsd": _l("PQRSD"),
        "rendicion_cuentas": _l("Rendición de cuentas"),
        "otro": _l("Otro"),
    },
}


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What an error page says: a title, what happened, what the person can do now."""

    title: str
    happened: str
    remedy: str


SCORES: Mapping[int, Any] = {
    1: _l("1 · Totalmente en desacuerdo"),
    2: _l("2 · En desacuerdo"),
    3: _l("3 · Ni de acuerdo ni en desacuerdo"),
    4: _l("4 · De acuerdo"),
    5: _l("5 · Totalmente de acuerdo"),
}
"""How far one agrees with a statement of the evaluation of an audit."""


def label(member: StrEnum | None) -> str:
    """Spanish name of an enum member that is not a state; blank for None."""
    if member is None:
        return ""
    return str(ENUM_LABELS[type(member)][member.value])


def choices(enum: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """(value, Spanish name) pairs for a select field, in the enum's order."""
    return [(member.value, label(member)) for member in enum]


def state_label(thing: str, state: str) -> str:
    return str(STATE_LABELS[thing][str(state)])


def event_label(event: str) -> str:
    """Spanish name of "audit.close"."""
    return str(EVENT_LABELS[event])


TASK_LABELS: Mapping[str, Any] = {
    "annual_plan.submit": _l("Enviar el plan a revisión"),
    "audit.declare": _l("Declarar sobre conflictos de interés"),
    "audit.resolve_conflict": _l("Resolver el conflicto de interés"),
    "audit.start_follow_up": _l("Formulación del plan de mejoramiento"),
    "audit.evaluate": _l("Evaluar la auditoría"),
    "working_paper.review": _l("Revisar el papel de trabajo"),
    "letter.sign": _l("Leer y firmar la carta"),
    "letter.correct": _l("Corregir la carta"),
    "information_request.answer": _l("Entregar la información"),
    "information_request.review": _l("Revisar lo entregado"),
    "review_note.answer": _l("Responder la nota de revisión"),
    "review_note.clear": _l("Levantar la nota de revisión"),
    "finding.review": _l("Revisar el hallazgo"),
    "finding.draft_reply": _l("Preparar la réplica"),
    "finding.reply": _l("Responder el hallazgo"),
    "reply_extension.decide": _l("Decidir la prórroga para responder"),
    "referral.record_answer": _l("Leer y responder"),
    "finding.analyse": _l("Analizar la réplica"),
    "finding.decide": _l("Decidir sobre la réplica"),
    "finding.record_committee": _l("Registrar la decisión del comité"),
    "plan.create": _l("Formular el plan de mejoramiento"),
    "plan.consolidate": _l("Dar el visto bueno de planeación"),
    "plan.approve": _l("Revisar y aceptar el plan"),
    "action.accept": _l("Aceptar o no la asignación"),
    "action.replace": _l("Formular la acción que la reemplaza"),
    "action.consolidate": _l("Dar el visto bueno de planeación"),
    "action.record_efficacy": _l("Registrar la eficacia"),
    "action.record_effectiveness": _l("Registrar la efectividad"),
    "action.report_progress": _l("Reportar avance"),
    "action.approve_progress": _l("Dar el visto bueno al avance"),
    "action.verify": _l("Verificar la acción"),
    "action.close_effective": _l("Evaluar la efectividad"),
    "change_request.create": _l("Revisar y enviar la solicitud de cambio"),
    "change_request.approve_direction": _l("Aprobar como dirección"),
    "change_request.approve": _l("Decidir la solicitud de cambio"),
    "publication.classify_public": _l("Clasificar la información"),
}


def task_label(event: str) -> str:
    """What the button of a task says: a verb first."""
    return str(TASK_LABELS[event] if event in TASK_LABELS else EVENT_LABELS[event])


def error_text(
    code: str, params: Mapping[str, Any] | None = None, *, otherwise: str = "error"
) -> ErrorText:
    """Text of an error page; an unknown code gets that of `otherwise`, or the general one."""
    from app.labels_errors import ERRORS

    general = ERRORS.get(otherwise, ERRORS["error"])
    title, happened, remedy = ERRORS.get(code, general)
    values = dict(params or {})
    try:
        return ErrorText(str(title), str(happened).format(**values), str(remedy).format(**values))
    except (KeyError, IndexError):
        return ErrorText(str(title), str(happened), str(remedy))


def message(code: str, params: Mapping[str, Any] | None = None) -> str:
    """One sentence for a form error (`Invalid`)."""
    text = error_text(code, params)
    return f"{text.happened} {text.remedy}".strip()
