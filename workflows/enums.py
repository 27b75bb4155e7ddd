"""Enumerations of the domain that are not states. Values in Spanish, as docs/domain.md lists them.

The states live with their machines (`workflows/audit.py` and the rest).
"""

from enum import StrEnum


class Role(StrEnum):
    """Who may act. Source: docs/domain.md, "Roles and permissions".

    A citizen needs none. SYSTEM, never granted to a person, is a scheduled command or a cascade.
    """

    OCI_HEAD = "jefe_oci"
    LEAD_AUDITOR = "auditor_lider"
    AUDITOR = "auditor"
    PROCESS_OWNER = "lider_proceso"
    LIAISON = "enlace"
    SECOND_LINE = "segunda_linea"
    TOP_MANAGEMENT = "alta_direccion"
    ADMINISTRATOR = "administrador"
    OVERSIGHT_BODY = "ente_externo"
    OCI_SECRETARY = "secretaria_oci"
    SYSTEM = "sistema"


class ProcessType(StrEnum):
    """Kinds of process in the entity's operating model."""

    STRATEGIC = "estrategico"
    MISSION = "misional"
    SUPPORT = "apoyo"
    EVALUATION = "evaluacion"


class OciRole(StrEnum):
    """The five roles of the internal control office. Source: Decreto 648 de 2017."""

    STRATEGIC_LEADERSHIP = "liderazgo_estrategico"
    PREVENTION = "enfoque_prevencion"
    RISK_ASSESSMENT = "evaluacion_riesgo"
    EVALUATION_AND_FOLLOW_UP = "evaluacion_seguimiento"
    OVERSIGHT_RELATIONS = "relacion_entes_externos"


class DefenseLine(StrEnum):
    STRATEGIC = "estrategica"
    FIRST = "primera"
    SECOND = "segunda"
    THIRD = "tercera"


class MeciComponent(StrEnum):
    """The five components of the MECI."""

    CONTROL_ENVIRONMENT = "ambiente_control"
    RISK_ASSESSMENT = "evaluacion_riesgo"
    CONTROL_ACTIVITIES = "actividades_control"
    INFORMATION_AND_COMMUNICATION = "informacion_comunicacion"
    MONITORING = "actividades_monitoreo"


class MipgDimension(StrEnum):
    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"
    D6 = "D6"
    D7 = "D7"


class AuditLineType(StrEnum):
    """Kinds of line in the Plan Anual de Auditoría."""

    MANAGEMENT_AUDIT = "auditoria_gestion"
    COMPLIANCE_AUDIT = "auditoria_cumplimiento"
    FINANCIAL_AUDIT = "auditoria_financiera"
    SYSTEMS_AUDIT = "auditoria_sistemas"
    QUALITY_AUDIT = "auditoria_calidad"
    SPECIAL_AUDIT = "auditoria_especial"
    FOLLOW_UP = "seguimiento"
    LEGAL_REPORT = "informe_ley"
    ADVICE = "asesoria"
    ACCOMPANIMENT = "acompanamiento"
    CONTROL_CULTURE = "fomento_cultura_control"
    OVERSIGHT_ATTENTION = "atencion_ente_externo"

    @property
    def is_audit(self) -> bool:
        """True of what examines something; the other lines follow up, report, advise or teach."""
        return self in AUDITS


AUDITS: frozenset[AuditLineType] = frozenset(
    {
        AuditLineType.MANAGEMENT_AUDIT,
        AuditLineType.COMPLIANCE_AUDIT,
        AuditLineType.FINANCIAL_AUDIT,
        AuditLineType.SYSTEMS_AUDIT,
        AuditLineType.QUALITY_AUDIT,
        AuditLineType.SPECIAL_AUDIT,
    }
)


class AuditableUnitKind(StrEnum):
    """What can be audited. Source: docs/domain.md, "Universe and prioritisation"."""

    PROCESS = "proceso"
    PROCEDURE = "procedimiento"
    UNIT = "dependencia"
    SITE = "sede"
    PROJECT = "proyecto"
    CONTRACT = "contrato"
    INFORMATION_SYSTEM = "sistema_informacion"
    MIPG_POLICY = "politica_mipg"
    LEGAL_REPORT = "informe_ley"
    TOPIC = "tema"


class RiskLevel(StrEnum):
    """Of what can be audited, highest first: how often it is audited depends on it."""

    EXTREME = "extremo"
    HIGH = "alto"
    MODERATE = "moderado"
    LOW = "bajo"


