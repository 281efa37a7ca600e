"""Requests and time of syncing a hundred repositories against emulate: the first time, with nothing changed, with five changed."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.country import PUBLICCODE, VENDOR, Country
from tests.forges.asking import asking
from tests.forges.emulated import OWNER, Emulated, seed
from workflows.github.sync import sync

REPOSITORIES, CHANGED = 100, 5
FILES = {"LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n",
         "publiccode.yml": PUBLICCODE, "SECURITY.md": "# 安全\n", "sbom.cdx.json": "{}\n"}  # fmt: skip


def test_a_hundred_repositories(
    small_country: Country, emulate: Callable[[Mapping[str, Any]], Emulated]
) -> None:
    names = [f"tool-{number:04}" for number in range(REPOSITORIES)]
    forge = emulate(seed(*names))
    idea = small_country.an_idea_with_a_team()
    for name in names:
        for path, text in FILES.items():
            forge.writes(f"{OWNER}/{name}", path, text)
        forge.says("POST", f"/repos/{OWNER}/{name}/releases", {"tag_name": "v1.0.0", "body": "# 最初の版"})
        small_country.say(VENDOR, "repo.link", idea=idea, full_name=f"{OWNER}/{name}")
    print(
        f"\n{'sync':<24}{'looked':>8}{'changed':>9}{'requests':>10}{'each':>7}{'200':>7}{'304':>6}{'seconds':>9}"
    )
    assert _requests("first", small_country, forge) <= 13 * REPOSITORIES
    small_country.pass_days(1)
    assert _requests("nothing changed", small_country, forge) == REPOSITORIES
    for name in names[:CHANGED]:
        forge.writes(f"{OWNER}/{name}", "README.md", "# 新しくなった\n")
    small_country.pass_days(1)
    assert _requests(f"{CHANGED} changed", small_country, forge) <= REPOSITORIES + 13 * CHANGED
    small_country.pass_days(7)
    _requests("a week later, all anew", small_country, forge)


def _requests(what: str, country: Country, forge: Emulated) -> int:
    forge.forget()
    began = time.perf_counter()
    summary = sync(country.engine, country.now, asking(forge, country.engine))
    seconds = time.perf_counter() - began
    statuses = Counter(status for _, _, status in forge.asked())
    print(
        f"{what:<24}{summary.looked:>8}{summary.changed:>9}{summary.requests:>10}"
        f"{summary.requests / summary.looked:>7.1f}{statuses[200]:>7}{statuses[304]:>6}{seconds:>9.1f}"
    )
    assert not summary.failed
    return summary.requests
