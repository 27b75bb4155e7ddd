"""Forms of the pages of findings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import IntegerField
from wtforms.validators import InputRequired, Optional

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
from app.blueprints.quantities import Quantity
from app.models.base import CODE_LENGTH
from workflows import enums as e
from workflows.finding import FindingState


def texts_of(enum: type[StrEnum]) -> Mapping[str, object]:
    return labels.ENUM_LABELS[enum]


class ListFilters(FilterForm):
    """Filters of the list, in the address."""

    q = line(_l("Título"), most=200, optional=True)
    auditoria = select(_l("Auditoría"), optional=True)
    estado = select(_l("Estado"), optional=True)
    tipo = select(_l("Tipo"), e.FindingType, optional=True, blank=_l("Todos"))
    gravedad = select(_l("Gravedad"), e.Severity, optional=True, blank=_l("Todas"))
    proceso = select(_l("Proceso"), optional=True)
    vigencia = select(_l("Vigencia"), optional=True)


class OriginFields:
    """Where a finding of another source comes from. Before the rest, as on the page: a form lists
    its errors in the order in which its fields were written."""

    source = select(_l("Fuente"), message=_l("Elija la fuente."))
    source_report = line(
        _l("Informe o documento de origen"),
        message=_l("Escriba el nombre o el número del informe."),
        description=_l("Nombre o número, como aparece en él: un informe, un acta, un radicado."),
    )
    source_report_date = day(
        _l("Fecha del documento"), message=_l("Escriba la fecha del documento.")
    )
    incidences = Checkboxes(
        _l("Incidencias que declaró el ente de control"),
        [Optional()],
        choices={},
        description=_l("Solo en hallazgos de entes de control."),
    )
    fiscal_amount = Quantity(
        _l("Cuantía de la incidencia fiscal, en pesos"),
        [Optional()],
        description=_l("Solo si declaró incidencia fiscal. Por ejemplo, 12.500.000."),
    )


class FindingForm(Form):
    """The text of a finding and what it is linked to. Choices of rows come from the route.

    Everything but the title may wait: what is missing is asked for when it is sent to review.
    """

    title = line(
        _l("Título"),
        message=_l("Escriba el título: en una frase, qué se encontró."),
        description=_l("En una frase, qué se encontró."),
    )
    type = select(_l("Tipo"), e.FindingType, message=_l("Elija el tipo."))
    severity = select(_l("Gravedad"), e.Severity, message=_l("Elija la gravedad."))
    condition = text_area(
        _l("Condición"),
        optional=True,
        rows=8,
        description=_l("Qué se encontró, con cifras, fechas y lugares."),
    )
    criterion = text_area(
        _l("Criterio"), optional=True, rows=5, description=_l("Qué debería ser, y quién lo manda.")
    )
    norm_id = select(
        _l("Norma"),
        optional=True,
        description=_l(
            "Si es un procedimiento interno que no está en la lista, nómbrelo en el artículo."
        ),
    )
    norm_article = line(
        _l("Artículo o numeral"),
        optional=True,
        description=_l("Por ejemplo: artículo 12, literal k."),
    )
    cause = text_area(
        _l("Causa"),
        optional=True,
        rows=5,
        description=_l("Por qué ocurrió, según el equipo auditor. Puede completarse más adelante."),
    )
    effect = text_area(
        _l("Efecto"), optional=True, rows=5, description=_l("Qué produjo o puede producir.")
    )
    recommendation = text_area(_l("Recomendación"), optional=True, rows=4)
    process_id = select(_l("Proceso responsable"), message=_l("Elija el proceso responsable."))
    unit_id = select(_l("Dependencia"), optional=True)
    mipg_policy_id = select(_l("Política de MIPG"), optional=True)
    meci_component = select(
        _l("Componente del MECI"), e.MeciComponent, optional=True, blank=_l("Ninguno")
    )
    related_risk = text_area(
        _l("Riesgo relacionado"),
        optional=True,
        rows=2,
        description=_l("Como está en el mapa de riesgos del proceso."),
    )
    related_control = text_area(_l("Control que falló o que falta"), optional=True, rows=2)
    repeats_id = select(
        _l("Repite un hallazgo anterior"),
        optional=True,
        description=_l("Solo si es la misma situación, encontrada otra vez."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _not_optional(self, "condition", "criterion", "norm_article", "effect")


def _not_optional(form: Form, *names: str) -> None:
    """What may wait, or depends on the type, is not called optional on the page."""
    for name in names:
        form[name].flags.optional = False


class ExternalFindingForm(OriginFields, FindingForm):
    """The same, with where it comes from: an oversight body, an own assessment, a complaint."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.incidences.choices = pairs((each.value, labels.label(each)) for each in e.Incidence)


