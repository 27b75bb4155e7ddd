"""The page of one finding."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.blueprints.findings import page
from app.blueprints.findings.blueprint import bp
from app.blueprints.web import current_context


@bp.get("/hallazgos/<int:finding_id>")
def show(finding_id: int) -> ResponseReturnValue:
    return page.render(current_context(), finding_id)
