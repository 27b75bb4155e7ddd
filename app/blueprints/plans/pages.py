"""Pieces of pages that the modules of this feature share: filters, paging, one small form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from app.blueprints import due
from app.context import Context
from app.models.plans import Plan
from app.services import duty_terms
from app.services.task_plans import OPEN_PLAN, REVIEWED_PLAN

Crumbs = list[tuple[str | None, str]]


def chips(form: FlaskForm, endpoint: str) -> list[tuple[str, str]]:
    """The filters that are applied, each with the address without it."""
    asked = applied(form)
    found = []
    for name in asked:
        field = form[name]
        choices = getattr(field, "choices", None)
        text = f"{field.label.text}: {choices[field.data]}" if choices else str(field.label.text)
        rest = {other: value for other, value in asked.items() if other != name}
        found.append((text, url_for(endpoint, **rest)))
    return found


def applied(form: FlaskForm) -> dict[str, Any]:
    """The values in the address of the fields of a filter form; other names are not ours."""
    return {
        field.short_name: request.args[field.short_name]
        for field in form
        if field.data and request.args.get(field.short_name)
    }


def pager(form: FlaskForm, endpoint: str, **cursor: Any) -> Mapping[str, str | None]:
    """Addresses of the following page and of the first one; the filters stay."""
    name, following = next(iter(cursor.items()))
    rest = applied(form)
    return {
        "next_url": url_for(endpoint, **{**rest, name: str(following)}) if following else None,
        "first_url": url_for(endpoint, **rest) if request.args.get(name) else None,
    }


def pager_of(endpoint: str, next_before: int | None, **row: Any) -> Mapping[str, str | None]:
    following = url_for(endpoint, **row, before=next_before) if next_before else None
    first = url_for(endpoint, **row) if request.args.get("before") else None
    return {"next_url": following, "first_url": first}


def plan_chip(ctx: Context, plan: Plan) -> due.DueChip | None:
    """The term to hand the plan in, with its arithmetic; met once it was sent."""
    waits = plan.state in OPEN_PLAN
    frozen = due.chip(plan.due, ctx.today(), done=not waits)
    return frozen or due.plain_chip(plan.due_on, ctx.today(), done=not waits)


def review_chip(ctx: Context, plan: Plan) -> due.DueChip | None:
    """Until when the plan that was sent is to be reviewed; None while it is written, or later."""
    if plan.state not in REVIEWED_PLAN:
        return None
    chip = due.computed_chip(duty_terms.plan_review(due.rules(), plan), ctx.today())
    return replace(chip, label=gettext("Revisión hasta el")) if chip else None


def plan_crumbs(plan: Plan) -> Crumbs:
    return [
        (url_for("plans.index"), gettext("Planes")),
        (url_for("plans.show", plan_id=plan.id), plan.code),
    ]


def small_form(
    form: FlaskForm,
    *,
    title: str,
    submit: str,
    back: str,
    crumbs: Crumbs,
    version: int | None = None,
    status: int = 422,
    danger: bool = False,
) -> ResponseReturnValue:
    """A page with one small form: where a form of another page comes to when it has mistakes."""
    html = render_template(
        "plans/small_form.html",
        form=form,
        title=title,
        submit=submit,
        back=back,
        crumbs=crumbs,
        version=version,
        danger=danger,
    )
    return html, status