class PriorityCriterion(StrEnum):
    """What decides, each with its weight, which part of the universe is audited first."""

    RISK = "riesgo"
    EARLIER_RESULTS = "resultados_anteriores"
    OVERDUE_ACTIONS = "acciones_vencidas"
    BUDGET = "presupuesto"
    COMPLAINTS = "quejas"
    CHANGES = "cambios"
    STRATEGY = "objetivo_estrategico"


class PriorityDecision(StrEnum):
    """What is decided by hand against what the rotation and the requests propose."""

    INCLUDE = "incluir"
    EXCLUDE = "excluir"


class FindingType(StrEnum):
    FINDING = "hallazgo"
    NONCONFORMITY = "no_conformidad"
    OBSERVATION = "observacion"
    IMPROVEMENT_OPPORTUNITY = "oportunidad_mejora"
    STRENGTH = "fortaleza"


class Severity(StrEnum):
    CRITICAL = "critico"
    MAJOR = "mayor"
    MINOR = "menor"


class Incidence(StrEnum):
    """Only for findings of external control: the OCI declares none of them."""

    ADMINISTRATIVE = "administrativa"
    DISCIPLINARY = "disciplinaria"
    FISCAL = "fiscal"
    CRIMINAL = "penal"
    PRELIMINARY_INQUIRY = "indagacion_preliminar"
    SANCTION = "sancionatorio"
    OTHER = "otra"
    AUDIT_BENEFIT = "beneficio_auditoria"


class ExtensionState(StrEnum):
    """Of the extension of a term that somebody asked for."""

    REQUESTED = "solicitada"
    GRANTED = "concedida"
    DENIED = "negada"


class ReferralAuthority(StrEnum):
    """Who is competent for what the OCI may only report. The legal representative is of the
    entity itself, a person who reads here (Ley 87 de 1993, art. 12 k); the others are outside."""

    LEGAL_REPRESENTATIVE = "representante_legal"
    INSPECTOR_GENERAL = "procuraduria"
    OMBUDSMAN = "personeria"
    INTERNAL_DISCIPLINE = "control_disciplinario_interno"
    COMPTROLLER = "contraloria"
    PROSECUTOR = "fiscalia"
    OTHER = "otra"


class EvaluationStatement(StrEnum):
    """What the leader of an audited process says of the audit, each on a scale of 1 to 5.

    Source: docs/domain.md, "Evaluation of an audit".
    """

    OBJECTIVES = "objetivos"
    KNOWLEDGE = "conocimiento"
    RESPECT = "trato"
    TIMELINESS = "oportunidad"
    USEFULNESS = "utilidad"


class EvidenceType(StrEnum):
    DOCUMENTARY = "documental"
    PHYSICAL = "fisica"
    TESTIMONIAL = "testimonial"
    ANALYTICAL = "analitica"


class EvidenceQuality(StrEnum):
    """What the auditor judges of a piece of evidence (docs/domain.md, attributes of a finding)."""

    SUFFICIENT = "suficiente"
    RELIABLE = "confiable"
    RELEVANT = "relevante"
    USEFUL = "util"


class ReplyStance(StrEnum):
    """What the auditee answers to one finding of the draft report."""

    ACCEPT = "acepta"
    OBJECT = "objeta"


class ReplyDecision(StrEnum):
    """What the OCI decides after the reply. The values are those of the finding's states."""

    RATIFIED = "ratificado"
    MODIFIED = "modificado"
    WITHDRAWN = "retirado"


class WithdrawalGround(StrEnum):
    """Why a finding ended in `retirado`."""

    DISCARDED = "descartado"
    REFUTED = "desvirtuado"
    ANNULLED = "anulado"
    AUDIT_CANCELLED = "auditoria_cancelada"


class PlanSource(StrEnum):
    """Where the findings of an improvement plan come from."""

    INTERNAL_AUDIT = "auditoria_interna"
    NATIONAL_COMPTROLLER = "contraloria_general"
    BOGOTA_COMPTROLLER = "contraloria_bogota"
    TERRITORIAL_COMPTROLLER = "contraloria_territorial"
    AUDITOR_GENERAL = "auditoria_general"
    INSPECTOR_GENERAL = "procuraduria"
    LOCAL_OMBUDSMAN = "personeria"
    SUPERINTENDENCY = "superintendencia"
    NATIONAL_ARCHIVE = "agn"
    CITIZEN_OVERSIGHT = "veeduria"
    ISO_CERTIFICATION = "certificacion_iso"
    SELF_ASSESSMENT = "autoevaluacion"
    MIPG_SELF_DIAGNOSIS = "autodiagnostico_mipg"
    FURAG = "furag"
    MANAGEMENT_REVIEW = "revision_direccion"
    MATERIALISED_RISK = "riesgo_materializado"
    REQUESTS = "pqrsd"
    ACCOUNTABILITY = "rendicion_cuentas"
    OTHER = "otro"

    @property
    def is_external(self) -> bool:
        """True when a body outside the entity raised the findings and gives its own result.

        Plans of such a source are subscribed and sent to that body, not accepted by the OCI.
        """
        return self in EXTERNAL_SOURCES


