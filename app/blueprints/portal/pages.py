"""The pages that people read."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app import labels
from app.blueprints.forms import whole
from app.blueprints.portal.blueprint import bp, reading, today
from app.labels_glossary import GLOSSARY
from app.labels_portal import (
    SEVERITY_LABELS,
    STAGE_LABELS,
    action_words,
    finding_words,
    plan_words,
)
from app.services import portal, portal_annual, portal_things
from app.services.portal import Choices, Filters, Tally
from workflows.enums import FindingType

Address = tuple[str, str]


@bp.get("/", endpoint="root")
@bp.get("/transparencia", endpoint="home")
def home() -> ResponseReturnValue:
    with reading() as session:
        found = portal.home(session, today())
        years = portal_annual.years(session)
    stages = [(stage, STAGE_LABELS[stage], number) for stage, number in found.by_stage.items()]
    return render_template(
        "portal/home.html", home=found, stages=stages, annual=years[0] if years else None
    )


# ------------------------------------------------------------------ lists


@bp.get("/transparencia/informes")
def reports() -> ResponseReturnValue:
    with reading() as session:
        choices = portal.choices(session, "informes")
        filters = _filters(choices)
        page = portal.reports(session, filters)
    return _list("portal/reports.html", "portal.reports", page, filters, choices)


@bp.get("/transparencia/hallazgos")
def findings() -> ResponseReturnValue:
    with reading() as session:
        choices = portal.choices(session, "hallazgos")
        filters = _filters(choices)
        page = portal.findings(session, filters, today())
    return _list(
        "portal/findings.html",
        "portal.findings",
        page,
        filters,
        choices,
        words=lambda finding: finding_words(
            finding, has_promises=bool(page.tallies[finding.code].total)
        ),
        stages=STAGE_LABELS,
        types=[(each.value, labels.label(each)) for each in FindingType],
    )


@bp.get("/transparencia/planes")
def plans() -> ResponseReturnValue:
    with reading() as session:
        choices = portal.choices(session, "planes")
        filters = _filters(choices)
        page = portal.plans(session, filters, today())
    return _list("portal/plans.html", "portal.plans", page, filters, choices, words=plan_words)


def _filters(choices: Choices) -> Filters:
    """What the address asks for and can be: a value that is no choice asks for nothing."""
    year = whole(request.args.get("vigencia"))
    process = request.args.get("proceso", "")
    stage = request.args.get("estado", "")
    kind = request.args.get("tipo", "")
    return Filters(
        year=year if year in choices.years else None,
        process=process if process in choices.processes else "",
        stage=stage if stage in STAGE_LABELS else "",
        type=kind if kind in {each.value for each in FindingType} else "",
        after=request.args.get("desde", ""),
    )


def _list(
    template: str,
    endpoint: str,
    page: portal.Page,
    filters: Filters,
    choices: Choices,
    **more: Any,
) -> ResponseReturnValue:
    asked: dict[str, str | int] = {}
    if filters.year is not None:
        asked["vigencia"] = filters.year
    named = (("proceso", filters.process), ("estado", filters.stage), ("tipo", filters.type))
    asked |= {name: value for name, value in named if value}
    return render_template(
        template,
        page=page,
        filters=filters,
        choices=choices,
        chips=[_chip(endpoint, asked, name) for name in asked],
        clear_url=url_for(endpoint),
        next_url=_address(endpoint, {**asked, "desde": page.next_after})
        if page.next_after
        else None,
        first_url=_address(endpoint, asked) if filters.after else None,
        promises=promises,
        **more,
    )


def _chip(endpoint: str, asked: dict[str, str | int], name: str) -> Address:
    """What is asked for, in words, and the address without it."""
    value = str(asked[name])
    words: dict[str, str] = {
        "estado": str(STAGE_LABELS.get(value, value)),
        "tipo": labels.label(FindingType(value)) if name == "tipo" else value,
    }
    return words.get(name, value), _address(
        endpoint, {key: each for key, each in asked.items() if key != name}
    )


def _address(endpoint: str, values: dict[str, Any]) -> str:
    return url_for(endpoint, **values)


def promises(tally: Tally) -> str:
    """ "3 de 5 compromisos cumplidos", with what is late."""
    if not tally.total:
        return str(gettext("Sin compromisos todavía"))
    text = ngettext(
        "%(kept)s de %(num)s compromiso cumplido",
        "%(kept)s de %(num)s compromisos cumplidos",
        tally.total,
        kept=tally.kept,
    )
    if not tally.late:
        return str(text)
    late = ngettext("%(num)s atrasado", "%(num)s atrasados", tally.late)
    return f"{text}; {late}"


# ------------------------------------------------------------------ one thing


@bp.get("/transparencia/informes/<code>")
def report(code: str) -> ResponseReturnValue:
    with reading() as session:
        view = portal_things.report(session, code, today())
    strengths = [f for f in view.findings if f.type == FindingType.STRENGTH]
    return render_template(
        "portal/report.html",
        view=view,
        report=view.report,
        problems=[f for f in view.findings if f.type != FindingType.STRENGTH],
        strengths=strengths,
        words=lambda f: finding_words(f, has_promises=bool(view.tallies[f.code].total)),
        severity=SEVERITY_LABELS,
        plan_words=plan_words,
        promises=promises,
    )


@bp.get("/transparencia/hallazgos/<code>")
def finding(code: str) -> ResponseReturnValue:
    with reading() as session:
        story = portal_things.finding(session, code, today())
    row = story.finding
    return render_template(
        "portal/finding.html",
        story=story,
        finding=row,
        report=story.report,
        is_strength=row.type == FindingType.STRENGTH,
        type_label=labels.label(FindingType(row.type)),
        severity=SEVERITY_LABELS,
        words=finding_words(row, has_promises=bool(story.promises)),
        stood=[(each, action_words(each, today())) for each in story.promises],
        promises=promises(story.tally),
    )


@bp.get("/transparencia/planes/<code>")
def plan(code: str) -> ResponseReturnValue:
    with reading() as session:
        view = portal_things.plan(session, code, today())
    return render_template(
        "portal/plan.html",
        view=view,
        plan=view.plan,
        report=view.report,
        words=plan_words(view.plan),
        groups=[
            (row, finding_words(row), [(each, action_words(each, today())) for each in actions])
            for row, actions in view.groups
        ],
        promises=promises(view.tally),
    )


@bp.get("/transparencia/verificar")
def verify() -> ResponseReturnValue:
    asked = request.args.get("q", "")
    with reading() as session:
        verdict = portal_things.verify(session, asked) if asked.strip() else None
    return render_template("portal/verify.html", asked=asked, verdict=verdict)


@bp.get("/transparencia/glosario")
def glossary() -> ResponseReturnValue:
    return render_template("portal/glossary.html", glossary=GLOSSARY)
