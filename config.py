"""Settings: read once from the environment; production refuses to start without its secrets."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

MIB = 1024 * 1024
SECRET_KEY_MIN_LENGTH = 32
ENVIRONMENTS = ("development", "test", "production")
FACES = ("all", "inside", "portal")


class ConfigError(Exception):
    """A setting is missing or unsafe; the message is one clear line for the operator."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one process. Names with a unit carry it (`_bytes`, `_s`)."""

    env: str
    secret_key: str
    database_url: str
    portal_database_url: str
    data_dir: Path
    storage_backend: str = "local"
    minio_endpoint: str = ""
    minio_access_key: str = ""
    minio_secret_key: str = ""
    minio_bucket: str = "vigia"
    minio_public_bucket: str = "vigia-public"
    minio_secure: bool = True
    search_backend: str = "whoosh"
    mail_url: str = ""
    mail_from: str = "vigia@localhost"
    time_zone: str = "America/Bogota"
    public_url: str = "http://127.0.0.1:8000"
    serve: str = "all"
    upload_max_bytes: int = 50 * MIB
    trusted_proxies: int = 0
    session_idle_s: int = 60 * 60
    session_max_s: int = 12 * 60 * 60

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check every setting.

        Raises: ConfigError when one is missing, malformed or unsafe for production.
        """
        env = os.environ if environ is None else environ
        environment = _choice(env, "VIGIA_ENV", ENVIRONMENTS, "production")
        data_dir = Path(env.get("DATA_DIR", "data")).resolve()
        database_url = _database_url(env.get("DATABASE_URL", ""), data_dir)
        config = cls(
            env=environment,
            secret_key=env.get("SECRET_KEY") or _development_key(environment, data_dir),
            database_url=database_url,
            portal_database_url=_with_driver(env.get("PORTAL_DATABASE_URL", "")),
            data_dir=data_dir,
            storage_backend=_choice(env, "STORAGE_BACKEND", ("local", "minio"), "local"),
            minio_endpoint=env.get("MINIO_ENDPOINT", ""),
            minio_access_key=env.get("MINIO_ACCESS_KEY", ""),
            minio_secret_key=env.get("MINIO_SECRET_KEY", ""),
            minio_bucket=env.get("MINIO_BUCKET", "vigia"),
            minio_public_bucket=env.get("MINIO_PUBLIC_BUCKET", "vigia-public"),
            minio_secure=env.get("MINIO_SECURE", "true").lower() in {"1", "true", "yes"},
            search_backend=_choice(env, "SEARCH_BACKEND", ("whoosh", "postgresql"), "whoosh"),
            mail_url=env.get("MAIL_URL", ""),
            mail_from=env.get("MAIL_FROM", "vigia@localhost"),
            time_zone=env.get("TIME_ZONE", "America/Bogota"),
            public_url=env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            serve=_choice(env, "VIGIA_SERVE", FACES, "all"),
            upload_max_bytes=_whole(env, "UPLOAD_MAX_BYTES", 50 * MIB),
            trusted_proxies=_whole(env, "TRUSTED_PROXIES", 0),
            session_idle_s=_whole(env, "SESSION_IDLE_S", 60 * 60),
            session_max_s=_whole(env, "SESSION_MAX_S", 12 * 60 * 60),
        )
        config._check()
        return config

    def _check(self) -> None:
        if len(self.secret_key) < SECRET_KEY_MIN_LENGTH:
            raise ConfigError(
                f"SECRET_KEY must have at least {SECRET_KEY_MIN_LENGTH} characters: "
                "python -c 'import secrets; print(secrets.token_hex(32))' makes one."
            )
        if len(set(self.secret_key)) < SECRET_KEY_MIN_LENGTH // 4:
            raise ConfigError("SECRET_KEY repeats too few characters; generate a random one.")
        if self.storage_backend == "minio":
            for name in ("minio_endpoint", "minio_access_key", "minio_secret_key"):
                if not getattr(self, name):
                    raise ConfigError(f"{name.upper()} is required with STORAGE_BACKEND=minio.")
        if self.search_backend == "postgresql" and self.is_sqlite:
            raise ConfigError("SEARCH_BACKEND=postgresql needs a DATABASE_URL of PostgreSQL.")
        if self.is_production and not self.is_sqlite and not self.portal_database_url:
            raise ConfigError(
                "PORTAL_DATABASE_URL is required in production with PostgreSQL: "
                "the portal reads through a role that can see publication tables only."
            )


def _development_key(environment: str, data_dir: Path) -> str:
    """A laptop's own key, made at random once and kept beside its data. Production gives its."""
    if environment != "development":
        return ""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(dir=data_dir)  # readable by its owner only
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its key holds
            os.link(partial, path)
        Path(partial).unlink()
    return path.read_text()


def _database_url(url: str, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{data_dir / 'vigia.sqlite3'}"
    return _with_driver(url)


def _with_driver(url: str) -> str:
    """The address with the driver that is installed."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise ConfigError(f"{name} must be one of {', '.join(allowed)}; it is {value!r}.")
    return value


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal():
        raise ConfigError(f"{name} must be a whole number; it is {value!r}.")
    return int(value)
