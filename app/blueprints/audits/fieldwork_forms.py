"""Forms of letters, minutes and requests of information."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import DecimalField, IntegerField
from wtforms.validators import NumberRange, Optional

from app.blueprints.forms import Form, day, line, radio, select, text_area
from app.services.sampling import Z
from workflows.enums import SamplingMethod

BODY_LENGTH = 40_000


class LetterForm(Form):
    """The text of a letter, still with its variables."""

    title = line(_l("Asunto"), message=_l("Escriba el asunto."))
    body = text_area(
        _l("Texto"),
        rows=18,
        most=BODY_LENGTH,
        message=_l("Escriba el texto."),
        description=_l(
            "Lo que va entre llaves dobles se llena solo. Una línea que empieza por «## » es un "
            "título; las que empiezan por «- », una lista."
        ),
    )


class MinutesForm(LetterForm):
    """The same, of a meeting."""

    held_on = day(_l("Fecha de la reunión"), optional=True)
    place = line(_l("Lugar"), optional=True)
    attendees = text_area(
        _l("Asistentes"), optional=True, rows=4, description=_l("Uno en cada línea, con su cargo.")
    )
    topics = text_area(
        _l("Temas tratados"), optional=True, rows=4, description=_l("Uno por línea.")
    )
    agreements = text_area(_l("Acuerdos"), optional=True, rows=4, description=_l("Uno por línea."))


class ReasonForm(Form):
    """Why a draft is dropped, or a letter is not signed as it reads."""

    reason = text_area(_l("Motivo"), rows=3, most=2000, message=_l("Escriba el motivo."))


class AskForm(Form):
    """Something that is asked of the audited process."""

    title = line(_l("Qué se pide"), message=_l("Escriba qué información se pide."))
    description = text_area(
        _l("Detalle"),
        optional=True,
        rows=4,
        description=_l("Período, formato y cualquier precisión que ayude a entregarlo bien."),
    )
    due_on = day(
        _l("Fecha límite"),
        optional=True,
        description=_l("Solo si se da más tiempo que el del término."),
    )


class DeliverForm(Form):
    """What the process answers."""

    text = text_area(
        _l("Respuesta"),
        optional=True,
        rows=5,
        description=_l("Qué entrega, o por qué no existe. Puede ir sola o con archivos."),
    )
    files = MultipleFileField(_l("Archivos"))


class CloseForm(Form):
    """A word with the acceptance."""

    note = text_area(_l("Nota"), optional=True, rows=2, most=2000)


class ReturnForm(Form):
    """Why what was delivered does not serve."""

    returned_note = text_area(
        _l("Qué falta o no sirve"),
        rows=3,
        most=2000,
        message=_l("Escriba qué falta o qué no sirve."),
        description=_l("El término para entregar vuelve a correr."),
    )


class WithdrawForm(Form):
    """Why something is not needed any more."""

    withdrawn_note = text_area(_l("Motivo"), rows=3, most=2000, message=_l("Escriba el motivo."))


class TemplateForm(LetterForm):
    """The next edition of a text."""

    note = line(_l("Qué cambió"), optional=True, description=_l("Se guarda con la edición."))


class NoteForm(Form):
    """A question of the reviewer."""

    text = text_area(
        _l("Nota"), rows=3, most=4000, message=_l("Escriba qué falta o qué no es claro.")
    )


class AnswerForm(Form):
    """What was done about a note. Its field is named after the note."""

    answer = text_area(
        _l("Respuesta"), rows=3, most=4000, message=_l("Escriba qué se hizo o por qué no cambia.")
    )


class QuestionsForm(Form):
    """Questions for a checklist. The lists come from the route."""

    checklist_id = select(_l("Lista"), optional=True)
    questions = text_area(
        _l("Preguntas propias"), optional=True, rows=4, description=_l("Una por línea.")
    )


def element_count(description: Any) -> IntegerField:
    """How many elements a population has, when its list is not given."""
    return IntegerField(
        _l("Número de elementos"),
        [Optional(), NumberRange(min=1, message=_l("Escriba un número mayor que cero."))],
        description=description,
    )


def element_list(description: Any) -> Any:
    """The elements of a population, one in each line."""
    return text_area(
        _l("Lista de elementos"), optional=True, rows=6, most=2_000_000, description=description
    )


class SampledForm(Form):
    """What every sample tells."""

    description = line(_l("Qué se muestrea"), message=_l("Escriba qué se muestrea."))


class SampleForm(SampledForm):
    """A sample to draw."""

    method = select(
        _l("Método"),
        [each for each in SamplingMethod if each.is_statistical],
        message=_l("Elija el método."),
    )
    count = element_count(_l("Si no tiene la lista: se sortean del 1 al último."))
    elements = element_list(
        _l(
            "Uno por línea. Separados por punto y coma, su valor en pesos y su estrato, si el "
            "método los usa: CT-012; 1.500.000; Obras"
        ),
    )
    size = IntegerField(
        _l("Tamaño de la muestra"),
        [Optional(), NumberRange(min=1, message=_l("Escriba un número mayor que cero."))],
        description=_l("Vacío: se calcula con la confianza, el error y la proporción."),
    )
    confidence = radio(
        _l("Confianza"),
        {str(each): f"{each} %" for each in Z},
        message=_l("Elija la confianza."),
        default="95",
    )
    error = DecimalField(_l("Error (%)"), [Optional()], default=Decimal(5))
    proportion = DecimalField(_l("Proporción esperada (%)"), [Optional()], default=Decimal(50))


class JudgementForm(SampledForm):
    """A sample that the auditor chooses by number."""

    count = element_count(_l("Si no tiene la lista: se numeran del 1 al último."))
    elements = element_list(
        _l(
            "Uno por línea, en orden: el primero es el 1. Puede llevar valor y estrato, separados "
            "por punto y coma: CT-012; 1.500.000; Obras"
        ),
    )
    numbers = text_area(
        _l("Números elegidos"),
        rows=3,
        message=_l("Escriba los números de los elementos que elige."),
        description=_l("Separados por comas, o en rangos: 3, 7, 12-15"),
    )
    criterion = text_area(
        _l("Criterio"),
        rows=3,
        most=4000,
        message=_l("Escriba por qué elige esos elementos."),
        description=_l("Por qué estos y no otros: cuantía, riesgo, antecedentes."),
    )


class LetterheadForm(Form):
    """The Word file in which letters, or reports, are written."""

    file = FileField(
        _l("Documento de Word"),
        [FileRequired(_l("Elija el archivo."))],
        description=_l("DOCX de 2 MB como máximo, sin macros."),
    )
    note = line(_l("Qué cambió"), optional=True)
