"""The portal: every public address."""

from __future__ import annotations

from app.blueprints.portal import files, pages, search
from app.blueprints.portal.blueprint import bp

__all__ = ["bp", "files", "pages", "search"]
