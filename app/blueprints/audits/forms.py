"""Forms of the audit pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import PasswordField

from app import labels
from app.blueprints.forms import (
    Choice,
    FilterForm,
    Form,
    day,
    line,
    radio,
    required,
    select,
    text_area,
    whole,
)
from app.models.base import CODE_LENGTH
from workflows.enums import AuditLineType, EvaluationStatement, OciRole

SIGNING = required(_l("Escriba su contraseña para firmar."))


class AuditForm(Form):
    """What says which audit it is. The choices of plan and process come from the route."""

    title = line(_l("Título"), message=_l("Escriba el título."))
    process_id = select(_l("Proceso auditado"), message=_l("Elija el proceso."))
    auditable_unit_id = select(
        _l("Unidad auditable"),
        optional=True,
        description=_l("Qué parte del universo de auditoría se examina."),
    )
    type = select(_l("Tipo"), AuditLineType, message=_l("Elija el tipo."))
    oci_role = select(
        _l("Rol de la Oficina de Control Interno"), OciRole, message=_l("Elija el rol.")
    )
    planned_start = day(_l("Inicio previsto"), message=_l("Escriba la fecha de inicio."))
    planned_end = day(_l("Fin previsto"), message=_l("Escriba la fecha de fin."))
    fieldwork_start = day(_l("Comienza la ejecución"), optional=True)
    communication_start = day(_l("Comienza la comunicación"), optional=True)
    annual_plan_id = select(
        _l("Plan anual"),
        optional=True,
        description=_l("Solo aparecen los planes que todavía admiten auditorías."),
    )
    special_authorization = text_area(
        _l("Solicitud de auditoría especial"),
        optional=True,
        rows=3,
        description=_l(
            "Solo si está fuera del plan anual: quién la pidió, cuándo y por qué. "
            "Además necesitará la autorización del comité."
        ),
    )


class EvaluationForm(Form):
    """The evaluation of an audit: a field for each statement, added below, and a comment."""

    comment = text_area(
        _l("Comentario"),
        optional=True,
        description=_l("Lo que quiera decir de la auditoría o de los auditores."),
    )

    def answers(self) -> dict[EvaluationStatement, int | None]:
        """The score of each statement."""
        return {each: whole(self[each.value].data) for each in EvaluationStatement}


for _statement, _text in labels.ENUM_LABELS[EvaluationStatement].items():
    _scores = radio(
        _text,
        {str(score): said for score, said in labels.SCORES.items()},
        message=_l("Elija qué tan de acuerdo está con «%(text)s».", text=_text),
    )
    setattr(EvaluationForm, _statement, _scores)


class ListFilters(FilterForm):
    """Filters of the list, in the address."""

    vigencia = Choice(_l("Vigencia"))
    estado = Choice(_l("Estado"))
    proceso = Choice(_l("Proceso"))
    lider = Choice(_l("Auditor líder"))


class EventForm(Form):
    """What may come with an event of an audit."""

    reason = text_area(_l("Motivo"), optional=True)
    password = PasswordField(_l("Contraseña"))


class DecisionForm(Form):
    """A decision of the committee about this audit."""

    type = select(_l("Qué decidió"), message=_l("Elija qué decidió el comité."))
    minutes_number = line(
        _l("Número del acta"), most=CODE_LENGTH, message=_l("Escriba el número del acta.")
    )
    minutes_date = day(_l("Fecha del acta"), message=_l("Escriba la fecha del acta."))
    text = text_area(_l("Decisión"), rows=4, message=_l("Escriba qué decidió el comité."))


class ProgramForm(Form):
    """The program of the audit; it may be saved unfinished, and is signed complete."""

    objective = text_area(
        _l("Objetivo"), unfinished=True, description=_l("Qué se quiere comprobar y para qué.")
    )
    scope = text_area(
        _l("Alcance"),
        unfinished=True,
        description=_l("Período, sedes, actividades y lo que queda por fuera."),
    )
    criteria = text_area(
        _l("Criterios"),
        unfinished=True,
        description=_l("Normas, procedimientos y contratos contra los que se compara."),
    )
    risks = text_area(
        _l("Riesgos y controles"),
        unfinished=True,
        rows=6,
        description=_l("Riesgos del proceso que se evaluarán y los controles que los tratan."),
    )
    tests = text_area(_l("Pruebas"), unfinished=True, rows=6)
    sample = text_area(
        _l("Muestra"),
        unfinished=True,
        description=_l("Población, método, tamaño y cómo se eligieron los elementos."),
    )
    methodology = text_area(_l("Metodología"), optional=True)
    schedule = text_area(
        _l("Cronograma"), unfinished=True, rows=6, description=_l("Actividades con sus fechas.")
    )


class ReportTextsForm(Form):
    """What the reports carry besides the program and the findings."""

    limitations = text_area(
        _l("Limitaciones del alcance"),
        unfinished=True,
        description=_l("Lo que no se pudo examinar y por qué. Si no hubo, dígalo."),
    )
    conclusions = text_area(_l("Conclusiones"), unfinished=True, rows=8)


class SignForm(Form):
    password = PasswordField(_l("Contraseña"), [SIGNING])


class AnnounceForm(Form):
    file = FileField(_l("Oficio de anuncio"))


class MemberForm(Form):
    user_id = select(_l("Persona"), message=_l("Elija una persona."))
    role = radio(
        _l("Participa como"),
        {"auditor": _l("Auditor"), "lead": _l("Auditor líder")},
        message=_l("Elija cómo participa."),
        default="auditor",
    )


class RemoveForm(Form):
    reason = text_area(_l("Motivo"), rows=2, most=2000, message=_l("Escriba el motivo."))


class DeclarationForm(Form):
    """The declaration of conflict of interest, signed."""

    conflict = radio(
        _l("Mi declaración"),
        {
            "no": _l("No tengo conflictos de interés con el proceso ni con sus responsables."),
            "yes": _l("Tengo o podría tener un conflicto de interés."),
        },
        message=_l("Elija una de las dos declaraciones."),
    )
    conflict_text = text_area(
        _l("En qué consiste el conflicto"),
        optional=True,
        rows=3,
        description=_l("Solo si lo hay."),
    )
    password = PasswordField(_l("Contraseña"), [SIGNING])


class ResolutionForm(Form):
    resolution = text_area(
        _l("Cómo se resuelve"),
        rows=3,
        message=_l("Escriba cómo se resuelve el conflicto."),
        description=_l("Por qué puede participar y con qué límites; si no, retírelo del equipo."),
    )


class PaperForm(Form):
    """A working paper."""

    title = line(_l("Título"), message=_l("Escriba el título."))
    objective = text_area(_l("Objetivo"), optional=True, rows=3)
    procedure = text_area(
        _l("Procedimiento"), unfinished=True, description=_l("Qué se hizo, paso a paso.")
    )
    population = text_area(_l("Población"), optional=True, rows=2)
    sample = text_area(_l("Muestra"), optional=True, rows=2)
    result = text_area(
        _l("Resultado"),
        unfinished=True,
        rows=6,
        description=_l("Lo que se encontró, con cifras. Se necesita para revisarlo."),
    )
    conclusion = text_area(
        _l("Conclusión"), unfinished=True, description=_l("Se necesita para revisarlo.")
    )


class ReviewForm(Form):
    reason = text_area(
        _l("Qué debe corregirse"),
        rows=3,
        most=2000,
        message=_l("Escriba qué debe corregirse."),
    )


class PaperFileForm(Form):
    file = FileField(_l("Archivo"), [FileRequired(_l("Elija un archivo."))])


class UploadForm(Form):
    """Documents of the audit that support no finding in particular."""

    purpose = select(_l("Clase"), message=_l("Elija la clase de documento."))
    files = MultipleFileField(_l("Archivos"))