EXTERNAL_SOURCES: frozenset[PlanSource] = frozenset(
    {
        PlanSource.NATIONAL_COMPTROLLER,
        PlanSource.BOGOTA_COMPTROLLER,
        PlanSource.TERRITORIAL_COMPTROLLER,
        PlanSource.AUDITOR_GENERAL,
        PlanSource.INSPECTOR_GENERAL,
        PlanSource.LOCAL_OMBUDSMAN,
        PlanSource.SUPERINTENDENCY,
        PlanSource.NATIONAL_ARCHIVE,
        PlanSource.CITIZEN_OVERSIGHT,
        PlanSource.ISO_CERTIFICATION,
    }
)


class ActionType(StrEnum):
    CORRECTION = "correccion"
    CORRECTIVE = "correctiva"
    PREVENTIVE = "preventiva"
    IMPROVEMENT = "mejora"


class ActionFlag(StrEnum):
    """Facts about an action, always computed and never stored or typed."""

    DUE_SOON = "por_vencer"
    OVERDUE = "vencida"
    LATE = "extemporanea"
    RECURRENT = "reincidente"
    EXTENDED = "prorrogada"


class RootCauseMethod(StrEnum):
    FIVE_WHYS = "cinco_porques"
    ISHIKAWA = "ishikawa"
    BRAINSTORMING = "lluvia_ideas"
    PARETO = "pareto"
    PROBLEM_TREE = "arbol_problemas"


class Efficacy(StrEnum):
    """Was the action done, in time, with evidence?"""

    MET = "cumplida"
    PARTIAL = "parcial"
    UNMET = "no_cumplida"
    NOT_EVALUATED = "no_evaluada"


class Effectiveness(StrEnum):
    """Did the cause disappear? `PARTIAL` counts as ineffective."""

    EFFECTIVE = "efectiva"
    PARTIAL = "parcial"
    INEFFECTIVE = "inefectiva"
    NOT_EVALUATED = "no_evaluada"


class ChangeRequestType(StrEnum):
    EXTENSION = "prorroga_fecha"
    TARGET_CHANGE = "cambio_meta"
    RESPONSIBLE_CHANGE = "cambio_responsable"
    REFORMULATION = "reformulacion"
    CANCELLATION = "anulacion"


class CommitteeDecisionType(StrEnum):
    """What a decision of the CICCI is about."""

    APPROVE_ANNUAL_PLAN = "aprobar_plan_anual"
    CHANGE_ANNUAL_PLAN = "modificar_plan_anual"
    APPROVE_CHARTER = "aprobar_estatuto"
    APPROVE_CODE_OF_ETHICS = "aprobar_codigo_etica"
    SETTLE_DIFFERENCE = "dirimir_diferencia"
    RESOLVE_CONFLICT = "resolver_conflicto_interes"
    ACCEPT_RISK = "aceptar_riesgo_no_tratar"
    APPROVE_RISK_POLICY = "aprobar_politica_riesgo"
    AUTHORISE_SPECIAL_AUDIT = "autorizar_auditoria_especial"


class Classification(StrEnum):
    """Ley 1712 de 2014: public, classified (art. 18), reserved (art. 19)."""

    PUBLIC = "publica"
    CLASSIFIED = "clasificada"
    RESERVED = "reservada"


class ExceptionScope(StrEnum):
    TOTAL = "total"
    PARTIAL = "parcial"


class Periodicity(StrEnum):
    MONTHLY = "mensual"
    BIMONTHLY = "bimestral"
    QUARTERLY = "trimestral"
    FOUR_MONTHLY = "cuatrimestral"
    SEMESTRAL = "semestral"
    YEARLY = "anual"
    OCCASIONAL = "eventual"


class NormStatus(StrEnum):
    IN_FORCE = "vigente"
    REPEALED = "derogado"


class LegalReportState(StrEnum):
    """Stored, without a machine: each state is set by the service that does the work."""

    PENDING = "pendiente"
    IN_PREPARATION = "en_elaboracion"
    IN_REVIEW = "en_revision"
    APPROVED = "aprobado"
    FILED = "radicado"
    PUBLISHED = "publicado"
    LATE = "extemporaneo"


