"""The contract of DocumentStore, on the folder and on a real S3 server."""

from __future__ import annotations

import hashlib
import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters.storage import ChecksumMismatch, DocumentStore, FolderStore, KeyTaken
from app.adapters.storage_minio import MinioStore
from tests.adapters.stores import (
    BIG,
    MIB,
    PDF,
    BreaksAfter,
    assert_absent,
    made,
    new_key,
    put,
    read,
    sha256,
)


@pytest.mark.parametrize("payload", [b"", b"a", b"acta de apertura", BIG], ids=len)
def test_gives_back_the_same_bytes(store: DocumentStore, payload: bytes) -> None:
    key = put(store, payload)
    assert read(store, key) == payload
    assert store.size(key) == len(payload)


def test_reads_in_pieces(store: DocumentStore) -> None:
    key = put(store, BIG)
    digest = hashlib.sha256()
    with store.open(key) as stored:
        while piece := stored.read(100_000):
            digest.update(piece)
    assert digest.hexdigest() == sha256(BIG)


def test_a_stream_left_half_read_can_be_closed(store: DocumentStore) -> None:
    key = put(store, BIG)
    for _ in range(15):  # more than the connections that a client keeps
        with store.open(key) as stored:
            assert stored.read(10) == BIG[:10]
    assert store.size(key) == len(BIG)


@pytest.mark.parametrize("payload", [b"", b"acta", BIG], ids=len)
def test_wrong_sha256_is_refused_and_nothing_appears(store: DocumentStore, payload: bytes) -> None:
    key = new_key("documents")
    with pytest.raises(ChecksumMismatch):
        store.put(
            key,
            io.BytesIO(payload),
            size_bytes=len(payload),
            sha256=sha256(b"other"),
            media_type=PDF,
        )
    assert_absent(store, key)


@pytest.mark.parametrize("announced_bytes", [0, 11 * MIB, 13 * MIB])
def test_wrong_size_is_refused_and_nothing_appears(
    store: DocumentStore, announced_bytes: int
) -> None:
    key = new_key("documents")
    with pytest.raises(ChecksumMismatch):
        store.put(
            key,
            io.BytesIO(BIG),
            size_bytes=announced_bytes,
            sha256=sha256(BIG),
            media_type=PDF,
        )
    assert_absent(store, key)


@pytest.mark.parametrize("good_bytes", [0, 1, 6 * MIB])
def test_a_stream_that_breaks_leaves_nothing(store: DocumentStore, good_bytes: int) -> None:
    key = new_key("documents")
    with pytest.raises(ConnectionResetError):
        store.put(
            key,
            BreaksAfter(BIG, good_bytes),
            size_bytes=len(BIG),
            sha256=sha256(BIG),
            media_type=PDF,
        )
    assert_absent(store, key)


def test_an_absent_key_is_a_key_error(store: DocumentStore) -> None:
    key = new_key("documents")
    assert_absent(store, key)
    store.delete(key)  # no error: the sweeper may come twice


@pytest.mark.parametrize(("first", "second"), [(b"acta", b"otra"), (BIG, BIG[::-1]), (b"", BIG)])
def test_other_bytes_never_replace_what_is_kept(
    store: DocumentStore, first: bytes, second: bytes
) -> None:
    key = put(store, first)
    with pytest.raises(KeyTaken):
        put(store, second, key)
    assert read(store, key) == first


@pytest.mark.parametrize("payload", [b"acta", BIG], ids=len)
def test_the_same_bytes_again_are_accepted(store: DocumentStore, payload: bytes) -> None:
    key = put(store, payload)
    put(store, payload, key)
    assert read(store, key) == payload


def test_of_several_writers_of_one_key_exactly_one_wins(store: DocumentStore) -> None:
    """Below 5 MiB, so never in parts: there the server of the tests may let nobody win."""
    key = new_key("documents")
    payloads = [bytes([writer]) * 4 * MIB for writer in range(4)]
    together = threading.Barrier(len(payloads))

    def write(payload: bytes) -> bool:
        together.wait()
        try:
            put(store, payload, key)
        except KeyTaken:
            return False
        return True

    with ThreadPoolExecutor(len(payloads)) as pool:
        won = list(pool.map(write, payloads))
    assert won.count(True) == 1
    assert read(store, key) == payloads[won.index(True)]


def test_a_taken_key_does_not_hide_wrong_bytes(store: DocumentStore) -> None:
    key = put(store, b"acta")
    with pytest.raises(ChecksumMismatch):
        store.put(key, io.BytesIO(b"otra"), size_bytes=4, sha256=sha256(b"acta"), media_type=PDF)


def test_delete_removes_only_that_key(store: DocumentStore) -> None:
    gone, kept = put(store, b"uno"), put(store, b"dos")
    store.delete(gone)
    assert_absent(store, gone)
    assert read(store, kept) == b"dos"


def test_keys_are_listed_in_order_by_folder(store: DocumentStore) -> None:
    folder = "f" + "".join(random.Random().choices("abcdefgh", k=12))
    assert list(store.keys(folder)) == []
    made = [put(store, b"x", new_key(folder)) for _ in range(8)]
    put(store, b"y", new_key(folder + "z"))
    assert list(store.keys(folder)) == sorted(made)


BAD_KEYS = [
    "",
    "documents",
    "documents/",
    "documents/../../etc/passwd",
    "/documents/00000000-0000-4000-8000-000000000000",
    "../documents/00000000-0000-4000-8000-000000000000",
    "Documents/00000000-0000-4000-8000-000000000000",
    "documents/00000000-0000-4000-8000-00000000000",
    "documents/00000000-0000-4000-8000-000000000000\n",
    "documents/00000000-0000-4000-8000-00000000000\0",
    "documents/------------------------------------",
    "documents/00000000-0000-4000-8000-000000000000/x",
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_not_ours_is_refused(store: DocumentStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        put(store, b"x", key or " ")
    for operation in (store.open, store.size, store.delete):
        with pytest.raises(ValueError, match="not a key"):
            operation(key)


@pytest.mark.parametrize("folder", ["", ".", "..", ".incoming", "a/b", "documents/", "A"])
def test_a_folder_that_is_not_ours_is_refused(store: DocumentStore, folder: str) -> None:
    with pytest.raises(ValueError, match="not a folder"):
        list(store.keys(folder))


@pytest.mark.parametrize("announced", ["", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_sha256_is_refused(store: DocumentStore, announced: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.put(
            new_key("documents"),
            io.BytesIO(b"x"),
            size_bytes=1,
            sha256=announced,
            media_type=PDF,
        )


def test_check_answers_when_the_store_can_be_used(store: DocumentStore) -> None:
    store.check()
    assert store.discard_unfinished(datetime.now(UTC)) == 0


def test_the_setting_chooses_the_store(tmp_path: Path) -> None:
    assert isinstance(made("local", folder=tmp_path), FolderStore)
    assert isinstance(made("minio"), MinioStore)
    with pytest.raises(ValueError, match="unknown storage backend"):
        made("ftp")
