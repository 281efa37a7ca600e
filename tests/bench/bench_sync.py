"""How many requests and how long a sync of many repositories takes: the first, one with nothing changed, one with five changed.

`python -m tests.bench.bench_sync [--repositories 100]` against emulate on this machine, into a SQLite database of its own.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from app.db import create_engine
from app.schema import migrate
from tests.country import PUBLICCODE, VENDOR, Country
from tests.forges.asking import asking
from tests.forges.emulated import OWNER, Emulated, emulating, seed
from workflows.github.sync import Summary, sync

FILES = {"LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n",
         "publiccode.yml": PUBLICCODE, "SECURITY.md": "# 安全\n", "sbom.cdx.json": "{}\n"}  # fmt: skip
CHANGED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=100)
    count: int = parser.parse_args().repositories
    names = [f"tool-{number:04}" for number in range(count)]
    with tempfile.TemporaryDirectory() as folder, emulating() as opened:
        forge = opened(seed(*names))
        for name in names:
            for path, text in FILES.items():
                forge.writes(f"{OWNER}/{name}", path, text)
            forge.says(
                "POST", f"/repos/{OWNER}/{name}/releases", {"tag_name": "v1.0.0", "body": "# 最初の版"}
            )
        engine = create_engine(f"sqlite:///{Path(folder) / 'kyoso.db'}", may_create=True)
        migrate(engine)
        country = Country(engine)
        idea = country.an_idea_with_a_team()
        for name in names:
            country.say(VENDOR, "repo.link", idea=idea, full_name=f"{OWNER}/{name}")
        print(
            f"{'sync':<24}{'repositories':>13}{'changed':>9}{'requests':>10}{'each':>7}{'200':>7}{'304':>6}{'seconds':>9}"
        )
        _run("first", country, forge)
        country.pass_days(1)
        _run("nothing changed", country, forge)
        for name in names[:CHANGED]:
            forge.writes(f"{OWNER}/{name}", "README.md", "# 新しくなった\n")
        country.pass_days(1)
        _run(f"{CHANGED} changed", country, forge)
        country.pass_days(7)
        _run("a week later, all anew", country, forge)
        engine.dispose()


def _run(what: str, country: Country, forge: Emulated) -> Summary:
    forge.forget()
    began = time.perf_counter()
    summary = sync(country.engine, country.now, asking(forge, country.engine))
    seconds = time.perf_counter() - began
    by_status = Counter(status for _, _, status in forge.asked())
    each = summary.requests / max(summary.looked, 1)
    print(
        f"{what:<24}{summary.looked:>13}{summary.changed:>9}{summary.requests:>10}{each:>7.1f}"
        f"{by_status[200]:>7}{by_status[304]:>6}{seconds:>9.1f}"
    )
    assert not summary.failed, summary.failed
    return summary


if __name__ == "__main__":
    main()
