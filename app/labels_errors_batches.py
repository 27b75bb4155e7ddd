"""Why one row of several was not done; see `labels_errors`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

BATCH_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "stale": (
        _l("Otra persona lo cambió"),
        _l("Otra persona lo cambió después de que usted abrió la página."),
        _l("Ábralo para ver cómo quedó y decida de nuevo."),
    ),
    "batch.out_of_place": (
        _l("Ese paso no corresponde"),
        _l("Ese paso no corresponde al estado en que está."),
        "",
    ),
    "reminder.nobody": (
        _l("No hay a quién recordarlo"),
        _l("Fuera de usted, nadie con la cuenta activa debe dar este paso."),
        _l("Revise quién lidera el proceso y quiénes son sus enlaces."),
    ),
    "reminder.told_today": (
        _l("Ya se recordó hoy"),
        _l("Hoy ya se les recordó, y cada persona lo lee una vez al día."),
        _l("Puede recordarlo otra vez mañana."),
    ),
    "finding.nothing_awaited": (
        _l("No se espera nada del proceso"),
        _l("En el estado en que está, el hallazgo no espera del proceso ni réplica ni plan."),
        "",
    ),
    "finding.reply_term_over": (
        _l("El término de réplica venció"),
        _l("El término de réplica ya venció: la réplica no se puede presentar."),
        "",
    ),
    "finding.no_plan_awaited": (
        _l("No se espera un plan"),
        _l("El hallazgo ya está en un plan, o es una fortaleza y no lo necesita."),
        _l("Si el plan no se ha presentado, recuerde el plan."),
    ),
    "plan.waits_for_start": (
        _l("El plan espera su fecha de inicio"),
        _l("El plan está acordado y comienza con la primera de sus acciones: hoy nadie debe nada."),
        "",
    ),
    "plan.waits_for_actions": (
        _l("El plan está en ejecución"),
        _l("Lo que se espera del plan son sus acciones."),
        _l("Recuérdelas en la lista de acciones."),
    ),
    "plan.waits_for_results": (
        _l("Faltan los resultados de las acciones"),
        _l("Antes deben evaluarse las acciones del plan, o reemplazarse las que no sirvieron."),
        "",
    ),
    "plan.ended": (
        _l("El plan terminó"),
        _l("El plan ya terminó: nadie debe nada por él."),
        "",
    ),
}
