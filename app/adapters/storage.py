"""Where the bytes of documents are kept: the protocol and the folder on this machine's disk.

Keys are opaque and made by us (`documents/<uuid4>`), never by a visitor. What is stored is never
replaced: a key holds the same bytes for ever, or nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK_BYTES = 1024 * 1024
FOLDER = re.compile(r"[a-z]+")
KEY = re.compile(r"[a-z]+/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class StoreUnavailable(Exception):
    """The store cannot answer now: network, refused credentials, disk full. Try again later."""


class ChecksumMismatch(Exception):
    """The bytes are not those announced (size or SHA-256). Nothing was kept."""


class KeyTaken(Exception):
    """The key already holds other bytes; they were left alone."""


class DocumentStore(Protocol):
    """A keeper of byte strings. Every method raises StoreUnavailable, and ValueError for a key
    that is not one of ours."""

    def put(
        self, key: str, data: BinaryIO, *, size_bytes: int, sha256: str, media_type: str
    ) -> None:
        """Keep `data` under `key`, durably and whole, or not at all.

        `sha256` (hexadecimal) is checked by the store itself. The same bytes again are accepted.
        Raises: ChecksumMismatch, KeyTaken; an error of `data.read` passes through.
        """

    def open(self, key: str) -> BinaryIO:
        """A stream to read once and close: `with store.open(key) as stored`.

        Raises: KeyError when there is no such document.
        """

    def size(self, key: str) -> int:
        """Bytes under `key`. Raises: KeyError when there is no such document."""

    def delete(self, key: str) -> None:
        """Remove an orphan: only the sweeper may call it. An absent key is no error."""

    def keys(self, folder: str) -> Iterator[str]:
        """Every key that begins with `folder/`, in order."""

    def discard_unfinished(self, before: datetime) -> int:
        """Clear what uploads cut short before that moment left behind; answers how many."""

    def check(self) -> None:
        """Readiness: returns when the store can be used now."""


def checked_key(key: str) -> str:
    """Raises: ValueError when the key is not `folder/uuid`, in lower case."""
    if not KEY.fullmatch(key):
        raise ValueError("not a key of the document store")
    return key


def checked_folder(folder: str) -> str:
    """Raises: ValueError when it is not the first part of one of our keys."""
    if not FOLDER.fullmatch(folder):
        raise ValueError("not a folder of the document store")
    return folder


def checked_sha256(sha256: str) -> str:
    """Raises: ValueError when it is not one in lower-case hexadecimal."""
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hexadecimal")
    return sha256


def verified_chunks(data: BinaryIO, *, size_bytes: int, sha256: str) -> Iterator[bytes]:
    """The bytes of `data`, and at their end the proof that they are those announced.

    Raises: ChecksumMismatch after the last chunk.
    """
    digest = hashlib.sha256()
    count_bytes = 0
    while chunk := data.read(CHUNK_BYTES):
        count_bytes += len(chunk)
        if count_bytes > size_bytes:
            break
        digest.update(chunk)
        yield chunk
    if count_bytes != size_bytes:
        raise ChecksumMismatch("the size is not the one announced")
    if digest.hexdigest() != sha256:
        raise ChecksumMismatch("the SHA-256 is not the one announced")


def sha256_of(stream: BinaryIO) -> str:
    """Hexadecimal SHA-256 of what is left of a stream."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


class FolderStore:
    """Documents in a folder: `documents/<uuid>` is the file `documents/<2 letters>/<uuid>`.

    Bytes go to a temporary file of the same volume, are synced, and get their name in one step
    (a hard link, which never replaces a file); so a name always stands for whole, durable bytes.
    Needs a file system with hard links. Files are readable by this user only.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"

    def put(
        self, key: str, data: BinaryIO, *, size_bytes: int, sha256: str, media_type: str
    ) -> None:
        """See DocumentStore. The media type is kept by the caller's row, not here."""
        target = self._path(key)
        chunks = verified_chunks(data, size_bytes=size_bytes, sha256=checked_sha256(sha256))
        with _unavailable_when_failing():
            _make_folder(self._incoming)
            temporary = self._incoming / str(uuid.uuid4())
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self._write(descriptor, chunks)
            self._name(temporary, target, sha256)
        finally:
            temporary.unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        with _unavailable_when_failing(key):
            return self._path(key).open("rb")

    def size(self, key: str) -> int:
        with _unavailable_when_failing(key):
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _unavailable_when_failing():
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def keys(self, folder: str) -> Iterator[str]:
        with _unavailable_when_failing():
            # Two letters of each name are its sub-folder, so sorted sub-folders give sorted keys.
            for shard in sorted((self._root / checked_folder(folder)).glob("??")):
                for path in sorted(shard.iterdir()):
                    yield f"{folder}/{path.name}"

    def discard_unfinished(self, before: datetime) -> int:
        count = 0
        with _unavailable_when_failing():
            for path in self._incoming.glob("*"):
                # Another process may finish, or sweep, the same file meanwhile.
                try:
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()
                        count += 1
                except FileNotFoundError:
                    continue
        return count

    def check(self) -> None:
        probe = self._incoming / f"check-{uuid.uuid4()}"
        with _unavailable_when_failing():
            _make_folder(self._incoming)
            try:
                with probe.open("xb") as file:
                    file.write(b"\0" * 4096)  # a full disk still makes empty files
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                probe.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        folder, name = checked_key(key).split("/")
        return self._root / folder / name[:2] / name

    @staticmethod
    def _write(descriptor: int, chunks: Iterator[bytes]) -> None:
        """Write, sync and close. An error in making the chunks is the caller's: it passes through.

        Unbuffered, so that closing has nothing left to write and cannot fail in another way.
        """
        try:
            for chunk in chunks:
                rest = memoryview(chunk)
                with _unavailable_when_failing():
                    while rest:
                        rest = rest[os.write(descriptor, rest) :]
            with _unavailable_when_failing():
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _name(self, temporary: Path, target: Path, sha256: str) -> None:
        """Give the synced file its name, unless the key is taken."""
        with _unavailable_when_failing():
            _make_folder(target.parent)
            try:
                target.hardlink_to(temporary)
            except FileExistsError:
                with target.open("rb") as stored:
                    if sha256_of(stored) != sha256:
                        raise KeyTaken("the key holds other bytes") from None
            # Also when the name was there: the one who made it may not have synced it yet.
            _sync_folder(target.parent)


def make_store(
    backend: str,
    *,
    folder: Path,
    bucket: str,
    endpoint: str,
    access_key: str,
    secret_key: str,
    secure: bool,
) -> DocumentStore:
    """The store of the setting `STORAGE_BACKEND`: `local` (the folder) or `minio` (the bucket).

    Makes no connection: `check` does. Raises: ValueError for another backend.
    """
    if backend == "local":
        return FolderStore(folder)
    if backend == "minio":
        # Loaded here because the S3 library is slow to import and the folder does without it.
        from app.adapters.storage_minio import MinioStore, connect

        client = connect(endpoint, access_key=access_key, secret_key=secret_key, secure=secure)
        return MinioStore(client, bucket)
    raise ValueError(f"unknown storage backend {backend!r}")


@contextmanager
def _unavailable_when_failing(key: str | None = None) -> Iterator[None]:
    """Errors of the file system become ours; a missing file, when `key` is given, KeyError."""
    try:
        yield
    except OSError as error:
        if key is not None and isinstance(error, FileNotFoundError):
            raise KeyError(key) from None
        raise StoreUnavailable(f"the document folder failed: {error.strerror}") from error


def _make_folder(path: Path) -> None:
    """Make it and its parents durably: each new name is synced in the folder that holds it."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
