"""What the tests of the document stores share."""

from __future__ import annotations

import hashlib
import io
import random
import uuid
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from app.adapters.storage import DocumentStore, make_store
from app.adapters.storage_minio import connect
from tests.servers import S3Server

MIB = 1024 * 1024
BIG = random.Random(7).randbytes(12 * MIB)
PDF = "application/pdf"


def sha256(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def new_key(folder: str) -> str:
    return f"{folder}/{uuid.uuid4()}"


def put(store: DocumentStore, payload: bytes, key: str | None = None) -> str:
    key = key or new_key("documents")
    store.put(
        key,
        io.BytesIO(payload),
        size_bytes=len(payload),
        sha256=sha256(payload),
        media_type=PDF,
    )
    return key


def read(store: DocumentStore, key: str) -> bytes:
    with store.open(key) as stored:
        return stored.read()


def client(server: S3Server, **changes: Any) -> Minio:
    settings: dict[str, Any] = {
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "secure": False,
        **changes,
    }
    return connect(settings.pop("endpoint", server.endpoint), **settings)


class BreaksAfter(io.BytesIO):
    """A stream that fails on the way, like an upload whose visitor went away."""

    def __init__(self, payload: bytes, good_bytes: int) -> None:
        super().__init__(payload)
        self._good_bytes = good_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self._good_bytes:
            raise ConnectionResetError("the visitor went away")
        return super().read(size)


def assert_absent(store: DocumentStore, key: str) -> None:
    with pytest.raises(KeyError):
        store.open(key)
    with pytest.raises(KeyError):
        store.size(key)
    assert key not in list(store.keys("documents"))


def made(backend: str, **changes: Any) -> DocumentStore:
    settings: dict[str, Any] = {
        "folder": Path("not-made-by-anyone"),
        "bucket": "documents",
        "endpoint": "127.0.0.1:1",
        "access_key": "k",
        "secret_key": "s",
        "secure": False,
        **changes,
    }
    return make_store(backend, **settings)
