"""How the application is put together: settings, extensions, adapters, blueprints."""

from __future__ import annotations

import logging
import pkgutil
from datetime import UTC, datetime
from importlib import import_module

from apiflask import APIFlask
from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, database, filters
from app.adapters.storage import DocumentStore, make_store
from app.blueprints import error_pages, navigation, sessions, web
from app.extensions import babel, csrf, db, login_manager, migrate
from config import Config

INSIDE = (
    "auth",
    "panel",
    "annual_plan",
    "audits",
    "findings",
    "plans",
    "documents",
    "search",
    "publications",
    "trail",
    "terms",
    "shares",
    "admin",
)
PORTAL = ("portal",)
DEVELOPMENT = ("style",)  # every component on one page, for who develops them
OPEN_BLUEPRINTS = frozenset({"portal", "auth", "health"})
FORM_MEMORY_BYTES = 2 * 1024 * 1024
FORM_PARTS = 500
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def build(config: Config) -> Flask:
    """Build the application for these settings."""
    flask_app = APIFlask(
        "app",
        template_folder="../templates",
        docs_path=None,
        spec_path=None,
        enable_openapi=False,
    )
    flask_app.config.update(_flask_settings(config))
    flask_app.url_map.converters["int"] = web.RowNumber
    flask_app.session_interface = sessions.InsideSessions(portal_only=config.serve == "portal")
    if config.trusted_proxies:
        n = config.trusted_proxies
        proxied = ProxyFix(flask_app.wsgi_app, x_for=n, x_proto=n, x_host=n)
        flask_app.wsgi_app = proxied  # type: ignore[method-assign]  # Flask's documented way
    _bind_extensions(flask_app, config)
    _register_blueprints(flask_app, config)
    error_pages.register(flask_app)
    filters.register(flask_app)
    navigation.register(flask_app)
    flask_app.before_request(_demand_log_in)
    flask_app.after_request(_secure)
    _register_commands(flask_app)
    return flask_app


def _flask_settings(config: Config) -> dict[str, object]:
    secure = config.public_url.startswith("https://")
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(config.database_url),
        "MAX_CONTENT_LENGTH": config.upload_max_bytes + FORM_MEMORY_BYTES,
        "MAX_FORM_MEMORY_SIZE": FORM_MEMORY_BYTES,
        "MAX_FORM_PARTS": FORM_PARTS,
        "SESSION_COOKIE_NAME": "__Host-vigia" if secure else "vigia",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": config.session_max_s,
        "BABEL_DEFAULT_LOCALE": "es",
        "BABEL_DEFAULT_TIMEZONE": config.time_zone,
        "TESTING": config.env == "test",
    }


def _bind_extensions(flask_app: Flask, config: Config) -> None:
    db.init_app(flask_app)
    migrate.init_app(flask_app, db, directory="migrations", render_as_batch=config.is_sqlite)
    login_manager.init_app(flask_app)
    login_manager.session_protection = None  # the session row itself ends the session
    csrf.init_app(flask_app)
    babel.init_app(flask_app)
    with flask_app.app_context():
        database.configure(db.engine)
    portal = database.portal_engine(config.database_url, config.portal_database_url)
    flask_app.extensions["vigia"] = web.Runtime(
        config, open_store(config), open_store(config, public=True)
    )
    flask_app.extensions["vigia.now"] = lambda: datetime.now(UTC)
    flask_app.extensions["vigia.portal"] = sessionmaker(portal)


def open_store(config: Config, *, public: bool = False) -> DocumentStore:
    """The working store, or the separate one that holds only what was published."""
    return make_store(
        config.storage_backend,
        folder=config.data_dir / ("public" if public else "documents"),
        bucket=config.minio_public_bucket if public else config.minio_bucket,
        endpoint=config.minio_endpoint,
        access_key=config.minio_access_key,
        secret_key=config.minio_secret_key,
        secure=config.minio_secure,
    )


def _register_blueprints(flask_app: Flask, config: Config) -> None:
    names = ["health"]
    if config.serve in {"all", "inside"}:
        names += INSIDE
        if not config.is_production:
            names += DEVELOPMENT
    if config.serve in {"all", "portal"}:
        names += PORTAL
    for name in names:
        module = import_module(f"app.blueprints.{name}.routes")
        flask_app.register_blueprint(module.bp)


def _register_commands(flask_app: Flask) -> None:
    for module in pkgutil.iter_modules(cli.__path__):
        for command in import_module(f"app.cli.{module.name}").COMMANDS:
            flask_app.cli.add_command(command)


def _demand_log_in() -> ResponseReturnValue | None:
    """Deny by default: whatever is not the portal, the log-in or the health check."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    if request.blueprint in OPEN_BLUEPRINTS or current_user.is_authenticated:
        return None
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.log_in", next=target), code=303)


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.blueprint not in {"portal", None}:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-ID"] = web.request_id()
    return response


logging.getLogger("vigia").setLevel(logging.INFO)
