"""The transition tables as the OCI agreed them, written apart from the code they check.

Columns: event | from | to | guards | who may fire it. A line that ends in a backslash goes on.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One transition from one state; a thing's table has as many as it has arrows."""

    thing: str
    event: str
    source: str
    target: str
    guards: tuple[str, ...]
    roles: tuple[str, ...]


def rows(thing: str) -> list[Row]:
    found = []
    for line in TABLES[thing].strip().splitlines():
        event, sources, target, guards, roles = (part.split() for part in line.split("|"))
        codes = tuple(f"{thing}.{name}" for name in guards if name != "-")
        found += [
            Row(thing, event[0], source, target[0], codes, tuple(roles)) for source in sources
        ]
    return found


TABLES: dict[str, str] = {
    "audit": """
start_planning | programada | en_planeacion | needs_approved_annual_plan needs_lead | jefe_oci \
auditor_lider
start_execution | en_planeacion | en_ejecucion | needs_conflict_declarations \
needs_team_without_conflict needs_signed_program needs_announcement | jefe_oci
finish_fieldwork | en_ejecucion | informe_preliminar | needs_reviewed_findings \
needs_finding_evidence needs_reviewed_papers | jefe_oci auditor_lider
return_to_fieldwork | informe_preliminar | en_ejecucion | needs_reason | jefe_oci
issue_draft_report | informe_preliminar | en_contradiccion | needs_report_document \
needs_signature needs_filing_number needs_recipient needs_reviewed_findings | jefe_oci
start_final_report | en_contradiccion | informe_final | needs_replies_or_expired_term \
needs_decided_extension needs_decisions | jefe_oci auditor_lider
issue_final_report | informe_final | en_formulacion_plan | needs_decisions needs_causes \
needs_report_document needs_signature needs_filing_number needs_public_version | jefe_oci
issue_final_report | informe_final | en_seguimiento | needs_decisions needs_causes \
needs_report_document needs_signature needs_filing_number needs_public_version | jefe_oci
start_follow_up | en_formulacion_plan | en_seguimiento | needs_approved_plans | sistema jefe_oci
close | en_seguimiento | cerrada | needs_closed_findings needs_closed_case_file | jefe_oci
suspend | en_planeacion en_ejecucion informe_preliminar en_contradiccion informe_final | \
suspendida | needs_reason needs_committee_decision | jefe_oci
resume | suspendida | en_planeacion | needs_reason | jefe_oci
resume | suspendida | en_ejecucion | needs_reason | jefe_oci
resume | suspendida | informe_preliminar | needs_reason | jefe_oci
resume | suspendida | en_contradiccion | needs_reason | jefe_oci
resume | suspendida | informe_final | needs_reason | jefe_oci
cancel | programada en_planeacion en_ejecucion informe_preliminar en_contradiccion \
informe_final suspendida | cancelada | needs_reason needs_committee_decision | jefe_oci
""",
    "finding": """
submit | borrador | en_revision | needs_condition needs_criterion needs_effect \
needs_recommendation needs_evidence needs_responsible | auditor auditor_lider jefe_oci
send_back | en_revision | borrador | needs_reason | auditor_lider jefe_oci
discard | borrador en_revision | retirado | needs_reason | auditor_lider jefe_oci sistema
communicate | en_revision | preliminar | needs_condition needs_criterion needs_effect \
needs_recommendation needs_evidence needs_responsible needs_other_reviewer | sistema
reply | preliminar | en_contradiccion | needs_reply needs_open_term | lider_proceso
lapse | preliminar | ratificado | needs_expired_term needs_decided_extension | sistema
ratify | en_contradiccion | ratificado | needs_analysis needs_committee_decision needs_reason | \
jefe_oci
modify | en_contradiccion | modificado | needs_analysis needs_committee_decision needs_reason \
needs_new_text | jefe_oci
withdraw | preliminar en_contradiccion ratificado modificado | retirado | needs_reason | \
jefe_oci sistema
escalate | ratificado modificado | en_contradiccion | needs_reason needs_unissued_final_report \
needs_first_escalation | lider_proceso
confirm | ratificado modificado | en_firme | needs_cause | sistema
register_external | borrador | en_firme | needs_external_source needs_source_report \
needs_condition needs_responsible | jefe_oci auditor_lider
accept_plan | en_firme reabierto | con_plan | needs_approved_action | sistema
close_without_plan | en_firme | cerrado | needs_optional_plan needs_reason | jefe_oci
start_treatment | con_plan reabierto | en_tratamiento | needs_running_action | sistema
request_verification | en_tratamiento | por_verificar | needs_completed_actions | sistema
resume_treatment | por_verificar | en_tratamiento | needs_running_action | sistema
lose_plan | con_plan en_tratamiento por_verificar reabierto | en_firme | needs_cancelled_plan | \
sistema
close | por_verificar | cerrado | needs_effective_actions needs_authority_result needs_reason | \
jefe_oci
reopen | por_verificar cerrado | reabierto | needs_reopening_ground needs_reason | jefe_oci
annul | en_firme con_plan en_tratamiento por_verificar reabierto | retirado | needs_decision \
needs_reason | jefe_oci
""",
    "plan": """
submit | borrador devuelto | enviado | needs_actions needs_root_causes needs_complete_actions | \
lider_proceso
recall | enviado | borrador | needs_reason | lider_proceso
start_review | enviado | en_revision | needs_reviewer | segunda_linea jefe_oci
send_back | en_revision | devuelto | needs_remarks | segunda_linea jefe_oci
approve | en_revision | aprobado | needs_internal_source needs_consolidation \
needs_answered_remarks needs_other_approver | jefe_oci
subscribe | en_revision | suscrito | needs_external_source needs_consolidation \
needs_answered_remarks needs_transmission | alta_direccion
start_execution | aprobado suscrito | en_ejecucion | needs_start_date | sistema
complete | en_ejecucion | cumplido | needs_completed_actions | sistema
evaluate | cumplido | evaluado | needs_evaluated_actions | jefe_oci
reopen | cumplido evaluado | en_ejecucion | needs_approved_action | sistema
close | evaluado | cerrado | needs_effective_actions needs_authority_result | jefe_oci
discard | borrador | cancelado | needs_reason needs_never_submitted | lider_proceso
cancel | borrador enviado en_revision devuelto aprobado suscrito en_ejecucion cumplido evaluado \
| cancelado | needs_reason needs_authority_act | jefe_oci
""",
    "action": """
submit | formulada devuelta | en_revision | needs_root_cause needs_indicator needs_dates \
needs_responsible needs_acceptance | lider_proceso
recall | en_revision | formulada | needs_reason | lider_proceso
send_back | en_revision | devuelta | needs_remarks | segunda_linea jefe_oci
approve | en_revision | aprobada | needs_consolidation needs_other_approver | jefe_oci sistema
discard | formulada devuelta | anulada | needs_reason | lider_proceso
start_execution | aprobada | en_ejecucion | needs_start_date needs_running_plan | sistema
report_completion | en_ejecucion | reportada | needs_full_progress needs_evidence | lider_proceso
withdraw_report | reportada | en_ejecucion | needs_reason | lider_proceso
start_verification | reportada | en_verificacion | needs_independent_verifier | auditor \
auditor_lider jefe_oci
verify | en_verificacion | cumplida | needs_efficacy needs_independent_verifier | auditor_lider \
jefe_oci
reject | en_verificacion | en_ejecucion | needs_reason needs_independent_verifier | \
auditor_lider jefe_oci
declare_unmet | en_ejecucion reportada en_verificacion | incumplida | needs_past_end_date \
needs_reason | jefe_oci
start_evaluation | cumplida | en_evaluacion_efectividad | needs_waiting_period \
needs_other_evaluator | auditor auditor_lider jefe_oci
close_effective | en_evaluacion_efectividad | cerrada_efectiva | needs_effective_result \
needs_other_evaluator | jefe_oci
declare_ineffective | en_evaluacion_efectividad | cumplida_inefectiva | \
needs_ineffective_result needs_other_evaluator needs_reason | jefe_oci
close_by_exception | cumplida en_evaluacion_efectividad | cerrada_efectiva | needs_efficacy \
needs_reason | jefe_oci
reformulate | incumplida cumplida_inefectiva | reformulada | needs_approved_successor | sistema
reformulate | en_ejecucion | reformulada | needs_approved_change needs_approved_successor | \
sistema
void | aprobada en_ejecucion incumplida | anulada | needs_approved_change needs_other_action | \
sistema
cancel_with_plan | formulada en_revision devuelta aprobada en_ejecucion reportada \
en_verificacion cumplida en_evaluacion_efectividad cumplida_inefectiva incumplida | anulada | \
needs_cancelled_plan | sistema
annul_with_finding | formulada en_revision devuelta aprobada en_ejecucion reportada \
en_verificacion cumplida en_evaluacion_efectividad cumplida_inefectiva incumplida | anulada | \
needs_annulled_finding | sistema
""",
    "change_request": """
start_review | solicitada | en_revision | needs_live_action | segunda_linea jefe_oci
approve | en_revision | aprobada | needs_live_action needs_direction_approval \
needs_authority_rule needs_other_approver | jefe_oci
deny | en_revision | negada | needs_reason | jefe_oci
withdraw | solicitada en_revision | desistida | needs_reason | lider_proceso
lapse | solicitada en_revision | desistida | needs_ended_action | sistema
""",
    "publication": """
classify_restricted | pendiente_clasificacion | no_publicable | needs_classification \
needs_legal_ground needs_restriction_term | jefe_oci
classify_public | pendiente_clasificacion | en_anonimizacion | needs_classification \
needs_signed_source | jefe_oci
reclassify | no_publicable en_anonimizacion aprobada | pendiente_clasificacion | needs_reason | \
jefe_oci
approve | en_anonimizacion | aprobada | needs_clean_copy needs_resolved_marks \
needs_resolved_hidden_content needs_other_reviewer | jefe_oci
send_back | aprobada | en_anonimizacion | needs_reason | jefe_oci
publish | aprobada | publicada | needs_unchanged_content needs_metadata \
needs_public_classification | jefe_oci
discard | pendiente_clasificacion en_anonimizacion aprobada | no_publicable | needs_reason | \
jefe_oci sistema
withdraw | publicada | retirada | needs_reason needs_legal_ground | jefe_oci sistema
supersede | publicada | retirada | needs_newer_version | sistema
""",
    "annual_plan": """
submit | borrador devuelto | en_revision_oci | - | auditor_lider jefe_oci
present | en_revision_oci | presentado_cicci | needs_lines | jefe_oci
approve | presentado_cicci | aprobado | needs_minutes | alta_direccion
send_back | presentado_cicci | devuelto | needs_reason | alta_direccion
start_execution | aprobado | en_ejecucion | - | jefe_oci sistema
close | en_ejecucion | cerrado | needs_reason | jefe_oci
""",
}

