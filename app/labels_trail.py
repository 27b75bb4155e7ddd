"""The trail in words: what kinds of things it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.labels_workflow import THING_LABELS

THINGS: Mapping[str, Any] = {
    **THING_LABELS,
    "annual_plan": _l("Plan anual"),
    "auditable_unit": _l("Unidad auditable"),
    "prioritization": _l("Priorización"),
    "unit_priority": _l("Valoración de una unidad auditable"),
    "audit_member": _l("Equipo auditor"),
    "change_draft": _l("Solicitud de cambio preparada"),
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
    "publication_comment": _l("Comentario a una versión pública"),
    "record_series": _l("Serie documental"),
    "role_grant": _l("Rol"),
    "signature": _l("Firma"),
    "finding_evidence": _l("Evidencia de un hallazgo"),
    "one_time_link": _l("Enlace de un solo uso"),
    "outbox": _l("Tarea en cola"),
    "process": _l("Proceso"),
    "progress": _l("Avance"),
    "progress_window": _l("Ventana de avances"),
    "activity": _l("Actividad"),
    "audit_evaluation": _l("Evaluación de la auditoría"),
    "referral": _l("Traslado de un hallazgo"),
    "reply": _l("Réplica"),
    "reply_extension": _l("Prórroga del término de réplica"),
    "reply_proposal": _l("Propuesta de réplica"),
    "report": _l("Informe"),
    "root_cause": _l("Causa"),
    "remark": _l("Observación"),
    "calendar_feed": _l("Calendario de una persona"),
    "substitution": _l("Reemplazo"),
    "term_rule": _l("Término o límite"),
    "unit": _l("Dependencia"),
    "user": _l("Cuenta"),
    "working_paper": _l("Papel de trabajo"),
    "checklist": _l("Lista de verificación"),
    "checklist_item": _l("Pregunta de una lista"),
    "information_request": _l("Solicitud de información"),
    "information_delivery": _l("Entrega de información"),
    "letter": _l("Carta o acta"),
    "letter_template": _l("Texto de carta"),
    "letterhead": _l("Plantilla de Word"),
    "oversight_share": _l("Acceso de un ente externo"),
    "review_note": _l("Nota de revisión"),
    "sample_check": _l("Elemento de una muestra"),
    "sample_draw": _l("Muestra"),
}


def thing_name(thing_kind: str) -> str:
    """The kind of a thing in words."""
    return str(THINGS.get(thing_kind) or _l("Registro"))
