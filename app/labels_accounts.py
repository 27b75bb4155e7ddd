"""What the security log says: who came in, and what changed in accounts and rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

# By (kind of thing, action); a blank kind is any.
ACTIONS: Mapping[tuple[str, str], Any] = {
    ("", "log_in"): _l("Ingresó"),
    ("", "log_out"): _l("Salió"),
    ("", "refuse"): _l("Intento de ingreso o firma rechazado"),
    ("user", "create"): _l("Creó la cuenta"),
    ("user", "edit"): _l("Cambió los datos de la cuenta"),
    ("user", "disable"): _l("Inactivó la cuenta"),
    ("user", "enable"): _l("Reactivó la cuenta"),
    ("user", "invite"): _l("Envió un enlace para escribir la contraseña"),
    ("user", "set_password"): _l("Escribió su contraseña con un enlace"),
    ("user", "change_password"): _l("Cambió su contraseña"),
    ("user", "grant_role"): _l("Dio un rol"),
    ("user", "revoke_role"): _l("Retiró un rol"),
    ("user", "explain"): _l("Consultó por qué la persona puede o no puede"),
    ("one_time_link", "setup_link"): _l("Creó el enlace de puesta en marcha"),
    ("calendar_feed", "create"): _l("Creó la dirección de su calendario"),
    ("calendar_feed", "revoke"): _l("Retiró la dirección de su calendario"),
    ("substitution", "create"): _l("Nombró un reemplazo"),
    ("substitution", "cancel"): _l("Canceló un reemplazo"),
    ("oversight_share", "create"): _l("Compartió con un ente de control"),
    ("oversight_share", "revoke"): _l("Dejó de compartir con un ente de control"),
    ("unit", "create"): _l("Creó la dependencia, con su jefe"),
    ("unit", "edit"): _l("Cambió el jefe de la dependencia"),
    ("process", "create"): _l("Creó el proceso, con sus responsables"),
    ("process", "edit"): _l("Cambió los responsables del proceso"),
}
DETAILS: Mapping[str, Any] = {
    "role": _l("Rol"),
    "reason": _l("Motivo"),
    "email": _l("Correo"),
    "name": _l("Nombre"),
    "position": _l("Cargo"),
    "unit_id": _l("Dependencia"),
    "ip": _l("Dirección de red"),
    "attempt": _l("Huella del intento"),
    "link": _l("Enlace"),
    "starts_on": _l("Desde"),
    "ends_on": _l("Hasta"),
    "absent": _l("Persona ausente"),
    "substitute": _l("Reemplazo"),
    "leader_id": _l("Líder"),
    "liaisons": _l("Enlaces"),
    "head_id": _l("Jefe"),
    "user": _l("Persona"),
    "audit": _l("Auditoría"),
    "source": _l("Ente de control"),
    "until": _l("Hasta"),
    "acting_for": _l("En reemplazo de"),
}


def account_action(thing_kind: str, action: str) -> str:
    """The deed in words; its name when it is not one of these."""
    text = ACTIONS.get((thing_kind, action)) or ACTIONS.get(("", action))
    return str(text or action)


def detail_name(name: str) -> str:
    return str(DETAILS.get(name, name))
