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
    "annual_publication.no_lines": (
        _l("No hay nada que publicar"),
        _l("Ninguna auditoría quedó marcada para mostrarse."),
        _l("Marque al menos una."),
    ),
    "annual_publication.personal_data": (
        _l("Hay datos personales"),
        _l("Trae datos personales o internos: {found}."),
        _l("Quítelos o cambie el texto."),
    ),
    "annual_publication.maybe_personal_data": (
        _l("Puede haber datos personales"),
        _l("Trae lo que parece un dato personal: {found}."),
        _l("Quítelo, o escriba al final por qué puede quedar."),
    ),
    "annual_publication.process_name": (
        _l("El nombre del proceso trae datos personales"),
        _l("El nombre de su proceso trae datos personales: {found}."),
        _l("No muestre esta auditoría hasta que se corrija el catálogo de procesos."),
    ),
    "annual_publication.needs_ground": (
        _l("Falta el fundamento legal"),
        _l("No dice con qué fundamento se retira."),
        _l("Escriba la norma y el artículo."),
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
