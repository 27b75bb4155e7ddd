"""Texts of the errors about annual plans, audits and their papers; see `labels_errors`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

AUDIT_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "draft.too_big": (
        _l("El borrador es demasiado grande"),
        _l("El borrador es demasiado largo para guardarse solo."),
        _l("Envíe el formulario para no perder lo escrito."),
    ),
    "draft.too_many": (
        _l("Demasiados borradores"),
        _l("Tiene demasiados borradores sin enviar."),
        _l("Envíe o descarte algunos e inténtelo de nuevo."),
    ),
    "audit_evaluation.sent": (
        _l("La auditoría ya fue evaluada"),
        _l("La evaluación se envía una sola vez y no se cambia."),
        _l("Abra la evaluación para ver lo que se respondió."),
    ),
    "audit_evaluation.needs_score": (
        _l("Falta una respuesta"),
        _l("Una de las afirmaciones quedó sin calificar de 1 a 5."),
        _l("Elija qué tan de acuerdo está."),
    ),
    "audit.needs_title": (
        _l("Falta el título"),
        _l("La auditoría no tiene título."),
        _l("Escriba el título."),
    ),
    "audit.end_before_start": (
        _l("Las fechas no concuerdan"),
        _l("La fecha de fin es anterior a la de inicio."),
        _l("Escriba un fin igual o posterior al inicio."),
    ),
    "auditable_unit.needs_name": (
        _l("Falta el nombre"),
        _l("La unidad auditable no tiene nombre."),
        _l("Escriba el nombre."),
    ),
    "auditable_unit.no_unit": (
        _l("La dependencia no está disponible"),
        _l("Esa dependencia no existe."),
        _l("Elija una de la lista."),
    ),
    "auditable_unit.future_audit": (
        _l("La fecha no ha llegado"),
        _l("La última auditoría no pudo terminar en el futuro."),
        _l("Escriba una fecha pasada, o ninguna."),
    ),
    "auditable_unit.needs_reason": (
        _l("Falta el motivo"),
        _l("Toda unidad que sale del universo de auditoría deja escrito por qué."),
        _l("Escriba el motivo."),
    ),
    "prioritization.exists": (
        _l("Esa priorización ya comenzó"),
        _l("La vigencia {year} ya tiene priorización."),
        _l("Abra la que existe."),
    ),
    "prioritization.weights": (
        _l("Los pesos no suman 100"),
        _l("Los pesos de los criterios suman {total} y deben sumar 100, ninguno negativo."),
        _l("Cambie los pesos hasta que sumen 100."),
    ),
    "prioritization.cycles": (
        _l("El ciclo no es válido"),
        _l("Un ciclo de rotación va de 0 (no entra por rotación) a {most} años."),
        _l("Escriba un número de años."),
    ),
    "prioritization.empty": (
        _l("El universo está vacío"),
        _l("No hay unidades auditables para priorizar."),
        _l("Agregue unidades al universo de auditoría."),
    ),
    "prioritization.unfinished": (
        _l("Faltan unidades por valorar"),
        _l("Todavía no están valoradas por completo: {codes}."),
        _l("Valore cada una: nivel de riesgo y todos los criterios."),
    ),
    "prioritization.needs_reason": (
        _l("Falta el motivo"),
        _l("Una priorización aprobada solo se abre con su motivo."),
        _l("Escriba el motivo."),
    ),
    "prioritization.score": (
        _l("La calificación no es válida"),
        _l("Cada criterio se califica de 0 a {most}."),
        _l("Elija una de las calificaciones."),
    ),
    "prioritization.needs_decision": (
        _l("Falta la decisión"),
        _l("Hay una justificación y ninguna decisión que justificar."),
        _l("Elija qué se decide, o borre la justificación."),
    ),
    "prioritization.needs_justification": (
        _l("Falta la justificación"),
        _l("Decidir en contra de lo que resulta de la priorización exige decir por qué."),
        _l("Escriba la justificación, o quite la decisión."),
    ),
    "audit.phases_together": (
        _l("Falta una fecha"),
        _l("La ejecución y la comunicación se prevén juntas: falta una de las dos fechas."),
        _l("Escriba las dos fechas, o ninguna."),
    ),
    "audit.phases_out_of_order": (
        _l("Las fechas no concuerdan"),
        _l("La ejecución y la comunicación no están en orden, o se salen de las fechas previstas."),
        _l("Escriba primero el inicio, después la ejecución, la comunicación y el fin."),
    ),
    "audit.no_such_unit": (
        _l("La unidad auditable no está disponible"),
        _l("Esa unidad no está en el universo de auditoría o se retiró de él."),
        _l("Elija una de la lista."),
    ),
    "audit.unit_of_other_process": (
        _l("La unidad es de otro proceso"),
        _l("La unidad auditable responde a un proceso distinto del que se audita."),
        _l("Elija una unidad de ese proceso o cambie el proceso."),
    ),
    "audit.no_process": (
        _l("El proceso no está disponible"),
        _l("Ese proceso no existe o ya no está activo."),
        _l("Elija un proceso de la lista."),
    ),
    "audit.process_announced": (
        _l("El proceso ya fue anunciado"),
        _l("La auditoría ya se anunció al proceso y no puede cambiarse por otro."),
        _l("Si es otro proceso, cancele esta auditoría y cree una nueva."),
    ),
    "audit.needs_origin": (
        _l("Falta el origen de la auditoría"),
        _l("La auditoría no está en un plan anual ni tiene solicitud de auditoría especial."),
        _l("Elija el plan anual o escriba quién la pidió y por qué."),
    ),
    "audit.one_origin": (
        _l("La auditoría tiene dos orígenes"),
        _l("Una auditoría del plan anual no lleva solicitud especial."),
        _l("Deje el plan anual o la solicitud, no ambos."),
    ),
    "audit.start_outside_year": (
        _l("La fecha no es de la vigencia"),
        _l("El inicio previsto debe estar en {year}."),
        _l("Corrija la fecha o elija otro plan anual."),
    ),
    "audit.no_recipient": (
        _l("No hay a quién comunicar"),
        _l("El proceso auditado no tiene un líder activo."),
        _l("Pida al administrador que asigne el líder del proceso."),
    ),
    "annual_plan.bad_year": (
        _l("La vigencia no es válida"),
        _l("La vigencia debe estar entre {first} y {last}."),
        _l("Corrija el año."),
    ),
    "annual_plan.exists": (
        _l("Ya hay un plan en trámite"),
        _l("El plan anual de {year} todavía está en trámite."),
        _l("Edite ese plan; una edición nueva se crea cuando el anterior está aprobado."),
    ),
    "annual_plan.unknown": (
        _l("El plan anual no está disponible"),
        _l("Ese plan anual no existe."),
        _l("Elija un plan de la lista."),
    ),
    "annual_plan.not_open": (
        _l("El plan anual ya no se puede cambiar"),
        _l("El plan anual no admite más auditorías porque ya se envió al comité o está aprobado."),
        _l("Cree una nueva edición del plan o registre la auditoría como especial."),
    ),
    "audit_program.incomplete": (
        _l("El programa está incompleto"),
        _l("Al programa le faltan partes por escribir."),
        _l("Complételo y vuelva a firmar."),
    ),
    "audit_team.not_auditor": (
        _l("La persona no puede asignarse"),
        _l("Esa persona no tiene un rol de auditoría activo."),
        _l("Elija una persona de la lista."),
    ),
    "audit_team.cannot_lead": (
        _l("La persona no puede liderar"),
        _l("Esa persona no tiene el rol de auditor líder."),
        _l("Elija otra o pida al administrador que le dé ese rol."),
    ),
    "audit_team.tied_lately": (
        _l("No puede auditar este proceso todavía"),
        _l("{name} respondía por el proceso auditado hace poco. Podrá auditarlo desde el {until}."),
        _l("Elija a otra persona."),
    ),
    "audit_team.tied": (
        _l("No puede auditar este proceso"),
        _l(
            "{name} responde por el proceso auditado: es su líder, su enlace "
            "o jefe de su dependencia."
        ),
        _l("Elija una persona sin relación con el proceso."),
    ),
    "audit_team.lead_needed": (
        _l("La auditoría necesita un líder"),
        _l("No puede quedar sin auditor líder en esta etapa."),
        _l("Asigne primero a otra persona como líder."),
    ),
    "audit_team.needs_conflict_text": (
        _l("Falta explicar el conflicto"),
        _l("Declaró un conflicto de interés sin explicarlo."),
        _l("Escriba en qué consiste."),
    ),
    "audit_team.own_conflict": (
        _l("No puede resolver su propio conflicto"),
        _l("El conflicto de interés es suyo o de la persona que reemplaza."),
        _l("Registre la decisión del comité que lo resuelve o asigne a otra persona."),
    ),
    "working_paper.needs_title": (
        _l("Falta el título"),
        _l("El papel de trabajo no tiene título."),
        _l("Escriba el título."),
    ),
    "working_paper.incomplete": (
        _l("El papel está incompleto"),
        _l("Al papel de trabajo le falta el resultado o la conclusión."),
        _l("Devuélvalo a su autor para que lo complete."),
    ),
    "working_paper.own": (
        _l("No puede revisar su propio papel"),
        _l("Quien prepara un papel de trabajo no puede revisarlo, tampoco como reemplazo."),
        _l("Debe revisarlo otra persona del equipo o el jefe de la OCI."),
    ),
    "committee.other_type": (
        _l("Ese tipo de decisión no aplica"),
        _l("Ese tipo de decisión no se registra en una auditoría."),
        _l("Elija un tipo de la lista."),
    ),
    "committee.needs_number": (
        _l("Falta el número del acta"),
        _l("La decisión no tiene número de acta."),
        _l("Escriba el número del acta."),
    ),
    "committee.needs_date": (
        _l("Falta la fecha del acta"),
        _l("La decisión no tiene fecha de acta."),
        _l("Escriba la fecha del acta."),
    ),
    "committee.future_minutes": (
        _l("La fecha del acta no ha llegado"),
        _l("El acta tiene una fecha futura."),
        _l("Escriba la fecha en que sesionó el comité."),
    ),
    "committee.needs_text": (
        _l("Falta la decisión"),
        _l("La decisión del comité está vacía."),
        _l("Escriba qué decidió el comité."),
    ),
    "case_file.incomplete": (
        _l("El expediente está incompleto"),
        _l("Al expediente le faltan piezas."),
        _l("Complételas según la lista y vuelva a cerrarlo."),
    ),
}
