"""`/repositories/<owner>/<repo>`: who sees it, what it says, and that it asks as much for many snapshots as for one."""

import yaml
from sqlmodel import select

from tests.app.web import reader, statements
from tests.country import OUTSIDER, PUBLICCODE, SHINSA1, TANTO, VENDOR, Country
from workflows.runtime.transaction import writing
from workflows.tables.repositories import ForgeState, Repository

PATH = "/repositories/kazemirai/madoguchi-faq"


def test_a_repository_is_seen_by_who_sees_its_idea_whole(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g4()
    for who, status in ((None, 404), (OUTSIDER, 404), (TANTO, 200), (VENDOR, 200), (SHINSA1, 200)):
        reader(small_country, who).opens(PATH, status)
    reader(small_country, TANTO).opens("/repositories/kazemirai/other", 404)
    assert PATH in reader(small_country, TANTO).opens(f"/ideas/{idea}")


def test_what_is_missing_for_the_last_gate_stands_with_its_mend(small_country: Country) -> None:
    small_country.an_idea_ready_for_g4()
    small_country.snapshot(publiccode=PUBLICCODE.replace("license: MIT", "license: MITT"), licence_spdx=None)
    text = reader(small_country, TANTO).opens(PATH)
    asked = text.split('id="asked"')[1].split("</section>")[0]
    assert "ライセンスの付いた正式なリリースがあるか" in asked
    assert "→" in asked
    line = 1 + PUBLICCODE[: PUBLICCODE.index("license: MIT")].count("\n")
    judged = text.split('id="publiccode"')[1].split("</section>")[0]
    assert f">{line}</td>" in judged
    assert "legal.license" in judged


def test_its_health_is_drawn_and_told_in_a_table(small_country: Country) -> None:
    small_country.an_idea_ready_for_g4()
    small_country.pass_days(3)
    small_country.snapshot(commits_by_contributor={"dev-a": 9, "dev-b": 4}, open_issues=7)
    history = reader(small_country, TANTO).opens(PATH).split('id="history"')[1]
    assert "<polyline" in history
    assert 'data-label="開いている課題">7</td>' in history
    assert 'data-label="12 か月のコミット">13</td>' in history


def test_the_page_asks_as_much_for_many_snapshots_as_for_few(country: Country) -> None:
    country.an_idea_ready_for_g4()
    person = reader(country, TANTO)
    person.opens(PATH)
    with statements(country.engine) as few:
        person.opens(PATH)
    for _ in range(20):
        country.snapshot()
    with statements(country.engine) as many:
        person.opens(PATH)
    assert len(many) == len(few)


def test_a_publiccode_is_handed_out_from_the_product(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    public = reader(small_country)
    told = yaml.safe_load(public.opens(f"/products/{product}/publiccode.yml"))
    assert told["legal"] == {"license": "MIT"}
    assert told["landingURL"].endswith(f"/products/{product}")
    assert public.page is not None
    assert public.page.headers["Content-Disposition"] == 'attachment; filename="publiccode.yml"'


def test_a_repository_that_cannot_be_seen_now_says_since_when_and_why(small_country: Country) -> None:
    """What is shown comes from the stored snapshot, whatever GitHub answers (LGWAN)."""
    small_country.an_idea_ready_for_g4()
    with writing(small_country.engine) as session:
        repository = session.exec(select(Repository)).one()
        session.add(
            ForgeState(
                repository_id=repository.id,
                outcome="unavailable",
                outcome_because="GitHub から返事がありません。",
                outcome_since=small_country.now,
                failures=2,
            )
        )
    text = reader(small_country, TANTO).opens(PATH)
    assert "GitHub を確かめられていません" in text
    assert "GitHub から返事がありません。" in text
    assert "最後に確かめられた様子です" in text
    assert "MIT" in text


def test_a_product_shows_what_is_new_in_its_releases_sanitised(small_country: Country) -> None:
    _, product = small_country.a_flagged_product()
    release = {"tag": "v1.0.0", "published_at": small_country.now.isoformat()}
    notes = "## 直したこと\n\n- 速くなった\n\n<script>alert(1)</script>"
    small_country.snapshot(releases=[release | {"notes": notes}], publiccode=PUBLICCODE)
    text = reader(small_country).opens(f"/products/{product}")
    told = text.split('id="notes"')[1].split("</section>")[0]
    assert "<li>速くなった</li>" in told
    assert "<script" not in told


def test_a_second_repository_is_not_judged_by_what_the_first_shows(small_country: Country) -> None:
    """The first linked one speaks for the idea: what the gate finds is about that one."""
    idea, _ = small_country.an_idea_ready_for_g4()
    small_country.say(VENDOR, "repo.link", idea=idea, full_name="kazemirai/another")
    small_country.snapshot("kazemirai/another", archived=True)
    person = reader(small_country, TANTO)
    assert 'id="asked"' in person.opens(PATH)
    text = person.opens("/repositories/kazemirai/another")
    assert 'id="asked"' not in text
    assert 'id="facts"' in text
