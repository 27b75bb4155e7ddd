"""Texts of the errors about plans, actions, progress and change requests; see `labels_errors`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

PLAN_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "text.unprintable": (
        _l("El texto no se puede guardar"),
        _l("El texto trae caracteres que no se pueden guardar."),
        _l("Escríbalo de nuevo."),
    ),
    "text.too_long": (
        _l("El texto es demasiado largo"),
        _l("El texto supera los {most} caracteres."),
        _l("Acórtelo."),
    ),
    "activity.no_description": (
        _l("Falta la actividad"),
        _l("La actividad no dice qué se hará."),
        _l("Escríbala en una frase."),
    ),
    "activity.ends_before_start": (
        _l("Termina antes de empezar"),
        _l("La fecha de terminación es anterior a la de inicio."),
        _l("Corrija las fechas."),
    ),
    "activity.outside_action": (
        _l("Fuera de las fechas de la acción"),
        _l("Las actividades ocurren entre el inicio y el fin de su acción."),
        _l("Elija una fecha dentro de la acción."),
    ),
    "progress.window_closed": (
        _l("El periodo ya está cerrado"),
        _l("El avance del {first} al {last} se registraba hasta el {closed}."),
        _l("Registre el avance con una fecha del periodo abierto, o pida que lo abran de nuevo."),
    ),
    "progress.no_such_period": (
        _l("El periodo no existe"),
        _l("No hay un periodo que empiece ese día."),
        _l("Abra de nuevo la página."),
    ),
    "progress.bad_closing": (
        _l("La fecha no sirve"),
        _l("La ventana no puede cerrar antes de que empiece su periodo."),
        _l("Escriba otra fecha."),
    ),
    "plan.bad_title": (
        _l("Falta el título"),
        _l("El plan necesita un título de {most} caracteres como máximo."),
        _l("Escríbalo."),
    ),
    "plan.no_findings": (
        _l("No eligió hallazgos"),
        _l("El plan no tiene hallazgos."),
        _l("Elija al menos uno."),
    ),
    "plan.mixed_origins": (
        _l("Los hallazgos son de orígenes distintos"),
        _l("Un plan responde hallazgos de una sola auditoría o de un solo ente."),
        _l("Haga un plan para cada origen."),
    ),
    "plan.finding_not_free": (
        _l("El hallazgo no está disponible"),
        _l("Alguno de los hallazgos ya está en otro plan o dejó de estar en firme."),
        _l("Abra de nuevo la página para ver los que esperan plan."),
    ),
    "plan.own_consolidation": (
        _l("Lo formuló usted"),
        _l("Quien formuló el plan o sus acciones no puede darle el visto bueno."),
        _l("Pídalo a otra persona de planeación."),
    ),
    "plan.internal_transmission": (
        _l("El plan es interno"),
        _l("Un plan interno no se envía a un ente de control."),
        _l("No hace falta la constancia."),
    ),
    "plan.transmission_closed": (
        _l("El plan ya se suscribió"),
        _l("La constancia de envío se adjunta antes de suscribir el plan."),
        _l("Revise el plan: ya tiene la suya."),
    ),
    "cause.no_text": (
        _l("Falta la causa"),
        _l("La causa raíz está en blanco."),
        _l("Escríbala en una frase."),
    ),
    "cause.no_steps": (
        _l("Falta el análisis"),
        _l("El análisis está en blanco."),
        _l("Escriba al menos un punto."),
    ),
    "cause.too_few_whys": (
        _l("Faltan porqués"),
        _l("El método pide preguntar por qué al menos dos veces y no más de {most}."),
        _l("Complete las respuestas."),
    ),
    "cause.too_long": (
        _l("El análisis es demasiado largo"),
        _l("Se admiten {lines} puntos de {most} caracteres cada uno."),
        _l("Acórtelo."),
    ),
    "cause.in_use": (
        _l("La causa está en uso"),
        _l("Hay acciones que responden a esta causa."),
        _l("Cambie primero la causa de esas acciones."),
    ),
    "action.no_description": (
        _l("Falta la descripción"),
        _l("La acción no tiene descripción."),
        _l("Escriba qué se hará."),
    ),
    "action.bad_target": (
        _l("La meta no es válida"),
        _l("La meta debe ser mayor que cero, con dos decimales como máximo."),
        _l("Escríbala como 12 o 1.234,5."),
    ),
    "action.starts_before_plan": (
        _l("La acción comienza antes que el plan"),
        _l("La fecha de inicio es anterior a la del plan."),
        _l("Escriba una fecha igual o posterior a la creación del plan."),
    ),
    "action.ends_before_start": (
        _l("Las fechas no concuerdan"),
        _l("La fecha de terminación debe ser posterior a la de inicio."),
        _l("Corrija una de las dos."),
    ),
    "action.too_long_term": (
        _l("El plazo es demasiado largo"),
        _l("Una acción dura como máximo {months} meses."),
        _l("Escriba una terminación más cercana o divídala en varias acciones."),
    ),
    "action.foreign_cause": (
        _l("La causa no es de este hallazgo"),
        _l("La causa elegida no es de este hallazgo o se retiró."),
        _l("Elija una de la lista."),
    ),
    "action.no_such_unit": (
        _l("La dependencia no está disponible"),
        _l("Esa dependencia no existe o ya no está activa."),
        _l("Elija una de la lista."),
    ),
    "action.foreign_executor": (
        _l("La persona no es del proceso"),
        _l("Una de las personas elegidas no es del proceso o no tiene cuenta activa."),
        _l("Elija personas de la lista."),
    ),
    "action.too_long": (
        _l("El texto es demasiado largo"),
        _l("Este dato admite {most} caracteres como máximo."),
        _l("Acórtelo."),
    ),
    "action.no_authority": (
        _l("No es de un ente de control"),
        _l("Esta acción no es de un plan suscrito con un ente de control."),
        _l("Su resultado es el que registra la OCI."),
    ),
    "action.not_replaceable": (
        _l("Esa acción no se puede reemplazar"),
        _l("La acción no espera reemplazo o ya tiene uno."),
        _l("Elija una de la lista."),
    ),
    "action.needs_replaced": (
        _l("El plan ya está aceptado"),
        _l("A un plan aceptado solo se agregan acciones que reemplazan a otra."),
        _l("Elija la acción que reemplaza."),
    ),
    "action.accepts_nothing": (
        _l("Falta la dependencia responsable"),
        _l("La acción no dice qué dependencia responde por ella."),
        _l("Indique la dependencia antes de aceptarla."),
    ),
    "action.consolidated_with_plan": (
        _l("El visto bueno es del plan"),
        _l("El visto bueno de esta acción se da con el de su plan."),
        _l("Abra el plan para darlo."),
    ),
    "action.not_independent": (
        _l("No puede verificar esta acción"),
        _l("Usted formuló, ejecutó o reportó esta acción."),
        _l("Debe verificarla otra persona de la OCI."),
    ),
    "action.not_other_evaluator": (
        _l("No puede evaluar esta acción"),
        _l("Usted verificó o ejecutó esta acción."),
        _l("Debe evaluarla otra persona de la OCI."),
    ),
    "progress.no_narrative": (
        _l("Falta contar qué se hizo"),
        _l("El avance no dice qué se hizo."),
        _l("Escríbalo en una o dos frases."),
    ),
    "progress.bad_quantity": (
        _l("La cantidad no es válida"),
        _l("La cantidad debe ser cero o más, con dos decimales como máximo."),
        _l("Escríbala como 3 o 1.234,5."),
    ),
    "progress.in_future": (
        _l("La fecha no ha llegado"),
        _l("El avance no puede tener una fecha futura."),
        _l("Escriba la fecha de hoy o una anterior."),
    ),
    "progress.before_start": (
        _l("La fecha es anterior al inicio"),
        _l("El avance no puede ser anterior al inicio de la acción."),
        _l("Corrija la fecha."),
    ),
    "progress.too_many_files": (
        _l("Son demasiados archivos"),
        _l("Cada avance admite {most} archivos."),
        _l("Registre los demás en otro avance."),
    ),
    "progress.own": (
        _l("El avance es suyo"),
        _l("El visto bueno lo da una persona distinta de quien registró el avance."),
        _l("Pídalo al jefe de la dependencia o al líder del proceso."),
    ),
    "verification.no_result": (
        _l("Falta el resultado"),
        _l("No eligió el resultado."),
        _l("Elija una opción."),
    ),
    "verification.no_note": (
        _l("Falta el soporte"),
        _l("El resultado no tiene su soporte."),
        _l("Escriba qué se revisó y qué se encontró."),
    ),
    "remark.no_text": (
        _l("Falta la observación"),
        _l("La observación está en blanco."),
        _l("Escriba qué debe corregirse."),
    ),
    "remark.no_comment": (
        _l("Falta el comentario"),
        _l("El comentario está en blanco."),
        _l("Escríbalo."),
    ),
    "remark.no_answer": (
        _l("Falta la respuesta"),
        _l("La respuesta está en blanco."),
        _l("Escriba cómo se atendió la observación."),
    ),
    "remark.unknown_field": (
        _l("Opción no válida"),
        _l("No dijo sobre qué es la observación."),
        _l("Elija una opción de la lista."),
    ),
    "remark.of_another": (
        _l("La observación es de otra persona"),
        _l("Solo quien hizo la observación puede retirarla."),
        _l("Respóndala o pida a su autor que la retire."),
    ),
    "change_request.not_later": (
        _l("La fecha no es una prórroga"),
        _l("La nueva fecha debe ser posterior a la actual."),
        _l("Escriba una fecha posterior."),
    ),
    "change_request.too_late": (
        _l("La prórroga es demasiado larga"),
        _l("Una prórroga añade {months} meses como máximo."),
        _l("Escriba una fecha más cercana."),
    ),
    "change_request.same_value": (
        _l("No hay cambio"),
        _l("Lo que pide es lo que ya hay."),
        _l("Escriba un valor distinto."),
    ),
    "change_request.no_position": (
        _l("Falta el cargo"),
        _l("No dijo qué cargo responde por la acción."),
        _l("Escríbalo."),
    ),
    "change_request.own": (
        _l("La solicitud es suya"),
        _l("Quien pidió el cambio no puede aprobarlo."),
        _l("Debe aprobarlo otra persona."),
    ),
    "change_draft.needs_reason": (
        _l("Falta el motivo"),
        _l("Quien preparó la solicitud no sabría por qué no se envía."),
        _l("Escriba el motivo."),
    ),
    "change_request.direction_approved": (
        _l("Ya está aprobada"),
        _l("La dirección ya aprobó esta solicitud."),
        "",
    ),
    "change_request.no_rule": (
        _l("Falta la regla"),
        _l("No dijo qué regla del ente de control permite el cambio."),
        _l("Escríbala, con su artículo."),
    ),
}
