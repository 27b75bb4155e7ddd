"""The index that the settings name."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from app.adapters.search import SearchIndex
from app.adapters.search.postgres_index import PostgresIndex
from app.adapters.search.text import ANALYSIS_VERSION
from app.adapters.search.whoosh_index import WhooshIndex
from config import Config

INSIDE_FOLDER, PUBLIC_FOLDER = "index", "index-public"
PUBLIC_TABLES = "pub_"


def inside_index(config: Config, session: Session, rules_version: str) -> SearchIndex:
    """What is found inside; `rules_version` names the rules its scopes come from."""
    if config.search_backend == "postgresql":
        return PostgresIndex(session, rules_version)
    return WhooshIndex(Path(config.data_dir) / INSIDE_FOLDER, rules_version)


def public_index(config: Config, session: Session) -> SearchIndex:
    """What anyone finds: another index, so that nothing inside can show in it.

    To search, the session is the portal's; to write, the worker's.
    """
    version = f"a{ANALYSIS_VERSION}"
    if config.search_backend == "postgresql":
        return PostgresIndex(session, version, PUBLIC_TABLES)
    return WhooshIndex(Path(config.data_dir) / PUBLIC_FOLDER, version)
