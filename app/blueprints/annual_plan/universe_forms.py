"""Forms of the audit universe and of the priorities of a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from app import labels
from app.blueprints.annual_plan.forms import YEAR_MESSAGE, Year
from app.blueprints.forms import (
    Choice,
    FilterForm,
    Form,
    day,
    line,
    pairs,
    select,
    text_area,
    whole,
)
from app.models.base import CODE_LENGTH
from app.services.prioritizations import MOST_CYCLE_YEARS, Assessment
from app.services.priority_rows import JUDGED
from workflows.enums import AuditableUnitKind, PriorityCriterion, PriorityDecision, RiskLevel

HUNDRED = 100
SCORES = {
    "0": _l("0 · Ninguno"),
    "1": _l("1 · Bajo"),
    "2": _l("2 · Medio"),
    "3": _l("3 · Alto"),
    "4": _l("4 · Muy alto"),
}


class UniverseFilters(FilterForm):
    """Filters of the list, in the address."""

    q = StringField(_l("Nombre o código"))
    clase = Choice(_l("Clase"))
    proceso = Choice(_l("Proceso"))
    retiradas = BooleanField(_l("Mostrar las retiradas"))


class CodeField:
    """The code stands first on the page."""

    code = line(
        _l("Código"),
        most=CODE_LENGTH,
        message=_l("Escriba el código."),
        description=_l("Corto y único, como SI-03. Después no se cambia."),
    )


class UnitForm(Form):
    """An auditable unit. The choices of process and unit come from the route."""

    name = line(_l("Nombre"), message=_l("Escriba el nombre."))
    kind = select(_l("Clase"), AuditableUnitKind, message=_l("Elija la clase."))
    process_id = select(_l("Proceso responsable"), message=_l("Elija el proceso."))
    unit_id = select(_l("Dependencia"), optional=True)
    description = text_area(
        _l("Descripción"), optional=True, rows=3, description=_l("Qué abarca y por qué importa.")
    )
    last_audited_on = day(
        _l("Última auditoría anterior a Vigía"),
        optional=True,
        description=_l("La de las auditorías que se llevan aquí se calcula sola."),
    )


class NewUnitForm(CodeField, UnitForm):
    """A unit that is added now: its code is written once."""


class YearForm(Form):
    year = Year(_l("Vigencia"), [InputRequired(YEAR_MESSAGE)])


def _weight(label: Any) -> IntegerField:
    wrong = _l("Escriba un número entero de 0 a 100.")
    return IntegerField(label, [InputRequired(wrong), NumberRange(0, HUNDRED, wrong)])


def _years() -> dict[str, str]:
    never, each = _l("No entra por rotación"), _l("Cada año")
    more = {n: _l("Cada %(n)s años", n=n) for n in range(2, MOST_CYCLE_YEARS + 1)}
    return pairs({0: never, 1: each, **more}.items())


class BasisForm(Form):
    """A weight for each criterion and a cycle for each level of risk, added below."""

    def weights(self) -> dict[PriorityCriterion, int]:
        return {each: self[each.value].data for each in PriorityCriterion}

    def cycles(self) -> dict[RiskLevel, int]:
        return {each: whole(self[each.value].data) or 0 for each in RiskLevel}


for _criterion, _text in labels.ENUM_LABELS[PriorityCriterion].items():
    setattr(BasisForm, _criterion, _weight(_text))
for _level, _text in labels.ENUM_LABELS[RiskLevel].items():
    _cycle = Choice(_l("Riesgo: %(level)s", level=_text), choices=_years)
    setattr(BasisForm, _level, _cycle)


def _unfinished(label: Any, offered: Callable[[], Iterable[tuple[str, object]]]) -> Choice:
    """May be left for later, but is not optional: the approval waits for it."""
    return Choice(label, choices=lambda: pairs(offered(), _l("Sin valorar")))


def _score(criterion: PriorityCriterion) -> Choice:
    text = labels.ENUM_LABELS[PriorityCriterion][criterion]
    return _unfinished(text, lambda: list(SCORES.items()))


class AssessmentForm(Form):
    """What is judged of a unit: its risk, a score for each criterion (a field by its value), what
    was asked for, and what is decided by hand."""

    risk_level = _unfinished(_l("Nivel de riesgo"), lambda: labels.choices(RiskLevel))
    risks = text_area(
        _l("Riesgos identificados"),
        optional=True,
        rows=3,
        description=_l("De cuáles sale ese nivel: los del mapa de riesgos y los que vea la OCI."),
    )
    resultados_anteriores = _score(PriorityCriterion.EARLIER_RESULTS)
    acciones_vencidas = _score(PriorityCriterion.OVERDUE_ACTIONS)
    presupuesto = _score(PriorityCriterion.BUDGET)
    quejas = _score(PriorityCriterion.COMPLAINTS)
    cambios = _score(PriorityCriterion.CHANGES)
    objetivo_estrategico = _score(PriorityCriterion.STRATEGY)
    committee_request = text_area(
        _l("Pedido del comité o de la alta dirección"),
        optional=True,
        rows=2,
        description=_l("Quién lo pidió, cuándo y qué espera. Entra en el plan por pedido."),
    )
    regulator_request = text_area(
        _l("Exigencia de un ente regulador o de una norma"),
        optional=True,
        rows=2,
        description=_l("Qué norma o autoridad obliga a auditarla en esta vigencia."),
    )
    decision = select(
        _l("Decisión distinta de la que resulta"),
        PriorityDecision,
        optional=True,
        blank=_l("Ninguna: vale lo que resulta"),
    )
    justification = text_area(
        _l("Justificación"),
        optional=True,
        rows=3,
        description=_l("Obligatoria si se decide algo distinto."),
    )

    def assessment(self) -> Assessment:
        """What the form says. It was validated."""
        found = {each: whole(self[each.value].data) for each in JUDGED}
        level, decision = self.risk_level.data, self.decision.data
        return Assessment(
            risk_level=RiskLevel(level) if level else None,
            risks=self.risks.data,
            scores={each: score for each, score in found.items() if score is not None},
            committee_request=self.committee_request.data,
            regulator_request=self.regulator_request.data,
            decision=PriorityDecision(decision) if decision else None,
            justification=self.justification.data,
        )
