"""`make audit`: no answer is no good answer. Its recipe is run as it is, beside an auditor that says what pip-audit says."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = "No known vulnerabilities found"
FOUND = "Found 1 known vulnerability in 1 package\nName Version ID Fix Versions\n---- ------- -- ------------\nflask 1.0 PYSEC-2023-62 2.2.5"
AWAY = "ERROR:pip_audit._cli:Failed to connect to PyPI while checking for vulnerability information: check your network"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (CLEAN, CLEAN, 0),
        (FOUND, CLEAN, 1),
        (CLEAN, FOUND, 1),
        (AWAY, AWAY, 2),
        (CLEAN, AWAY, 2),
        ("", CLEAN, 2),
    ],
)
def test_an_audit_passes_only_where_both_locks_were_really_asked_about(
    tmp_path: Path, first: str, second: str, status: int
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").write_text(first)
    (tmp_path / "requirements-dev.lock").write_text(second)
    auditor = tmp_path / ".venv-audit" / "bin" / "pip-audit"
    auditor.parent.mkdir(parents=True)
    auditor.write_text(
        '#!/bin/sh\nfor lock; do :; done\ncat "$lock"\ngrep -q "^No known" "$lock"\n'  # its last word names the lock
    )
    auditor.chmod(0o755)
    done = subprocess.run(
        ["make", "audit"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode != 0) == (status != 0), done.stderr
    assert (f"Error {status}" in done.stderr) == (status != 0), done.stderr
    assert ("何も確かめていません" in done.stderr) == (status == 2)
