"""docs/security.md says which test shows what: each of them exists, and the figures are those of its rows."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]
STATES = ("met", "not applicable", "not met")


def test_every_test_named_in_the_table_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE))
    assert len(named) > 50
    for path, name in sorted(named):
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (
            f"{path}::{name}"
        )


def test_every_row_has_a_state_and_what_is_met_names_its_test() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS) > 200
    for number, level, words, state, why in ROWS:
        assert state in STATES, number
        assert level in ("1", "2"), number
        assert words, number
        assert why, number
        assert state != "met" or "::test_" in why, f"{number} is met by no test"


def test_every_chapter_is_there_and_the_figures_are_counted() -> None:
    assert [int(n) for n in re.findall(r"^## V(\d+) ", PAGE, re.M)] == list(range(1, 18))
    counted = Counter(row[3] for row in ROWS)
    assert f"**{' · '.join(f'{counted[state]} {state}' for state in STATES if counted[state])}**" in PAGE
