"""Past reviews asked again, and an agency's own checklist: what would come out otherwise, and that old reviews keep theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import stages
from app.published import in_folder
from stages import risk
from tests.app.terminal import Terminal
from tests.app.web import Reader, an_app
from tests.country import JIMUKYOKU, KANRI, KANSA, KESSAI, SHINSA1, TANTO, YES_CONTRACT, Country

STAGES = Path(stages.__file__).parent


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


def test_a_folder_that_is_no_draft_is_refused_and_nothing_outside_it_is_run(
    small_country: Country, tmp_path: Path
) -> None:
    terminal = terminal_of(small_country, tmp_path)
    proof = tmp_path / "was run"
    outside = tmp_path / "outside.py"
    outside.write_text(f"open({str(proof)!r}, 'w')", "utf-8")
    draft = tmp_path / "draft"
    for what, why in (
        ("missing", "というフォルダーはありません"),
        ("empty", "基準のファイルがありません"),
        ("link", "リンク"),
        ("broken", "読み込めませんでした"),
    ):
        folder = draft / what
        if what != "missing":
            folder.mkdir(parents=True)
        if what == "link":
            (folder / "pilot.py").symlink_to(outside)
        if what == "broken":
            (folder / "evaluation.py").write_text("STAGE = None\n", "utf-8")
            (folder / "deeper").mkdir()
            (folder / "deeper" / "pilot.py").write_text(outside.read_text("utf-8"), "utf-8")
        assert terminal.kyoso("policy", "replay", "--draft", folder) == 1, what
        assert why in terminal.err, (what, terminal.err)
    assert not proof.exists()


def test_a_rule_that_cannot_answer_for_an_old_review_is_no_silent_sameness(
    small_country: Country, tmp_path: Path
) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    small_country.decide(small_country.a_review(idea))
    draft = a_draft(tmp_path / "draft", "ideathon.py", "ENOUGH_HOURS = 100", "ENOUGH_HOURS = None")
    found = terminal_of(small_country, tmp_path).json("policy", "replay", "--draft", draft, status=1)
    assert [o["review"] for o in found["failed"]] == [f"{idea}-V1"]
    assert "TypeError" in found["failed"][0]["error"]


@pytest.mark.usefixtures("_as_before")
def test_an_agency_publishes_a_checklist_without_code_and_old_reviews_keep_theirs(
    small_country: Country, tmp_path: Path
) -> None:
    country, home = small_country, tmp_path / "home"
    terminal = terminal_of(country, home)
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    frozen, package = country.look("review", review), stages.fingerprint()
    sheet = a_checklist(tmp_path / "files", "2", "2199-04-01")

    # Before it is published, the draft shows what it would have asked of the past.
    country.decide(review)
    (tmp_path / "draft" / "checklists").mkdir(parents=True)
    (tmp_path / "draft" / "checklists" / sheet.name).write_bytes(sheet.read_bytes())
    draft = terminal.json("policy", "replay", "--draft", tmp_path / "draft")
    (changed,) = draft["otherwise"]
    assert [(c["criterion"], c["now"]) for c in changed["changes"]] == [("rights_clear", "red")]
    assert "1 項目が未回答" in changed["changes"][0]["finding"]
    assert (changed["stands"], changed["because"]) == (False, ["rights_clear"])

    told = terminal.json("policy", "publish", sheet, "--version", "2199.1")
    assert terminal.json("policy", "check")["version"] == "2199.1"
    app = an_app(country, home=home)
    assert stages.versions()["2199.1"] == stages.fingerprint() == told["fingerprint"] != package
    assert "引継ぎが決まっている" in Reader(app, country, TANTO).opens("/admin/policy")
    now = country.look("review", review)
    assert (now["policy_version"], now["ratings"]) == (frozen["policy_version"], frozen["ratings"])
    assert "contract-1" in Reader(app, country).opens(f"/reviews/{review}/report")
    assert risk.current("contract", country.now.date()) == risk.checklists()["contract-1"]

    # From its day on it is asked of others, and the present replay tells what it would have asked of those before.
    country.pass_days(365 * 174)
    later = country.an_idea("道路の点検", field="土木")
    country.say(TANTO, "checklist.answer", idea=later, checklist="contract-1", answers=YES_CONTRACT)
    country.say(TANTO, "checklist.answer", idea=later, checklist="contract-2", answers={"exit_plan": "yes"})
    asked = country.say(KESSAI, "review.request", idea=later).ref
    assert country.look("review", asked)["policy_version"] == "2199.1"
    for who in (KANRI, KANSA):
        text = Reader(app, country, who).opens("/admin/policy/replay")
        assert "いまの基準では、この決定はできません" in text
        assert review in text
        assert asked not in text  # it is not over
        assert "/admin/policy/replay" in Reader(app, country, who).opens("/admin/policy")
    for who in (None, TANTO, JIMUKYOKU):
        Reader(app, country, who).opens("/admin/policy/replay", 404)


@pytest.mark.usefixtures("_as_before")
def test_a_checklist_that_cannot_stand_beside_the_rest_is_not_published(tmp_path: Path) -> None:
    terminal = Terminal(f"sqlite:///{tmp_path / 'kyoso.db'}")
    terminal.environ["KYOSO_HOME"] = str(tmp_path)
    sheet = a_checklist(tmp_path / "files", "2", "2199-04-01")
    renamed = sheet.with_name("contract-3.toml")
    renamed.write_bytes(sheet.read_bytes())
    late = a_checklist(tmp_path / "files", "4", "2026-05-01")
    triage = sheet.with_name("high_risk-2.toml")
    triage.write_text(sheet.read_text("utf-8").replace('kind = "contract"', 'kind = "high_risk"'), "utf-8")
    nonsense = sheet.with_name("contract-5.toml")
    nonsense.write_text("これは TOML ではない", "utf-8")
    before = stages.fingerprint()
    for file, version, why in (
        (STAGES / "checklists" / "contract-1.toml", "2199.1", "公表日"),
        (renamed, "2199.1", "ファイルの名前"),
        (late, "2199.1", "公表日"),
        (triage, "2199.1", "使えません"),
        (nonsense, "2199.1", "公表できません"),
        (sheet, stages.version(), "版の名"),
        (sheet, "two words", "版の名"),
    ):
        assert terminal.kyoso("policy", "publish", file, "--version", version) == 1, file
        assert why in terminal.err, (file, terminal.err)
    assert in_folder(tmp_path / "policy") == ({}, "")
    assert stages.fingerprint() == before
    assert terminal.kyoso("policy", "publish", sheet, "--version", "2199.1") == 0
    assert terminal.kyoso("policy", "publish", sheet, "--version", "2199.2") == 1
    assert "すでに公表" in terminal.err
    # Whoever edits what was published is told at the next look.
    published = tmp_path / "policy" / sheet.name
    published.write_text(published.read_text("utf-8").replace("引継ぎ", "引き継ぎ"), "utf-8")
    assert terminal.kyoso("policy", "check") == 1
    assert "公表した内容と違います" in terminal.err
    published.write_text("壊れた", "utf-8")
    assert terminal.kyoso("policy", "check") == 1
    assert f"{sheet.name}: " in terminal.err
