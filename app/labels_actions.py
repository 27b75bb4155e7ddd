"""What the ledger's actions are called in a history: what is no event of a workflow."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.labels_workflow import EVENT_LABELS

KIND_LABELS: Mapping[str, object] = {
    "audit": _l("Auditoría"),
    "finding": _l("Hallazgo"),
    "working_paper": _l("Papel de trabajo"),
    "document": _l("Documento"),
    "report": _l("Informe"),
}
OTHER_ACTION = _l("Cambio registrado")
ACTION_LABELS: Mapping[str, object] = {
    "audit.create": _l("Auditoría creada"),
    "audit.edit": _l("Datos de la auditoría corregidos"),
    "audit.edit_program": _l("Programa editado"),
    "audit.void_program_signature": _l("La firma del programa quedó sin efecto"),
    "audit.edit_report_texts": _l("Conclusiones y limitaciones editadas"),
    "audit.start_planning": _l("Comenzó la planeación"),
    "audit.start_execution": _l("Programa aprobado: comenzó la ejecución"),
    "audit.finish_fieldwork": _l("Terminó la ejecución"),
    "audit.return_to_fieldwork": _l("Devuelta a ejecución"),
    "audit.issue_draft_report": _l("Informe preliminar firmado y comunicado"),
    "audit.start_final_report": _l("Terminó la contradicción"),
    "audit.issue_final_report": _l("Informe final firmado y comunicado"),
    "audit.start_follow_up": _l("Comenzó el seguimiento"),
    "audit.close": _l("Auditoría cerrada"),
    "audit.suspend": _l("Auditoría suspendida"),
    "audit.resume": _l("Auditoría reanudada"),
    "audit.cancel": _l("Auditoría cancelada"),
    "audit.sign.audit.program": _l("Programa firmado"),
    "audit.sign.informe_preliminar": _l("Informe preliminar firmado"),
    "audit.sign.informe_final": _l("Informe final firmado"),
    "audit.announce": _l("Auditoría anunciada al auditado"),
    "audit.assign_member": _l("Persona asignada al equipo"),
    "audit.relieve_lead": _l("Deja de ser auditor líder"),
    "audit.remove_member": _l("Persona retirada del equipo"),
    "audit.declare": _l("Declaración de conflicto de interés"),
    "audit.resolve_conflict": _l("Conflicto de interés resuelto"),
    "audit.record_decision": _l("Decisión del comité registrada"),
    "audit.shift_term": _l("Término corrido por la suspensión"),
    "audit.close_case_file": _l("Expediente cerrado"),
    "audit.move_to_edition": _l("Pasó a la nueva edición del plan anual"),
    "working_paper.create": _l("Papel de trabajo creado"),
    "working_paper.edit": _l("Papel de trabajo editado"),
    "working_paper.attach": _l("Documento adjuntado al papel"),
    "working_paper.review": _l("Papel revisado, con visto bueno"),
    "working_paper.send_back": _l("Papel devuelto a su autor"),
    "document.upload": _l("Documento guardado"),
    "document.withdraw": _l("Documento retirado"),
    "report.generate": _l("Borrador del informe generado"),
    "report.issue": _l("Informe firmado y radicado"),
    "finding.create": _l("Hallazgo creado"),
    "finding.submit": _l("Hallazgo enviado a revisión"),
    "finding.send_back": _l("Hallazgo devuelto a su autor"),
    "finding.discard": _l("Borrador descartado"),
    "finding.communicate": _l("Hallazgo comunicado al auditado"),
    "finding.reply": _l("Réplica radicada"),
    "finding.lapse": _l("Hallazgo ratificado por falta de réplica"),
    "finding.ratify": _l("Hallazgo ratificado"),
    "finding.modify": _l("Hallazgo modificado"),
    "finding.withdraw": _l("Hallazgo retirado"),
    "finding.escalate": _l("Diferencia llevada al comité"),
    "finding.confirm": _l("Hallazgo en firme"),
    "finding.accept_plan": _l("Hallazgo con plan aceptado"),
    "finding.close_without_plan": _l("Hallazgo cerrado sin plan"),
    "finding.start_treatment": _l("Comenzó el tratamiento"),
    "finding.request_verification": _l("Hallazgo por verificar"),
    "finding.resume_treatment": _l("Volvió a tratamiento"),
    "finding.lose_plan": _l("El hallazgo quedó sin plan"),
    "finding.close": _l("Hallazgo cerrado"),
    "finding.reopen": _l("Hallazgo reabierto"),
    "finding.annul": _l("Hallazgo anulado"),
    "finding.edit": _l("Hallazgo editado"),
    "finding.review": _l("Hallazgo revisado"),
    "finding.record_review": _l("Hallazgo revisado"),
    "finding.add_evidence": _l("Evidencia agregada"),
    "finding.remove_evidence": _l("Evidencia retirada"),
    "finding.analyse": _l("Análisis de la réplica"),
    "finding.complete_cause": _l("Causa completada"),
    "finding.record_decision": _l("Decisión del comité registrada"),
    "publication.prepare": _l("Versión pública preparada"),
    "publication.edit": _l("Texto público editado"),
    "publication.bring_text": _l("Texto final traído a la versión pública"),
    "publication.classify": _l("Clasificación escrita"),
    "publication.mask": _l("Dato personal quitado"),
    "publication.accept_mark": _l("Dato aceptado, con su motivo"),
    "publication.make_copy": _l("Copia anonimizada generada"),
    "finding.record_authority_result": _l("Resultado del ente de control registrado"),
    "finding_text.freeze": _l("Texto del informe guardado"),
    "reply.file_reply": _l("Réplica radicada"),
    "reply_proposal.propose_reply": _l("Réplica propuesta al líder del proceso"),
}


def action_label(kind: str, action: str) -> str:
    """Spanish name of what was done to a thing of this kind."""
    name = f"{kind}.{action}"
    return str(ACTION_LABELS.get(name) or EVENT_LABELS.get(name) or OTHER_ACTION)


def kind_label(kind: str) -> str:
    return str(KIND_LABELS.get(kind, ""))
