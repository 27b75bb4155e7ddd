"""What the pages of the workflows tell of an event besides its transition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAMED = re.compile(r"{(\w+\.\w+)}")
"""An event inside a text, as "{finding.confirm}": one that the event of the text also fires."""


@dataclass(frozen=True, slots=True)
class Effect:
    """`does`: what else happens in the transaction of the event; `documents`: those that it
    demands or makes. Blank for nothing. Both are sentences in Spanish, as the guards' are."""

    does: str = ""
    documents: str = ""

    @property
    def fires(self) -> tuple[str, ...]:
        """The events of other things that this one may fire, as its text names them."""
        return tuple(dict.fromkeys(NAMED.findall(self.does)))


ALWAYS = (
    "Todo evento deja, en su misma transacción, un renglón en la historia y otro en la bitácora. "
    "Los pendientes de cada persona se calculan de los estados: ningún evento los crea ni los "
    "borra, y el resumen diario los cuenta."
)
FOLLOWED = (
    "El índice de búsqueda se pone al día. Si el informe de la auditoría está publicado, el portal "
    "muestra el cambio desde el momento en que la transacción termina."
)
ALWAYS_OF: Mapping[str, str] = {
    "audit": "El índice de búsqueda se pone al día. Si el plan anual publicado muestra la "
    "auditoría, el portal cambia su fase en la misma transacción.",
    "finding": FOLLOWED,
    "plan": FOLLOWED,
    "action": FOLLOWED,
    "annual_plan": "Publicar el plan anual en el portal, o retirarlo de él, no cambia su estado: "
    "no es un evento de este flujo.",
}
"""What every event does, and what those of a thing do besides, so that no row repeats it."""
