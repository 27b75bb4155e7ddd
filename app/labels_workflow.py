"""Words of the workflows: things, states, events, conditions, and what guards say."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from string import Formatter

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.filters import date_es, number_es
from app.labels_guard_links import GUARD_ACTIONS, GUARD_LINKS
from app.labels_guards import GUARD_MESSAGES

__all__ = [
    "CONDITION_LABELS",
    "EVENT_LABELS",
    "GUARD_ACTIONS",
    "GUARD_LINKS",
    "GUARD_MESSAGES",
    "STATE_LABELS",
    "THING_LABELS",
    "WITHDRAWN_LABELS",
    "guard_message",
]

UNKNOWN = _l("(sin dato)")

THING_LABELS: Mapping[str, LazyString] = {
    "audit": _l("Auditoría"),
    "finding": _l("Hallazgo"),
    "plan": _l("Plan de mejoramiento"),
    "action": _l("Acción"),
    "change_request": _l("Solicitud de cambio"),
    "publication": _l("Publicación"),
    "annual_plan": _l("Plan Anual de Auditoría"),
}

STATE_LABELS: Mapping[str, Mapping[str, LazyString]] = {
    "audit": {
        "programada": _l("Programada"),
        "en_planeacion": _l("En planeación"),
        "en_ejecucion": _l("En ejecución"),
        "informe_preliminar": _l("Informe preliminar"),
        "en_contradiccion": _l("En contradicción"),
        "informe_final": _l("Informe final"),
        "en_formulacion_plan": _l("En formulación del plan"),
        "en_seguimiento": _l("En seguimiento"),
        "cerrada": _l("Cerrada"),
        "suspendida": _l("Suspendida"),
        "cancelada": _l("Cancelada"),
    },
    "finding": {
        "borrador": _l("Borrador"),
        "en_revision": _l("En revisión"),
        "preliminar": _l("Preliminar"),
        "en_contradiccion": _l("En contradicción"),
        "ratificado": _l("Ratificado"),
        "modificado": _l("Modificado"),
        "retirado": _l("Retirado"),
        "en_firme": _l("En firme"),
        "con_plan": _l("Con plan"),
        "en_tratamiento": _l("En tratamiento"),
        "por_verificar": _l("Por verificar"),
        "cerrado": _l("Cerrado"),
        "reabierto": _l("Reabierto"),
    },
    "plan": {
        "borrador": _l("Borrador"),
        "enviado": _l("Enviado"),
        "en_revision": _l("En revisión"),
        "devuelto": _l("Devuelto"),
        "aprobado": _l("Aprobado"),
        "suscrito": _l("Suscrito"),
        "en_ejecucion": _l("En ejecución"),
        "cumplido": _l("Cumplido"),
        "evaluado": _l("Evaluado"),
        "cerrado": _l("Cerrado"),
        "cancelado": _l("Cancelado"),
    },
    "action": {
        "formulada": _l("Formulada"),
        "en_revision": _l("En revisión"),
        "devuelta": _l("Devuelta"),
        "aprobada": _l("Aprobada"),
        "en_ejecucion": _l("En ejecución"),
        "reportada": _l("Reportada"),
        "en_verificacion": _l("En verificación"),
        "cumplida": _l("Cumplida"),
        "en_evaluacion_efectividad": _l("En evaluación de efectividad"),
        "cerrada_efectiva": _l("Cerrada efectiva"),
        "cumplida_inefectiva": _l("Cumplida inefectiva"),
        "incumplida": _l("Incumplida"),
        "reformulada": _l("Reformulada"),
        "anulada": _l("Anulada"),
    },
    "change_request": {
        "solicitada": _l("Solicitada"),
        "en_revision": _l("En revisión"),
        "aprobada": _l("Aprobada"),
        "negada": _l("Negada"),
        "desistida": _l("Desistida"),
    },
    "publication": {
        "no_publicable": _l("No publicable"),
        "pendiente_clasificacion": _l("Pendiente de clasificación"),
        "en_anonimizacion": _l("En anonimización"),
        "aprobada": _l("Aprobada"),
        "publicada": _l("Publicada"),
        "retirada": _l("Retirada"),
    },
    "annual_plan": {
        "borrador": _l("Borrador"),
        "en_revision_oci": _l("En revisión de la OCI"),
        "presentado_cicci": _l("Presentado al CICCI"),
        "devuelto": _l("Devuelto"),
        "aprobado": _l("Aprobado"),
        "en_ejecucion": _l("En ejecución"),
        "cerrado": _l("Cerrado"),
    },
}

# A withdrawn finding says why: only one that the reply refuted is "desvirtuado".
WITHDRAWN_LABELS: Mapping[str, LazyString] = {
    "descartado": _l("Retirado (descartado)"),
    "desvirtuado": _l("Retirado (desvirtuado)"),
    "anulado": _l("Retirado (anulado)"),
    "auditoria_cancelada": _l("Retirado (auditoría cancelada)"),
}

EVENT_LABELS: Mapping[str, LazyString] = {
    "audit.start_planning": _l("Iniciar la planeación"),
    "audit.start_execution": _l("Aprobar el programa e iniciar la ejecución"),
    "audit.finish_fieldwork": _l("Terminar la ejecución"),
    "audit.return_to_fieldwork": _l("Devolver a ejecución"),
    "audit.issue_draft_report": _l("Firmar y comunicar el informe preliminar"),
    "audit.start_final_report": _l("Pasar al informe final"),
    "audit.issue_final_report": _l("Firmar y comunicar el informe final"),
    "audit.start_follow_up": _l("Pasar a seguimiento"),
    "audit.close": _l("Cerrar la auditoría"),
    "audit.suspend": _l("Suspender"),
    "audit.resume": _l("Reanudar"),
    "audit.cancel": _l("Cancelar la auditoría"),
    "finding.submit": _l("Enviar a revisión"),
    "finding.send_back": _l("Devolver al autor"),
    "finding.discard": _l("Descartar el borrador"),
    "finding.communicate": _l("Comunicar"),
    "finding.reply": _l("Radicar la réplica"),
    "finding.lapse": _l("Ratificar por falta de réplica"),
    "finding.ratify": _l("Ratificar"),
    "finding.modify": _l("Modificar"),
    "finding.withdraw": _l("Retirar (desvirtuado)"),
    "finding.escalate": _l("Llevar la diferencia al comité"),
    "finding.confirm": _l("Dejar en firme"),
    "finding.register_external": _l("Registrar hallazgo de otra fuente"),
    "finding.accept_plan": _l("Vincular al plan"),
    "finding.close_without_plan": _l("Cerrar sin plan"),
    "finding.start_treatment": _l("Iniciar el tratamiento"),
    "finding.request_verification": _l("Pasar a verificación"),
    "finding.resume_treatment": _l("Volver a tratamiento"),
    "finding.lose_plan": _l("Quedar sin plan"),
    "finding.close": _l("Cerrar el hallazgo"),
    "finding.reopen": _l("Reabrir"),
    "finding.annul": _l("Anular por decisión"),
    "plan.submit": _l("Enviar el plan"),
    "plan.recall": _l("Recuperar para corregir"),
    "plan.start_review": _l("Iniciar la revisión"),
    "plan.send_back": _l("Devolver con observaciones"),
    "plan.approve": _l("Aceptar el plan"),
    "plan.subscribe": _l("Suscribir el plan"),
    "plan.start_execution": _l("Iniciar la ejecución"),
    "plan.complete": _l("Dar por cumplido"),
    "plan.evaluate": _l("Cerrar la evaluación"),
    "plan.reopen": _l("Volver a ejecución"),
    "plan.close": _l("Cerrar el plan"),
    "plan.discard": _l("Descartar el borrador"),
    "plan.cancel": _l("Cancelar el plan"),
    "action.submit": _l("Enviar a revisión"),
    "action.recall": _l("Recuperar para corregir"),
    "action.send_back": _l("Devolver con observaciones"),
    "action.approve": _l("Aceptar la acción"),
    "action.discard": _l("Descartar la acción"),
    "action.start_execution": _l("Iniciar la ejecución"),
    "action.report_completion": _l("Reportar como cumplida"),
    "action.withdraw_report": _l("Retirar el reporte"),
    "action.start_verification": _l("Iniciar la verificación"),
    "action.verify": _l("Dar por cumplida"),
    "action.reject": _l("Rechazar el reporte"),
    "action.declare_unmet": _l("Declarar incumplida"),
    "action.start_evaluation": _l("Iniciar la evaluación de efectividad"),
    "action.close_effective": _l("Cerrar como efectiva"),
    "action.declare_ineffective": _l("Declarar inefectiva"),
    "action.close_by_exception": _l("Cerrar por excepción justificada"),
    "action.reformulate": _l("Reemplazar por otra acción"),
    "action.void": _l("Anular"),
    "action.cancel_with_plan": _l("Anular con el plan"),
    "action.annul_with_finding": _l("Anular con el hallazgo"),
    "change_request.start_review": _l("Iniciar la revisión"),
    "change_request.approve": _l("Aprobar la solicitud"),
    "change_request.deny": _l("Negar la solicitud"),
    "change_request.withdraw": _l("Desistir"),
    "change_request.lapse": _l("Archivar por acción terminada"),
    "publication.classify_restricted": _l("Clasificar como no publicable"),
    "publication.classify_public": _l("Clasificar como pública"),
    "publication.reclassify": _l("Volver a clasificar"),
    "publication.approve": _l("Aprobar la versión pública"),
    "publication.send_back": _l("Devolver a anonimización"),
    "publication.publish": _l("Publicar"),
    "publication.discard": _l("Descartar la publicación"),
    "publication.withdraw": _l("Retirar de la publicación"),
    "publication.supersede": _l("Sustituir por otra versión"),
    "annual_plan.submit": _l("Enviar a revisión"),
    "annual_plan.present": _l("Presentar al comité"),
    "annual_plan.approve": _l("Aprobar el plan anual"),
    "annual_plan.send_back": _l("Devolver el plan anual"),
    "annual_plan.start_execution": _l("Iniciar la ejecución"),
    "annual_plan.close": _l("Cerrar el plan anual"),
}

# Which of two targets an event takes; "!" before the name when it must not hold.
CONDITION_LABELS: Mapping[str, LazyString] = {
    "audit.a_finding_needs_a_plan": _l("Si algún hallazgo exige plan"),
    "audit.!a_finding_needs_a_plan": _l("Si ningún hallazgo exige plan"),
    "audit.is_previous_state": _l("Si era su estado anterior"),
}


def guard_message(code: str, facts: object) -> str:
    """What guard `code` says of these facts, in a sentence.

    Raises: KeyError on an unknown code, AttributeError on the facts of another thing.
    """
    text = str(GUARD_MESSAGES[code])
    names = [name for _, name, _, _ in Formatter().parse(text) if name]
    return text.format(**{name: _shown(getattr(facts, name)) for name in names})


def _shown(value: object) -> str:
    if value is None:
        return str(UNKNOWN)
    if isinstance(value, date):
        return date_es(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return number_es(value)
    return str(value)
