"""Texts of the errors about public versions; see `labels_errors`."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

PUBLICATION_ERRORS: Mapping[str, tuple[object, object, object]] = {
    "publication.no_title": (
        _l("Falta el título"),
        _l("El título no puede quedar en blanco."),
        _l("Escriba el título."),
    ),
    "publication.no_mark": (
        _l("Ese dato ya está resuelto"),
        _l("Ese dato ya no está en el texto o ya se resolvió."),
        _l("Revise los que quedan."),
    ),
    "publication.stale_text": (
        _l("El informe final dice otra cosa"),
        _l("Los hallazgos cambiaron después de preparar el texto público."),
        _l("Traiga el texto final y revíselo antes de generar la copia."),
    ),
    "publication.not_public": (
        _l("La información no está clasificada como pública"),
        _l("La clasificación escrita es clasificada o reservada."),
        _l("Cambie la clasificación o confírmela como no publicable."),
    ),
    "publication.not_restricted": (
        _l("La información está clasificada como pública"),
        _l("La clasificación escrita es pública."),
        _l("Cambie la clasificación o confírmela como pública."),
    ),
}
