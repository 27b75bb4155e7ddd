"""What the events of plans, actions, change requests and publications bring with them.

Told from `plan_events`, `action_events`, `change_requests`, `publications_events` and
`plan_cascades`, which `tests/unit/test_workflow_effects.py` reads to see that nothing is missing
here or invented.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.services.workflow_effects import Effect

AGREED = (
    "Guarda quién y cuándo. Cada acción en revisión: {action.approve}, con el visto bueno del plan "
    "y su fecha final como fecha original. Sus hallazgos: {finding.accept_plan}. Si ya llegó la "
    "primera fecha de inicio, el plan: {plan.start_execution}; cada acción con su fecha cumplida: "
    "{action.start_execution}; y su hallazgo: {finding.start_treatment}. "
)
NEWS = "Novedad en el resumen diario del líder del proceso y de quien formuló el plan."
ENDED = "Guarda la fecha. Las acciones que no están en un estado final: {action.cancel_with_plan}"
DONE = (
    "Si era la última sin terminar, el hallazgo: {finding.request_verification}; y el plan: "
    "{plan.complete}."
)
ARCHIVED = "Las solicitudes de cambio que ya no admite: {change_request.lapse}."
UNCONSOLIDATED = "Borra el visto bueno de planeación que tuviera la acción."

PLANS: Mapping[str, Effect] = {
    "plan.submit": Effect(
        "Guarda quién lo envía, cuándo y los días hábiles de retraso, que no impiden el envío. "
        "Cada acción formulada o devuelta: {action.submit}."
    ),
    "plan.recall": Effect("Cada acción en revisión: {action.recall}."),
    "plan.start_review": Effect("Guarda quién lo revisa."),
    "plan.send_back": Effect(
        "Borra el visto bueno de planeación y cuenta la devolución. Comienza el término para "
        "presentarlo corregido, que queda fijo con su cuenta. Cada acción con observaciones: "
        "{action.send_back}; las demás siguen en revisión. Correo al líder del proceso y a quien "
        "formuló el plan."
    ),
    "plan.approve": Effect(
        AGREED
        + "Si no falta el plan de ningún hallazgo, la auditoría: {audit.start_follow_up}. "
        + NEWS
    ),
    "plan.subscribe": Effect(
        AGREED + NEWS, "Exige la constancia de envío al ente de control, como archivo del plan."
    ),
    "plan.start_execution": Effect(
        "Por calendario, el día de la primera fecha de inicio. Cada acción con su fecha cumplida: "
        "{action.start_execution}; y su hallazgo: {finding.start_treatment}."
    ),
    "plan.complete": Effect(),
    "plan.evaluate": Effect(),
    "plan.reopen": Effect(),
    "plan.close": Effect(
        "Guarda la fecha de cierre y, si el plan es externo, el resultado.",
        "Exige el resultado del ente de control (texto), si el plan es externo.",
    ),
    "plan.discard": Effect(ENDED + "."),
    "plan.cancel": Effect(
        ENDED + ", y sus solicitudes de cambio pendientes: {change_request.lapse}. Si el plan ya "
        "se había aceptado, sus hallazgos: {finding.lose_plan}. Novedad en el resumen diario de "
        "quienes lo formularon y de quienes ejecutaban sus acciones, con el motivo.",
        "Exige el acto de la autoridad de origen: quién, número y fecha, sin el archivo.",
    ),
}

ACTIONS: Mapping[str, Effect] = {
    "action.submit": Effect(UNCONSOLIDATED),
    "action.recall": Effect(UNCONSOLIDATED),
    "action.send_back": Effect(UNCONSOLIDATED),
    "action.approve": Effect(
        "Guarda quién y cuándo, y su fecha final como fecha original. Si reemplaza a otra, esta: "
        "{action.reformulate}, y sus solicitudes de cambio pendientes: {change_request.lapse}. Su "
        "hallazgo: {finding.accept_plan}. El plan cumplido o evaluado: {plan.reopen}. Las acciones "
        "del plan con su fecha de inicio cumplida: {action.start_execution}; y su hallazgo: "
        "{finding.start_treatment} o {finding.resume_treatment}."
    ),
    "action.discard": Effect("Guarda la fecha. " + DONE),
    "action.start_execution": Effect(
        "Por calendario, el día de su fecha de inicio, si el plan está en ejecución. Su hallazgo: "
        "{finding.start_treatment} o, si esperaba verificación, {finding.resume_treatment}."
    ),
    "action.report_completion": Effect(
        "Guarda quién reporta y cuándo: desde ahí se cuenta la espera para evaluar la efectividad.",
        "Exige al menos un archivo de evidencia en los avances con visto bueno.",
    ),
    "action.withdraw_report": Effect(),
    "action.start_verification": Effect(
        "Guarda quién verifica y borra la eficacia que tuviera registrada."
    ),
    "action.verify": Effect(
        "Guarda quién y cuándo, y en la historia la eficacia con su nota. " + DONE + " " + ARCHIVED,
        "Exige el soporte de la eficacia: una nota, con archivo opcional.",
    ),
    "action.reject": Effect(
        "Guarda en la historia la eficacia con su nota. Novedad en el resumen diario del líder del "
        "proceso y de quienes ejecutan la acción, con el motivo."
    ),
    "action.declare_unmet": Effect(ARCHIVED),
    "action.start_evaluation": Effect(
        "Guarda quién evalúa y borra la efectividad que tuviera registrada."
    ),
    "action.close_effective": Effect(
        "Guarda la fecha de evaluación y de cierre, y en la historia la efectividad con su nota.",
        "Exige el soporte de la efectividad: una nota, con archivo opcional.",
    ),
    "action.declare_ineffective": Effect(
        "Guarda la fecha de evaluación, y en la historia la efectividad con su nota.",
        "Exige el soporte de la efectividad: una nota, con archivo opcional.",
    ),
    "action.close_by_exception": Effect(
        "Guarda la excepción y la fecha de cierre. La efectividad queda como no evaluada.",
        "Exige el soporte de la eficacia: una nota, con archivo opcional.",
    ),
    "action.reformulate": Effect("Guarda la fecha de cierre. " + ARCHIVED),
    "action.void": Effect("Guarda la fecha de cierre. " + DONE),
    "action.cancel_with_plan": Effect("Guarda la fecha de cierre. " + ARCHIVED),
    "action.annul_with_finding": Effect(
        "Guarda la fecha de cierre. "
        + ARCHIVED
        + " Novedad en el resumen diario de quienes la ejecutaban, con el motivo."
    ),
}

CHANGE_REQUESTS: Mapping[str, Effect] = {
    "change_request.start_review": Effect(),
    "change_request.approve": Effect(
        "Guarda quién decide, cuándo y por qué, y la acción cambia de una vez: su fecha final (la "
        "original se conserva y se cuenta la prórroga), su meta o su responsable. Si se pidió "
        "anularla, la acción: {action.void}. " + DONE + " Si se pidió reformularla, desde entonces "
        "se puede formular la que la reemplaza. Novedad en el resumen diario de quien la pidió."
    ),
    "change_request.deny": Effect(
        "Guarda quién decide, cuándo y por qué. Novedad en el resumen diario de quien la pidió, "
        "con el motivo."
    ),
    "change_request.withdraw": Effect("Guarda quién desiste, cuándo y por qué."),
    "change_request.lapse": Effect(
        "Por calendario, si la acción ya terminó y quedó pendiente. Guarda la fecha. Novedad en "
        "el resumen diario de quien la pidió."
    ),
}

UNAPPROVED = "Borra la aprobación que tuviera."

PUBLICATIONS: Mapping[str, Effect] = {
    "publication.classify_restricted": Effect(
        "Guarda en la historia la clasificación, su fundamento y hasta cuándo."
    ),
    "publication.classify_public": Effect(
        "Guarda en la historia la clasificación.",
        "Exige el informe final firmado, radicado y comunicado.",
    ),
    "publication.reclassify": Effect(UNAPPROVED),
    "publication.approve": Effect(
        "Guarda quién aprueba, cuándo y la huella de lo aprobado; si la oficina es de una sola "
        "persona y aprueba su autor, la excepción con su fundamento.",
        "Exige la copia anonimizada en PDF, hecha del texto como está y sin contenido oculto.",
    ),
    "publication.send_back": Effect(UNAPPROVED),
    "publication.publish": Effect(
        "La edición anterior: {publication.supersede}. El portal muestra el informe, sus hallazgos "
        "en firme y los planes y acciones aceptados, bajo su código público; el plan anual "
        "publicado enlaza el informe. El documento queda clasificado como público. El archivo "
        "anterior se borra después del almacén público.",
        "Crea en el almacén público la copia del PDF aprobado, con la misma huella, antes de la "
        "transacción.",
    ),
    "publication.discard": Effect(UNAPPROVED),
    "publication.withdraw": Effect(
        "El portal deja de mostrar el informe y todo lo que vino con él; sus direcciones dicen la "
        "fecha y el fundamento. El documento queda como información clasificada.",
        "El PDF se borra después del almacén público; el de la auditoría se conserva.",
    ),
    "publication.supersede": Effect("Guarda la fecha de retiro."),
}

OF_PLANS: Mapping[str, Effect] = {**PLANS, **ACTIONS, **CHANGE_REQUESTS, **PUBLICATIONS}
