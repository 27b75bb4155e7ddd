"""Forms of the administration. The fields of a catalogue's form are those its service writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app import labels
from app.blueprints.forms import Choice, FilterForm, Form, day, line, pairs, select, text_area
from app.models.base import CODE_LENGTH
from app.services import accounts
from workflows.enums import Disposition, NormStatus, ProcessType, Role

DISPOSITIONS: Mapping[Disposition, Any] = {
    Disposition.KEEP: _l("Conservación total"),
    Disposition.DESTROY: _l("Eliminación"),
    Disposition.SELECT: _l("Selección"),
    Disposition.MICROFILM: _l("Reproducción en otro medio"),
}
SOMEBODY = _l("Sin asignar")


def grantable_roles() -> dict[str, str]:
    return pairs((role.value, labels.label(role)) for role in accounts.GRANTABLE)


class PeopleFilter(FilterForm):
    """Filters of the list of people, in the address."""

    q = line(_l("Nombre, correo o cargo"), optional=True)
    rol = Choice(_l("Rol"), choices=lambda: {"": str(_l("Todos")), **grantable_roles()})
    estado = Choice(
        _l("Cuenta"),
        choices=lambda: {
            "": str(_l("Todas")),
            "active": str(_l("Activas")),
            "disabled": str(_l("Inactivas")),
        },
    )


class CatalogueFilter(FilterForm):
    q = line(_l("Código o nombre"), optional=True)


class WindowForm(Form):
    """Until when the progress of a period is registered."""

    first = day(_l("Periodo"), message=_l("Elija el periodo."))
    closes_on = day(_l("Último día para registrar"), message=_l("Escriba la fecha."))
    reason = line(_l("Motivo"), message=_l("Escriba el motivo."))


class WhyForm(FilterForm):
    """Who, what and on which thing: in the address, so that the question can be sent to another."""

    persona = select(_l("Persona"), message=_l("Elija a la persona."))
    permiso = select(_l("Qué quiere hacer"), message=_l("Elija un permiso."))
    codigo = line(
        _l("Código"),
        most=CODE_LENGTH,
        optional=True,
        description=_l(
            "Como aparece en la página del registro. De un documento o una carta, su radicado; de "
            "un papel o una solicitud de información, el código de la auditoría, un espacio y el "
            "suyo; de un cambio, el de su acción; de una versión pública, el de su "
            "auditoría; de un plan anual, el año. Lo que no es sobre un registro no lo lleva."
        ),
    )


class PersonForm(Form):
    email = line(_l("Correo"), most=254, render_kw={"type": "email"})
    name = line(_l("Nombre completo"), most=200)
    position = line(_l("Cargo"), most=200, optional=True)
    unit_id = select(_l("Dependencia"), optional=True)


class CheckboxGroup(SelectMultipleField):
    """Several of a few, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NewPersonForm(PersonForm):
    roles = CheckboxGroup(_l("Roles"), choices=grantable_roles)


class RoleForm(Form):
    role = select(_l("Rol"), message=_l("Elija un rol."))


class ReasonForm(Form):
    reason = text_area(_l("Motivo"), most=500, rows=2)


class SubstitutionForm(Form):
    absent_id = select(_l("Persona ausente"), message=_l("Elija a la persona."))
    substitute_id = select(_l("Quién la reemplaza"), message=_l("Elija a la persona."))
    starts_on = day(_l("Desde"))
    ends_on = day(_l("Hasta"))
    reason = text_area(_l("Motivo"), most=500, optional=True, rows=2)


def _name() -> Any:
    return line(_l("Nombre"))


def _active() -> BooleanField:
    return BooleanField(_l("Activa: se ofrece al llenar formularios"))


def _whole(label: Any) -> IntegerField:
    return IntegerField(label, [InputRequired(_l("Escriba un número entero."))])


class CodeForm(Form):
    """The code is written once, when the row is made."""

    code = line(_l("Código"), most=CODE_LENGTH)


class UnitForm(Form):
    name = _name()
    parent_id = select(_l("Dependencia superior"), optional=True)
    head_id = select(_l("Jefe de la dependencia"), optional=True)
    active = _active()


class ProcessForm(Form):
    name = _name()
    type = select(_l("Tipo"), ProcessType)
    unit_id = select(_l("Dependencia responsable"), optional=True)
    leader_id = select(
        _l("Líder"),
        optional=True,
        description=_l("Se ofrecen las personas con el rol de líder de proceso."),
    )
    liaisons = CheckboxGroup(
        _l("Enlaces"), description=_l("Se ofrecen las personas con el rol de enlace.")
    )
    active = _active()


class NormForm(Form):
    name = _name()
    status = select(_l("Estado"), NormStatus)
    summary = text_area(_l("Resumen"), optional=True)
    note = text_area(_l("Nota"), optional=True, rows=2)
    active = _active()


class DimensionForm(Form):
    name = _name()
    active = _active()


class PolicyForm(Form):
    name = _name()
    dimension_id = select(_l("Dimensión"))
    active = _active()


