"""The list of findings, with its filters in the address."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.blueprints.findings.blueprint import bp
from app.blueprints.findings.forms import ListFilters, state_choices
from app.blueprints.findings.wording import badge_label
from app.blueprints.forms import pairs, whole
from app.blueprints.web import current_context
from app.context import Context
from app.models.findings import Finding
from app.permissions import Permission, can
from app.services import finding_lists
from app.services.finding_lists import Choices, Filters
from workflows import enums as e
from workflows.finding import FindingState

FIRST_YEAR = 2000
BOARD = "tablero"
COLUMN_NAMES = {
    "writing": _l("En redacción"),
    "communicated": _l("Comunicados"),
    "decided": _l("Decididos"),
    "planned": _l("Con plan"),
    "to_verify": _l("Por verificar"),
    "ended": _l("Terminados"),
}
NAMES = ("q", "auditoria", "estado", "tipo", "gravedad", "proceso", "vigencia")


@bp.get("/hallazgos")
def index() -> ResponseReturnValue:
    ctx = current_context()
    choices = finding_lists.filter_choices(ctx)
    form = _form(ctx, choices)
    form.validate()
    filters = _filters(form)
    asked: dict[str, Any] = {n: value for n in NAMES if (value := request.args.get(n))}
    is_board = request.args.get("vista") == BOARD
    views = [
        (url_for(".index", **asked), _l("Lista"), not is_board, None),
        (url_for(".index", **asked, vista=BOARD), _l("Tablero"), is_board, None),
    ]
    shared = {
        "form": form,
        "views": views,
        "can_write": bool(finding_lists.writable_audits(ctx)),
        "can_register": can(ctx.actor, Permission.FINDING_CREATE, Finding()),
        "badge_label": badge_label,
    }
    if is_board:
        columns = finding_lists.board(ctx, filters)
        return render_template(
            "findings/board.html",
            columns=columns,
            total=sum(column.total for column in columns),
            column_names=COLUMN_NAMES,
            chips=_chips(form, asked, vista=BOARD),
            clear_url=url_for(".index", vista=BOARD),
            **shared,
        )
    page = finding_lists.page(ctx, filters)
    return render_template(
        "findings/index.html",
        page=page,
        total=page.total,
        chips=_chips(form, asked),
        clear_url=url_for(".index"),
        next_url=url_for(".index", **asked, antes=page.next_id) if page.next_id else None,
        first_url=url_for(".index", **asked) if filters.before is not None else None,
        **shared,
    )


def _form(ctx: Context, choices: Choices) -> ListFilters:
    form = ListFilters()
    every = _l("Todos")
    form.auditoria.choices = pairs(
        ((a.id, f"{a.code} · {a.title}") for a in choices.audits), _l("Todas")
    )
    form.proceso.choices = pairs(((p.id, p.name) for p in choices.processes), every)
    form.estado.choices = state_choices()
    years = range(ctx.today().year, FIRST_YEAR, -1)
    form.vigencia.choices = pairs(((year, year) for year in years), _l("Todas"))
    return form


def _filters(form: ListFilters) -> Filters:
    """What was asked for and can be: a value that is no choice asks for nothing."""
    return Filters(
        audit_id=whole(form.auditoria.data),
        process_id=whole(form.proceso.data),
        state=_known(form.estado.data, FindingState),
        type=_known(form.tipo.data, e.FindingType),
        severity=_known(form.gravedad.data, e.Severity),
        year=whole(form.vigencia.data),
        text="" if form.q.errors else (form.q.data or ""),
        before=whole(request.args.get("antes")),
    )


def _known(value: str | None, enum: type[FindingState | e.FindingType | e.Severity]) -> str:
    return value if value and value in {member.value for member in enum} else ""


def _chips(form: ListFilters, asked: dict[str, Any], **view: Any) -> list[tuple[str, str]]:
    """Each filter in force, with the address of the same view without it."""
    chips = []
    for name, value in asked.items():
        field = form[name]
        if field.errors:
            continue
        shown = value if name == "q" else dict(field.choices).get(value, value)
        rest = {n: v for n, v in asked.items() if n != name}
        chips.append((f"{field.label.text}: {shown}", url_for(".index", **rest, **view)))
    return chips
