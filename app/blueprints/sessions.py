"""Where a visitor has a session: inside, never on the addresses that anyone may read.

A public page that opened the session would read the visitor's cookie, tell caches to keep one
copy per visitor (`Vary: Cookie`) and look its person up in the working tables.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

PUBLIC_PAGES = frozenset({"/", "/sitemap.xml", "/robots.txt", "/healthz", "/readyz"})
PUBLIC_FOLDERS = ("/transparencia", "/api", "/static")


def is_public(path: str) -> bool:
    """Whether an address belongs to the portal, whoever asks for it and whatever it answers."""
    return path in PUBLIC_PAGES or any(
        path == folder or path.startswith(f"{folder}/") for folder in PUBLIC_FOLDERS
    )


class InsideSessions(SecureCookieSessionInterface):
    """Cookie sessions for the inside; none at all on public addresses, or on a portal alone."""

    def __init__(self, *, portal_only: bool) -> None:
        super().__init__()
        self.portal_only = portal_only

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.portal_only or is_public(request.path):
            return None  # Flask makes one that is always empty and can keep nothing
        return super().open_session(app, request)
