"""Forms of letters, minutes and requests of information."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField

from app.blueprints.forms import Form, day, line, text_area

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