ALL_ROWS = [row for thing in TABLES for row in rows(thing)]

FINAL = {
    "audit": {"cerrada", "cancelada"},
    "finding": {"retirado"},
    "plan": {"cerrado", "cancelado"},
    "action": {"cerrada_efectiva", "reformulada", "anulada"},
    "change_request": {"aprobada", "negada", "desistida"},
    "publication": {"retirada"},
    "annual_plan": {"cerrado"},
}

INITIAL = {
    "audit": "programada",
    "finding": "borrador",
    "plan": "borrador",
    "action": "formulada",
    "change_request": "solicitada",
    "publication": "pendiente_clasificacion",
    "annual_plan": "borrador",
}

STATES = {
    "audit": "programada en_planeacion en_ejecucion informe_preliminar en_contradiccion "
    "informe_final en_formulacion_plan en_seguimiento cerrada suspendida cancelada",
    "finding": "borrador en_revision preliminar en_contradiccion ratificado modificado retirado "
    "en_firme con_plan en_tratamiento por_verificar cerrado reabierto",
    "plan": "borrador enviado en_revision devuelto aprobado suscrito en_ejecucion cumplido "
    "evaluado cerrado cancelado",
    "action": "formulada en_revision devuelta aprobada en_ejecucion reportada en_verificacion "
    "cumplida en_evaluacion_efectividad cerrada_efectiva cumplida_inefectiva incumplida "
    "reformulada anulada",
    "change_request": "solicitada en_revision aprobada negada desistida",
    "publication": "no_publicable pendiente_clasificacion en_anonimizacion aprobada publicada "
    "retirada",
    "annual_plan": "borrador en_revision_oci presentado_cicci devuelto aprobado en_ejecucion "
    "cerrado",
}
