"""A folder and a bucket keep contents alike: the same tests over both; the bucket over HTTP, on a server that speaks S3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from app.config import ConfigError, read_config
from app.files import files_of
from workflows.files.not_now import NotNow
from workflows.files.s3 import Bucket, BucketStore
from workflows.files.stores import FolderStore, Missing, Store, digest_of

A, B = b"one", b"\0" * 100_000
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


def bucket_at(host: str, name: str = "kyoso-files") -> BucketStore:
    url = f"s3+http://key:s%40cret@{host}/{name}/evidence?region=ap-northeast-1"
    config = read_config({"KYOSO_ENV": "development", "KYOSO_FILES": url})
    store = files_of(config).store
    assert isinstance(store, BucketStore)
    return store


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "files")
    found = bucket_at(request.getfixturevalue("s3"))
    found._client.create_bucket(
        Bucket="kyoso-files", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
    )
    return found


def test_what_is_put_is_there_until_it_is_deleted(store: Store) -> None:
    for data in (A, B, A):
        store.put(digest_of(data), data)
    assert store.get(digest_of(B)) == B
    assert sorted(store.digests(SOON)) == sorted({digest_of(A), digest_of(B)})
    assert list(store.digests(SOON - timedelta(days=1))) == []
    for _ in range(2):
        store.delete(digest_of(A))
    with pytest.raises(Missing):
        store.get(digest_of(A))
    assert list(store.digests(SOON)) == [digest_of(B)]
    store.delete(digest_of(B))
    for name in ("../../etc/passwd", "", digest_of(A).upper()):
        with pytest.raises(ValueError, match="no digest"):
            store.get(name)


def test_a_bucket_that_is_not_there_or_silent_says_so_and_nothing_secret(
    s3: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for found in (
        bucket_at(s3, "nobodys"),
        BucketStore(Bucket("http://127.0.0.1:9", "x", "", "x", "k", "s3cr3t")),
    ):
        with pytest.raises(NotNow, match="置き場所が答えません"):
            found.put(digest_of(A), A)
    assert "NoSuchBucket" in caplog.text
    assert "EndpointConnectionError" in caplog.text
    assert "cret" not in caplog.text + repr(found.bucket)


@pytest.mark.parametrize(
    "url", ["s3://host/bucket", "s3://k:s@host", "https://k:s@host/b", "s3://k:s@host/b?x=1"]
)
def test_a_place_that_cannot_be_read_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="置き場所として読めません"):
        read_config({"KYOSO_ENV": "development", "KYOSO_FILES": url})
