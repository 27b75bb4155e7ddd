"""What only the folder does: names, permissions, leftovers, a full disk."""

from __future__ import annotations

import os
import resource
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.storage import FolderStore, KeyTaken, StoreUnavailable
from tests.adapters.stores import BIG, MIB, PDF, BreaksAfter, new_key, put, read, sha256


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_folder_leaves_no_temporary_file(folder: FolderStore, tmp_path: Path) -> None:
    put(folder, b"acta")
    with pytest.raises(KeyTaken):
        put(folder, b"otra", next(folder.keys("documents")))
    with pytest.raises(ConnectionResetError):
        folder.put(
            new_key("documents"),
            BreaksAfter(BIG, MIB),
            size_bytes=len(BIG),
            sha256=sha256(BIG),
            media_type=PDF,
        )
    folder.check()
    assert len(files(tmp_path)) == 1


def test_folder_files_are_for_this_user_only(folder: FolderStore, tmp_path: Path) -> None:
    put(folder, b"acta")
    (document,) = files(tmp_path)
    assert document.stat().st_mode & 0o777 == 0o600
    assert document.stat().st_nlink == 1
    for parent in list(document.parents)[:3]:
        assert parent.stat().st_mode & 0o077 == 0


def test_folder_clears_what_a_killed_upload_left(folder: FolderStore, tmp_path: Path) -> None:
    kept = put(folder, b"acta")
    leftover = tmp_path / "store" / ".incoming" / str(uuid.uuid4())
    leftover.write_bytes(b"half")
    written_at = datetime.now(UTC) - timedelta(hours=2)
    os.utime(leftover, (written_at.timestamp(), written_at.timestamp()))
    assert folder.discard_unfinished(written_at - timedelta(minutes=1)) == 0
    assert leftover.exists()
    assert folder.discard_unfinished(written_at + timedelta(minutes=1)) == 1
    assert not leftover.exists()
    assert read(folder, kept) == b"acta"


@contextmanager
def files_limited_to(size_bytes: int) -> Iterator[None]:
    """No file may grow past this: writing fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_folder_that_cannot_grow_says_so_and_keeps_nothing(
    folder: FolderStore, tmp_path: Path
) -> None:
    with files_limited_to(3 * MIB + 5), pytest.raises(StoreUnavailable):
        put(folder, BIG)
    with files_limited_to(100), pytest.raises(StoreUnavailable):
        folder.check()
    assert files(tmp_path) == []
    folder.check()


def test_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    folder = FolderStore(tmp_path / "file")
    with pytest.raises(StoreUnavailable):
        folder.check()
    with pytest.raises(StoreUnavailable):
        put(folder, b"acta")
    with pytest.raises(StoreUnavailable):
        folder.open(new_key("documents"))
