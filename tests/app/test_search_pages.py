"""The search: what it finds on either database, for whom, in which order; and what it says where there is nothing."""

import re

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from app.db import reading, writing
from stages.permissions import PUBLIC
from tests.app.web import reader
from tests.country import HOSHIMORI, KETTEI, OUTSIDER, SHINSA1, TANTO, VENDOR, Country
from workflows import search_index
from workflows.queries import search as search_pages
from workflows.queries.ideas_list import Filters as IdeaFilters
from workflows.queries.ideas_list import ideas_list
from workflows.queries.looks import Eyes
from workflows.queries.search import Filters, search
from workflows.runtime.actors import Speaker, speaker
from workflows.runtime.searchable import write_all
from workflows.tables.searching import SearchText


def found(text: str) -> list[str]:
    """The addresses of what a page of results lists, in order."""
    listed = text.partition('<ol class="list found">')[2].partition("</ol>")[0]
    return re.findall(r'<a href="([^"]+)"', listed)


def eyes(country: Country, who: str | None, session: Session) -> Eyes:
    return Eyes(session, speaker(session, who) if who else Speaker(PUBLIC), country.now)


def hits(country: Country, who: str | None, q: str, **narrowed: str) -> list[str]:
    with reading(country.engine) as session:
        return [hit.ref for hit in search(eyes(country, who, session), q, Filters(**narrowed)).hits]


def listed(country: Country, who: str | None, q: str) -> list[str]:
    with reading(country.engine) as session:
        return [row.number for row in ideas_list(eyes(country, who, session), IdeaFilters(q=q)).rows]


def test_each_kind_is_found_by_the_words_of_its_text_and_follows_its_changes(country: Country) -> None:
    product, idea = country.a_flagged_product()[1], "R8-0001"
    asset = country.say(
        VENDOR, "asset.publish", kind="prompt", title="ｹｱﾌﾟﾗﾝの点検", body_md="根拠を示す。", licence="MIT"
    ).ref
    clerk = reader(country, HOSHIMORI)
    assert f"/ideas/{idea}" in found(clerk.opens("/search?q=手で探している"))
    assert f"/products/{product}" in found(clerk.opens("/search?q=窓口&kind=product"))
    assert found(clerk.opens("/search?q=けあぷらん")) == [f"/library/{asset}"]
    decisions = found(clerk.opens("/search?q=確かめ&kind=decision"))
    assert all(d.startswith("/reviews/R8-0001-V") for d in decisions)
    country.say(VENDOR, "asset.revise", asset=asset, title="点検", body_md="議事録から作る。")
    assert found(clerk.opens("/search?q=けあぷらん")) == []
    assert found(clerk.opens("/search?q=議事録")) == [f"/library/{asset}"]
    country.say(VENDOR, "asset.retire", asset=asset)
    assert found(clerk.opens("/search?q=議事録")) == []
    with writing(country.engine) as session:
        before = {
            (r.kind, r.row_id): (r.title, r.brief, r.rest)
            for r in session.exec(sa.select(SearchText)).scalars()
        }  # type: ignore[call-overload]
        counts = write_all(session)
        after = {
            (r.kind, r.row_id): (r.title, r.brief, r.rest)
            for r in session.exec(sa.select(SearchText)).scalars()
        }  # type: ignore[call-overload]
    assert after == before, "what verbs keep up is what writing all anew makes"
    assert sum(counts.values()) == len(after)


def test_words_are_phrases_and_all_of_them_must_stand(country: Country) -> None:
    near = country.an_idea("介護認定の審査を早める", as_is="認定と調査。")
    far = country.an_idea("認定の通知", challenge="介護の通知を、資格の認定とともに送る。", as_is="横浜。")
    clerk = reader(country, TANTO)
    expected: dict[str, list[str]] = {
        "介護認定": [near],
        "介護": [near, far],
        "認定 通知": [far],
        "通知　ニンテイ": [],
        "横浜": [far],
        "横": [far],
        "R8-0002": [far],
        "R8": [far, near],
        "介護認": [near],
        "護認定の審査": [near],
        "介護 OR 横浜": [],
        '"介護認定"': [near],
        "介護*": [near, far],
        "-介護認定": [near],
        "NEAR(介護 認定)": [],
    }
    for q, numbers in expected.items():
        assert hits(country, TANTO, q) == numbers, q
        assert sorted(listed(country, TANTO, q)) == sorted(numbers), q
    shown = clerk.opens("/search?q=認定 通知")
    assert "<mark>認定</mark>の<mark>通知</mark>" in shown


def test_the_title_comes_first_then_what_stands_together_then_the_newer(small_country: Country) -> None:
    body = small_country.an_idea("窓口の案内", challenge="除雪の計画を立てる。")
    apart = small_country.an_idea("計画と除雪")
    together = small_country.an_idea("除雪計画")
    newer = small_country.an_idea("除雪計画の見直し")
    clerk = reader(small_country, TANTO)
    order = [f"/ideas/{n}" for n in (newer, together, apart, body)]
    assert found(clerk.opens("/search?q=除雪 計画")) == order


