"""Words of the reading of documents and of the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.labels_workflow import STATE_LABELS

# State of the reading: short word and tone (good, warn, bad, info).
TEXT_STATES: Mapping[str, tuple[Any, str]] = {
    "pendiente": (_l("Texto por leer"), "info"),
    "leido": (_l("Texto leído"), "good"),
    "sin_texto": (_l("Sin texto"), "info"),
    "cifrado": (_l("Protegido con clave"), "warn"),
    "dañado": (_l("Archivo dañado"), "bad"),
    "demasiado_grande": (_l("Demasiado grande para leerlo"), "warn"),
    "espera_ocr": (_l("Escaneado: espera el reconocimiento de texto"), "info"),
    "fallo": (_l("No se pudo leer"), "warn"),
}
# What it means for the person, by state.
TEXT_MEANINGS: Mapping[str, Any] = {
    "pendiente": _l("El documento está guardado; su texto se lee en unos segundos."),
    "leido": _l("Se puede buscar por lo que dice."),
    "sin_texto": _l("El documento no tiene texto que leer; se encuentra por su título."),
    "cifrado": _l(
        "El archivo pide una clave para abrirse, así que no se puede buscar por lo que dice. "
        "Si puede, suba también una copia sin clave."
    ),
    "dañado": _l(
        "El archivo está guardado tal como llegó, pero no se puede abrir por dentro. "
        "Revise el original y, si abre bien, súbalo de nuevo."
    ),
    "demasiado_grande": _l(
        "El archivo está guardado completo, pero su contenido pasa de lo que se puede leer. "
        "Se encuentra por su título."
    ),
    "espera_ocr": _l(
        "Es una imagen: se podrá buscar por lo que dice cuando se reconozca su texto."
    ),
    "fallo": _l("El documento está guardado; la lectura de su texto no terminó."),
}
# More exactly why, by code; a code that is not here adds nothing.
TEXT_REASONS: Mapping[str, Any] = {
    "truncated": _l("Es muy extenso: solo se leyó el comienzo."),
    "broken_pages": _l("Algunas páginas están dañadas y no se pudieron leer."),
    "partly_recognised": _l("Algunas páginas escaneadas no se pudieron reconocer."),
    "unzipped": _l("Al descomprimirlo ocuparía demasiado espacio."),
    "members": _l("Tiene demasiadas partes por dentro."),
    "cells": _l("La hoja de cálculo tiene demasiadas celdas."),
    "pixels": _l("La imagen tiene demasiados píxeles."),
    "memory": _l("Leerlo ocuparía demasiada memoria."),
    "nested_mail": _l("Tiene correos dentro de correos, demasiadas veces."),
    "timeout": _l("La lectura tardaba demasiado y se detuvo."),
    "missing": _l("El archivo no está en el almacén: avise al administrador."),
    "not_this_format": _l("Su contenido no es del tipo que dice su nombre."),
    "doctype": _l("Trae declaraciones que un documento de oficina no debe traer."),
}
PAGES: Mapping[str, Any] = {
    "pagina": _l("página %(page)s"),
    "diapositiva": _l("diapositiva %(page)s"),
    "hoja": _l("hoja «%(label)s»"),
    "ninguna": "",
}

KIND_LABELS: Mapping[str, tuple[Any, Any]] = {
    "audit": (_l("Auditoría"), _l("Auditorías")),
    "finding": (_l("Hallazgo"), _l("Hallazgos")),
    "plan": (_l("Plan de mejoramiento"), _l("Planes de mejoramiento")),
    "action": (_l("Acción"), _l("Acciones")),
    "document": (_l("Documento"), _l("Documentos")),
    "report": (_l("Informe"), _l("Informes")),
}
PUBLIC_KIND_LABELS: Mapping[str, tuple[Any, Any]] = {
    **KIND_LABELS,
    "action": (_l("Compromiso"), _l("Compromisos")),
}
DOCUMENT_STATES: Mapping[str, Any] = {
    "vigente": _l("Vigente"),
    "retirado": _l("Retirado"),
}
HINTS: Mapping[str, Any] = {
    "only_stop_words": _l(
        "Esas palabras están en casi todos los textos. Escriba alguna más precisa, "
        "como «supervisión» o el código de un hallazgo."
    ),
    "only_negated": _l("Escriba también alguna palabra que sí deba estar."),
    "too_long": _l("La búsqueda era muy larga: se usó solo el comienzo."),
    "unbalanced": _l(
        "Faltaba cerrar unas comillas: se buscaron las palabras sueltas, en cualquier orden."
    ),
    "short_prefix": _l(
        "Antes del asterisco escriba al menos tres letras; se buscó la palabra tal como está."
    ),
}


BADGES = {"good": "good", "warn": "wait", "bad": "bad", "info": "active"}


@dataclass(frozen=True, slots=True)
class TextWords:
    """How far the reading of a document is: for its card and its page."""

    label: str
    badge: str
    tone: str
    explanation: str
    pages: str
    has_text: bool


def text_words(row: Any) -> TextWords:
    """`row`: a DocumentText, or None when the reading has not begun."""
    state = "pendiente" if row is None else str(row.state)
    label, tone = TEXT_STATES[state]
    return TextWords(
        label=str(label),
        badge=BADGES[tone],
        tone=tone,
        explanation=text_explanation(state, "" if row is None else row.code),
        pages="" if row is None else page_count(row.page_kind, row.page_count),
        has_text=row is not None and row.characters > 0,
    )


def text_explanation(state: str, code: str = "") -> str:
    """What a state means for the person, and why it came to it."""
    return " ".join(filter(None, [str(TEXT_REASONS.get(code, "")), str(TEXT_MEANINGS[state])]))


def page_label(kind: str, page: int | None, label: str = "") -> str:
    """ "página 7", "hoja «Pagos»", or nothing where there are no pages."""
    if not page:
        return ""
    return str(PAGES.get(kind, "")) % {"page": page, "label": label}


def page_count(kind: str, number: int) -> str:
    """ "39 páginas", or nothing where there are none."""
    if kind == "pagina":
        return str(ngettext("%(num)s página", "%(num)s páginas", number))
    if kind == "diapositiva":
        return str(ngettext("%(num)s diapositiva", "%(num)s diapositivas", number))
    if kind == "hoja":
        return str(ngettext("%(num)s hoja", "%(num)s hojas", number))
    return ""


def kind_label(kind: str, *, plural: bool = False) -> str:
    return str(KIND_LABELS[kind][plural]) if kind in KIND_LABELS else kind


def public_kind_label(kind: str, *, plural: bool = False) -> str:
    return str(PUBLIC_KIND_LABELS[kind][plural]) if kind in PUBLIC_KIND_LABELS else kind


def facet_state_label(value: str) -> str:
    """ "finding.cerrado" as "Hallazgo: Cerrado"; what is unknown stays as it is."""
    kind, _, state = value.partition(".")
    words = DOCUMENT_STATES if kind == "document" else STATE_LABELS.get(kind, {})
    if kind not in KIND_LABELS or state not in words:
        return value
    return f"{KIND_LABELS[kind][0]}: {words[state]}"


def hint(code: str) -> str:
    return str(HINTS.get(code, ""))
