"""Findings: every page and action under /hallazgos."""

from __future__ import annotations

from app.blueprints.findings import events, listing, records, replies, show, writing
from app.blueprints.findings.blueprint import bp

__all__ = ["bp", "events", "listing", "records", "replies", "show", "writing"]
