"""What each element of a sample showed: fifty at a time, a sample may have two thousand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app import labels
from app.blueprints.audits import page
from app.blueprints.audits.blueprint import bp
from app.blueprints.forms import clean_text, whole
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Invalid, Refused
from app.models.audits import WorkingPaper
from app.models.fieldwork import SampleDraw
from app.services import audits, paper_samples, sample_checks, working_papers
from app.services.transitions import load_for
from workflows.enums import SampleResult

PAGE = 50
Typed = Mapping[int, tuple[str, str]]
"""(result, note) of each element that the form had, as they came."""


@bp.get("/auditorias/<int:audit_id>/papeles/<int:paper_id>/muestras/<int:draw_id>")
def sample_results(audit_id: int, paper_id: int, draw_id: int) -> ResponseReturnValue:
    ctx = current_context()
    paper, row = _writable(ctx, audit_id, paper_id, draw_id)
    return _page(ctx, paper, row)


@bp.post("/auditorias/<int:audit_id>/papeles/<int:paper_id>/muestras/<int:draw_id>")
def record_sample_results(audit_id: int, paper_id: int, draw_id: int) -> ResponseReturnValue:
    ctx = current_context()
    paper, row = _writable(ctx, audit_id, paper_id, draw_id)
    typed = _typed(row)
    try:
        count = sample_checks.record(ctx, paper_id, draw_id, typed)
    except Invalid as error:
        refusals = error.refusals if isinstance(error, Refused) else (error,)
        errors = {each.field: labels.message(each.code, each.params) for each in refusals}
        return _page(ctx, paper, row, typed, errors), 422
    told = ngettext("Se guardó %(num)s resultado.", "Se guardaron %(num)s resultados.", count)
    flash(told if count else gettext("No había nada que guardar."), "success")
    following = _first(row) + PAGE
    if request.form.get("then") == "next" and following <= len(row.selection["items"]):
        here = url_for(".sample_results", **_names(paper, row), desde=following)
    else:
        here = url_for(".paper", audit_id=audit_id, paper_id=paper_id, _anchor=f"muestra-{row.id}")
    return redirect(here, code=303)


def _writable(
    ctx: Context, audit_id: int, paper_id: int, draw_id: int
) -> tuple[WorkingPaper, SampleDraw]:
    """Raises: NotFound, Forbidden."""
    row = paper_samples.find(ctx, working_papers.find(ctx, audit_id, paper_id), draw_id)
    return load_for(ctx, WorkingPaper, paper_id, "working_paper.edit"), row


def _names(paper: WorkingPaper, row: SampleDraw) -> dict[str, Any]:
    return {"audit_id": paper.audit_id, "paper_id": paper.id, "draw_id": row.id}


def _first(row: SampleDraw) -> int:
    """Place of the first element that the address asks for."""
    asked = whole(request.args.get("desde")) or 1
    return asked if 1 <= asked <= len(row.selection["items"]) else 1


def _typed(row: SampleDraw) -> dict[int, tuple[str, str]]:
    """What differs from what the page showed: what another person recorded meanwhile stays."""
    found: dict[int, tuple[str, str]] = {}
    for place in range(1, len(row.selection["items"]) + 1):
        if f"result-{place}" not in request.form:
            continue
        result = request.form[f"result-{place}"]
        note = _one_line(request.form.get(f"note-{place}", ""))
        if f"{result}:{note}" != request.form.get(f"was-{place}"):
            found[place] = (result, note)
    return found


def _one_line(text: str) -> str:
    return " ".join(str(clean_text(text.replace("\x00", ""))).split())


def _page(
    ctx: Context,
    paper: WorkingPaper,
    row: SampleDraw,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The elements from the one that the address asks for, with what was recorded or typed."""
    checks = sample_checks.of_draws(ctx, [row])[row.id]
    items, first, names = row.selection["items"], _first(row), _names(paper, row)
    written = {place: (each.result or "", each.note) for place, each in checks.items()}
    shown = {**written, **(typed or {})}
    lines = [
        (
            place,
            items[place - 1],
            *shown.get(place, ("", "")),
            ":".join(written.get(place, ("", ""))),
        )
        for place in range(first, min(first + PAGE, len(items) + 1))
    ]

    def to(place: int) -> str:
        return url_for(".sample_results", **names, desde=place)

    return page.render(
        ctx,
        "audits/sample_results.html",
        audits.find(ctx, paper.audit_id),
        "papers",
        paper=paper,
        row=row,
        lines=lines,
        errors=errors or {},
        results=labels.choices(SampleResult),
        tally=sample_checks.tally(row, checks),
        here=url_for(".record_sample_results", **names, desde=first),
        pager={
            "next_url": to(first + PAGE) if first + PAGE <= len(items) else None,
            "prev_url": to(max(1, first - PAGE)) if first > 1 else None,
            "first_url": None,
            "shown": gettext("%(a)s a %(b)s de %(n)s", a=first, b=lines[-1][0], n=len(items)),
        },
    )
