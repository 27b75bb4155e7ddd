"""Permissions in words: what each one lets do, why it was refused, and the pieces of its rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _l

from app import labels
from app.labels_trail import thing_name
from app.labels_workflow import EVENT_LABELS, STATE_LABELS
from app.permissions_names import Permission
from app.permissions_rules import (
    ActorIs,
    Blank,
    Filled,
    HasRole,
    InScope,
    IsActor,
    IsExecutor,
    Known,
    OneOf,
    Rule,
    ThingIs,
    Unknown,
)
from workflows.enums import DocumentPurpose, PlanSource, Role

P = Permission
PERMISSION_LABELS: Mapping[str, object] = {
    P.AUDIT_READ: _l("Ver la auditoría"),
    P.AUDIT_CREATE: _l("Crear auditorías"),
    P.AUDIT_EDIT: _l("Editar los datos y el programa"),
    P.AUDIT_STAFF: _l("Conformar el equipo"),
    P.AUDIT_ANNOUNCE: _l("Anunciarla al auditado"),
    P.AUDIT_SIGN_PROGRAM: _l("Firmar el programa"),
    P.AUDIT_DECLARE: _l("Declarar sobre conflictos de interés"),
    P.AUDIT_RESOLVE_CONFLICT: _l("Resolver un conflicto de interés"),
    P.AUDIT_REPORT: _l("Preparar los informes"),
    P.AUDIT_CLOSE_CASE_FILE: _l("Cerrar el expediente"),
    P.AUDIT_EVALUATE: _l("Evaluar la auditoría como líder del proceso"),
    P.AUDIT_EVALUATION_READ: _l("Ver la evaluación de la auditoría"),
    P.WORKING_PAPER_READ: _l("Ver un papel de trabajo"),
    P.WORKING_PAPER_CREATE: _l("Crear papeles de trabajo"),
    P.WORKING_PAPER_EDIT: _l("Editar un papel de trabajo"),
    P.WORKING_PAPER_REVIEW: _l("Revisar un papel de trabajo"),
    P.LETTER_READ: _l("Ver una carta o acta"),
    P.LETTER_WRITE: _l("Escribir cartas y actas"),
    P.LETTER_ISSUE: _l("Firmar y radicar una carta"),
    P.LETTER_SIGN: _l("Firmar una carta como líder del proceso"),
    P.LETTER_TEMPLATE_MANAGE: _l("Cambiar los textos de las cartas"),
    P.INFORMATION_REQUEST_READ: _l("Ver una solicitud de información"),
    P.INFORMATION_REQUEST_CREATE: _l("Pedir información al auditado"),
    P.INFORMATION_REQUEST_ANSWER: _l("Entregar la información pedida"),
    P.INFORMATION_REQUEST_REVIEW: _l("Revisar la información entregada"),
    P.FINDING_READ: _l("Ver el hallazgo"),
    P.FINDING_CREATE: _l("Crear hallazgos"),
    P.FINDING_EDIT: _l("Editar el hallazgo"),
    P.FINDING_ANALYSE: _l("Analizar la réplica"),
    P.FINDING_DRAFT_REPLY: _l("Preparar la réplica"),
    P.FINDING_RECORD_DECISION: _l("Registrar la decisión del comité"),
    P.FINDING_REMIND: _l("Recordar lo que espera el hallazgo"),
    P.FINDING_REFER: _l("Trasladar el hallazgo a una autoridad"),
    P.REFERRAL_READ: _l("Ver un traslado"),
    P.REFERRAL_RECORD_ANSWER: _l("Registrar la respuesta a un traslado"),
    P.REPLY_EXTENSION_READ: _l("Ver una prórroga del término de réplica"),
    P.REPLY_EXTENSION_REQUEST: _l("Pedir prórroga del término de réplica"),
    P.REPLY_EXTENSION_DECIDE: _l("Decidir una prórroga del término de réplica"),
    P.FINDING_ADD_EVIDENCE: _l("Agregar evidencia"),
    P.FINDING_RECORD_REVIEW: _l("Dar el visto bueno al hallazgo"),
    P.FINDING_COMPLETE_CAUSE: _l("Completar la causa"),
    P.PLAN_READ: _l("Ver el plan"),
    P.PLAN_CREATE: _l("Formular acciones y causas del plan"),
    P.PLAN_EDIT: _l("Editar el plan"),
    P.PLAN_CONSOLIDATE: _l("Dar el visto bueno de planeación"),
    P.PLAN_REMARK: _l("Hacer observaciones al plan"),
    P.PLAN_ANSWER_REMARK: _l("Responder las observaciones"),
    P.PLAN_REMIND: _l("Recordar el plan a quien debe dar el paso siguiente"),
    P.ACTION_READ: _l("Ver la acción"),
    P.ACTION_EDIT: _l("Editar la acción"),
    P.ACTION_ACCEPT: _l("Aceptar la acción como responsable"),
    P.ACTION_REPORT_PROGRESS: _l("Reportar avance"),
    P.ACTION_APPROVE_PROGRESS: _l("Dar el visto bueno al avance"),
    P.ACTION_REMIND: _l("Recordar la acción a quienes la ejecutan"),
    P.ACTION_COMMENT: _l("Comentar el avance de la acción"),
    P.ACTION_RECORD_EFFICACY: _l("Registrar la eficacia"),
    P.ACTION_RECORD_EFFECTIVENESS: _l("Registrar la efectividad"),
    P.ACTION_RECORD_AUTHORITY_RESULT: _l("Registrar el resultado del ente de control"),
    P.CHANGE_REQUEST_READ: _l("Ver una solicitud de cambio"),
    P.CHANGE_REQUEST_DRAFT: _l("Preparar una solicitud de cambio"),
    P.CHANGE_REQUEST_CREATE: _l("Pedir un cambio de la acción"),
    P.CHANGE_REQUEST_APPROVE_DIRECTION: _l("Aprobar el cambio como dirección"),
    P.CHANGE_REQUEST_COMMENT: _l("Comentar una solicitud de cambio"),
    P.CHANGE_REQUEST_RECORD_RULE: _l("Registrar la regla del ente de control"),
    P.PUBLICATION_READ: _l("Ver una publicación"),
    P.PUBLICATION_COMMENT: _l("Comentar la versión pública"),
    P.PUBLICATION_PREPARE: _l("Preparar la versión pública"),
    P.DOCUMENT_READ: _l("Ver y descargar el documento"),
    P.DOCUMENT_UPLOAD: _l("Subir documentos"),
    P.DOCUMENT_WITHDRAW: _l("Retirar el documento"),
    P.ANNUAL_PLAN_READ: _l("Ver el plan anual"),
    P.ANNUAL_PLAN_CREATE: _l("Crear el plan anual"),
    P.ANNUAL_PLAN_EDIT: _l("Editar el plan anual"),
    P.ANNUAL_PLAN_PUBLISH: _l("Publicar el plan anual"),
    P.AUDITABLE_UNIT_READ: _l("Ver una unidad del universo de auditoría"),
    P.AUDITABLE_UNIT_CREATE: _l("Agregar unidades al universo de auditoría"),
    P.AUDITABLE_UNIT_EDIT: _l("Corregir una unidad del universo de auditoría"),
    P.AUDITABLE_UNIT_RETIRE: _l("Retirar una unidad del universo de auditoría, o regresarla"),
    P.PRIORITIZATION_READ: _l("Ver la priorización de una vigencia"),
    P.PRIORITIZATION_CREATE: _l("Comenzar la priorización de una vigencia"),
    P.PRIORITIZATION_EDIT: _l("Valorar las unidades y cambiar los criterios"),
    P.PRIORITIZATION_APPROVE: _l("Aprobar la priorización o volver a abrirla"),
    P.COMMITTEE_RECORD: _l("Registrar decisiones del comité"),
    P.TERM_RECOMPUTE: _l("Recalcular vencimientos notificados"),
    P.OVERSIGHT_SHARE_MANAGE: _l("Compartir con entes de control"),
    P.TRAIL_READ: _l("Leer la bitácora"),
    P.SECURITY_LOG_READ: _l("Leer el registro de seguridad"),
    P.USERS_MANAGE: _l("Administrar cuentas y roles"),
    P.CATALOGUES_MANAGE: _l("Administrar catálogos y calendario"),
    P.OUTBOX_MANAGE: _l("Reintentar envíos detenidos"),
}
# Of an answer: what it means, and what would change it.
REASONS: Mapping[str, tuple[object, object]] = {
    "allowed": (_l("Una regla se lo permite."), ""),
    "anonymous": (
        _l("No hay una persona identificada."),
        _l("Debe ingresar con su cuenta."),
    ),
    "unknown_permission": (
        _l("Nadie tiene ese permiso: el programa no lo conoce."),
        _l("Elija uno de la lista."),
    ),
    "denied": (
        _l(
            "Ninguna regla se lo permite hoy: le falta el rol, el alcance o el estado del registro."
        ),
        _l("Podría si se cumpliera lo que se dice abajo."),
    ),
    "segregation": (
        _l("Lo impide la separación de funciones: quien planea y ejecuta no es quien audita."),
        _l("Debe hacerlo otra persona, o dejar esta el rol que lo impide."),
    ),
    "undeclared": (
        _l(
            "Todavía no ha firmado su declaración de conflictos de interés en esta auditoría,"
            " o la que firmó está sin resolver."
        ),
        _l("La persona debe firmarla; si declaró un conflicto, el jefe de la OCI debe resolverlo."),
    ),
    "no_role": (
        _l("No tiene ningún rol vigente ni reemplaza hoy a nadie que lo tenga."),
        _l("Asígnele el rol que le corresponde, o nombre un reemplazo."),
    ),
    "disabled": (
        _l("Su cuenta está inactiva: no puede ingresar."),
        _l("Active la cuenta en la página de la persona."),
    ),
    "no_thing": (
        _l("No existe ningún registro de esa clase con ese código."),
        _l("Revise el código, tal como aparece en la página del registro."),
    ),
}
SCOPE_LABELS: Mapping[str, object] = {
    "lead_audits": _l("Auditorías que lidera"),
    "member_audits": _l("Auditorías en las que es del equipo"),
    "led_processes": _l("Procesos que lidera"),
    "liaison_processes": _l("Procesos de los que es enlace"),
    "headed_units": _l("Dependencias que dirige"),
    "headless_units": _l("Dependencias sin jefe, por las que responde el líder"),
    "undeclared_audits": _l("Auditorías en las que debe su declaración"),
    "shared_audits": _l("Auditorías compartidas con su entidad"),
    "shared_findings": _l("Hallazgos compartidos con su entidad"),
    "shared_plans": _l("Planes compartidos con su entidad"),
}
SCOPES: Mapping[tuple[str, str], object] = {
    ("audit_id", "lead_audits"): _l("Es de una auditoría que lidera"),
    ("audit_id", "member_audits"): _l("Es de una auditoría de cuyo equipo hace parte"),
    ("audit_id", "shared_audits"): _l("Es de una auditoría compartida con su entidad"),
    ("audit_id", "undeclared_audits"): _l("Debe la declaración de esa auditoría"),
    ("author_id", "persons"): _l("Lo escribió la persona o a quien reemplaza"),
    ("finding_id", "shared_findings"): _l("Es de un hallazgo compartido con su entidad"),
    ("formulated_by_id", "persons"): _l("Lo formuló la persona o a quien reemplaza"),
    ("plan_id", "shared_plans"): _l("Es de un plan compartido con su entidad"),
    ("process_id", "led_processes"): _l("Es de un proceso que lidera"),
    ("process_id", "liaison_processes"): _l("Es de un proceso del que es enlace"),
    ("responsible_unit_id", "headed_units"): _l("Responde una dependencia que dirige"),
    ("responsible_unit_id", "headless_units"): _l("La dependencia que responde no tiene jefe"),
    ("uploaded_by_id", "persons"): _l("Lo subió la persona o a quien reemplaza"),
}
KNOWN: Mapping[str, object] = {
    "announced_at": _l("La auditoría ya fue anunciada"),
    "approved_at": _l("Alcanzó a ser aprobado"),
    "communicated_at": _l("Alcanzó a comunicarse al auditado"),
    "final_issued_at": _l("Ya se comunicó el informe final"),
    "first_submitted_at": _l("El plan ya se entregó alguna vez"),
    "issued_at": _l("La carta ya se firmó y radicó"),
    "sent_at": _l("La carta ya se envió al líder"),
}
UNKNOWN: Mapping[str, object] = {
    "approved_at": _l("Todavía no está aprobada"),
    "addressee_id": _l("Va dirigido a una autoridad de fuera"),
    "audit_id": _l("No viene de una auditoría interna"),
    "responsible_unit_id": _l("Todavía no tiene dependencia responsable"),
    "retired_at": _l("No ha salido del universo de auditoría"),
    "reviewed_at": _l("Todavía no tiene visto bueno"),
    "withdrawn_at": _l("No ha sido retirado"),
}
FILLED: Mapping[str, object] = {"filing_number": _l("Está radicado")}
BLANK: Mapping[str, object] = {"filing_number": _l("No está radicado")}


def permission_label(permission: str) -> str:
    """ "audit.close": what it lets do."""
    return str(PERMISSION_LABELS.get(permission) or EVENT_LABELS[permission])


def reason(code: str) -> tuple[str, str]:
    """What an answer means, and what would change it."""
    means, remedy = REASONS[code]
    return str(means), str(remedy)


def piece_text(rule: Rule, kind: str) -> str:
    """One condition of a rule, about a thing of this kind. Raises: KeyError for a new one."""
    match rule:
        case HasRole():
            return _role_text(rule)
        case InScope():
            return str(SCOPES[rule.name, rule.scope])
        case OneOf():
            return _values_text(rule, kind)
        case Known():
            return str(KNOWN[rule.name])
        case Unknown():
            return str(UNKNOWN[rule.name])
        case Filled():
            return str(FILLED[rule.name])
        case Blank():
            return str(BLANK[rule.name])
        case ThingIs():
            return str(_l("Es: %(kinds)s", kinds=_or(map(thing_name, sorted(rule.kinds)))))
    return str(OTHERS[type(rule)])


OTHERS: Mapping[type[Rule], object] = {
    IsActor: _l("Es la persona misma: nadie lo hace por otro"),
    IsExecutor: _l("Es ejecutor de la acción"),
    ActorIs: _l("Lo hace el sistema por sí mismo, nunca una persona"),
}


def _role_text(rule: HasRole) -> str:
    if rule.roles == frozenset(Role) - {Role.SYSTEM}:
        return str(_l("Tiene algún rol"))
    named = _or(labels.label(role) for role in Role if role in rule.roles)
    return str(_l("Tiene el rol: %(roles)s", roles=named))


def _values_text(rule: OneOf, kind: str) -> str:
    if rule.name == "purpose":
        named = _or(labels.label(each) for each in DocumentPurpose if each in rule.values)
        return str(_l("El documento es: %(purposes)s", purposes=named))
    if rule.name == "source":
        named = _or(labels.label(each) for each in PlanSource if each in rule.values)
        return str(_l("Viene de: %(sources)s", sources=named))
    names = STATE_LABELS.get(kind, {})
    if rule.values.isdisjoint(names):  # a rule that serves several kinds, told of another one
        names = {value: text for each in STATE_LABELS.values() for value, text in each.items()}
    named = _or(str(text) for value, text in names.items() if value in rule.values)
    return str(_l("Está en: %(states)s", states=named))


def _or(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} {_l('o')} {last}" if first else last
