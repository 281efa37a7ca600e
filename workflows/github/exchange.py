"""One question to GitHub and its answer (`workflows.runtime.exchange`), in GitHub's own outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from workflows.github.outcomes import Malformed, Unavailable
from workflows.runtime import exchange as line
from workflows.runtime.exchange import Answer

NOT_ANSWERED = {
    "late": "GitHub が時間内に答えませんでした。",
    "cut": "GitHub につながらないか、通信が途中で切れました。",
    "certificate": "GitHub の証明書を確かめられません。間にある装置か、証明書の設定を確かめてください。",
}


@dataclass(frozen=True, slots=True)
class Authorization(requests.auth.AuthBase):
    """The header that says who asks. Given as requests' own kind of thing, since a .netrc would else replace it; it shows nothing."""

    header: str | None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.header:
            request.headers["Authorization"] = self.header
        return request

    def __repr__(self) -> str:
        return "Authorization(…)"


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    authorization: Authorization,
    headers: Mapping[str, str],
    params: Mapping[str, str | int] | None,
    seconds: float,
    most_bytes: int,
) -> Answer | Unavailable | Malformed:
    """Asks once. Redirects are answers like others."""
    said = line.exchange(
        session, method, url, authorization=authorization, headers=headers, params=params,
        seconds=seconds, most_bytes=most_bytes,
    )  # fmt: skip
    if isinstance(said, Answer):
        return said
    if said.why == "too_large":
        return Malformed(f"GitHub の答えが大きすぎます（上限は {most_bytes:,} バイト）。")
    return Unavailable(NOT_ANSWERED[said.why])


def late() -> Unavailable:
    """The time is over."""
    return Unavailable(NOT_ANSWERED["late"])
