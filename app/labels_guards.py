"""What each guard says when it refuses. The names in braces are fields of the thing's facts."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

GUARD_MESSAGES: Mapping[str, LazyString] = {
    "audit.needs_approved_annual_plan": _l(
        "La auditoría no está en un plan anual aprobado ni autorizada como especial."
    ),
    "audit.needs_lead": _l("Falta asignar el auditor líder."),
    "audit.needs_conflict_declarations": _l(
        "Faltan declaraciones de conflicto de interés: {members_without_declaration}."
    ),
    "audit.needs_team_without_conflict": _l(
        "Tienen un conflicto de interés sin resolver: {members_with_conflict}."
    ),
    "audit.needs_signed_program": _l(
        "El programa de auditoría no está firmado por el jefe de la OCI."
    ),
    "audit.needs_announcement": _l("La auditoría no se ha anunciado al auditado."),
    "audit.needs_reviewed_findings": _l("Hay hallazgos sin revisar: {unreviewed_findings}."),
    "audit.needs_finding_evidence": _l("Hay hallazgos sin evidencia: {findings_without_evidence}."),
    "audit.needs_reviewed_papers": _l("Hay papeles de trabajo sin revisar: {unreviewed_papers}."),
    "audit.needs_report_document": _l("Falta generar el informe."),
    "audit.needs_signature": _l("Falta la firma del jefe de la OCI."),
    "audit.needs_filing_number": _l("Falta el número de radicado."),
    "audit.needs_recipient": _l(
        "El proceso auditado no tiene un líder a quien comunicar el informe."
    ),
    "audit.needs_replies_or_expired_term": _l(
        "El término de réplica vence el {reply_due_on} y faltan respuestas: "
        "{findings_without_reply}."
    ),
    "audit.needs_decided_extension": _l(
        "El proceso pidió más tiempo para responder y no se le ha contestado."
    ),
    "audit.needs_causes": _l("Hay hallazgos sin causa: {findings_without_cause}."),
    "audit.needs_decisions": _l("Hay hallazgos sin decisión: {undecided_findings}."),
    "audit.needs_public_version": _l("Falta preparar la versión pública del informe."),
    "audit.needs_approved_plans": _l(
        "Hay hallazgos sin plan de mejoramiento aprobado: {findings_without_approved_plan}."
    ),
    "audit.needs_closed_findings": _l("Hay hallazgos sin cerrar: {open_findings}."),
    "audit.needs_closed_case_file": _l(
        "El expediente no está cerrado o su índice está incompleto."
    ),
    "audit.needs_committee_decision": _l(
        "La auditoría está en el plan anual: falta la decisión del comité, "
        "con número y fecha del acta."
    ),
    "audit.needs_reason": _l("Escriba el motivo."),
    "finding.needs_condition": _l("Falta la condición."),
    "finding.needs_criterion": _l("Falta el criterio, con la norma y su artículo."),
    "finding.needs_effect": _l("Falta el efecto."),
    "finding.needs_recommendation": _l("Falta la recomendación."),
    "finding.needs_evidence": _l("Falta al menos una evidencia."),
    "finding.needs_responsible": _l("Falta el proceso o la dependencia responsable."),
    "finding.needs_other_reviewer": _l("Debe revisarlo una persona distinta de su autor."),
    "finding.needs_reply": _l("Indique si acepta u objeta el hallazgo y escriba sus argumentos."),
    "finding.needs_open_term": _l("El término de réplica venció el {reply_due_on}."),
    "finding.needs_expired_term": _l(
        "El término de réplica aún no vence: termina el {reply_due_on}."
    ),
    "finding.needs_decided_extension": _l(
        "El proceso pidió más tiempo para responder y no se le ha contestado."
    ),
    "finding.needs_committee_decision": _l("Falta registrar la decisión del comité."),
    "finding.needs_analysis": _l("Falta el análisis de la réplica."),
    "finding.needs_new_text": _l("Escriba el nuevo texto del hallazgo."),
    "finding.needs_unissued_final_report": _l("El informe final ya fue comunicado."),
    "finding.needs_first_escalation": _l("Esta diferencia ya se llevó al comité."),
    "finding.needs_cause": _l("Falta la causa."),
    "finding.needs_external_source": _l(
        "El hallazgo es de una auditoría interna: se envía a revisión."
    ),
    "finding.needs_source_report": _l("Falta el documento de origen, con su número y fecha."),
    "finding.needs_approved_action": _l("El hallazgo no tiene acciones aprobadas."),
    "finding.needs_optional_plan": _l(
        "Este tipo de hallazgo exige plan de mejoramiento, salvo que el comité acepte el riesgo."
    ),
    "finding.needs_running_action": _l("Ninguna acción del hallazgo está en ejecución."),
    "finding.needs_completed_actions": _l("Hay acciones sin terminar: {unfinished_actions}."),
    "finding.needs_cancelled_plan": _l("El plan no está cancelado."),
    "finding.needs_effective_actions": _l(
        "Hay acciones sin evaluar o sin efectividad: {actions_not_effective}."
    ),
    "finding.needs_authority_result": _l("Falta el resultado del ente de control."),
    "finding.needs_reopening_ground": _l("Vincule la acción inefectiva o el hallazgo repetido."),
    "finding.needs_decision": _l(
        "Falta la decisión del comité o de la autoridad, con número y fecha."
    ),
    "finding.needs_reason": _l("Escriba el motivo."),
    "plan.needs_actions": _l("Hay hallazgos sin acción: {findings_without_action}."),
    "plan.needs_root_causes": _l("Hay hallazgos sin causa raíz: {findings_without_root_cause}."),
    "plan.needs_complete_actions": _l("Hay acciones incompletas: {incomplete_actions}."),
    "plan.needs_reviewer": _l("Quien formuló el plan no puede revisarlo."),
    "plan.needs_remarks": _l("Escriba al menos una observación sobre lo que debe corregirse."),
    "plan.needs_internal_source": _l("Es un plan externo: debe suscribirse, no aceptarse."),
    "plan.needs_external_source": _l("Es un plan interno: debe aceptarse, no suscribirse."),
    "plan.needs_consolidation": _l("Falta el visto bueno de planeación."),
    "plan.needs_answered_remarks": _l("Hay observaciones sin resolver."),
    "plan.needs_other_approver": _l("Quien formuló el plan no puede aceptarlo."),
    "plan.needs_transmission": _l("Falta la constancia de envío al ente de control."),
    "plan.needs_start_date": _l("La primera acción comienza el {first_start_on}."),
    "plan.needs_completed_actions": _l("Hay acciones sin terminar: {unfinished_actions}."),
    "plan.needs_evaluated_actions": _l(
        "Hay acciones sin evaluación de efectividad: {unevaluated_actions}."
    ),
    "plan.needs_approved_action": _l("No hay acciones aprobadas por ejecutar."),
    "plan.needs_effective_actions": _l(
        "Hay acciones inefectivas o incumplidas sin reemplazo: {unreplaced_actions}."
    ),
    "plan.needs_authority_result": _l("Falta el resultado del ente de control."),
    "plan.needs_never_submitted": _l("El plan ya fue enviado: solo puede cancelarse."),
    "plan.needs_authority_act": _l("Falta el acto de la autoridad de origen, con número y fecha."),
    "plan.needs_reason": _l("Escriba el motivo."),
    "action.needs_root_cause": _l("La acción no apunta a una causa."),
    "action.needs_indicator": _l("Falta el indicador, su unidad o una meta mayor que cero."),
    "action.needs_dates": _l(
        "Revise las fechas: el fin debe ser posterior al inicio y el plazo, "
        "de {max_months} meses como máximo."
    ),
    "action.needs_responsible": _l("Falta la dependencia o el cargo responsable."),
    "action.needs_acceptance": _l("El jefe de la dependencia no ha aceptado la acción."),
    "action.needs_remarks": _l("Escriba la observación que debe atenderse."),
    "action.needs_consolidation": _l("Falta el visto bueno de planeación."),
    "action.needs_other_approver": _l("Quien formuló la acción no puede aceptarla."),
    "action.needs_start_date": _l("La acción comienza el {start_on}."),
    "action.needs_running_plan": _l("El plan no está en ejecución."),
    "action.needs_full_progress": _l("El avance es {progress_pct} % y debe llegar al 100 %."),
    "action.needs_evidence": _l("Falta la evidencia del cumplimiento."),
    "action.needs_independent_verifier": _l(
        "No puede verificar quien ejecutó o reportó la acción."
    ),
    "action.needs_efficacy": _l("Registre la eficacia como cumplida, con su soporte."),
    "action.needs_past_end_date": _l(
        "La acción vence el {end_on}: aún no puede declararse incumplida."
    ),
    "action.needs_waiting_period": _l("La efectividad puede evaluarse desde el {evaluable_from}."),
    "action.needs_other_evaluator": _l(
        "Debe evaluar una persona distinta de quien verificó la acción."
    ),
    "action.needs_effective_result": _l("Registre la efectividad como efectiva, con su soporte."),
    "action.needs_ineffective_result": _l(
        "Registre la efectividad como parcial o inefectiva, con su soporte."
    ),
    "action.needs_approved_successor": _l("Falta una acción de reemplazo aprobada."),
    "action.needs_approved_change": _l(
        "Falta una solicitud de cambio aprobada o el acto de la autoridad."
    ),
    "action.needs_other_action": _l("El hallazgo quedaría sin acciones vigentes."),
    "action.needs_cancelled_plan": _l("El plan no está cancelado."),
    "action.needs_annulled_finding": _l("El hallazgo no está anulado."),
    "action.needs_reason": _l("Escriba el motivo."),
    "change_request.needs_live_action": _l("La acción ya no admite cambios."),
    "change_request.needs_no_pending_request": _l(
        "Ya hay una solicitud en trámite para esta acción."
    ),
    "change_request.needs_advance_notice": _l(
        "Debe pedirse al menos {notice_days} días hábiles antes del vencimiento."
    ),
    "change_request.needs_remaining_extension": _l(
        "La acción ya tuvo el máximo de prórrogas: {max_extensions}."
    ),
    "change_request.needs_direction_approval": _l("Falta la aprobación de la dirección."),
    "change_request.needs_authority_rule": _l(
        "La regla del ente de control no permite este cambio."
    ),
    "change_request.needs_other_approver": _l("Quien pidió el cambio no puede aprobarlo."),
    "change_request.needs_ended_action": _l("La acción sigue en curso."),
    "change_request.needs_reason": _l("Escriba el motivo."),
    "publication.needs_classification": _l("Falta clasificar la información."),
    "publication.needs_legal_ground": _l("Falta el fundamento legal."),
    "publication.needs_restriction_term": _l(
        "Falta el plazo de la restricción (la reserva dura como máximo 15 años)."
    ),
    "publication.needs_signed_source": _l("El documento de origen no está firmado o en firme."),
    "publication.needs_clean_copy": _l("Falta generar la copia anonimizada."),
    "publication.needs_resolved_marks": _l(
        "Hay datos personales sin resolver: {unresolved_marks}."
    ),
    "publication.needs_resolved_hidden_content": _l(
        "Hay contenido oculto sin resolver: {unresolved_hidden_content}."
    ),
    "publication.needs_other_reviewer": _l(
        "Debe aprobarla una persona distinta de quien la preparó."
    ),
    "publication.needs_unchanged_content": _l(
        "El contenido cambió después de la aprobación: debe aprobarse de nuevo."
    ),
    "publication.needs_metadata": _l("Faltan el título, la fecha o la dependencia responsable."),
    "publication.needs_public_classification": _l(
        "Solo se publica una versión clasificada como pública."
    ),
    "publication.needs_newer_version": _l("No hay una versión más reciente publicada."),
    "publication.needs_reason": _l("Escriba el motivo."),
    "annual_plan.needs_lines": _l("El plan no tiene auditorías."),
    "annual_plan.needs_minutes": _l("Falta el acta del comité, con número y fecha."),
    "annual_plan.needs_reason": _l("Escriba el motivo."),
}
