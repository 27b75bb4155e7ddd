"""What every inside page shows around its content: the entries the person may use."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app import __version__, labels, labels_texts
from app.blueprints.web import request_id
from app.extensions import db
from app.permissions import Actor, can
from app.services import accounts, settings
from workflows.enums import Role

OCI = frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR})
LINES = OCI | {Role.PROCESS_OWNER, Role.LIAISON, Role.SECOND_LINE, Role.TOP_MANAGEMENT}
ENTRIES: tuple[tuple[str, Any, frozenset[Role]], ...] = (
    ("panel.show", _l("Mis pendientes"), frozenset(Role)),
    ("annual_plan.index", _l("Plan anual"), LINES),
    ("audits.index", _l("Auditorías"), LINES | {Role.OCI_SECRETARY}),
    ("findings.index", _l("Hallazgos"), LINES),
    ("plans.index", _l("Planes"), LINES),
    ("plans.actions", _l("Acciones"), LINES),
    ("documents.index", _l("Documentos"), LINES | {Role.OCI_SECRETARY}),
    ("search.index", _l("Buscar"), LINES | {Role.OCI_SECRETARY}),
    (
        "publications.index",
        _l("Publicación"),
        frozenset({Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.SECOND_LINE}),
    ),
    ("shares.index", _l("Entes de control"), frozenset({Role.OCI_HEAD})),
    ("findings.referrals_list", _l("Reservado"), frozenset({Role.TOP_MANAGEMENT})),
    ("shares.mine", _l("Compartido con usted"), frozenset({Role.OVERSIGHT_BODY})),
    ("terms.index", _l("Vencimientos"), frozenset({Role.OCI_HEAD})),
    ("trail.index", _l("Bitácora"), frozenset({Role.OCI_HEAD})),
    ("admin.index", _l("Administración"), frozenset({Role.ADMINISTRATOR})),
)

OF_AN_ACTION = ("plans.action", "plans.progress", "plans.efficacy", "plans.effectiveness")
APART = {"plans.actions": OF_AN_ACTION, "findings.referrals_list": ("findings.referral",)}
"""Entries that are not the first of their blueprint, with how the names of their pages begin."""


def entries(actor: Actor) -> list[tuple[str, str, bool, str | None]]:
    """Only what this actor may use, in the fixed order."""
    here = request.endpoint or ""
    blueprint = here.partition(".")[0]
    return [
        (url_for(endpoint), str(text), _is_home_of(endpoint, here, blueprint), None)
        for endpoint, text, roles in ENTRIES
        if actor.roles & roles and endpoint in current_app.view_functions
    ]


def _person(actor: Actor) -> dict[str, Any]:
    user = current_user.user
    return {
        "name": user.name,
        "position": user.position,
        "roles": [labels.label(role) for role in Role if role in actor.roles],
        "substitutes": accounts.names(db.session(), actor.acting_for),
    }


def _search_url() -> str | None:
    """The address of the search, where this process serves it."""
    return "/buscar" if current_app.url_map.bind("").test("/buscar", "GET") else None


def _is_home_of(endpoint: str, here: str, blueprint: str) -> bool:
    for entry, pages in APART.items():
        if here.startswith(pages):
            return endpoint == entry
    if blueprint == "shares":  # the page of who shares, and that of who reads
        return endpoint == here
    return endpoint.partition(".")[0] == blueprint and endpoint not in APART


def register(app: Flask) -> None:
    # A global, because macros are imported without the variables of the page.
    app.jinja_env.globals["state_label"] = labels.state_label
    app.jinja_env.globals["text_words"] = labels_texts.text_words

    @app.context_processor
    def around() -> dict[str, Any]:
        return {
            "label": labels.label,
            "event_label": labels.event_label,
            "request_id": request_id(),
            "app_version": __version__,
        }

    @app.context_processor
    def inside() -> dict[str, Any]:
        if request.blueprint in {"portal", "health", None} or not current_user.is_authenticated:
            return {"nav": [], "can": lambda _permission, _obj=None: False}
        actor: Actor = current_user.actor
        return {
            "nav": entries(actor),
            "can": lambda permission, obj=None: can(actor, permission, obj),
            "actor": actor,
            "person": _person(actor),
            "search_url": _search_url(),
            "entity_name": settings.entity(db.session()).name,
        }
