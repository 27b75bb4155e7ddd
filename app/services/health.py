"""Readiness: each part is asked something small and must answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from sqlalchemy import text

from app.context import Context
from app.services import search

log = logging.getLogger("vigia.health")


def check(ctx: Context) -> dict[str, bool]:
    """Name of each part and whether it answered. What failed goes to the log, not outside."""
    probes: dict[str, Callable[[], object]] = {
        "database": lambda: ctx.session.execute(text("SELECT 1")),
        "store": ctx.store.check,
        "public_store": ctx.public_store.check,
        "index": lambda: search.ready(ctx),
    }
    return probe(probes)


def probe(probes: Mapping[str, Callable[[], object]]) -> dict[str, bool]:
    """Ask each part; what failed goes to the log."""
    return {name: _answers(name, each) for name, each in probes.items()}


def _answers(name: str, probe: Callable[[], object]) -> bool:
    try:
        probe()
    except Exception:  # whatever it is, the part is not ready
        log.exception("%s is not ready", name)
        return False
    return True
