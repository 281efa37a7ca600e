"""`make sbom`: what is built in, as CycloneDX: every pin of the lock with its hashes, and nothing else (ASVS 15.1.2)."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_bill_of_materials_has_every_pin_of_the_lock_with_its_hashes(tmp_path: Path) -> None:
    """The recipe as it is, but for the check against the format's schema, which takes ten times as long."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / ".kyoso-installed-dev").touch()
    made = subprocess.run(
        ["make", "sbom", "SBOM_OPTIONS=--no-validate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    bill = json.loads((tmp_path / "kyoso.cdx.json").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pins = {
        (name, version): set(re.findall(r"sha256:([0-9a-f]{64})", rest))
        for name, version, rest in re.findall(r"^([\w.-]+)==([^\s;]+)((?:.*\\\n)*.*)$", lock, re.M)
    }
    assert len(pins) > 50
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "kyoso")
    assert {
        (part["name"], part["version"]): {
            found["content"] for place in part["externalReferences"] for found in place["hashes"]
        }
        for part in bill["components"]
    } == pins
