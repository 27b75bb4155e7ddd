"""Forms of plans, root causes, remarks and the visto bueno."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app import labels
from app.blueprints.forms import (
    Checkboxes,
    FilterForm,
    Form,
    chosen,
    day,
    line,
    pairs,
    select,
    text_area,
)
from app.services.root_causes import BRANCHES, LINE_LENGTH
from workflows.enums import PlanSource
from workflows.plan import PlanState

BRANCH_LABELS = {
    "metodo": _l("Método"),
    "mano_de_obra": _l("Mano de obra"),
    "materiales": _l("Materiales"),
    "maquinaria": _l("Maquinaria y equipos"),
    "medicion": _l("Medición"),
    "medio_ambiente": _l("Medio ambiente"),
}
PLAN_FIELDS = {
    "general": _l("Todo el plan"),
    "findings": _l("Hallazgos"),
    "causes": _l("Causas"),
    "actions": _l("Acciones"),
}
ACTION_FIELDS = {
    "general": _l("Toda la acción"),
    "description": _l("Descripción"),
    "root_cause": _l("Causa"),
    "indicator": _l("Indicador"),
    "target": _l("Meta"),
    "dates": _l("Fechas"),
    "responsible": _l("Responsable"),
    "evidence": _l("Evidencia"),
}
COMMENT_FIELDS = {"progress": _l("Avance"), "change": _l("Solicitud de cambio")}
"""Of comments: not chosen, for each is written at its own place."""


class PlanFilters(FilterForm):
    estado = select(_l("Estado"), optional=True)
    proceso = select(_l("Proceso"), optional=True)
    origen = select(_l("Origen"), PlanSource, optional=True, blank=_l("Todos"))
    vigencia = select(_l("Vigencia"), optional=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = ((state.value, labels.state_label("plan", state)) for state in PlanState)
        self.estado.choices = pairs(named, _l("Todos"))


class PlanForm(Form):
    """A new plan: the process and the origin are chosen before, in the address."""

    title = line(_l("Título del plan"), message=_l("Escriba el título del plan."))
    findings = Checkboxes(
        _l("Hallazgos que responde"), [chosen(_l("Elija al menos un hallazgo."))], choices={}
    )


class PlanEditForm(Form):
    title = line(_l("Título del plan"), message=_l("Escriba el título del plan."))
    findings = Checkboxes(_l("Agregar hallazgos"), [Optional()], choices={})


class CauseForm(Form):
    """What every method asks: the cause in one sentence."""

    text = text_area(_l("Causa raíz, en una frase"), rows=3, message=_l("Escriba la causa raíz."))


def _why(number: int, *, optional: bool) -> Any:
    label = _l("Porqué %(number)d", number=number)
    return line(label, most=LINE_LENGTH, optional=optional, message=_l("Responda este porqué."))


class FiveWhysForm(CauseForm):
    """Each answer is asked why again; the last one is the root."""

    why_1 = _why(1, optional=False)
    why_2 = _why(2, optional=False)
    why_3 = _why(3, optional=True)
    why_4 = _why(4, optional=True)
    why_5 = _why(5, optional=True)
    why_6 = _why(6, optional=True)
    why_7 = _why(7, optional=True)


class IshikawaForm(CauseForm):
    """The six M, one possible cause on each line."""

    metodo = text_area(BRANCH_LABELS["metodo"], rows=2, optional=True)
    mano_de_obra = text_area(BRANCH_LABELS["mano_de_obra"], rows=2, optional=True)
    materiales = text_area(BRANCH_LABELS["materiales"], rows=2, optional=True)
    maquinaria = text_area(BRANCH_LABELS["maquinaria"], rows=2, optional=True)
    medicion = text_area(BRANCH_LABELS["medicion"], rows=2, optional=True)
    medio_ambiente = text_area(BRANCH_LABELS["medio_ambiente"], rows=2, optional=True)

    def branches(self) -> dict[str, tuple[str, ...]]:
        """The lines of each branch."""
        return {name: tuple((self[name].data or "").split("\n")) for name in BRANCHES}


class IdeasForm(CauseForm):
    """Any other method: its points, one on each line."""

    ideas = text_area(
        _l("Puntos del análisis, uno por línea"), message=_l("Escriba al menos un punto.")
    )


class RemarkForm(Form):
    field = select(_l("Sobre qué"))
    text = text_area(_l("Observación"), rows=3, message=_l("Escriba qué debe corregirse."))


class CommentForm(Form):
    text = text_area(_l("Comentario"), rows=3, message=_l("Escriba el comentario."))


class AnswerForm(Form):
    answer = text_area(
        _l("Cómo se atendió"), rows=3, message=_l("Escriba cómo se atendió la observación.")
    )


class ConsolidateForm(Form):
    note = text_area(_l("Comentario"), rows=2, optional=True)


class ReasonForm(Form):
    reason = text_area(_l("Motivo"), rows=3, message=_l("Escriba el motivo."))


class CloseForm(Form):
    """Closing the plan of an outside body: what that body found."""

    authority_result = text_area(
        _l("Resultado del ente de control"),
        rows=3,
        message=_l("Escriba el resultado que comunicó el ente de control."),
        description=_l("Qué comunicó el ente, con el número y la fecha de su documento."),
    )


class CancelForm(Form):
    """Cancelling a plan: the act of the authority that asked for it."""

    act_number = line(
        _l("Acto que lo cancela"),
        most=100,
        message=_l("Escriba el acto, con su número."),
        description=_l("Clase y número, como «Resolución 123» o «Acta 4»."),
    )
    act_date = day(_l("Fecha del acto"), message=_l("Escriba la fecha del acto."))
    act_authority = line(
        _l("Autoridad que lo expidió"), most=200, message=_l("Escriba qué autoridad lo expidió.")
    )
