"""Fixtures of the document stores: the folder, and a bucket of the real S3 server."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from app.adapters.storage import DocumentStore, FolderStore
from app.adapters.storage_minio import MinioStore
from tests.adapters.stores import MIB, client
from tests.servers import S3Server


@pytest.fixture(scope="session")
def bucket(s3: S3Server) -> str:
    name = f"documents-{uuid.uuid4().hex[:8]}"
    client(s3).make_bucket(name)
    return name


@pytest.fixture(
    params=[
        "folder",
        pytest.param("minio", marks=pytest.mark.s3),
        pytest.param("minio in parts", marks=pytest.mark.s3),
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    """Each implementation; the last sends what exceeds 5 MiB in parts."""
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3")
    name: str = request.getfixturevalue("bucket")
    if request.param == "minio":
        return MinioStore(client(server), name)
    return MinioStore(client(server), name, single_put_max_bytes=5 * MIB)
