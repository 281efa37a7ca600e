"""Contents in a bucket of Amazon S3, or of any store that speaks like it. The only importer of botocore."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from workflows.files.not_now import NotNow
from workflows.files.stores import DIGEST, Missing

log = logging.getLogger("kyoso.files")
T = TypeVar("T")


@dataclass(frozen=True)
class Bucket:
    """A bucket: `endpoint` is http(s)://host[:port], names in it begin with `prefix`."""

    endpoint: str
    name: str
    prefix: str
    region: str
    key_id: str
    secret: str = field(repr=False)


class BucketStore:
    """The interface of `stores.Store` over a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    @cached_property
    def _client(self) -> Any:
        """Made when it is first asked for: reading Amazon's description of itself takes a third of a second."""
        import botocore.session
        from botocore.config import Config

        at = self.bucket
        bounds = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 2},
            # Stores other than Amazon's do not all know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return botocore.session.Session().create_client(
            "s3",
            region_name=at.region,
            endpoint_url=at.endpoint,
            aws_access_key_id=at.key_id,
            aws_secret_access_key=at.secret,
            config=bounds,
        )

    def _named(self, digest: str) -> dict[str, str]:
        if not DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        return {"Bucket": self.bucket.name, "Key": self.bucket.prefix + digest}

    def _ask(self, ask: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404"):
                raise Missing from None
            log.warning("the store of files refused: %s", code)
        except BotoCoreError as error:
            log.warning("the store of files does not answer: %s", type(error).__name__)
        raise NotNow(
            "ファイルの置き場所が答えません。しばらくしてから、もう一度行ってください。続くときは、管理する人に知らせてください。"
        )

    def put(self, digest: str, data: bytes) -> None:
        self._ask(
            lambda: self._client.put_object(
                **self._named(digest), Body=data, ContentType="application/octet-stream"
            )
        )

    def get(self, digest: str) -> bytes:
        found: bytes = self._ask(lambda: self._client.get_object(**self._named(digest))["Body"].read())
        return found

    def delete(self, digest: str) -> None:
        self._ask(lambda: self._client.delete_object(**self._named(digest)))

    def digests(self, before: datetime) -> Iterator[str]:
        pages = self._ask(
            lambda: list(
                self._client.get_paginator("list_objects_v2").paginate(
                    Bucket=self.bucket.name, Prefix=self.bucket.prefix
                )
            )
        )
        for found in (entry for listed in pages for entry in listed.get("Contents", ())):
            digest = found["Key"][len(self.bucket.prefix) :]
            if DIGEST.fullmatch(digest) and found["LastModified"] < before:
                yield digest
