"""Words of the preparation of public versions: fields, kinds of personal data."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

KIND_LABELS: Mapping[str, object] = {
    "correo": _l("Correo electrónico"),
    "direccion": _l("Dirección"),
    "cuenta": _l("Cuenta bancaria"),
    "telefono": _l("Teléfono"),
    "documento": _l("Documento de identidad"),
    "placa": _l("Placa de vehículo"),
    "nombre": _l("Nombre de una persona"),
    "sensible": _l("Dato sensible (Ley 1581, art. 5)"),
    "codigo_interno": _l("Código interno"),
}
FIELD_LABELS: Mapping[str, object] = {
    "title": _l("Título"),
    "summary": _l("Resumen para la ciudadanía"),
    "objective": _l("Qué se quería saber (objetivo)"),
    "scope": _l("Qué se revisó (alcance)"),
    "conclusions": _l("Conclusiones"),
    "unit": _l("Dependencia responsable"),
    "found": _l("Qué se encontró"),
    "why": _l("Por qué importa"),
    "criterion": _l("Qué debería ser"),
    "recommendation": _l("Qué recomienda la OCI"),
}


def field_label(field: str) -> str:
    """Spanish name of a flat field name ("summary", "f12_found")."""
    return str(FIELD_LABELS[field.rpartition("_")[2]])
