"""Takes one safeguard away at a time, and looks whether the tests notice: `python -m tests.mutants [KIND…] [--only TEXT] [--jobs 2]`.

Each mutant is a copy of the tree without one lock, one UNIQUE, one verb's `may`, one check of a request or one escape, in
which the tests of that room run until the first failure. What survives is listed. Tests that merely compare the source or
the schema with a copy of itself are left out: they would notice anything.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workflows.registry import REGISTRY

HERE = Path(__file__).parents[1]
SECONDS = 1500
"""A mutant that never ends is noticed, too."""
WAITING = ("tests/workflows/test_waiting_on_postgresql.py", "tests/app/test_waiting_on_postgresql.py")
RACES = ("tests/workflows/test_races.py", "tests/workflows/test_lost_updates.py")
ALWAYS_ALLOWED = """

_asked = may


def may(actor, verb, standing):
    return None if verb == {verb!r} else _asked(actor, verb, standing)
"""


@dataclass(frozen=True)
class Mutant:
    """`name` says what is missing; `old`, at its `nth` place in the file, becomes `new` (None: `new` is added at the end)."""

    kind: str
    name: str
    file: str
    old: str | None
    new: str
    tests: tuple[str, ...]
    nth: int = 0

    def apply(self, tree: Path) -> None:
        path = tree / self.file
        text = path.read_text()
        if self.old is None:
            path.write_text(text + self.new)
            return
        start = -1
        for _ in range(self.nth + 1):
            start = text.index(self.old, start + 1)
        path.write_text(text[:start] + self.new + text[start + len(self.old) :])


def _tests_of(file: str) -> tuple[str, ...]:
    """The tests of the room in which a module lies."""
    rooms = sorted((HERE / "tests" / "workflows").glob(f"test_*{Path(file).stem}*.py"))
    return tuple(str(path.relative_to(HERE)) for path in rooms)


def _found(pattern: str, *folders: str) -> Iterator[tuple[str, str, int]]:
    """Each place where the pattern is met: file, text, and which of the equal texts of that file it is."""
    for folder in folders:
        for path in sorted((HERE / folder).rglob("*.py")):
            seen: Counter[str] = Counter()
            for match in re.finditer(pattern, path.read_text()):
                yield str(path.relative_to(HERE)), match[0], seen[match[0]]
                seen[match[0]] += 1


ALSO = {
    "workflows/github/": ("tests/workflows/test_github_sync.py", "tests/workflows/test_webhooks.py"),
    "workflows/runtime/jobs.py": ("tests/workflows/test_clock.py",),
    "workflows/evaluations.py": ("tests/workflows/test_measuring.py",),
    "workflows/rollout/": ("tests/workflows/test_waves.py", "tests/workflows/test_rollout.py"),
    "workflows/runtime/mail": ("tests/workflows/test_mail.py", "tests/app/test_wanted_mail.py"),
    "workflows/municipality_changes.py": ("tests/workflows/test_municipalities.py",),
    "workflows/adoption_imports.py": ("tests/app/test_survey_import.py",),
    "workflows/files/": ("tests/app/test_files.py",),
    "app/invitations.py": ("tests/app/test_invitations.py",),
    "app/outside.py": ("tests/app/test_openid.py",),
    "app/sign_in_limits.py": ("tests/app/test_sign_in.py",),
}
"""Rooms whose tests have another name."""


def locks() -> Iterator[Mutant]:
    """Every row lock and every turn taken; on PostgreSQL, where writers do not take turns by themselves, and SQLite's own.

    The tests there are watched: who writes a row must hold what tests/locking.py says.
    """
    stories = ("tests/test_scenarios.py -k postgresql and together",)
    races = tuple(f"{path} -k postgresql" for path in RACES)
    calls = r"work\.lock\(|self\.lock\(|\.with_for_update\((?:skip_locked=True)?\)|, with_for_update=True|take_turns\(session, "
    for file, text, nth in _found(calls, "workflows", "app"):
        new = {
            "work.lock(": "work.session.get(",
            "self.lock(": "self.session.get(",
            "take_turns(session, ": "(lambda *_: None)(session, ",
        }.get(text, "")
        name = f"{file}: {text} ({nth + 1})"
        rooms = [
            *_tests_of(file),
            *(path for start, more in ALSO.items() if file.startswith(start) for path in more),
        ]
        waiting = [path for path in WAITING if path.split("/")[1] == file.split("/")[0]]
        tests = (*waiting, *(f"{path} -k postgresql" for path in rooms), *stories, *races)
        yield Mutant("lock", name, file, text, new, tests, nth)
    begin = "BEGIN IMMEDIATE"
    for nth in range(2):
        name = f"app/db.py: {begin} ({nth + 1})"
        yield Mutant(
            "lock", name, "app/db.py", f'"{begin}"', '"BEGIN"', (*RACES, "tests/app/test_db.py"), nth
        )


def uniques() -> Iterator[Mutant]:
    """Every UNIQUE of the schema, as the migrations make it: where a later one makes it anew, there."""
    anew = "app/migrations/versions/0012_unique_keys_that_are_read_by.py"
    keys = re.findall(r'^    "(uq_[a-z_]+)"', (HERE / anew).read_text(), re.MULTILINE)
    constraint = r'sa\.UniqueConstraint\("[a-z_]+", name=op\.f\("[a-z_]+"\)\),?'
    index = r'batch_op\.create_index\(\s*(?:op\.f\()?"uq_[a-z_]+"[^)]*?unique=True|op\.create_index\(\s*"uq_[a-z_]+".*?unique=True'
    constraints = ("tests/workflows/test_constraints.py", *RACES)
    for file, text, nth in _found(f"(?s){constraint}|{index}", "app/migrations/versions"):
        name = re.search(r"uq_[a-z_]+", text)
        if name is None or name[0] in keys:
            continue
        new = "" if "UniqueConstraint" in text else text.replace("unique=True", "unique=False")
        yield Mutant("unique", name[0], file, text, new, constraints, nth)
    for key in keys:
        yield Mutant("unique", key, anew, "unique=True", f'unique=name != "{key}"', constraints)


def permissions() -> Iterator[Mutant]:
    """Of every verb the question whether the actor may say it."""
    for verb in sorted(REGISTRY):
        test = f"tests/workflows/test_refusals.py -k test_who_may_not and {verb}]"
        yield Mutant("may", verb, "stages/permissions.py", None, ALWAYS_ALLOWED.format(verb=verb), (test,))


def requests() -> Iterator[Mutant]:
    """Each check of where a request comes from, and of its token."""
    file = "app/security.py"
    tests = tuple(
        str(path.relative_to(HERE))
        for folder in ("app", "abuse")
        for path in sorted((HERE / "tests" / folder).glob("test_*.py"))
        if re.search(r"csrf|Sec-Fetch-Site|Origin", path.read_text())
    )
    for old, new in {
        'site is not None and site != "same-origin"': "False",
        "origin is not None and origin not in ours": "False",
        "app.before_request(refuse_other_sites)": "",
        "app.before_request(check_the_token)": "",
        "app.before_request(ask_for_a_second_factor)": "",
        'session.get("csrf_token") != g.signed_in.csrf': "False",
    }.items():
        yield Mutant("request", old, file, old, new, tests)
    for nth in range((HERE / file).read_text().count("csrf.protect()")):
        yield Mutant("request", f"csrf.protect() ({nth + 1})", file, "csrf.protect()", "pass", tests, nth)


def escapes() -> Iterator[Mutant]:
    """Each place where text of a person is made harmless: in HTML, in a search, and in what a template shows."""
    likely = (
        str(path.relative_to(HERE))
        for path in sorted((HERE / "tests").rglob("test_*.py"))
        if re.search(r"<script|&lt;|%25", path.read_text())
    )
    pages = (*likely, "tests/app", "tests/abuse")
    for file, text, nth in _found(r"nh3\.clean\(|, autoescape=True", "workflows", "app"):
        new = "(lambda text, **_: text)(" if text.startswith("nh3") else ""
        tests = tuple(dict.fromkeys((*_tests_of(file), *pages)))
        yield Mutant("escape", f"{file}: {text} ({nth + 1})", file, text, new, tests, nth)
    # A date is nobody's text.
    for file, text, nth in _found(
        r"Markup\((?!'<time)(?:'[^']*'|gettext\(\".*?\"\)|_form\(.*?\))\)(?: % |\.format\()", "app"
    ):
        # What is put into the text is no longer escaped, since it is put in before the text is called safe.
        new = "(lambda text: type('', (), {'format': lambda _, *v: Markup(text.format(*v)), '__mod__': lambda _, v: Markup(text % v)})())"
        new += text.removeprefix("Markup")
        yield Mutant("escape", f"{file}: {text} ({nth + 1})", file, text, new, pages, nth)
    yield Mutant(
        "escape", "autoescape of templates", "app/__init__.py", None,
        "\n_made = create_app\n\n\ndef create_app(*given, **more):\n    app = _made(*given, **more)\n"
        "    app.jinja_env.autoescape = False\n    return app\n", pages,
    )  # fmt: skip


KINDS = {"lock": locks, "unique": uniques, "may": permissions, "request": requests, "escape": escapes}


def _of_the_tree() -> list[str]:
    """Every file that is, or may be, committed. A test that misses one of them would fail for each mutant."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HERE, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [name for name in listed.stdout.split("\0") if name and (HERE / name).is_file()]


