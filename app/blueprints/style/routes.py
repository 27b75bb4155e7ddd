"""Every component in every state, on one page. Only where people develop: never in production."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app import labels
from app.blueprints.style import samples
from app.blueprints.style.forms import SampleForm, ShortForm
from app.errors import NotFound
from app.labels_workflow import THING_LABELS
from workflows.enums import Severity

bp = Blueprint("style", __name__)
TYPED = {"reason": "Se completó la evidencia.", "condition": "De 36 contratos revisados, 14."}
OLD = "La entidad publica los contratos dentro de los tres días siguientes a su firma."
NEW = "La entidad debe publicar los contratos y sus anexos dentro de los tres días hábiles."


@bp.get("/estilo")
def show() -> ResponseReturnValue:
    return render_template(
        "style/show.html",
        samples=samples,
        blank=SampleForm(formdata=None, prefix="vacio-"),
        filled=SampleForm(formdata=None, prefix="lleno-", data=_written()),
        events=samples.events(ShortForm(formdata=None, prefix="e-")),
        thing_labels=THING_LABELS,
        sort_url=lambda _key, _descending: samples.ELSEWHERE,
        old=OLD,
        new=NEW,
    )


@bp.get("/estilo/formulario")
def form() -> ResponseReturnValue:
    """The form as it comes back after it was sent empty, with a text too long and a bad date."""
    sent = MultiDict({"note": samples.LONG_TITLE, "due": "31/02/2027"})
    refused = SampleForm(formdata=sent, meta={"csrf": False})
    refused.validate()
    return render_template("style/form.html", form=refused)


@bp.get("/estilo/error/<name>")
def error(name: str) -> ResponseReturnValue:
    """A page of error as people would see it; answered as an ordinary page."""
    common = {"request_id": "0123456789ab", "typed": TYPED, "back": "/estilo"}
    if name == "conflicto":
        changes = [{"field": gettext("Criterio"), "theirs": OLD, "yours": NEW}]
        return render_template("errors/conflict.html", changes=changes, **common)
    if name == "falta":
        title, messages = gettext("Cerrar la auditoría"), [samples.checks()[1].message]
        return render_template("errors/blocked.html", title=title, messages=messages, **common)
    if name not in {"400", "403", "404", "413", "429", "500", "503"}:
        raise NotFound
    text = labels.error_text(name)
    return render_template(
        "errors/error.html",
        code=name,
        title=text.title,
        happened=text.happened,
        remedy=text.remedy,
        public=False,
        **common,
    )


def _written() -> dict[str, Any]:
    return {
        "title": samples.LONG_TITLE,
        "condition": "\n\n".join([OLD, NEW]),
        "severity": Severity.MAJOR.value,
        "stance": "objeta",
        "due": samples.DAY,
        "public": True,
    }
