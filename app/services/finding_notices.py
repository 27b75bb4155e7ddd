"""What the auditee learns of its findings in the next daily digest: what was decided on each."""

from __future__ import annotations

from app.context import Context
from app.models.findings import Finding
from app.services import news
from workflows.finding import FindingState

DECIDED = {
    FindingState.RATIFIED: "ratificó",
    FindingState.MODIFIED: "modificó",
    FindingState.WITHDRAWN: "retiró",
}
MAY_ESCALATE = (
    " Si no está de acuerdo, puede llevar la diferencia al comité antes de que se comunique el "
    "informe final."
)


def decided(ctx: Context, finding: Finding, reason: str) -> None:
    """The head decided on the reply; what he kept may still be taken to the committee."""
    text = f"La Oficina de Control Interno {DECIDED[finding.state]} el hallazgo {finding.code}."
    if reason:
        text += f" Motivo: {reason}"
    if finding.state is not FindingState.WITHDRAWN and finding.escalated_at is None:
        text += MAY_ESCALATE
    _tell(ctx, finding, "decided", text)


def lapsed(ctx: Context, finding: Finding) -> None:
    """The term ended without reply."""
    text = f"El hallazgo {finding.code} quedó ratificado: el término terminó sin réplica."
    _tell(ctx, finding, "lapsed", text + MAY_ESCALATE)


def annulled(ctx: Context, finding: Finding, reason: str) -> None:
    """It stands no more, by decision of the committee or of an authority."""
    _tell(ctx, finding, "annulled", f"El hallazgo {finding.code} se anuló. Motivo: {reason}")


def _tell(ctx: Context, finding: Finding, what: str, text: str) -> None:
    people = [finding.process.leader]
    key = f"finding:{finding.id}:{what}:{finding.version}"
    news.tell(ctx, people, key, finding, text, f"/hallazgos/{finding.id}")