class RequestState(StrEnum):
    """Petitions of citizens (PQRSD). Source: Ley 1755 de 2015."""

    FILED = "radicada"
    ASSIGNED = "asignada"
    TO_COMPLETE = "por_completar"
    TRANSFERRED = "trasladada"
    IN_PROGRESS = "en_tramite"
    EXTENDED = "prorrogada"
    ANSWERED = "respondida"
    CLOSED = "cerrada"
    WITHDRAWN = "desistida"
    ARCHIVED = "archivada"


class Disposition(StrEnum):
    """Final disposal in the retention schedule (TRD)."""

    KEEP = "CT"
    DESTROY = "E"
    SELECT = "S"
    MICROFILM = "MT"


class RiskZone(StrEnum):
    LOW = "bajo"
    MODERATE = "moderado"
    HIGH = "alto"
    EXTREME = "extremo"


class RiskProbability(StrEnum):
    VERY_LOW = "muy_baja"
    LOW = "baja"
    MEDIUM = "media"
    HIGH = "alta"
    VERY_HIGH = "muy_alta"


class RiskImpact(StrEnum):
    SLIGHT = "leve"
    MINOR = "menor"
    MODERATE = "moderado"
    MAJOR = "mayor"
    CATASTROPHIC = "catastrofico"


class ControlType(StrEnum):
    PREVENTIVE = "preventivo"
    DETECTIVE = "detectivo"
    CORRECTIVE = "correctivo"


class ControlExecution(StrEnum):
    AUTOMATIC = "automatico"
    MANUAL = "manual"


class RiskTreatment(StrEnum):
    ACCEPT = "aceptar"
    REDUCE_MITIGATE = "reducir_mitigar"
    REDUCE_TRANSFER = "reducir_transferir"
    AVOID = "evitar"


class DocumentPurpose(StrEnum):
    """What a document is for; with its home (audit, finding, plan, action) it decides who reads."""

    EVIDENCE = "evidencia"
    WORKING_PAPER = "papel_trabajo"
    ANNOUNCEMENT = "anuncio"
    MINUTES = "acta"
    DRAFT_REPORT = "informe_preliminar"
    FINAL_REPORT = "informe_final"
    REPLY = "replica"
    PROGRESS = "avance"
    VERIFICATION = "verificacion"
    TRANSMISSION = "constancia_envio"
    SOURCE_REPORT = "informe_externo"
    PUBLIC_VERSION = "version_publica"
    LETTER = "carta"
    DELIVERY = "informacion_entregada"
    OTHER = "otro"


class ProcessTie(StrEnum):
    """How a person answered for a process."""

    LEADER = "lider"
    LIAISON = "enlace"
    UNIT_HEAD = "jefe"


class LetterKind(StrEnum):
    """Letters and minutes of an audit. Source: Decreto 1083 de 2015, art. 2.2.21.4.8."""

    ANNOUNCEMENT = "oficio_anuncio"
    ENGAGEMENT = "carta_compromiso"
    REPRESENTATION = "carta_representacion"
    OPENING = "acta_apertura"
    CLOSING = "acta_cierre"

    @property
    def is_signed_by_leader(self) -> bool:
        """True of what the auditee signs in the system: its commitments and its declarations."""
        return self in {LetterKind.ENGAGEMENT, LetterKind.REPRESENTATION}


class LetterheadKind(StrEnum):
    """What is written on the entity's own Word file."""

    LETTER = "carta"
    REPORT = "informe"


class InformationState(StrEnum):
    """A request of information to the auditee. Stored, without a machine: each state is set by
    the service that does the work."""

    PENDING = "pendiente"
    DELIVERED = "entregada"
    RETURNED = "devuelta"
    FULFILLED = "cumplida"
    WITHDRAWN = "retirada"


class SamplingMethod(StrEnum):
    """Ways to choose what is examined: by lot, or by the auditor's judgement."""

    SIMPLE = "aleatorio_simple"
    SYSTEMATIC = "sistematico"
    STRATIFIED = "estratificado"
    MONETARY_UNIT = "unidad_monetaria"
    JUDGEMENT = "a_juicio"

    @property
    def is_statistical(self) -> bool:
        """Whether chance chose: only then may the result say something of the population."""
        return self is not SamplingMethod.JUDGEMENT


class SampleResult(StrEnum):
    """What the examination of an element of a sample showed."""

    CONFORMING = "sin_desviacion"
    EXCEPTION = "con_desviacion"


class ChecklistAnswer(StrEnum):
    YES = "si"
    NO = "no"
    NOT_APPLICABLE = "no_aplica"
