"""Forms of the annual audit plan."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired

from app.blueprints.forms import Form, day, line, text_area
from app.models.base import CODE_LENGTH

YEAR_MESSAGE = _l("Escriba el año con cuatro cifras.")


class Year(IntegerField):
    """A year, with a Spanish refusal."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        text = valuelist[0].strip()
        if not (text.isascii() and text.isdecimal() and len(text) == 4):
            self.data = None
            raise ValueError(str(YEAR_MESSAGE))
        self.data = int(text)


class PlanTextsForm(Form):
    objective = text_area(_l("Objetivo"), optional=True, description=_l("Qué busca la vigencia."))
    scope = text_area(
        _l("Alcance"), optional=True, description=_l("Procesos, sedes y período que abarca.")
    )
    criteria = text_area(
        _l("Criterios de priorización"),
        optional=True,
        description=_l("Riesgo, rotación, resultados anteriores, pedidos del comité."),
    )
    risks = text_area(
        _l("Riesgos del plan"),
        optional=True,
        description=_l("Lo que podría impedir cumplirlo y cómo se atenderá."),
    )
    resources = text_area(
        _l("Recursos"), optional=True, description=_l("Personas, tiempo y presupuesto.")
    )


class NewPlanForm(PlanTextsForm):
    year = Year(_l("Vigencia"), [InputRequired(YEAR_MESSAGE)])


class ApprovalForm(Form):
    """What the committee's approval needs: the minutes that prove it."""

    minutes_number = line(
        _l("Número del acta"), most=CODE_LENGTH, message=_l("Escriba el número del acta.")
    )
    minutes_date = day(_l("Fecha del acta"), message=_l("Escriba la fecha del acta."))


class ReasonForm(Form):
    reason = text_area(_l("Motivo"), optional=True)
