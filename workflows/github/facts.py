"""What the gates want to know of a repository: asked of GitHub, conditionally where an answer is kept.

A repository in which nothing moved costs one conditional request. A whole round asks everything again, each with the mark of
the kept answer. What this token may not see is left out of the facts; where GitHub gave no answer, nothing of the look is kept.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from workflows.github import activity, licences, pieces
from workflows.github.outcomes import (
    Fresh,
    Gone,
    Look,
    Malformed,
    Page,
    Seen,
    Unavailable,
    Unchanged,
)
from workflows.github.questions import MOVED, Asks, Ended, Questions, refusal_of

WHOLE_ROUND_AFTER = timedelta(days=7)
"""An answer that is older is asked for again even if the repository itself says that nothing moved."""
A_PAGE = 100
MOST_PAGES = {"commits": 10, "releases": 3, "tags": 3, "comments": 3}
"""Of a hundred entries each. Of more commits the newest thousand are counted, and the facts say so."""
REPOSITORY = "/"
"""The key of the answer about the repository itself."""
NO_FILES = {"files": [], "read": {}, "truncated": False}


def look(
    client: Asks,
    full_name: str,
    forge_id: int | None,
    kept: Mapping[str, Page],
    previous: Mapping[str, Any],
    *,
    whole: bool,
    now: datetime,
) -> Look:
    """One look at a repository. `forge_id` is GitHub's number for it, once known: a name may be taken by another repository.

    `previous` are the facts that the kept answers gave; they are handed back where nothing has changed.
    """
    looking = _Looking(client, kept, now)
    try:
        return looking.look(full_name, forge_id, previous, whole)
    except Ended as ended:
        return ended.why


class _Looking(Questions):
    def look(self, full_name: str, forge_id: int | None, previous: Mapping[str, Any], whole: bool) -> Look:
        known = self.kept.get(REPOSITORY)
        page = self._repository(full_name, forge_id)
        self.name = page.piece["full_name"]
        settled = known is not None and not known.piece.get("unsettled")
        if not whole and known is not None and settled and known.piece == page.piece:
            return Seen(
                self.name, page.piece["id"], previous, {**self.kept, REPOSITORY: page}, self.requests, is_unchanged=True
            )  # fmt: skip
        self.pages[REPOSITORY] = page
        self._whole_round(page.piece)
        if self.missed:
            self._is_it_still_there(page.piece)
        return Seen(self.name, page.piece["id"], self.facts, self.pages, self.requests, seen=self.seen)

    # -- the repository itself -----------------------------------------------------------------------------------------

    def _repository(self, full_name: str, forge_id: int | None) -> Page:
        """The answer about the repository, whatever it is called now. Another one under its old name is never taken for it."""
        known = self.kept.get(REPOSITORY)
        reply = self.get(f"/repos/{full_name}", etag=known.etag if known else None)
        if isinstance(reply, Unchanged) and known is not None:
            return known
        if isinstance(reply, Fresh):
            page = self.page(reply, pieces.repository)
            if forge_id is None or page.piece["id"] == forge_id:
                return page
        elif not isinstance(reply, Gone) or forge_id is None:
            raise Ended(refusal_of(reply))
        by_number = self.get(f"/repositories/{forge_id}")
        if not isinstance(by_number, Fresh):
            raise Ended(refusal_of(by_number))
        return self.page(by_number, pieces.repository)

    def _is_it_still_there(self, piece: Mapping[str, Any]) -> None:
        """Parts were not there: the repository may have gone or moved in the middle of the look, and then nothing of it counts."""
        reply = self.get(f"/repos/{self.name}")
        if not isinstance(reply, Fresh):
            raise Ended(Unavailable(MOVED) if self._moved(piece["id"]) else refusal_of(reply))
        if self.page(reply, pieces.repository).piece["id"] != piece["id"]:
            raise Ended(Unavailable(MOVED))

    def _moved(self, forge_id: int) -> bool:
        return isinstance(self.get(f"/repositories/{forge_id}"), Fresh)

    # -- its parts -------------------------------------------------------------------------------------------------------

    def _whole_round(self, piece: Mapping[str, Any]) -> None:
        self.note(
            f"/repos/{self.name}",
            **{
                name: piece[name]
                for name in ("default_branch", "description", "topics", "pushed_at", "archived", "fork")
                if piece[name] is not None or name in ("description", "pushed_at")
            },
        )
        commits = self._commits()
        is_empty = commits is not None and commits["empty"]
        self._files(piece, is_empty)
        self._releases()
        self._pull_requests(piece)
        self._issues(piece)
        if is_empty:
            self.note(f"/repos/{self.name}", ci="none")
        elif commits is not None and commits["head"]:
            self._checks(commits["head"])

    def _commits(self) -> dict[str, Any] | None:
        """Commits of the last 12 months, counted by who made them; the piece says which is the newest, or that there is none."""
        begin = activity.twelve_months_before(self.now)
        # The first of a month, so that the question, and with it the mark of its answer, stays the same for a month.
        since = begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")

        def read(reply: Fresh) -> dict[str, Any]:
            found = pieces.commits(reply.data or [])
            for number in range(2, min(reply.last_page, MOST_PAGES["commits"]) + 1):
                more = self.more(path, {"since": since, "per_page": A_PAGE}, number)
                found += pieces.commits(more or [])
            return {
                "head": pieces.head_of(reply.data or []),
                "empty": reply.data is None,
                "commits": found,
                "capped": reply.last_page > MOST_PAGES["commits"],
            }

        def read_last(reply: Fresh) -> dict[str, Any]:
            return {"head": pieces.head_of(reply.data or []), "commits": pieces.commits(reply.data or [])}

        path = "/commits"
        piece = self.ask(f"{path}?since={since}", path, read, {"since": since, "per_page": A_PAGE})
        if piece is None:
            return None
        counted, last = activity.commits(piece["commits"], begin)
        self.note(f"/repos/{self.name}{path}", commits_by_contributor=counted, commits_capped=piece["capped"])
        if last is None and not piece["empty"]:
            older = self.ask(f"{path}?last", path, read_last, {"per_page": 1})
            if older is None:
                return piece
            last = max((at for _, at in older["commits"]), default=None)
            piece = {**piece, "head": piece["head"] or older["head"]}
        self.note(f"/repos/{self.name}{path}", last_commit_at=last)
        return piece

    def _files(self, piece: Mapping[str, Any], is_empty: bool) -> None:
        key, path = "/git/trees/HEAD?recursive", "/git/trees/HEAD"
        found: dict[str, Any] | None = NO_FILES if is_empty else self._tree(key, {"recursive": 1})
        is_whole = found is not None and not found["truncated"]
        if found is not None and not is_whole:
            found = self._tree(path, None)  # too many to be listed: the root alone is seen whole
        if found is not None:
            where = f"/repos/{self.name}{path}"
            if is_whole:
                self.note(where, files=found["files"])
            self.note(where, readme=pieces.readme_of(found["files"]))
            publiccode = found["read"].get("publiccode")
            text = self._text(publiccode) if publiccode else None
            if text is not None or publiccode is None:
                self.note(where, publiccode=text)
        self._licence(piece, found)

    def _tree(self, key: str, params: Mapping[str, str | int] | None) -> dict[str, Any] | None:
        try:
            return self.ask(key, "/git/trees/HEAD", lambda reply: pieces.tree(reply.data), params)
        except Ended as ended:
            if params is None or not isinstance(ended.why, Malformed):
                raise
        return {"truncated": True}  # larger than is read: as if GitHub had cut it off

    def _licence(self, piece: Mapping[str, Any], found: Mapping[str, Any] | None) -> None:
        """What GitHub says, else what the text itself says. A licence that nobody recognises is there, but was not seen."""
        said = piece["licence"] if piece["licence"] != "NOASSERTION" else None
        place = found["read"].get("licence") if found else None
        text = self._text(place) if place else None
        guessed = licences.guess(text) if text else None
        if found:
            self.note(
                f"/repos/{self.name}/git/trees/HEAD",
                licence_file=place["path"] if place else None,
                **({"licence_in_file": guessed} if text is not None or not place else {}),
            )
        if said or guessed:
            self.note(f"/repos/{self.name}", licence_spdx=said or guessed)
        elif piece["licence"] is None and found is not None and place is None:
            self.note(f"/repos/{self.name}", licence_spdx=None)

    def _text(self, place: Mapping[str, Any]) -> str | None:
        """A file's text by its hash: what was read once under it stays true."""
        key = f"/git/blobs/{place['sha']}"
        if place["size"] > pieces.LARGEST_BLOB:
            return None
        if key in self.kept:
            self.pages[key] = self.kept[key]
        elif self.ask(key, key, lambda reply: pieces.blob(reply.data)) is None:
            return None
        return str(self.pages[key].piece["text"])

    def _releases(self) -> None:
        for name, of in (("releases", pieces.releases), ("tags", _tags)):
            path = f"/{name}"

            def read(
                reply: Fresh, name: str = name, path: str = path, of: Callable[[Any], Any] = of
            ) -> dict[str, Any]:
                found = pieces.entries(reply.data or [])
                for number in range(2, min(reply.last_page, MOST_PAGES[name]) + 1):
                    found += pieces.entries(self.more(path, {"per_page": A_PAGE}, number) or [])
                return {name: of(found)}

            piece = self.ask(path, path, read, {"per_page": A_PAGE})
            if piece is not None:
                self.note(f"/repos/{self.name}{path}", **piece)

    def _pull_requests(self, piece: Mapping[str, Any]) -> None:
        path = "/pulls"
        params: dict[str, str | int] = {"state": "open", "per_page": 1}
        found = self.ask(
            path, path, lambda reply: {"open": reply.last_page if pieces.entries(reply.data or []) else 0}, params
        )  # fmt: skip
        if found is None:
            return
        self.note(f"/repos/{self.name}{path}", open_pull_requests=found["open"])
        if piece["open_issues_count"] is not None:  # GitHub counts pull requests among the issues
            open_issues = max(0, piece["open_issues_count"] - found["open"])
            self.note(f"/repos/{self.name}", open_issues=open_issues)

    def _issues(self, piece: Mapping[str, Any]) -> None:
        path = "/issues"
        newest: dict[str, str | int] = {"sort": "created", "direction": "desc", "per_page": A_PAGE}
        if not piece["has_issues"]:
            self.note(f"/repos/{self.name}", median_issue_response_hours=None)
            return
        issues = self.ask(
            path, path, lambda reply: {"issues": pieces.issues(reply.data or [])}, {"state": "all", **newest}
        )
        if issues is None:
            return

        def read(reply: Fresh) -> dict[str, Any]:
            found = pieces.comments(reply.data or [])
            for number in range(2, min(reply.last_page, MOST_PAGES["comments"]) + 1):
                found += pieces.comments(self.more(f"{path}/comments", newest, number) or [])
            return {"comments": found, "capped": reply.last_page > MOST_PAGES["comments"]}

        said: dict[str, Any] | None = {"comments": [], "capped": False}
        if any(issue["comments"] for issue in issues["issues"]):
            said = self.ask(f"{path}/comments", f"{path}/comments", read, newest)
        if said is not None:
            hours = activity.median_response_hours(
                issues["issues"], said["comments"], said["capped"], self.now
            )
            self.note(f"/repos/{self.name}{path}", median_issue_response_hours=hours)

    def _checks(self, head: str) -> None:
        missed = self.missed
        path = f"/commits/{head}/check-runs"
        found = self.ask(path, path, lambda reply: pieces.checks(reply.data), {"per_page": A_PAGE})
        if found == {"ci": "none"}:  # another kind of test tells by the older way
            path = f"/commits/{head}/status"
            found = self.ask(path, path, lambda reply: pieces.statuses(reply.data))
        self.missed = missed  # not every server that speaks like GitHub knows these
        if found is None:
            return
        if found["ci"] == "pending":  # its end moves nothing that the one conditional request would tell
            repository = self.pages[REPOSITORY]
            self.pages[REPOSITORY] = Page(None, {**repository.piece, "unsettled": True})
        else:
            self.note(f"/repos/{self.name}{path}", **found)


def _tags(found: list[Mapping[str, Any]]) -> list[str]:
    return [tag for entry in found if (tag := pieces.text(entry.get("name")))]