class ComponentForm(Form):
    name = _name()
    guidelines = text_area(_l("Lineamientos, uno por línea"), optional=True, rows=8)
    active = _active()


class ChecklistForm(Form):
    name = _name()
    questions = text_area(_l("Preguntas, una por línea"), rows=12)
    active = _active()


class TermForm(Form):
    name = _name()
    amount = _whole(_l("Cantidad"))
    start_event = select(_l("Se cuenta desde"), optional=True)
    legal_ground = text_area(_l("Fundamento legal"), rows=2)
    note = text_area(_l("Nota"), optional=True, rows=2)


class SeriesForm(Form):
    name = _name()
    office_years = _whole(_l("Años en archivo de gestión"))
    central_years = _whole(_l("Años en archivo central"))
    disposition = Choice(
        _l("Disposición final"),
        choices=lambda: pairs((k.value, v) for k, v in DISPOSITIONS.items()),
    )
    active = _active()


class NonWorkingDayForm(Form):
    day = day(_l("Día"))
    name = _name()
    legal_ground = text_area(_l("Acto que lo ordena, con número y fecha"), rows=2)
    active = BooleanField(_l("Vigente: ese día no corren los términos"))


class EntityForm(Form):
    name = _name()
    nit = line(_l("NIT"), most=20, optional=True)
    address = line(_l("Dirección"), optional=True)
    city = line(_l("Ciudad"), most=100, optional=True)
    phone = line(_l("Teléfono"), most=100, optional=True)
    email = line(_l("Correo institucional"), most=254, optional=True)
    judicial_email = line(_l("Correo de notificaciones judiciales"), most=254, optional=True)
    website = line(_l("Sitio web"), optional=True)


FORMS: Mapping[str, type[Form]] = {
    "dependencias": UnitForm,
    "procesos": ProcessForm,
    "normas": NormForm,
    "dimensiones-mipg": DimensionForm,
    "politicas-mipg": PolicyForm,
    "componentes-meci": ComponentForm,
    "terminos": TermForm,
    "series-documentales": SeriesForm,
    "dias-no-habiles": NonWorkingDayForm,
    "listas-de-verificacion": ChecklistForm,
    "entidad": EntityForm,
}
TITLES: Mapping[str, tuple[Any, Any]] = {
    "dependencias": (_l("Dependencias"), _l("Las oficinas de la entidad y quién las dirige.")),
    "procesos": (_l("Procesos"), _l("El mapa de procesos, con su líder y sus enlaces.")),
    "normas": (_l("Normas"), _l("Los criterios que citan los hallazgos.")),
    "dimensiones-mipg": (_l("Dimensiones del MIPG"), _l("Las siete del modelo.")),
    "politicas-mipg": (_l("Políticas del MIPG"), _l("Cada una en su dimensión.")),
    "componentes-meci": (_l("Componentes del MECI"), _l("Con sus lineamientos.")),
    "terminos": (
        _l("Términos y límites"),
        _l("Cuánto dura cada plazo, desde qué hecho se cuenta y con qué fundamento."),
    ),
    "series-documentales": (_l("Series documentales"), _l("La tabla de retención documental.")),
    "dias-no-habiles": (
        _l("Días no hábiles"),
        _l("Los de la entidad, además de los festivos nacionales, que ya están."),
    ),
    "listas-de-verificacion": (
        _l("Listas de verificación"),
        _l("Preguntas que un papel de trabajo puede tomar."),
    ),
    "entidad": (_l("La entidad"), _l("Nombre y datos de contacto que ve el ciudadano.")),
}
TERM_KINDS: Mapping[str, Any] = {
    "working_days": _l("días hábiles"),
    "calendar_days": _l("días calendario"),
    "months": _l("meses"),
    "count": _l("veces"),
    "notice_days": _l("días calendario; con 0 no se avisa"),
    "hour": _l("horas, de 0 a 23"),
}
TERM_AMOUNTS: Mapping[str, tuple[Any, Any]] = {  # one, and any other number
    "working_days": (_l("día hábil"), _l("días hábiles")),
    "calendar_days": (_l("día calendario"), _l("días calendario")),
    "months": (_l("mes"), _l("meses")),
    "count": (_l("vez"), _l("veces")),
    "notice_days": (_l("día calendario"), _l("días calendario")),
}
Filler = Callable[[Form], None]


def with_code(form: type[Form]) -> type[Form]:
    """The same form with the code first, for a row that is made now."""
    made: type[Form] = type(f"New{form.__name__}", (form,), {"code": CodeForm.code})
    return made


def people_pairs(role: Role | None, ctx: Any, present: tuple[Any, ...]) -> dict[str, str]:
    """People for a select: those with the role, and who is there now even without it."""
    people = {user.id: user for user in accounts.active_people(ctx, role)}
    people.update({user.id: user for user in present if user is not None})
    ordered = sorted(people.values(), key=lambda user: (user.name, user.id))
    return {
        str(user.id): f"{user.name}, {user.position}" if user.position else user.name
        for user in ordered
    }
