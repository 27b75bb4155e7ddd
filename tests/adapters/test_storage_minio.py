"""What only the S3 server can do to us: refuse, lie, fall silent, be down."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import threading
import time
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.error import S3Error

from app.adapters.storage import ChecksumMismatch, DocumentStore, StoreUnavailable
from app.adapters.storage_minio import MinioStore, connect
from tests.adapters.stores import BIG, MIB, PDF, assert_absent, client, made, new_key, put
from tests.servers import S3Server, free_port


class FlippingPool(urllib3.PoolManager):
    """Changes one byte of each object on its way, after it was hashed and signed."""

    def urlopen(  # type: ignore[override] # so does urllib3's own PoolManager to its base
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> urllib3.BaseHTTPResponse:
        if method == "PUT":
            kw["body"] = bytes([kw["body"][0] ^ 1]) + kw["body"][1:]
        return super().urlopen(method, url, redirect=redirect, **kw)


@pytest.mark.s3
@pytest.mark.parametrize("single_put_max_bytes", [5 * MIB, 16 * MIB])
def test_bytes_changed_on_the_way_are_refused(
    s3: S3Server, bucket: str, single_put_max_bytes: int
) -> None:
    flipping = Minio(
        s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        secure=False,
        region="us-east-1",
        http_client=FlippingPool(),
    )
    store = MinioStore(flipping, bucket, single_put_max_bytes=single_put_max_bytes)
    key = new_key("documents")
    with pytest.raises(ChecksumMismatch):
        put(store, BIG, key)
    assert_absent(MinioStore(client(s3), bucket), key)


@pytest.mark.s3
def test_the_server_itself_checks_the_sha256_that_we_send(s3: S3Server, bucket: str) -> None:
    """The header goes in `metadata`; should the library stop passing it on, this fails."""
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    with pytest.raises(S3Error) as refusal:
        client(s3).put_object(
            bucket,
            new_key("documents"),
            io.BytesIO(b"acta"),
            4,
            metadata={"x-amz-checksum-sha256": wrong},
        )
    assert refusal.value.code == "BadDigest"


@pytest.mark.s3
def test_media_type_is_kept_with_the_object(s3: S3Server, bucket: str) -> None:
    key = put(MinioStore(client(s3), bucket), b"%PDF")
    assert client(s3).stat_object(bucket, key).content_type == PDF


@pytest.mark.s3
@pytest.mark.parametrize("wrong", ["access_key", "secret_key"])
def test_wrong_credentials_are_unavailable_and_not_shown(
    s3: S3Server, bucket: str, wrong: str
) -> None:
    secret = "wrong-and-never-to-be-shown"
    key = put(MinioStore(client(s3), bucket), b"acta")
    store = MinioStore(client(s3, **{wrong: secret}), bucket)
    for operation in every_operation(store, key):
        with pytest.raises(StoreUnavailable) as error:
            operation()
        assert secret not in str(error.value)
        assert s3.secret_key not in str(error.value)


@pytest.mark.s3
def test_a_bucket_that_does_not_exist_is_unavailable(s3: S3Server) -> None:
    with pytest.raises(StoreUnavailable, match="bucket"):
        MinioStore(client(s3), "not-made-by-anyone").check()


def test_a_server_that_is_down_is_unavailable_quickly() -> None:
    store = made("minio", endpoint=f"127.0.0.1:{free_port()}", secret_key="never-to-be-shown")
    began = time.monotonic()
    for operation in every_operation(store, new_key("documents")):
        with pytest.raises(StoreUnavailable) as error:
            operation()
        assert "never-to-be-shown" not in str(error.value)
    assert time.monotonic() - began < 10


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        never = connect(
            f"127.0.0.1:{silent.getsockname()[1]}",
            access_key="k",
            secret_key="s",
            secure=False,
            read_timeout_s=0.2,
        )
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            MinioStore(never, "documents").check()
        assert time.monotonic() - began < 5


def test_a_download_cut_short_is_unavailable_not_a_shorter_document() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly the first bytes"
    with socket.create_server(("127.0.0.1", 0)) as server:
        cutting = threading.Thread(target=answer_once, args=(server, answer))
        cutting.start()
        store = MinioStore(
            connect(
                f"127.0.0.1:{server.getsockname()[1]}",
                access_key="k",
                secret_key="s",
                secure=False,
            ),
            "documents",
        )
        with store.open(new_key("documents")) as stream, pytest.raises(StoreUnavailable):
            stream.read()
        cutting.join()


def answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def every_operation(store: DocumentStore, key: str) -> list[Any]:
    return [
        store.check,
        lambda: store.open(key),
        lambda: store.size(key),
        lambda: store.delete(key),
        lambda: list(store.keys("documents")),
        lambda: put(store, b"acta"),
        lambda: put(store, BIG),
    ]
