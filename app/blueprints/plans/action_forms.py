"""Forms of actions, progress, verification and change requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField
from wtforms.validators import Optional

from app import labels
from app.blueprints.forms import (
    Checkboxes,
    FilterForm,
    Form,
    day,
    line,
    pairs,
    radio,
    select,
    text_area,
)
from app.blueprints.quantities import Quantity, given
from app.models.base import TITLE_LENGTH
from app.services.action_lists import LISTED_FLAGS
from app.services.actions import POSITION_LENGTH, UNIT_LENGTH
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ActionType, Effectiveness, Efficacy

FILES_ACCEPTED = ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.eml,.txt,.csv,.png,.jpg,.jpeg,.tif,.tiff"


class ActionFilters(FilterForm):
    estado = select(_l("Estado"), optional=True)
    plazo = select(_l("Plazo"), optional=True)
    proceso = select(_l("Proceso"), optional=True)
    dependencia = select(_l("Dependencia"), optional=True)
    mias = BooleanField(_l("Solo las que ejecuto"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = ((state.value, labels.state_label("action", state)) for state in ActionState)
        self.estado.choices = pairs(named, _l("Todos"))
        flags = ((flag.value, labels.label(flag)) for flag in LISTED_FLAGS)
        self.plazo.choices = pairs(flags, _l("Todos"))


class RequestFilters(FilterForm):
    estado = select(_l("Estado"), optional=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = ((s.value, labels.state_label("change_request", s)) for s in ChangeRequestState)
        self.estado.choices = pairs(named, _l("Todas"))


class ActivityForm(Form):
    """A step of an action."""

    description = text_area(_l("Actividad"), rows=3, message=_l("Escriba la actividad."))
    unit_of_measure = line(_l("Unidad de medida"), most=UNIT_LENGTH, optional=True)
    target_quantity = Quantity(_l("Cantidad"), [Optional()])
    start_date = day(_l("Inicio"), optional=True)
    end_date = day(_l("Terminación"), optional=True)
    responsible = line(_l("Cargo responsable"), most=POSITION_LENGTH, optional=True)


class ActivityAdvanceForm(Form):
    """What is done of a step, all together."""

    done_quantity = Quantity(
        _l("Cuánto va hecho en total"),
        [given(_l("Escriba cuánto va hecho."))],
        description=_l("En la unidad de la actividad, contando lo de antes."),
    )


class ActionForm(Form):
    """May be saved incomplete; what is missing is listed on the page of the plan."""

    type = select(_l("Tipo de acción"), ActionType)
    description = text_area(_l("Qué se hará"), rows=4, message=_l("Escriba qué se hará."))
    objective = text_area(_l("Para qué"), rows=2, optional=True)
    root_cause_id = select(_l("Causa que ataca"), optional=True)
    indicator_name = line(_l("Indicador"), optional=True)
    indicator_formula = text_area(_l("Fórmula del indicador"), rows=2, optional=True, most=2000)
    unit_of_measure = line(_l("Unidad de medida"), most=UNIT_LENGTH, optional=True)
    target_quantity = Quantity(_l("Meta"), [Optional()])
    start_date = day(_l("Fecha de inicio"), optional=True)
    end_date = day(_l("Fecha de terminación"), optional=True)
    responsible_unit_id = select(_l("Dependencia responsable"), optional=True)
    responsible_position = line(_l("Cargo responsable"), most=POSITION_LENGTH, optional=True)
    executor_ids = Checkboxes(_l("Quiénes la ejecutan"), [Optional()], choices={})
    expected_evidence = text_area(_l("Evidencia esperada"), rows=2, optional=True)
    resources = text_area(_l("Recursos"), rows=2, optional=True)

    NEEDED_LATER = (
        "root_cause_id",
        "indicator_name",
        "unit_of_measure",
        "target_quantity",
        "start_date",
        "end_date",
        "responsible_unit_id",
        "responsible_position",
    )
    """May be left for later, and are not marked as optional: without them it is not sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in self.NEEDED_LATER:
            self[name].flags.optional = False


class ProgressForm(Form):
    """One screen on a telephone: how much, what, and the files."""

    quantity = Quantity(_l("Cuánto se hizo"), [given(_l("Escriba cuánto se hizo."))])
    narrative = text_area(_l("Qué se hizo"), rows=4, message=_l("Cuente qué se hizo."))
    files = MultipleFileField(_l("Evidencia"), [Optional()], render_kw={"accept": FILES_ACCEPTED})
    day = day(_l("Fecha del avance"), message=_l("Escriba la fecha del avance."))


class ResultForm(Form):
    """The note that supports a result, and a file if there is one."""

    note = text_area(
        _l("Soporte"),
        message=_l("Escriba qué se revisó y qué se encontró."),
        description=_l("Qué se revisó, cuándo y qué se encontró."),
    )
    file = FileField(_l("Archivo de soporte"), render_kw={"accept": FILES_ACCEPTED})


def _results(enum: type[StrEnum]) -> dict[str, Any]:
    """Every result but the lack of one."""
    texts = labels.ENUM_LABELS[enum]
    return {value: text for value, text in texts.items() if value != "no_evaluada"}


class EfficacyForm(ResultForm):
    result = radio(
        _l("¿Se cumplió la acción?"), _results(Efficacy), message=_l("Elija el resultado.")
    )


class EffectivenessForm(ResultForm):
    result = radio(
        _l("¿Desapareció la causa?"), _results(Effectiveness), message=_l("Elija el resultado.")
    )


class AuthorityResultForm(Form):
    """What the body of control said of the action."""

    authority_result = text_area(
        _l("Resultado del ente de control"),
        rows=5,
        message=_l("Escriba el resultado."),
        description=_l("Estado y evaluación, con el informe o el oficio en que lo dijo."),
    )


# ------------------------------------------------------------------ change requests


class RequestForm(Form):
    """What every type of request asks: why."""

    reason = text_area(
        _l("Justificación"),
        message=_l("Escriba por qué se pide el cambio."),
        description=_l("Qué ocurrió, qué se ha hecho y por qué hace falta el cambio."),
    )


class ExtensionForm(RequestForm):
    end_date = day(_l("Nueva fecha de terminación"))


class TargetForm(RequestForm):
    target_quantity = Quantity(_l("Nueva meta"), [given(_l("Escriba la nueva meta."))])


class ResponsibleForm(RequestForm):
    responsible_unit_id = select(_l("Dependencia responsable"))
    responsible_position = line(_l("Cargo responsable"), most=POSITION_LENGTH)
    executor_ids = Checkboxes(_l("Quiénes la ejecutan"), [Optional()], choices={})


class DiscardDraftForm(Form):
    """Why what was prepared is not sent."""

    reason = text_area(
        _l("Por qué no se envía"),
        rows=2,
        most=TITLE_LENGTH * 3,
        message=_l("Escriba el motivo."),
        description=_l("Lo lee quien la preparó, en su resumen diario."),
    )


class RuleForm(Form):
    rule = text_area(
        _l("Regla que lo permite"),
        rows=2,
        most=TITLE_LENGTH * 10,
        message=_l("Escriba la regla del ente de control, con su artículo."),
    )
