"""Texts of the errors about findings, replies and reports; see `labels_errors`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

FINDING_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "audit_suspended": (
        _l("La auditoría está suspendida"),
        _l(
            "Mientras la auditoría está suspendida, sus hallazgos no cambian y los términos "
            "no corren."
        ),
        _l("Espere a que el jefe de la OCI la reanude."),
    ),
    "reply_extension.pending": (
        _l("Hay una prórroga sin decidir"),
        _l("El proceso pidió más tiempo para responder y todavía no se le ha contestado."),
        _l("Decida la prórroga y siga después."),
    ),
    "reply_extension.ended": (
        _l("El término ya terminó"),
        _l("La prórroga se pide antes de que termine el término para responder."),
        _l("Los hallazgos sin respuesta quedan ratificados."),
    ),
    "reply_extension.nothing_pending": (
        _l("No hay qué responder"),
        _l("Todos los hallazgos comunicados ya tienen respuesta."),
        _l("No necesita prórroga."),
    ),
    "reply_extension.needs_days": (
        _l("Faltan los días"),
        _l("La prórroga es de 1 a {most} días."),
        _l("Escriba cuántos días, de 1 a {most}."),
    ),
    "reply_extension.too_many": (
        _l("Ya no admite prórroga"),
        _l("El término de réplica admite {most} prórrogas, y ya las tuvo."),
        _l("Responda los hallazgos dentro del término."),
    ),
    "reply_extension.too_late": (
        _l("Con esos días el término ya habría terminado"),
        _l("Terminaría el {day}."),
        _l("Conceda más días, o niegue la prórroga con el motivo."),
    ),
    "referral.needs_addressee": (
        _l("Falta el destinatario"),
        _l("El traslado no dice a quién va dirigido."),
        _l("Escriba la autoridad y la dependencia."),
    ),
    "referral.needs_representative": (
        _l("Falta la persona"),
        _l("Lo que se informa al representante legal va dirigido a una persona con cuenta."),
        _l("Elija a la persona; debe tener el rol de alta dirección."),
    ),
    "referral.not_of_the_entity": (
        _l("El destinatario no corresponde"),
        _l("Eligió a una persona de la entidad, pero una autoridad de fuera."),
        _l("Quite a la persona o elija al representante legal como autoridad."),
    ),
    "referral.needs_matter": (
        _l("Falta el asunto"),
        _l("El traslado no dice qué se pone en conocimiento."),
        _l("Describa los hechos, sin calificarlos."),
    ),
    "referral.needs_answer": (
        _l("Falta la respuesta"),
        _l("No se escribió qué respondió la autoridad."),
        _l("Escriba la respuesta, con su número."),
    ),
    "finding.unknown_incidence": (
        _l("Incidencia desconocida"),
        _l("Una de las incidencias no está en la lista."),
        _l("Elija las que declaró el ente de control."),
    ),
    "finding.needs_fiscal_amount": (
        _l("Falta la cuantía"),
        _l("La incidencia fiscal lleva su cuantía en pesos."),
        _l("Escriba la cuantía mayor que cero."),
    ),
    "finding.no_fiscal_incidence": (
        _l("Cuantía sin incidencia fiscal"),
        _l("Solo la incidencia fiscal lleva cuantía."),
        _l("Marque la incidencia fiscal o borre la cuantía."),
    ),
    "finding.no_incidences_of_ours": (
        _l("La fuente no declara incidencias"),
        _l("Solo los entes de control declaran incidencias sobre un hallazgo."),
        _l("Desmárquelas, o elija el ente de control que lo formuló."),
    ),
    "finding.own_review": (
        _l("No puede revisarlo"),
        _l("Usted escribió este hallazgo, o actuó en reemplazo de quien lo escribió."),
        _l("Debe revisarlo otra persona: el auditor líder o el jefe de la OCI."),
    ),
    "finding.audit_not_writable": (
        _l("La auditoría no admite hallazgos nuevos"),
        _l(
            "Solo se escriben hallazgos durante la ejecución y antes de comunicar el informe "
            "preliminar."
        ),
        _l("Elija otra auditoría."),
    ),
    "finding.needs_title": (
        _l("Falta el título"),
        _l("El hallazgo no tiene título."),
        _l("Escriba en una frase qué se encontró."),
    ),
    "finding.unknown_choice": (
        _l("Opción no válida"),
        _l("Lo elegido no está en la lista o ya no se usa."),
        _l("Elija una de las opciones de la lista."),
    ),
    "finding.needs_external_source": (
        _l("Falta la fuente"),
        _l("No indicó de dónde viene el hallazgo."),
        _l("Elija una de la lista. Los de auditoría interna se escriben en su auditoría."),
    ),
    "finding.needs_source_report": (
        _l("Falta el documento de origen"),
        _l("No indicó el informe o documento del que viene el hallazgo."),
        _l("Escriba su nombre o número."),
    ),
    "finding.needs_source_date": (
        _l("Falta la fecha"),
        _l("No indicó la fecha del documento de origen."),
        _l("Escríbala, como 31/12/2026."),
    ),
    "finding.future_date": (
        _l("Fecha no válida"),
        _l("La fecha todavía no llega."),
        _l("Escriba la de hoy o una anterior."),
    ),
    "finding.needs_analysis": (
        _l("Falta el análisis"),
        _l("El análisis está vacío."),
        _l("Escriba qué responde la OCI a los argumentos."),
    ),
    "finding.needs_cause": (
        _l("Falta la causa"),
        _l("La causa está vacía."),
        _l("Escriba por qué ocurrió, según el equipo auditor."),
    ),
    "finding.needs_authority_result": (
        _l("Falta el resultado"),
        _l("No indicó qué resolvió el ente de control."),
        _l("Escríbalo, con el número de su comunicación."),
    ),
    "reply.needs_stance": (
        _l("Falta la posición"),
        _l("No indicó si acepta u objeta el hallazgo."),
        _l("Elija una de las dos."),
    ),
    "reply.needs_arguments": (
        _l("Faltan los argumentos"),
        _l("La respuesta no tiene argumentos."),
        _l("Escriba por qué lo acepta o lo objeta."),
    ),
    "reply.too_many_files": (
        _l("Demasiados archivos"),
        _l("Se pueden adjuntar {most} archivos de una vez."),
        _l("Adjunte unos y guarde; después adjunte los demás."),
    ),
    "report.wrong_moment": (
        _l("Ese informe no se prepara ahora"),
        _l("La auditoría no está en la fase de ese informe, o ya se comunicó."),
        _l("Vuelva a la auditoría para ver en qué va."),
    ),
}
