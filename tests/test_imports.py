"""Imports run one way, app -> workflows -> stages, and the policy stays pure: read from the code, not believed."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The policy is a function of a frozen dossier (DESIGN §2): nothing that knows the time, the machine or chance.
IMPURE = {
    "asyncio", "ctypes", "http", "logging", "multiprocessing", "os", "random", "secrets", "shutil", "smtplib", "socket",
    "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
FOR_THE_WEB = {"flask", "flask_wtf", "wtforms", "werkzeug", "jinja2", "gunicorn"}


def imported_modules(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that `module` imports anywhere in it, relative and by-name imports too.

    `module` is the dotted name; a package is given as `package.__init__`.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                for name in names:
                    yield node.lineno, name.name
            case ast.ImportFrom(module=name, names=names, level=level):
                origin = module.split(".")[:-level] if level else []
                # `from workflows import github` names a module by its last part.
                for alias in names:
                    yield node.lineno, ".".join([*origin, *([name] if name else []), alias.name])
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module"), args=[ast.Constant(value=str(name)), *_]
            ):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name


def why_not(importer: str, imported: str) -> str | None:
    """The rule that this import breaks, None when it breaks none. Both are dotted names."""
    house, top = importer.split(".")[0], imported.split(".")[0]
    if house == "stages" and top != "stages":
        if top not in sys.stdlib_module_names:
            return "stages/ imports the standard library only"
        if top in IMPURE:
            return "stages/ knows no clock, no machine, no chance"
    if house == "workflows" and top == "app":
        return "workflows/ knows nothing of app/"
    if house == "workflows" and top in FOR_THE_WEB:
        return "workflows/ knows nothing of the web"
    if top == "github3" and importer != "workflows.github.client":
        return "only workflows/github/client.py speaks with github3"
    if top == "tests":
        return "the product does not know its tests"
    return None


def backward_arrows(root: Path) -> list[str]:
    """`file:line imports name: rule` for each import below root that breaks a rule."""
    found = []
    for house in ("app", "workflows", "stages"):
        for file in sorted((root / house).rglob("*.py")):
            path = file.relative_to(root)
            importer = ".".join(path.with_suffix("").parts)
            for line, imported in imported_modules(file.read_text(encoding="utf-8"), importer):
                if rule := why_not(importer, imported):
                    found.append(f"{path}:{line} imports {imported}: {rule}")
    return found


def test_no_import_runs_back() -> None:
    assert backward_arrows(ROOT) == []


def test_the_three_parts_are_really_read() -> None:
    for house in ("app", "workflows", "stages"):
        assert any((ROOT / house).rglob("*.py")), house


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("stages/pilot.py", "import workflows.pilots"),
        ("stages/pilot.py", "from app import config"),
        ("stages/pilot.py", "def f():\n    import sqlmodel"),
        ("stages/pilot.py", "from random import choice"),
        ("stages/pilot.py", "from .. import workflows"),
        ("stages/deep/pilot.py", "from ...app import db"),
        ("workflows/ideas.py", "from app.db import writing"),
        ("workflows/ideas.py", "from .. import app"),
        ("workflows/ideas.py", "from flask import g"),
        ("workflows/ideas.py", "if True:\n    import flask_wtf.csrf"),
        ("workflows/ideas.py", "import importlib\nimportlib.import_module('app.db')"),
        ("workflows/ideas.py", "__import__('app')"),
        ("workflows/ideas.py", "import github3"),
        ("workflows/github/facts.py", "import github3"),
        ("app/cli.py", "from github3 import GitHub"),
        ("app/cli.py", "from tests.databases import Server"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert len(backward_arrows(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "stages/pilot.py",
            "import tomllib\nfrom datetime import date\nfrom . import kernel\nfrom stages.kernel import Stage",
        ),
        ("stages/__init__.py", "from .pilot import PILOT"),
        ("workflows/ideas.py", "import sqlmodel\nfrom stages import permissions\nfrom .tables import ideas"),
        ("workflows/github/client.py", "import github3"),
        (
            "app/pages/ideas.py",
            "from flask import g\nfrom workflows.ideas import draft\nfrom ..db import reading",
        ),
    ],
)
def test_what_is_allowed_is_let_through(tmp_path: Path, file: str, source: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(source)
    assert backward_arrows(tmp_path) == []