def test_the_latest_hits_are_found_however_far_they_lie_apart(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    ideas = [country.an_idea(f"{what}の通訳の予約{n}") for n, what in enumerate("庁外庁外庁庁外庁")]
    hidden = country.a_draft("庁の通訳の下書き")
    monkeypatch.setattr(search_pages, "CANDIDATES", 3)
    latest = [ideas[n] for n in (7, 5, 4)]
    for seen_one_by_one in (1, 4, 100):
        monkeypatch.setattr(search_index, "RECENT", seen_one_by_one)
        assert sorted(hits(country, HOSHIMORI, "庁の通訳", kind="idea")) == sorted(latest), seen_one_by_one
        assert hidden in hits(country, TANTO, "庁の通訳", kind="idea")


def test_nobody_finds_by_what_they_may_not_read(country: Country) -> None:
    """One word in each part of one idea, its owner's draft and a withheld decision: who finds which."""
    draft = country.a_draft("鹿の題名")
    idea = country.an_idea("熊の題名", challenge="狐の課題。", as_is="狸の現状。", to_be="兎の先。")
    where = {"熊": idea, "狐": idea, "狸": idea, "兎": idea, "鹿": draft}
    own, town, vendor, public = TANTO, HOSHIMORI, OUTSIDER, None
    may = {own: "熊狐狸兎鹿", town: "熊狐狸兎", SHINSA1: "熊狐狸兎", vendor: "熊狐", public: ""}
    for who, words in may.items():
        for word, number in where.items():
            expected = [number] if word in words else []
            assert hits(country, who, word) == expected, (who, word)
            assert listed(country, who, word) == expected, (who, word)
    # What a vendor joined is seen whole; of the rest no stage or owner is learnt by narrowing.
    country.say(VENDOR, "team.ask", idea=idea, org="kazemirai", message="一緒に。")
    country.say(TANTO, "team.accept", idea=idea, org="kazemirai")
    assert hits(country, VENDOR, "狸") == listed(country, VENDOR, "狸") == [idea]
    assert hits(country, OUTSIDER, "熊", field="窓口") == [idea]
    for narrowed in ({"stage": "ideathon"}, {"size": "city"}):
        assert hits(country, OUTSIDER, "熊", **narrowed) == []
        assert hits(country, TANTO, "熊", **narrowed) == [idea]


def test_a_decision_is_found_by_its_reasons_unless_they_are_withheld(small_country: Country) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    review = small_country.a_review(idea)
    said = {"decision": "kill", "rationale": "梟の理由で止める。", "withhold_because": "係争中のため。"}
    small_country.say(KETTEI, "review.decide", review=review, seen_version=5, **said)
    assert found(reader(small_country, HOSHIMORI).opens("/search?q=梟")) == [f"/reviews/{review}"]
    for who in (None, OUTSIDER):
        assert found(reader(small_country, who).opens("/search?q=梟")) == []
    assert found(reader(small_country).opens("/search?q=窓口")) == [f"/ideas/{idea}"]


ANYTHING = (
    "", "   ", "'", '"', '""', "*", "(", "title:介護", "{title}:x", "^介護", "%25", "_", "😀", "!%26|", "<->", ":*", "\\", "𠮷野家", "か゚",
    "介" * 3_000, "窓 " * 3_000,
)  # fmt: skip


def test_anything_may_be_typed(country: Country) -> None:
    anybody = reader(country)
    for path in ("/search", "/ideas", "/products", "/library"):
        for q in ANYTHING if path == "/search" else ANYTHING[7:13]:
            assert "<h1>" in anybody.opens(f"{path}?q={q}"), (path, q[:20])
        anybody.opens(f"{path}?q=a%00b", 404)  # as everywhere: no text holds it


def test_what_cannot_be_found_says_what_to_do(small_country: Country) -> None:
    clerk = reader(small_country, TANTO)
    small_country.an_idea()
    nothing = clerk.opens("/search?q=宇宙エレベーター")
    for part in (
        "見つかりませんでした",
        "/ideas/new?title=",
        "/ideas/similar?title=",
        'href="/ideas?field=窓口"',
    ):
        assert part in nothing or part in nothing.replace("%E7%AA%93%E5%8F%A3", "窓口"), part
    assert "探せる文字がありません" in clerk.opens("/search?q=！？")
    assert "はじめの部分で探しました" in clerk.opens("/search?q=" + "窓口 " * 30)
    assert "続きの位置を読み取れません" in clerk.opens("/search?q=窓口&after=x", 422)
    assert found(clerk.opens("/search?q=窓口&after=999999")) == []
    assert "&lt;script&gt;" in clerk.opens("/search?q=<script>")


def test_the_box_of_every_page_searches(small_country: Country) -> None:
    for path in ("/", "/products", "/sign-in"):
        assert '<form class="site-search" method="get" action="/search"' in reader(small_country).opens(path)
    missing = reader(small_country).opens("/ideas/R8-9999", 404)
    assert 'class="site-search"' in missing