def caught(mutant: Mutant) -> str:
    """The test that fails without it; nothing where none does."""
    with tempfile.TemporaryDirectory(prefix="kyoso-mutant-") as folder:
        tree = Path(folder)
        for name in _of_the_tree():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / name, tree / name)
        mutant.apply(tree)
        for test in mutant.tests:
            path, _, only = test.partition(" -k ")
            if not (tree / path).exists():
                continue
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                path,
            ]
            try:
                ended = subprocess.run(
                    [*command, *(["-k", only] if only else [])],
                    cwd=tree, timeout=SECONDS, check=False, capture_output=True,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return f"{path}, which never ended"
            if ended.returncode == 1:
                failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", ended.stdout.decode(), re.MULTILINE)
                return failed[1] if failed else path
            if ended.returncode not in (0, 5):  # 5: none of that name there
                raise RuntimeError(f"{mutant.name}: {ended.stdout.decode()[-2000:]}")
    return ""


def told(mutant: Mutant) -> bool:
    """`caught`, said at once: a run of all takes an hour."""
    by = caught(mutant)
    print(f"{f'noticed by {by}:' if by else 'MISSED'} {mutant.kind} {mutant.name}", flush=True)
    return bool(by)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("kinds", nargs="*", choices=[*KINDS, []], default=[])
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--only", default="", metavar="TEXT", help="only those whose name contains this text")
    asked.add_argument("--list", action="store_true", help="only say which there are")
    given = asked.parse_args()
    of_kinds = (mutant for kind in given.kinds or KINDS for mutant in KINDS[kind]())
    mutants = [mutant for mutant in of_kinds if given.only in mutant.name]
    if given.list:
        print(*(f"{m.kind:8} {m.name}" for m in mutants), sep="\n")
        return 0
    with ThreadPoolExecutor(given.jobs) as pool:
        ends = list(zip(mutants, pool.map(told, mutants), strict=True))
    for kind in KINDS:
        of_kind = [was_caught for mutant, was_caught in ends if mutant.kind == kind]
        if of_kind:
            print(f"{kind:8} {sum(of_kind)} of {len(of_kind)} noticed")
    for mutant, was_caught in ends:
        if not was_caught:
            print(f"  nobody missed {mutant.kind} {mutant.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
