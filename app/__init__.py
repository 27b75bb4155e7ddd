"""Vigía: control interno of a public entity, and its window for citizens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Config

__version__ = "0.1.0"


def create_app(config: Config | None = None) -> Flask:
    """Build the application for these settings (default: the environment's).

    Raises: ConfigError when a setting is missing or unsafe.
    """
    # Imported here so that the models and services can be used without the web around them.
    from app.factory import build
    from config import Config

    return build(config or Config.from_env())
