"""What the events of the annual plan, of audits and of findings bring with them.

Told from `annual_plans`, `audit_events`, `finding_events`, `replies` and `finding_cascades`, which
`tests/unit/test_workflow_effects.py` reads to see that nothing is missing here or invented.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.services.workflow_effects import Effect

SIGNED = "Se firma con la contraseña de quien emite y se radica en la misma transacción. "
DECISION_TOLD = "Novedad en el resumen diario del líder del proceso, con el motivo."
COMMITTEE_FIRST = "Exige el acta del CICCI, si la diferencia se llevó al comité."
TO_PLAN = "Si la auditoría esperaba planes y ya no falta ninguno, la auditoría: "

ANNUAL_PLANS: Mapping[str, Effect] = {
    "annual_plan.submit": Effect(),
    "annual_plan.present": Effect(),
    "annual_plan.approve": Effect(
        "Guarda el acta, la fecha y quién aprueba, y registra la decisión del comité: aprobación "
        "del plan o, desde la segunda edición, su cambio. Las auditorías de la edición anterior "
        "pasan a esta.",
        "Exige el acta del CICCI: número y fecha, sin el archivo.",
    ),
    "annual_plan.send_back": Effect(),
    "annual_plan.start_execution": Effect(),
    "annual_plan.close": Effect(),
}

AUDITS: Mapping[str, Effect] = {
    "audit.start_planning": Effect(
        "Si el plan anual está aprobado y es su primera auditoría que comienza, el plan anual: "
        "{annual_plan.start_execution}.",
        "Exige el acta del CICCI que aprobó el plan anual o, si la auditoría es especial, la que "
        "la autoriza, con su solicitud.",
    ),
    "audit.start_execution": Effect(
        documents="Exige las declaraciones de conflicto de interés de todo el equipo, el programa "
        "firmado por el jefe de la OCI y el anuncio radicado (el archivo del oficio es opcional).",
    ),
    "audit.finish_fieldwork": Effect(
        documents="Exige los papeles de trabajo revisados y al menos una evidencia en cada "
        "hallazgo.",
    ),
    "audit.return_to_fieldwork": Effect(),
    "audit.issue_draft_report": Effect(
        SIGNED + "Comienza el término de réplica, que queda fijo con su cuenta. Cada hallazgo en "
        "revisión: {finding.communicate}; su texto preliminar se congela con su huella. Correo al "
        "líder del proceso, con el radicado y hasta cuándo puede responder.",
        "Crea el informe preliminar en DOCX y PDF, firmado y radicado, en el expediente.",
    ),
    "audit.start_final_report": Effect(
        "Antes de mirar las condiciones, si el término de réplica venció, los hallazgos sin "
        "réplica: {finding.lapse}. Con una prórroga sin decidir y hallazgos sin réplica, se niega.",
    ),
    "audit.issue_final_report": Effect(
        SIGNED + "Se niega si a un hallazgo le falta la causa que exige su tipo. Cada hallazgo "
        "ratificado o modificado: {finding.confirm}; su texto final se congela con su huella. Si "
        "algún hallazgo exige plan, queda fijo el término para presentarlo, contado desde el "
        "informe final o desde el preliminar, según el Estatuto. Correo al líder del proceso y a "
        "la alta dirección, con el radicado y ese término.",
        "Crea el informe final en DOCX y PDF, firmado y radicado, en el expediente. Exige que la "
        "versión pública se haya comenzado a preparar.",
    ),
    "audit.start_follow_up": Effect(),
    "audit.close": Effect(
        "Guarda la fecha de cierre.",
        "Exige el expediente cerrado, con un índice que contenga todos sus documentos.",
    ),
    "audit.suspend": Effect(
        "Guarda el estado en que estaba y desde cuándo. Mientras tanto los términos no corren y "
        "sus hallazgos no admiten eventos. Si ya se había anunciado, correo al líder del proceso.",
        "Exige el acta del CICCI que lo decide, posterior a la última suspensión, si la auditoría "
        "está en el plan anual.",
    ),
    "audit.resume": Effect(
        "Guarda los días de suspensión y corre en ellos el término de réplica, si no había "
        "vencido al suspender, y los de las solicitudes de información pendientes. Si ya se había "
        "anunciado, correo al líder del proceso, con el vencimiento que se corrió.",
    ),
    "audit.cancel": Effect(
        "Sus hallazgos terminan con ella: los que no se han comunicado, {finding.discard}; los "
        "comunicados, {finding.withdraw}; quedan como retirados por cancelación de la auditoría. "
        "La versión pública que se preparaba: {publication.discard}. "
        "Si ya se había anunciado, correo al líder del proceso.",
        "Exige el acta del CICCI que lo decide, posterior a la última suspensión, si la auditoría "
        "está en el plan anual.",
    ),
}

FINDINGS: Mapping[str, Effect] = {
    "finding.submit": Effect(documents="Exige al menos una evidencia."),
    "finding.send_back": Effect("Borra el visto bueno de la revisión."),
    "finding.discard": Effect(
        "Guarda el motivo del retiro: descartado o, si lo causa la auditoría, auditoría cancelada."
    ),
    "finding.communicate": Effect(
        "Guarda la fecha de comunicación y congela el texto preliminar con su huella. Desde "
        "entonces lo lee el proceso auditado.",
        "Exige al menos una evidencia.",
    ),
    "finding.reply": Effect(
        "La réplica se radica con el siguiente número y nadie la cambia después. Correo a los "
        "auditores líderes y al jefe de la OCI. Se borra el borrador de quien la envía.",
        "Crea la réplica: la posición, los argumentos y sus archivos, que toman su radicado y ya "
        "no pueden retirarse.",
    ),
    "finding.lapse": Effect(
        "Por calendario, desde el día siguiente al vencimiento, salvo con la auditoría suspendida "
        "o con una prórroga sin decidir. Guarda la fecha de la decisión. Novedad en el resumen "
        "diario del líder del proceso."
    ),
    "finding.ratify": Effect(
        "Guarda quién decide, cuándo y el motivo. " + DECISION_TOLD,
        COMMITTEE_FIRST,
    ),
    "finding.modify": Effect(
        "El nuevo texto reemplaza al anterior, que se conserva como se comunicó; la bitácora "
        "guarda los dos. Guarda quién decide, cuándo y el motivo. " + DECISION_TOLD,
        COMMITTEE_FIRST,
    ),
    "finding.withdraw": Effect(
        "Guarda quién decide, cuándo y el motivo del retiro: desvirtuado. " + DECISION_TOLD + " Si "
        "lo causa la auditoría, solo el motivo: auditoría cancelada."
    ),
    "finding.escalate": Effect("Guarda la fecha. Correo al jefe de la OCI, secretario del comité."),
    "finding.confirm": Effect(
        "Guarda la fecha en que queda en firme y congela el texto final con su huella."
    ),
    "finding.register_external": Effect(
        "Guarda las fechas de comunicación y de firmeza, y congela el texto final con su huella.",
        "Exige el número y la fecha del documento de origen, sin el archivo.",
    ),
    "finding.accept_plan": Effect(),
    "finding.close_without_plan": Effect(
        "Guarda la fecha de cierre. " + TO_PLAN + "{audit.start_follow_up}.",
        "Exige el acta del CICCI que acepta el riesgo, si el tipo de hallazgo obliga a plan.",
    ),
    "finding.start_treatment": Effect(),
    "finding.request_verification": Effect(),
    "finding.resume_treatment": Effect(),
    "finding.lose_plan": Effect(),
    "finding.close": Effect(
        "Guarda la fecha de cierre. " + TO_PLAN + "{audit.start_follow_up}.",
        "Exige el resultado del ente de control (texto y fecha), si el hallazgo es suyo.",
    ),
    "finding.reopen": Effect(
        "Guarda la acción inefectiva o el hallazgo repetido que lo justifica y borra la fecha de "
        "cierre. Correo al líder del proceso, con el motivo."
    ),
    "finding.annul": Effect(
        "Guarda el motivo del retiro: anulado. Novedad en el resumen diario del líder del "
        "proceso. Las acciones del hallazgo que no están en un estado final: "
        "{action.annul_with_finding}, y sus solicitudes de cambio pendientes: "
        "{change_request.lapse}. Si el plan no conserva acciones sin terminar, el plan: "
        "{plan.complete}. Las acciones de otros hallazgos siguen. Si estaba publicado, el portal "
        "deja de mostrarlo: su dirección dice que quedó sin efecto, y el PDF que lo cita se "
        "retira. " + TO_PLAN + "{audit.start_follow_up}.",
        "Exige la decisión del comité o de la autoridad: quién, número y fecha, sin el archivo.",
    ),
}

OF_AUDITS: Mapping[str, Effect] = {**ANNUAL_PLANS, **AUDITS, **FINDINGS}
