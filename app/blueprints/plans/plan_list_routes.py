"""Plans: the list, and a new one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import PlanFilters, PlanForm
from app.blueprints.plans.pages import chips, pager, plan_chip, review_chip
from app.blueprints.web import current_context
from app.errors import Invalid, NotFound
from app.models.base import TITLE_LENGTH
from app.models.org import Process
from app.permissions import Permission, authorize
from app.services import plan_lists, plans, submissions
from app.services.plans import Origin
from workflows.enums import PlanSource
from workflows.plan import PlanState


@bp.get("/planes")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = PlanFilters()
    form.proceso.choices = pairs(
        ((p.id, p.name) for p in plan_lists.processes(ctx)), gettext("Todos")
    )
    form.vigencia.choices = pairs(((y, y) for y in plan_lists.years(ctx)), gettext("Todos"))
    if not form.validate():
        return redirect(url_for(".index"), code=303)
    filters = plan_lists.Filters(
        state=PlanState(form.estado.data) if form.estado.data else None,
        process_id=whole(form.proceso.data),
        source=PlanSource(form.origen.data) if form.origen.data else None,
        year=whole(form.vigencia.data),
    )
    page = plan_lists.page(ctx, filters, whole(request.args.get("before")))
    return render_template(
        "plans/index.html",
        form=form,
        page=page,
        chips=chips(form, ".index"),
        pager=pager(form, ".index", before=page.next_id),
        chip=lambda plan: plan_chip(ctx, plan),
        review=lambda plan: review_chip(ctx, plan),
        may_create=bool(plans.processes_to_plan(ctx)),
    )


# ------------------------------------------------------------------ a new plan


@bp.route("/planes/nuevo", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    ctx = current_context()
    made = submissions.earlier(ctx, request.form.get("idempotency_key", ""))
    if made is not None:
        return redirect(url_for(".show", plan_id=made), code=303)
    mine = plans.processes_to_plan(ctx)
    if not mine:
        authorize(ctx.actor, Permission.PLAN_CREATE)
    process = _chosen_process(mine)
    origins = plans.origins(ctx, process) if process else []
    origin = _chosen_origin(origins)
    form = PlanForm()
    if origin is not None:
        form.findings.choices = pairs((f.id, f"{f.code} · {f.title}") for f in origin.findings)
        if request.method == "GET":
            form.title.data = _suggested_title(origin)
            form.findings.data = [str(finding.id) for finding in origin.findings]
    key = request.form.get("idempotency_key") or submissions.new_key()
    status = 200
    if process is not None and origin is not None and form.is_submitted():
        status = 422
        if form.validate():
            try:
                plan = plans.create(
                    ctx,
                    process.id,
                    title=form.title.data,
                    finding_ids=form.findings.ids(),
                    key=key,
                )
            except Invalid as error:
                put_error(form, error)
            else:
                return redirect(url_for(".show", plan_id=plan.id), code=303)
    html = render_template(
        "plans/new.html",
        form=form,
        processes=mine,
        process=process,
        origins=origins,
        origin=origin,
        origin_label=origin_label,
        key=key,
    )
    return html, status


def _chosen_process(mine: list[Process]) -> Process | None:
    """The one asked for, or the only one. Raises: NotFound for that of another."""
    asked = request.args.get("process_id")
    if asked is None:
        return mine[0] if len(mine) == 1 else None
    for process in mine:
        if process.id == whole(asked):
            return process
    raise NotFound


def _chosen_origin(origins: list[Origin]) -> Origin | None:
    asked = request.args.get("origin")
    if asked is None:
        return origins[0] if len(origins) == 1 else None
    return next((origin for origin in origins if origin.key == asked), None)


def origin_label(origin: Origin) -> str:
    if origin.audit is not None:
        return f"{labels.label(origin.source)} · {origin.audit.code} · {origin.audit.title}"
    return labels.label(origin.source)


def _suggested_title(origin: Origin) -> str:
    about = origin.audit.title if origin.audit else labels.label(origin.source)
    title = gettext("Plan de mejoramiento: %(about)s", about=about)
    return str(title)[:TITLE_LENGTH]
