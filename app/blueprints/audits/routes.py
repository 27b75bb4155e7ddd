"""Audits: every page and action under /auditorias, and the drafts of long forms."""

from __future__ import annotations

from app.blueprints.audits import (
    committee,
    drafts,
    evaluation,
    events,
    files,
    information,
    letter_texts,
    letters,
    listing,
    paper_parts,
    papers,
    program,
    records,
    sample_results,
    summary,
    team,
)
from app.blueprints.audits.blueprint import bp

__all__ = [
    "bp",
    "committee",
    "drafts",
    "evaluation",
    "events",
    "files",
    "information",
    "letter_texts",
    "letters",
    "listing",
    "paper_parts",
    "papers",
    "program",
    "records",
    "sample_results",
    "summary",
    "team",
]
