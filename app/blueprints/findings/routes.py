"""Findings: every page and action under /hallazgos."""

from __future__ import annotations

from app.blueprints.findings import (
    batch_routes,
    events,
    extensions,
    listing,
    records,
    referrals,
    replies,
    show,
    writing,
)
from app.blueprints.findings.blueprint import bp

__all__ = [
    "batch_routes",
    "bp",
    "events",
    "extensions",
    "listing",
    "records",
    "referrals",
    "replies",
    "show",
    "writing",
]
