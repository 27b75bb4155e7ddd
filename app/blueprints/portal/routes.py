"""The portal: every public address."""

from __future__ import annotations

from app.blueprints.portal import annual, feed, files, pages, search
from app.blueprints.portal.blueprint import bp

__all__ = ["annual", "bp", "feed", "files", "pages", "search"]
