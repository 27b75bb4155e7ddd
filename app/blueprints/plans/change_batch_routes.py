"""Several change requests at once: their review begun, approved, denied, each by its own rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.batches import Batch, Operation, ReasonForm, day_cell
from app.blueprints.forms import Form
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.change_routes import compared
from app.blueprints.web import form_version
from app.context import Context
from app.models.plans import ChangeRequest
from app.permissions import Permission
from app.services import change_batches, change_request_pages, transitions
from app.services.batches import Outcome


def _fire(
    event: str, ctx: Context, form: Form, rows: Sequence[ChangeRequest], key: str
) -> list[Outcome]:
    reason = form.reason.data if isinstance(form, ReasonForm) else ""
    return change_batches.fire(ctx, _versions(rows), event, reason=reason, key=key)


def _approve_direction(
    ctx: Context, _form: Form, rows: Sequence[ChangeRequest], key: str
) -> list[Outcome]:
    return change_batches.approve_direction(ctx, _versions(rows), key=key)


def _versions(rows: Sequence[ChangeRequest]) -> dict[int, int | None]:
    """The version of each request that the page showed."""
    return {row.id: form_version(f"v{row.id}") for row in rows}


def _event(event: str, button: Any, hint: Any, form: type[Form] = Form) -> Operation:
    return Operation(
        permission=f"change_request.{event}",
        label=labels.EVENT_LABELS[f"change_request.{event}"],
        button=button,
        hint=hint,
        do=partial(_fire, event),
        form=form,
        fits=lambda ctx, request: event in transitions.possible(ctx, request),
    )


CHANGES = Batch(
    endpoint="plans.changes_batch",
    template="change_requests/batch.html",
    selected=change_batches.selected,
    operations={
        "revisar": _event(
            "start_review",
            _l("Iniciar la revisión de las elegidas"),
            _l("Cada solicitud pasa a revisión; después se aprueba o se niega."),
        ),
        "aprobar": _event(
            "approve",
            _l("Aprobar las elegidas"),
            _l("Cada cambio se aplica a su acción enseguida. La que no cumpla no se aprueba."),
        ),
        "negar": _event(
            "deny",
            _l("Negar las elegidas"),
            _l("El motivo es el mismo para todas y lo lee quien pidió cada una."),
            ReasonForm,
        ),
        "direccion": Operation(
            permission=Permission.CHANGE_REQUEST_APPROVE_DIRECTION,
            label=_l("Aprobar por la dirección"),
            button=_l("Aprobar por la dirección las elegidas"),
            hint=_l("Deja constancia de la aprobación; después decide el jefe de la OCI."),
            do=_approve_direction,
            fits=change_request_pages.awaits_direction,
        ),
    },
    columns=(
        ("accion", lambda request: request.action.code),
        ("proceso", lambda request: request.action.process.name),
        ("tipo", lambda request: labels.label(request.type)),
        ("pedido", lambda request: _change_cell(request, 2)),
        ("antes", lambda request: _change_cell(request, 1)),
        ("justificacion", lambda request: request.reason),
        ("solicitante", lambda request: request.requested_by.name),
        ("fecha", lambda request: day_cell(request.requested_at.date())),
        ("estado", lambda request: labels.state_label("change_request", request.state)),
    ),
)


def _change_cell(request: ChangeRequest, part: int) -> str:
    """What there was (1) or what is asked (2), each value with its name."""
    return "; ".join(f"{row[0]}: {row[part]}" for row in compared(request))


@bp.route("/cambios/lote", methods=["GET", "POST"])
def changes_batch() -> ResponseReturnValue:
    return CHANGES.page(compared=compared)


@bp.get("/cambios/lote.csv")
def changes_batch_file() -> ResponseReturnValue:
    return CHANGES.file("solicitudes-de-cambio.csv")
