"""The standalone verifier: takes a true export, and names the place where one was tampered with."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.commands.ledger import _as_document
from app.db import reading, writing
from tests.country import TANTO, Country
from workflows.runtime import anchors, ledger, verification

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_ledger.py"


@pytest.fixture
def export(small_country: Country) -> dict[str, Any]:
    """An idea with six entries: drafted, then revised five times."""
    idea = small_country.a_draft()
    for version in range(1, 6):
        small_country.say(
            TANTO, "idea.revise", idea=idea, seen_version=version, title=f"窓口FAQ 第{version}稿"
        )
    with reading(small_country.engine) as session:
        return verification.export(session, idea)


@pytest.fixture
def anchor(export: dict[str, Any], small_country: Country) -> dict[str, Any]:
    with writing(small_country.engine) as session:
        taken = anchors.take_anchor(session, small_country.now)
        return _as_document(taken, anchors.anchored_heads(session))


def verify(tmp_path: Path, document: Any, anchor: Any = None, raw: str | None = None) -> tuple[int, str]:
    """Status and words of the script, run as an auditor would: by itself, without the product on its path."""
    file = tmp_path / "export.json"
    file.write_text(json.dumps(document, ensure_ascii=False) if raw is None else raw, "utf-8")
    arguments = [sys.executable, "-I", str(SCRIPT), str(file)]
    if anchor is not None:
        (tmp_path / "anchor.json").write_text(json.dumps(anchor), "utf-8")
        arguments += ["--anchor", str(tmp_path / "anchor.json")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def sealed_again(document: dict[str, Any], first: int) -> None:
    """What a careful forger does: hashes the entries anew from a place on."""
    previous = document["entries"][first - 2]["hash"] if first > 1 else ""
    for entry in document["entries"][first - 1 :]:
        entry["previous"] = previous
        content = {key: value for key, value in entry.items() if key != "hash"}
        previous = entry["hash"] = ledger.sha256(ledger.canonical(content).encode()).hexdigest()


def test_a_true_export_holds(tmp_path: Path, export: dict[str, Any], anchor: dict[str, Any]) -> None:
    assert len(export["entries"]) == 6
    assert verify(tmp_path, export) == (0, "正しい台帳です。R8-0001: 6 件\n")
    assert verify(tmp_path, export, anchor)[0] == 0


@pytest.mark.parametrize("key", ["at", "actor", "action", "facts", "previous", "hash", "chain"])
def test_an_edited_entry_is_named(tmp_path: Path, export: dict[str, Any], key: str) -> None:
    entry = export["entries"][2]
    entry[key] = entry[key][:-1] + ("0" if entry[key][-1] != "0" else "1")
    status, said = verify(tmp_path, export)
    assert status == 1
    assert "R8-0001 の 3 番" in said


def test_a_deleted_entry_is_named(tmp_path: Path, export: dict[str, Any]) -> None:
    del export["entries"][2]
    status, said = verify(tmp_path, export)
    assert (status, "R8-0001 の 3 番" in said) == (1, True)


def test_an_inserted_entry_is_named(tmp_path: Path, export: dict[str, Any]) -> None:
    export["entries"].insert(2, copy.deepcopy(export["entries"][2]))
    status, said = verify(tmp_path, export)
    assert (status, "R8-0001 の 3 番【枝分かれ】" in said) == (1, True)


def test_an_entry_put_in_with_a_true_hash_of_its_own_is_named_by_the_next(
    tmp_path: Path, export: dict[str, Any]
) -> None:
    forged = copy.deepcopy(export)
    forged["entries"].insert(2, copy.deepcopy(export["entries"][2]) | {"action": "idea.praised"})
    for number, entry in enumerate(forged["entries"], start=1):
        entry["seq"] = number
    content = {key: value for key, value in forged["entries"][2].items() if key != "hash"}
    forged["entries"][2]["hash"] = ledger.sha256(ledger.canonical(content).encode()).hexdigest()
    status, said = verify(tmp_path, forged)
    assert (status, "R8-0001 の 4 番" in said) == (1, True)


def test_reordered_entries_are_named(tmp_path: Path, export: dict[str, Any]) -> None:
    entries = export["entries"]
    entries[3], entries[4] = entries[4], entries[3]
    status, said = verify(tmp_path, export)
    assert (status, "R8-0001 の 4 番" in said) == (1, True)


def test_a_field_that_no_hash_covers_is_named(tmp_path: Path, export: dict[str, Any]) -> None:
    export["entries"][1]["note"] = "監査済み"
    status, said = verify(tmp_path, export)
    assert (status, "R8-0001 の 2 番" in said) == (1, True)


def test_only_the_anchor_shows_a_cut_tail(
    tmp_path: Path, export: dict[str, Any], anchor: dict[str, Any]
) -> None:
    del export["entries"][4:]
    assert verify(tmp_path, export)[0] == 0
    status, said = verify(tmp_path, export, anchor)
    assert status == 1
    assert "R8-0001 の 5 番" in said
    assert "末尾の切取り" in said


def test_only_the_anchor_shows_a_chain_made_anew(
    tmp_path: Path, export: dict[str, Any], anchor: dict[str, Any]
) -> None:
    export["entries"][1]["actor"] = "kumoi/u1"
    sealed_again(export, 2)
    assert verify(tmp_path, export)[0] == 0
    status, said = verify(tmp_path, export, anchor)
    assert (status, "作り直し" in said) == (1, True)


def test_a_chain_that_grew_after_the_anchor_holds(
    tmp_path: Path, small_country: Country, anchor: dict[str, Any]
) -> None:
    small_country.say(TANTO, "idea.revise", idea="R8-0001", seen_version=6, title="窓口FAQ 決定稿")
    with reading(small_country.engine) as session:
        assert verify(tmp_path, verification.export(session, "R8-0001"), anchor)[0] == 0


def test_an_edited_anchor_is_noticed(tmp_path: Path, export: dict[str, Any], anchor: dict[str, Any]) -> None:
    anchor["heads"]["R8-0001"][0] = 2
    status, said = verify(tmp_path, export, anchor)
    assert (status, "アンカーの内容" in said) == (1, True)


@pytest.mark.parametrize(
    "raw",
    ["", "{", "[]", '{"format": "kyoso-ledger-2"}', '{"format": "kyoso-ledger-1", "chain": "R8-0001"}', "[" * 200_000,
     '{"format": "kyoso-ledger-1", "format": "kyoso-ledger-1", "chain": "R8-0001", "entries": []}',
     '{"format": "kyoso-ledger-1", "chain": "R8-0001", "entries": [], "x": NaN}'],
)  # fmt: skip
def test_what_is_no_export_is_status_2(tmp_path: Path, raw: str) -> None:
    assert verify(tmp_path, None, raw=raw)[0] == 2


@pytest.mark.parametrize("entry", [None, [], "x", {}, {"seq": 1}])
def test_an_entry_that_is_none_is_named(tmp_path: Path, export: dict[str, Any], entry: Any) -> None:
    export["entries"][3] = entry
    status, said = verify(tmp_path, export)
    assert (status, "R8-0001 の 4 番" in said) == (1, True)


@pytest.mark.parametrize(
    ("key", "value"), [("seq", True), ("seq", 1.0), ("facts", {}), ("hash", None), ("actor", "\ud800")]
)
def test_a_value_of_another_type_is_named(
    tmp_path: Path, export: dict[str, Any], key: str, value: Any
) -> None:
    export["entries"][0][key] = value
    status, said = verify(tmp_path, None, raw=json.dumps(export))
    assert (status, "R8-0001 の 1 番" in said) == (1, True)


def test_a_missing_file_is_status_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(tmp_path / "no.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "開けません" in done.stderr


def test_it_shares_no_code_with_the_product() -> None:
    imported = [
        line for line in SCRIPT.read_text("utf-8").splitlines() if line.startswith(("import ", "from "))
    ]
    assert {line.split()[1] for line in imported} <= sys.stdlib_module_names