class NewTextForm(Form):
    """The text that takes the place of the communicated one."""

    title = line(_l("Título"), message=_l("Escriba el título."))
    condition = text_area(_l("Condición"), rows=8, message=_l("Escriba la condición."))
    criterion = text_area(_l("Criterio"), optional=True, rows=5)
    norm_article = line(_l("Artículo o numeral"), optional=True)
    cause = text_area(_l("Causa"), optional=True, rows=5)
    effect = text_area(_l("Efecto"), optional=True, rows=5)
    recommendation = text_area(_l("Recomendación"), optional=True, rows=4)
    reason = text_area(
        _l("Motivo de la modificación"),
        rows=4,
        message=_l("Escriba el motivo."),
        description=_l("Aparecerá en el informe final, junto a la réplica."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _not_optional(self, "criterion", "norm_article", "cause", "effect")


class ReasonForm(Form):
    """The reason of an event, when there is one to give."""

    reason = text_area(
        _l("Motivo"),
        rows=3,
        message=_l("Escriba el motivo."),
        description=_l("Quedará en la historia, con su nombre."),
    )


class ReopenForm(ReasonForm):
    """Why a finding is open again: an action of its own that failed, or a later finding."""

    ground = select(_l("Acción inefectiva o hallazgo repetido"), message=_l("Elija cuál."))


class AnnulForm(ReasonForm):
    """The decision by which a firm finding stops being one."""

    decision_authority = line(
        _l("Quién decidió"),
        message=_l("Escriba quién decidió."),
        description=_l("El comité (CICCI) o la autoridad, con su nombre."),
    )
    decision_number = line(
        _l("Número del acta o de la decisión"),
        most=CODE_LENGTH,
        message=_l("Escriba el número del acta o de la decisión."),
    )
    decision_date = day(_l("Fecha de la decisión"), message=_l("Escriba la fecha de la decisión."))


class EmptyForm(Form):
    """An event that asks nothing, or an action of one button."""


class ReplyForm(Form):
    """The answer of the auditee to one finding."""

    stance = radio(
        _l("Su posición"),
        texts_of(e.ReplyStance),
        message=_l("Indique si acepta u objeta el hallazgo."),
    )
    arguments = text_area(
        _l("Argumentos"),
        rows=10,
        message=_l("Escriba sus argumentos."),
        description=_l("Por qué lo acepta o lo objeta. Si cita un documento, adjúntelo abajo."),
    )
    files = MultipleFileField(
        _l("Documentos"),
        description=_l("PDF, imágenes, documentos de oficina o correos. Son opcionales."),
    )


class AnalysisForm(Form):
    analysis = text_area(
        _l("Análisis de la OCI"),
        rows=8,
        message=_l("Escriba el análisis."),
        description=_l("Qué responde el equipo a cada argumento, con su soporte."),
    )


class CauseForm(Form):
    cause = text_area(
        _l("Causa"),
        rows=5,
        message=_l("Escriba la causa."),
        description=_l("Sin causa, el hallazgo no puede quedar en firme."),
    )


class DecisionForm(Form):
    """A decision of the committee about the finding."""

    minutes_number = line(
        _l("Número del acta"), most=CODE_LENGTH, message=_l("Escriba el número del acta.")
    )
    minutes_date = day(_l("Fecha del acta"), message=_l("Escriba la fecha del acta."))
    text = text_area(_l("Decisión"), rows=4, message=_l("Escriba qué decidió el comité."))


class AuthorityForm(Form):
    """What the oversight body said of its finding."""

    authority_result = text_area(
        _l("Resultado del ente de control"),
        rows=4,
        message=_l("Escriba el resultado."),
        description=_l(
            "Con el número de su comunicación. Para la Contraloría General, la declaración de la "
            "OCI (Circular 005 de 2019)."
        ),
    )
    authority_result_on = day(_l("Fecha"), message=_l("Escriba la fecha."))


class ReferralForm(Form):
    """What is told to the authority that is competent for it."""

    authority = select(_l("Autoridad"), e.ReferralAuthority, message=_l("Elija la autoridad."))
    addressee_id = select(
        _l("Persona de la entidad"),
        optional=True,
        description=_l(
            "Solo para el representante legal: lo leerá aquí, con su cuenta, y nadie más que "
            "ustedes dos."
        ),
    )
    addressee = line(
        _l("Dirigido a"),
        optional=True,
        description=_l("Para una autoridad de fuera: la dependencia o el cargo que lo recibe."),
    )
    matter = text_area(
        _l("Qué se pone en su conocimiento"),
        rows=5,
        message=_l("Describa los hechos."),
        description=_l("Los hechos y su soporte. La OCI no los califica: eso es de la autoridad."),
    )
    sent_on = day(_l("Fecha del oficio"), message=_l("Escriba la fecha del oficio."))


class ReferralReplyForm(Form):
    """What the legal representative answers himself, today."""

    answer = text_area(
        _l("Su respuesta"),
        rows=6,
        message=_l("Escriba la respuesta."),
        description=_l("Qué dispuso o qué hará. La lee el jefe de la OCI, y nadie más."),
    )


class ReferralAnswerForm(Form):
    """What the authority answered."""

    answer = text_area(
        _l("Qué respondió"),
        rows=4,
        message=_l("Escriba la respuesta."),
        description=_l("Con el número de su comunicación."),
    )
    answered_on = day(_l("Fecha de la respuesta"), message=_l("Escriba la fecha."))


class ExtensionForm(Form):
    """More time to reply."""

    days = IntegerField(
        _l("Días de más"),
        [InputRequired(_l("Escriba cuántos días."))],
        render_kw={"class": "short"},
    )
    reason = text_area(
        _l("Por qué no alcanza el término"), rows=3, message=_l("Escriba el motivo.")
    )


class ExtensionDecisionForm(Form):
    """Granted with so many days, or denied; always with its reason."""

    days = IntegerField(
        _l("Días que concede"),
        [Optional()],
        description=_l("Solo si la concede. Pueden ser menos de los que pidió el proceso."),
        render_kw={"class": "short"},
    )
    reason = text_area(_l("Motivo de la decisión"), rows=3, message=_l("Escriba el motivo."))


class QualityForm(Form):
    """What a piece of evidence is worth."""

    qualities = Checkboxes(
        _l("La evidencia es"),
        [Optional()],
        choices={},
        description=_l("Marque solo lo que ya comprobó."),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.qualities.choices = pairs(
            (each.value, labels.label(each)) for each in e.EvidenceQuality
        )

    def judged(self) -> list[e.EvidenceQuality]:
        """The qualities that were ticked."""
        return [e.EvidenceQuality(each) for each in self.qualities.data or ()]


class EvidenceForm(QualityForm):
    """New files as evidence."""

    type = select(_l("Clase de evidencia"), e.EvidenceType, message=_l("Elija la clase."))
    note = line(
        _l("Qué prueba"),
        optional=True,
        description=_l("Una frase que lo vincule con la condición."),
    )
    files = MultipleFileField(_l("Archivos"), description=_l("Puede elegir varios."))


class LinkForm(QualityForm):
    """A document that the audit already has, as evidence."""

    document_id = select(_l("Documento de la auditoría"), message=_l("Elija el documento."))
    type = select(_l("Clase de evidencia"), e.EvidenceType, message=_l("Elija la clase."))
    note = line(_l("Qué prueba"), optional=True)


class RemovalForm(Form):
    """Why a document is taken off the finding."""

    reason = line(_l("Motivo"), message=_l("Escriba el motivo."))


def state_choices() -> dict[str, str]:
    rows = [(state.value, labels.state_label("finding", state)) for state in FindingState]
    return pairs(rows, _l("Todos"))


def source_choices() -> dict[str, str]:
    """Every source but the audits of the office: those write their findings in them."""
    sources = [each for each in e.PlanSource if each is not e.PlanSource.INTERNAL_AUDIT]
    rows = [(each.value, labels.label(each)) for each in sources]
    return pairs(rows, _l("Elija…"))
