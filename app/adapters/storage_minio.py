"""Documents in a bucket of MinIO, or of any server that speaks S3.

The server checks what arrives against the SHA-256 that we send, and refuses to replace an object.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from app.adapters.storage import (
    CHUNK_BYTES,
    ChecksumMismatch,
    KeyTaken,
    StoreUnavailable,
    checked_folder,
    checked_key,
    checked_sha256,
    sha256_of,
    verified_chunks,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from minio.helpers import ObjectWriteResult
    from urllib3 import BaseHTTPResponse

MIB = 1024 * 1024
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 30.0
# One request carries at most this; the library holds it in memory.
SINGLE_PUT_MAX_BYTES = 16 * MIB
CHECKSUM_HEADER = "x-amz-checksum-sha256"
WRONG_BYTES = frozenset(
    {"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"}
)


class _NeverReplacePool(urllib3.PoolManager):
    """Adds `If-None-Match: *` to the requests that create an object.

    minio 7.2 has no argument for it, and one put in `metadata` becomes a mere note on the object.
    The header is added after signing, which S3 allows for headers that are not signed.
    """

    def urlopen(  # type: ignore[override] # so does urllib3's own PoolManager to its base
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> BaseHTTPResponse:
        creates_whole = method == "PUT" and "?" not in url
        completes_parts = method == "POST" and "uploadId=" in url
        if creates_whole or completes_parts:
            kw["headers"]["If-None-Match"] = "*"
        return super().urlopen(method, url, redirect=redirect, **kw)


def connect(
    endpoint: str,
    *,
    access_key: str,
    secret_key: str,
    secure: bool,
    region: str = "us-east-1",
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
) -> Minio:
    """A client that gives up soon, and that never replaces an object. Certificates are verified.

    A private authority is trusted through the environment variable SSL_CERT_FILE.
    """
    pool = _NeverReplacePool(
        timeout=urllib3.Timeout(connect=connect_timeout_s, read=read_timeout_s),
        maxsize=10,
        cert_reqs="CERT_REQUIRED",
        retries=urllib3.Retry(
            total=2,
            connect=1,
            read=1,
            status=1,
            redirect=0,
            backoff_factor=0.2,
            status_forcelist=(500, 502, 503, 504),
        ),
    )
    return Minio(
        endpoint,
        access_key=access_key,
        secret_key=secret_key,
        secure=secure,
        region=region,  # given, so that no request is spent on asking for it
        http_client=pool,
    )


class MinioStore:
    """See DocumentStore. `client` comes from `connect`; the bucket must exist.

    Up to `single_put_max_bytes` the server itself refuses bytes of another SHA-256. Above it S3
    knows no such check of the whole: we hash what we send, and read back what was kept. That of
    two writers of one key only one wins is for the server to keep; in parts not every one does
    (MinIO does), and each key is made for one writer.
    """

    def __init__(
        self, client: Minio, bucket: str, *, single_put_max_bytes: int = SINGLE_PUT_MAX_BYTES
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._single_put_max_bytes = single_put_max_bytes

    def put(
        self, key: str, data: BinaryIO, *, size_bytes: int, sha256: str, media_type: str
    ) -> None:
        checked_key(key)
        checksum = base64.b64encode(bytes.fromhex(checked_sha256(sha256))).decode()
        chunks = verified_chunks(data, size_bytes=size_bytes, sha256=sha256)
        try:
            with _translated(key):
                if size_bytes <= self._single_put_max_bytes:
                    written = self._put_whole(key, b"".join(chunks), checksum, media_type)
                else:
                    written = self._put_parts(key, chunks, media_type)
        except KeyTaken:
            if not self._holds(key, sha256):
                raise
            return  # the same bytes: a repeated request, or a retry whose first answer was lost
        if written.http_headers.get(CHECKSUM_HEADER) == checksum:
            return  # the server says that it checked
        if not self._holds(key, sha256):
            self._undo(key, written)
            raise ChecksumMismatch("the store kept other bytes than those sent")

    def open(self, key: str) -> BinaryIO:
        with _translated(key):
            response = self._client.get_object(self._bucket, checked_key(key))

        def release() -> None:
            response.close()
            response.release_conn()

        def chunks() -> Iterator[bytes]:
            with _translated(key):
                yield from response.stream(CHUNK_BYTES)

        return io.BufferedReader(_ChunkReader(chunks(), release))

    def size(self, key: str) -> int:
        with _translated(key):
            size_bytes = self._client.stat_object(self._bucket, checked_key(key)).size
        return size_bytes or 0

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.remove_object(self._bucket, checked_key(key))

    def keys(self, folder: str) -> Iterator[str]:
        prefix = f"{checked_folder(folder)}/"
        with _translated(prefix):
            for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                if found.object_name is not None:
                    yield found.object_name

    def discard_unfinished(self, before: datetime) -> int:
        """Always 0: the server clears unfinished uploads (MinIO by itself after 24 h; elsewhere a
        rule AbortIncompleteMultipartUpload of the bucket)."""
        return 0

    def check(self) -> None:
        with _translated(self._bucket):
            exists = self._client.bucket_exists(self._bucket)
        if not exists:
            raise StoreUnavailable("the bucket does not exist")

    def _put_whole(
        self, key: str, payload: bytes, checksum: str, media_type: str
    ) -> ObjectWriteResult:
        return self._client.put_object(
            self._bucket,
            key,
            io.BytesIO(payload),
            len(payload),
            content_type=media_type,
            metadata={CHECKSUM_HEADER: checksum},
            part_size=self._single_put_max_bytes,
        )

    def _put_parts(self, key: str, chunks: Iterator[bytes], media_type: str) -> ObjectWriteResult:
        """The length is left open so that the library reads to the end, where `chunks` refuses
        wrong bytes, before it sends the last part; it then abandons them and nothing appears."""
        return self._client.put_object(
            self._bucket,
            key,
            io.BufferedReader(_ChunkReader(chunks), CHUNK_BYTES),
            length=-1,
            content_type=media_type,
            part_size=self._single_put_max_bytes,
            num_parallel_uploads=1,  # one part in memory at a time
        )

    def _holds(self, key: str, sha256: str) -> bool:
        """Read the object back and compare. Raises: StoreUnavailable when it is not there (yet)."""
        try:
            with self.open(key) as stored:
                return sha256_of(stored) == sha256
        except KeyError:
            raise StoreUnavailable("the object just written cannot be read") from None

    def _undo(self, key: str, written: ObjectWriteResult) -> None:
        """Delete the object just written, unless another took its place meanwhile."""
        with _translated(key):
            if self._client.stat_object(self._bucket, key).etag == written.etag:
                self._client.remove_object(self._bucket, key)


class _ChunkReader(io.RawIOBase):
    """A stream over chunks of bytes; `release` runs once, when it is closed."""

    def __init__(self, chunks: Iterator[bytes], release: Callable[[], None] | None = None) -> None:
        self._chunks = chunks
        self._release = release
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        if self._release is not None:
            self._release()
            self._release = None
        super().close()


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Errors of the library become ours, without what the server wrote: it may name the keys."""
    try:
        yield
    except S3Error as error:
        if error.code == "NoSuchKey":
            raise KeyError(key) from None
        if error.code == "PreconditionFailed":
            raise KeyTaken("the key holds an object already") from error
        if error.code in WRONG_BYTES:
            raise ChecksumMismatch("the store received other bytes than those sent") from error
        raise StoreUnavailable(f"the document store refused: {error.code}") from error
    except (MinioException, HTTPError) as error:
        raise StoreUnavailable(f"the document store failed: {type(error).__name__}") from error
