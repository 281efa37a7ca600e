"""Past reviews asked again, and an agency's own checklist: what would come out otherwise, and that old reviews keep theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import stages
from app.published import in_folder
from stages import risk
from tests.app.terminal import Terminal
from tests.app.web import an_app, reader
from tests.country import GREEN, JIMUKYOKU, KANRI, KANSA, KESSAI, SHINSA1, TANTO, YES_CONTRACT, Country

STAGES = Path(stages.__file__).parent
AMBER = {"rating": "amber", "finding": "試したのは一課だけ。", "action": "二課で試す。"}


@pytest.fixture
def _as_before() -> Iterator[None]:
    """What a test publishes is gone after it."""
    yield
    stages.publish({})


def terminal_of(country: Country, home: Path) -> Terminal:
    found = Terminal(country.engine.url.render_as_string(hide_password=False))
    found.environ["KYOSO_HOME"] = str(home)
    return found


def a_draft(folder: Path, name: str, old: str, new: str) -> Path:
    """A folder with one file of the present policy, in which something else stands."""
    text = (STAGES / name).read_text("utf-8")
    assert old in text
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


def a_checklist(folder: Path, version: str, published_on: str) -> Path:
    """The contract checklist with one item more."""
    text = (STAGES / "checklists" / "contract-1.toml").read_text("utf-8")
    text = text.replace('version = "1"', f'version = "{version}"').replace("2026-04-01", published_on)
    item = '\n[[items]]\nkey = "exit_plan"\nfrom_risk = "low"\nrequirement = "契約が終わるときの引継ぎが決まっている"\n'
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"contract-{version}.toml"
    file.write_text(text + item, "utf-8")
    return file


@pytest.mark.usefixtures("_as_before")
def test_a_draft_that_asks_more_is_found_with_its_criterion_and_nothing_is_changed(
    country: Country, tmp_path: Path
) -> None:
    small, _ = country.an_idea_ready_for_g1()
    review = country.a_review(small)
    country.decide(review)
    returned = country.say(KESSAI, "review.request", idea=country.an_idea("道路の点検", field="土木")).ref
    country.say(JIMUKYOKU, "review.assign", review=returned, reviewer=SHINSA1)
    country.say(SHINSA1, "review.return", review=returned, because="計画がない。")
    before, terminal = country.everything(), terminal_of(country, tmp_path)

    same = terminal.json("policy", "replay")
    assert (same["asked"], same["otherwise"], same["failed"]) == (2, [], [])
    assert same["fingerprint"] == stages.fingerprint()

    # 1,820 cases of 12 minutes are 364 hours: green today, red where 1,000 hours are asked for.
    draft = a_draft(tmp_path / "draft", "ideathon.py", "ENOUGH_HOURS = 100", "ENOUGH_HOURS = 1000")
    found = terminal.json("policy", "replay", "--draft", draft)
    assert found["fingerprint"] != stages.fingerprint()
    assert {o["review"] for o in found["otherwise"]} == {review, returned}
    changed = next(o for o in found["otherwise"] if o["review"] == review)
    assert [(c["criterion"], c["then"], c["now"]) for c in changed["changes"]] == [
        ("problem_sized", "green", "amber")
    ]
    assert "364" in changed["changes"][0]["finding"]
    assert (changed["decision"], changed["stands"], changed["because"]) == ("go", False, ["problem_sized"])
    assert (changed["go_then"], changed["go_now"]) == (True, False)
    assert terminal.kyoso("policy", "replay", "--draft", draft) == 0
    assert "problem_sized: 緑 → 黄" in terminal.out
    assert country.everything() == before
    assert stages.GATES["G1"].criterion("problem_sized") is not None  # this process still has its own policy
    assert stages.fingerprint() == same["fingerprint"]
