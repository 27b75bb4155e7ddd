"""Work over several chosen things: one page, one file, and a result for each row.

A list page sends the chosen rows (`a`) here with GET; the page shows them again with what may be
asked of them, and POST does it. Nothing is asked of a row that its own page would not admit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from app import labels
from app.blueprints.csv_files import csv_file
from app.blueprints.forms import Form, text_area, whole
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Blocked, Forbidden, NotFound, OutOfPlace, VigiaError
from app.permissions import can
from app.services import submissions
from app.services.batches import MOST, Outcome


class ReminderForm(Form):
    note = text_area(_l("Nota"), rows=3, optional=True, most=500)


class ReasonForm(Form):
    reason = text_area(_l("Motivo"), message=_l("Escriba el motivo."))


Do = Callable[[Context, Any, Sequence[Any], str], list[Outcome]]
Column = tuple[str, Callable[[Any], object]]


def _as_it_is(_ctx: Context, _form: Any, _rows: Sequence[Any]) -> None:
    """The form asks the same of whatever was chosen."""


def _always(_ctx: Context, _row: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Operation:
    """What may be asked of the chosen rows, where `permission` and `fits` hold for one of them.

    `do(ctx, form, rows, key)`; `prepare(ctx, form, rows)` fills in the choices of the form.
    """

    permission: str
    label: Any
    button: Any
    hint: Any
    do: Do
    form: type[Form] = Form
    fits: Callable[[Context, Any], bool] = _always
    prepare: Callable[[Context, Any, Sequence[Any]], None] = _as_it_is

    def is_for(self, ctx: Context, row: Any) -> bool:
        return can(ctx.actor, self.permission, row) and self.fits(ctx, row)


@dataclass(frozen=True, slots=True)
class Batch:
    """One kind of thing. `operations`: by their name in the address; `columns`: of the file."""

    endpoint: str
    template: str
    selected: Callable[[Context, Sequence[int]], Sequence[Any]]
    operations: Mapping[str, Operation]
    columns: Sequence[Column]

    def page(self, **more: Any) -> ResponseReturnValue:
        """The chosen rows, and after a POST what happened with each.

        Raises: NotFound when nothing was chosen or asked; Forbidden when no row admits it.
        """
        ctx = current_context()
        chosen = self.selected(ctx, _ids())
        offered = [
            name
            for name, each in self.operations.items()
            if any(each.is_for(ctx, row) for row in chosen)
        ]
        name = self._asked(ctx, chosen, offered)
        operation = self.operations.get(name)
        form = operation.form() if operation else None
        outcomes: list[Outcome] = []
        key = request.form.get("idempotency_key") or submissions.new_key()
        status = 200
        if operation and form is not None:
            operation.prepare(ctx, form, chosen)
            if form.is_submitted() and form.validate():
                outcomes = operation.do(ctx, form, chosen, key)
                chosen = self.selected(ctx, _ids())
            elif form.is_submitted():
                status = 422
        html = render_template(
            self.template,
            rows=chosen,
            form=form,
            name=name,
            operation=operation,
            tabs=self._tabs(offered, name, chosen),
            outcomes={outcome.row_id: outcome for outcome in outcomes},
            failed_url=self._failed_url(name, outcomes),
            typed=_typed(form),
            error_text=error_text,
            key=key,
            export_url=url_for(f"{self.endpoint}_file", a=[row.id for row in chosen]),
            batch_url=url_for(self.endpoint),
            **more,
        )
        return html, status

    def file(self, filename: str) -> ResponseReturnValue:
        """The chosen rows as CSV. Raises: NotFound when there is none."""
        chosen = self.selected(current_context(), _ids())
        if not chosen:
            raise NotFound
        rows = ([str(read(row)) for _name, read in self.columns] for row in chosen)
        return csv_file(filename, [name for name, _read in self.columns], rows)

    def _asked(self, ctx: Context, chosen: Sequence[Any], offered: Sequence[str]) -> str:
        """The name of the operation to show or to do; empty when none is offered.

        What is sent may fit no row any more, as when it is sent twice: each row then says why.
        """
        asked = request.values.get("operacion", "")
        if request.method == "POST":
            if not chosen or asked not in self.operations:
                raise NotFound
            permission = self.operations[asked].permission
            if not any(can(ctx.actor, permission, row) for row in chosen):
                raise Forbidden(permission)
            return asked
        return asked if asked in offered else next(iter(offered), "")

    def _tabs(
        self, offered: Sequence[str], shown: str, chosen: Sequence[Any]
    ) -> list[tuple[str, str, bool, None]]:
        ids = [row.id for row in chosen]
        return [
            (
                url_for(self.endpoint, a=ids, operacion=name),
                str(self.operations[name].label),
                name == shown,
                None,
            )
            for name in offered
        ]

    def _failed_url(self, name: str, outcomes: Sequence[Outcome]) -> str | None:
        """Where those that were not done are chosen again."""
        failed = [outcome.row_id for outcome in outcomes if outcome.error is not None]
        return url_for(self.endpoint, a=failed, operacion=name) if failed else None


def error_text(error: VigiaError) -> str:
    """Why a row was not done: each condition that is missing, or the error in a sentence."""
    if isinstance(error, Blocked):
        return " ".join(labels.guard_message(code, error.facts) for code in error.unmet)
    code = Forbidden.code if isinstance(error, Forbidden) else error.code
    if code == OutOfPlace.code:
        code = "batch.out_of_place"  # here it may never have been in the state of that step
    return labels.message(code, error.params)


def day_cell(value: Any) -> str:
    return value.isoformat() if value else ""


def reminder(permission: str, remind: Callable[..., list[Outcome]], hint: Any) -> Operation:
    """The operation that tells, in the next daily digest, what is awaited; `remind` is one of the
    services of `batch_reminders`."""

    def do(ctx: Context, form: ReminderForm, rows: Sequence[Any], key: str) -> list[Outcome]:
        return remind(ctx, [row.id for row in rows], note=form.note.data, key=key)

    return Operation(
        permission=permission,
        label=_l("Recordar"),
        button=_l("Enviar los recordatorios"),
        hint=hint,
        do=do,
        form=ReminderForm,
    )


def _ids() -> list[int]:
    """The chosen rows, of the form or of the address; what is no number chooses nothing."""
    found = [whole(value) for value in request.values.getlist("a")[:MOST]]
    return [number for number in found if number is not None]


def _typed(form: Form | None) -> dict[str, str]:
    """The texts that were written, for who has to send them again."""
    fields = form or ()
    return {f.short_name: f.data or "" for f in fields if isinstance(f, TextAreaField)}
