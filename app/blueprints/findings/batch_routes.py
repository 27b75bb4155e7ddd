"""Several findings at once: what each waits for is reminded, and the file of the chosen ones."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.batches import Batch, day_cell, reminder
from app.blueprints.findings.blueprint import bp
from app.blueprints.findings.wording import badge_label
from app.permissions import Permission
from app.services import batch_reminders, finding_lists

FINDINGS = Batch(
    endpoint="findings.batch",
    template="findings/batch.html",
    selected=finding_lists.selected,
    operations={
        "recordatorio": reminder(
            Permission.FINDING_REMIND,
            batch_reminders.findings,
            _l(
                "Se dirá en el próximo resumen diario al líder y a los enlaces del proceso qué"
                " espera cada hallazgo (la réplica o el plan), una vez al día."
            ),
        ),
    },
    columns=(
        ("codigo", lambda finding: finding.code),
        ("titulo", lambda finding: finding.title),
        ("tipo", lambda finding: labels.label(finding.type)),
        ("gravedad", lambda finding: labels.label(finding.severity)),
        ("origen", lambda finding: labels.label(finding.source)),
        ("auditoria", lambda finding: finding.audit.title if finding.audit else ""),
        ("proceso", lambda finding: finding.process.name),
        (
            "vence_replica",
            lambda finding: day_cell(finding.audit.reply_due_on if finding.audit else None),
        ),
        ("estado", lambda finding: labels.state_label("finding", finding.state)),
    ),
)


@bp.route("/hallazgos/lote", methods=["GET", "POST"])
def batch() -> ResponseReturnValue:
    return FINDINGS.page(badge_label=badge_label)


@bp.get("/hallazgos/lote.csv")
def batch_file() -> ResponseReturnValue:
    return FINDINGS.file("hallazgos.csv")
