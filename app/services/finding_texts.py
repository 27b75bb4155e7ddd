"""The text of a finding: what was communicated is kept as it stood, with its hash."""

from __future__ import annotations

from app.context import Context
from app.models.findings import Finding, FindingText
from app.services.filing import content_hash

PRELIMINARY = "preliminar"
FINAL = "final"


def snapshot(finding: Finding) -> dict[str, str]:
    """The finding's text and what qualifies it, as text only (it is hashed and kept)."""
    return {
        "code": finding.code,
        "type": finding.type.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "condition": finding.condition,
        "criterion": finding.criterion,
        "norm": finding.norm.name if finding.norm else "",
        "norm_article": finding.norm_article,
        "cause": finding.cause,
        "effect": finding.effect,
        "recommendation": finding.recommendation,
    }


def freeze(ctx: Context, finding: Finding, stage: str) -> FindingText:
    """Keep the present text as that of a report, in the open transaction."""
    content = snapshot(finding)
    text = FindingText(
        finding_id=finding.id,
        stage=stage,
        content=content,
        sha256=content_hash(content),
        frozen_at=ctx.now(),
    )
    ctx.session.add(text)
    ctx.session.flush()
    ctx.record(
        "change", "freeze", text, {"finding": finding.id, "stage": stage, "sha256": text.sha256}
    )
    return text
