"""The form of each kind of change request: built, filled with what was prepared, and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from app.blueprints.forms import pairs, whole
from app.blueprints.plans.action_forms import (
    ExtensionForm,
    RequestForm,
    ResponsibleForm,
    TargetForm,
)
from app.context import Context
from app.models.plans import Action, ChangeDraft
from app.services import actions
from app.services.change_proposals import Proposal
from workflows.enums import ChangeRequestType as Type

FORMS: dict[Type, type[RequestForm]] = {
    Type.EXTENSION: ExtensionForm,
    Type.TARGET_CHANGE: TargetForm,
    Type.RESPONSIBLE_CHANGE: ResponsibleForm,
}
FORM_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "end_date": date.fromisoformat,
    "target_quantity": Decimal,
    "responsible_unit_id": str,
    "responsible_position": str,
    "executor_ids": lambda ids: [str(each) for each in ids],
}
"""How what is asked is read back from what was kept of it."""


def build(
    ctx: Context, action: Action, kind: Type | None, prepared: ChangeDraft | None
) -> RequestForm:
    """The form of this kind of change, as what was prepared of that kind says it."""
    form_type = FORMS.get(kind, RequestForm) if kind else RequestForm
    values: dict[str, Any] = {}
    if form_type is ResponsibleForm:
        values = {
            "responsible_unit_id": str(action.responsible_unit_id or ""),
            "responsible_position": action.responsible_position,
            "executor_ids": [str(user.id) for user in action.executors],
        }
    if prepared is not None and prepared.type is kind:
        values |= _prepared_values(prepared)
    form = form_type(data=values)
    if isinstance(form, ResponsibleForm):
        form.responsible_unit_id.choices = pairs(
            ((unit.id, unit.name) for unit in actions.units(ctx)), gettext("Elija…")
        )
        people = actions.eligible_people(ctx, action.process)
        form.executor_ids.choices = pairs((p.id, p.name) for p in people)
    return form


def _prepared_values(prepared: ChangeDraft) -> dict[str, Any]:
    """What was prepared, as the form takes it."""
    values = {name: value for name, value in prepared.proposed.items() if name in FORM_FIELDS}
    return {
        **{name: FORM_FIELDS[name](value) for name, value in values.items()},
        "reason": prepared.reason,
    }


def proposal(form: RequestForm) -> Proposal:
    """What is asked, as it was typed."""
    if isinstance(form, ExtensionForm):
        return Proposal(end_date=form.end_date.data)
    if isinstance(form, TargetForm):
        return Proposal(target_quantity=form.target_quantity.data)
    if isinstance(form, ResponsibleForm):
        return Proposal(
            responsible_unit_id=whole(form.responsible_unit_id.data),
            responsible_position=form.responsible_position.data,
            executor_ids=form.executor_ids.ids(),
        )
    return Proposal()
