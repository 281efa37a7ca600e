"""A stand-in GitHub for stories: what a story says of a repository is made so on a server that speaks GitHub's API.

Only on a server of this machine (emulate, say): a story must never write to the real GitHub. What such a server tells by its
own clock (when an issue was opened, a release published) is not the story's time; commits carry the story's dates.
"""

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from workflows.github.names import is_full_name
from workflows.github.questions import Asks

SECONDS = 30
LICENCE_TEXT = {
    "MIT": "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software.\n",
    "Apache-2.0": "Apache License\nVersion 2.0, January 2004\n",
}
KNOWN = {
    "full_name", "archived", "gone", "renamed_to", "description", "topics", "default_branch", "pushed_at", "licence_spdx",
    "files", "releases", "commits_by_contributor", "last_commit_at", "median_issue_response_hours", "publiccode",
    "open_issues", "ci",
}  # fmt: skip


class StandInRefused(Exception):
    """The stand-in cannot be used, or cannot show what the story says. The message is Japanese."""


class StandIn:
    """One such server; `client` is how Kyoso itself looks at it."""

    def __init__(self, url: str, token: str, client: Asks) -> None:
        host = urlsplit(url).hostname or ""
        try:
            here = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            here = False
        if not here:
            raise StandInRefused(
                f"{url} はこの計算機の中のサーバーではありません。本物の GitHub を書き換えないため、代役には 127.0.0.1 のアドレスだけを使えます。"
            )
        self.url = url.rstrip("/")
        self.client = client
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {token}"

    def change(self, facts: Mapping[str, Any], at: datetime) -> None:
        """Makes a repository show these facts from now on, making the repository first where there is none."""
        full_name = facts["full_name"]
        if strangers := sorted(set(facts) - KNOWN):
            raise StandInRefused(f"GitHub の代役に「{'」「'.join(strangers)}」は見せられません。")
        if not is_full_name(full_name):
            raise StandInRefused(f"リポジトリ {full_name} は「持ち主/名前」の形ではありません。")
        here = f"/repos/{full_name}"
        if facts.get("gone"):
            self._say("DELETE", here)
            return
        there = self._there(full_name)
        if there.get("archived") and facts.get("archived") is not True:
            self._say("PATCH", here, {"archived": False})
        self._code(here, facts, at)
        self._releases(here, facts)
        self._issues(here, facts)
        changes = {name: facts[name] for name in ("description", "archived") if name in facts}
        if "licence_spdx" in facts:
            spdx = facts["licence_spdx"]
            changes["license"] = {"key": spdx.lower(), "name": spdx, "spdx_id": spdx} if spdx else None
        if "renamed_to" in facts:
            changes["name"] = facts["renamed_to"].rpartition("/")[2]
        if changes:
            self._say("PATCH", here, changes)
        if "topics" in facts:
            self._say("PUT", f"{here}/topics", {"names": facts["topics"]})

    def _there(self, full_name: str) -> Mapping[str, Any]:
        found = self._ask("GET", f"/repos/{full_name}")
        if found.status_code == requests.codes.ok:
            there: Mapping[str, Any] = found.json()
            return there
        owner, name = full_name.split("/")
        mine = self._say("GET", "/user")["login"] == owner
        self._say(
            "POST", "/user/repos" if mine else f"/orgs/{owner}/repos", {"name": name, "auto_init": True}
        )
        return {}

    def _code(self, here: str, facts: Mapping[str, Any], at: datetime) -> None:
        """A new history with these files, made by these people, the last commit at its time."""
        if not facts.keys() & {
            "files",
            "publiccode",
            "licence_spdx",
            "commits_by_contributor",
            "last_commit_at",
        }:
            return
        tree = {entry["path"]: entry for entry in self._tree(here)}
        if "files" in facts:
            tree = {path: tree.get(path, self._file(path, f"{path}\n")) for path in facts["files"] or ()}
        for path in [p for p in tree if p.lower() in ("license", "licence", "license.md")]:
            if "licence_spdx" in facts:
                spdx = facts["licence_spdx"]
                del tree[path]
                if spdx:
                    tree[path] = self._file(
                        path, LICENCE_TEXT.get(spdx, f"SPDX-License-Identifier: {spdx}\n")
                    )
        if facts.get("publiccode"):
            tree["publiccode.yml"] = self._file("publiccode.yml", facts["publiccode"])
        sha = self._say("POST", f"{here}/git/trees", {"tree": list(tree.values())})["sha"]
        people = facts.get("commits_by_contributor") or {self._say("GET", "/user")["login"]: 1}
        last = datetime.fromisoformat(facts["last_commit_at"]) if facts.get("last_commit_at") else at
        parents: list[str] = []
        makers = [login for login, made in people.items() for _ in range(made)]
        for number, login in enumerate(makers, 1):
            when = (last - timedelta(minutes=len(makers) - number)).isoformat()
            who = {"name": login, "email": f"{login}@users.noreply.example.jp", "date": when}
            commit = {
                "message": f"{number}",
                "tree": sha,
                "parents": parents,
                "author": who,
                "committer": who,
            }
            parents = [self._say("POST", f"{here}/git/commits", commit)["sha"]]
        branch = quote(facts.get("default_branch") or "main")
        self._say("PATCH", f"{here}/git/refs/heads/{branch}", {"sha": parents[0], "force": True})
        if facts.get("ci") in ("passing", "failing"):
            end = "success" if facts["ci"] == "passing" else "failure"
            run = {"name": "test", "head_sha": parents[0], "status": "completed", "conclusion": end}
            self._say("POST", f"{here}/check-runs", run)

    def _tree(self, here: str) -> list[dict[str, Any]]:
        found = self._say("GET", f"{here}/git/trees/HEAD?recursive=1")["tree"]
        return [{k: e[k] for k in ("path", "mode", "type", "sha")} for e in found if e["type"] == "blob"]

    def _file(self, path: str, text: str) -> dict[str, Any]:
        return {"path": path, "mode": "100644", "type": "blob", "content": text}

    def _releases(self, here: str, facts: Mapping[str, Any]) -> None:
        if facts.get("releases") is None:
            return
        there = {r["tag_name"]: r["id"] for r in self._say("GET", f"{here}/releases?per_page=100")}
        wanted = {r["tag"]: r for r in facts["releases"]}
        for tag in there.keys() - wanted.keys():
            self._say("DELETE", f"{here}/releases/{there[tag]}")
        for tag in wanted.keys() - there.keys():
            notes = wanted[tag].get("notes", "")
            self._say("POST", f"{here}/releases", {"tag_name": tag, "name": tag, "body": notes})

    def _issues(self, here: str, facts: Mapping[str, Any]) -> None:
        """As many open questions as the story says; where it says that questions are answered, more that were."""
        if facts.get("median_issue_response_hours") is not None:
            closed = self._say("GET", f"{here}/issues?state=closed&per_page=100")
            for _ in range(len(closed), (facts.get("open_issues") or 0) + 1):
                answered = self._say("POST", f"{here}/issues", {"title": "使い方の質問"})["number"]
                self._say("PATCH", f"{here}/issues/{answered}", {"state": "closed"})
        if facts.get("open_issues") is None:
            return
        there = [i["number"] for i in self._say("GET", f"{here}/issues?state=open&per_page=100")]
        for number in there[facts["open_issues"] :]:
            self._say("PATCH", f"{here}/issues/{number}", {"state": "closed"})
        for _ in range(len(there), facts["open_issues"]):
            self._say("POST", f"{here}/issues", {"title": "質問"})

    def _say(self, method: str, path: str, body: Any = None) -> Any:
        said = self._ask(method, path, body)
        if not said.ok:
            raise StandInRefused(
                f"GitHub の代役が {method} {path} を断りました（{said.status_code} {said.text[:200]}）。"
            )
        return said.json() if said.content else None

    def _ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        try:
            return self._session.request(method, self.url + path, json=body, timeout=SECONDS)
        except requests.RequestException as error:
            raise StandInRefused(
                f"GitHub の代役（{self.url}）に届きません（{type(error).__name__}）。動いているか確かめてください。"
            ) from None
