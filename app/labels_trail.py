"""The trail in words: what was done, and to what kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.labels_accounts import ACTIONS as ACCOUNT_DEEDS
from app.labels_actions import ACTION_LABELS, OTHER_ACTION
from app.labels_workflow import EVENT_LABELS, THING_LABELS

THINGS: Mapping[str, Any] = {
    **THING_LABELS,
    "annual_plan": _l("Plan anual"),
    "audit_member": _l("Equipo auditor"),
    "catalogue": _l("Catálogo"),
    "committee_decision": _l("Decisión del comité"),
    "document": _l("Documento"),
    "entity": _l("La entidad"),
    "filing": _l("Radicado"),
    "finding_text": _l("Texto de hallazgo"),
    "norm": _l("Norma"),
    "meci_component": _l("Componente del MECI"),
    "mipg_dimension": _l("Dimensión del MIPG"),
    "mipg_policy": _l("Política del MIPG"),
    "non_working_day": _l("Día no hábil"),
    "plan_finding": _l("Hallazgo de un plan"),
    "portal": _l("Portal"),
    "record_series": _l("Serie documental"),
    "role_grant": _l("Rol"),
    "signature": _l("Firma"),
    "finding_evidence": _l("Evidencia de un hallazgo"),
    "one_time_link": _l("Enlace de un solo uso"),
    "outbox": _l("Tarea en cola"),
    "process": _l("Proceso"),
    "progress": _l("Avance"),
    "reply": _l("Réplica"),
    "reply_proposal": _l("Propuesta de réplica"),
    "report": _l("Informe"),
    "root_cause": _l("Causa"),
    "remark": _l("Observación"),
    "substitution": _l("Reemplazo"),
    "term_rule": _l("Término o límite"),
    "unit": _l("Dependencia"),
    "user": _l("Cuenta"),
    "working_paper": _l("Papel de trabajo"),
}
DEEDS: Mapping[str, Any] = {
    "accept": _l("Aceptó la asignación"),
    "apply_change": _l("Se aplicó el cambio aprobado"),
    "approve": _l("Dio el visto bueno"),
    "approve_direction": _l("Dio el visto bueno de la dirección"),
    "attach": _l("Adjuntó un documento"),
    "classify": _l("Clasificó la información"),
    "consolidate": _l("Dio el visto bueno de planeación"),
    "create": _l("Creó"),
    "decline": _l("No aceptó la asignación"),
    "download": _l("Descargó"),
    "edit": _l("Editó"),
    "file": _l("Radicó"),
    "freeze": _l("Guardó el texto comunicado"),
    "generate": _l("Generó un borrador"),
    "grant_portal": _l("Dio permiso de lectura al portal"),
    "load": _l("Cargó los datos del catálogo"),
    "record_decision": _l("Registró la decisión del comité"),
    "record_effectiveness": _l("Registró la efectividad"),
    "record_efficacy": _l("Registró la eficacia"),
    "record_rule": _l("Registró la regla"),
    "refresh_portal": _l("Se actualizó el portal"),
    "reject": _l("Rechazó"),
    "remove": _l("Retiró"),
    "report": _l("Reportó un avance"),
    "retry": _l("Pidió intentarlo de nuevo"),
    "send_back": _l("Devolvió"),
    "sign": _l("Firmó"),
    "text": _l("Leyó el texto"),
    "transmit": _l("Registró el envío al ente de control"),
    "upload": _l("Subió"),
    "withdraw": _l("Retiró"),
}


def deed(thing_kind: str, action: str) -> str:
    """What was done, in words: the most precise name there is for it."""
    name = f"{thing_kind}.{action}"
    text = (
        ACTION_LABELS.get(name)
        or ACCOUNT_DEEDS.get((thing_kind, action))
        or ACCOUNT_DEEDS.get(("", action))
        or EVENT_LABELS.get(name)
        or DEEDS.get(action)
    )
    return str(text or OTHER_ACTION)


def thing_name(thing_kind: str) -> str:
    """The kind of a thing in words."""
    return str(THINGS.get(thing_kind) or _l("Registro"))
