"""Comments reach those who follow; following is one row, however often it is said."""

import pytest
from sqlmodel import Session, select

from tests.app.web import statements
from tests.country import (
    HOSHIMORI,
    KANSA,
    KESSAI,
    KUMOI,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    TANTO,
    VENDOR,
    Country,
)
from workflows.tables.ideas import Comment, Follow, Idea


def test_an_answer_belongs_to_the_same_idea(country: Country) -> None:
    idea, other = country.an_idea(), country.an_idea("通報の振り分け")
    first = country.say(HOSHIMORI, "comment.post", idea=idea, body_md="費用は?\n\n<script>x</script>").ref
    assert first == f"{idea}-C1"
    assert country.say(TANTO, "comment.post", idea=idea, body_md="後で。", reply_to=first).ref == f"{idea}-C2"
    country.refused("unknown", TANTO, "comment.post", idea=other, body_md="違う所。", reply_to=first)
    country.refused("invalid", TANTO, "comment.post", idea=idea, body_md="  ")
    with Session(country.engine) as session:
        html = session.exec(select(Comment.body_html).where(Comment.ref == first)).one()
    assert "<script" not in html


def test_who_does_not_see_everything_cannot_comment_or_follow(country: Country) -> None:
    idea, draft = country.an_idea(), country.a_draft("下書きのまま")
    for verb, more in (("comment.post", {"body_md": "?"}), ("idea.follow", {}), ("idea.unfollow", {})):
        country.refused("not_permitted", OUTSIDER, verb, idea=idea, **more)
        country.refused("unknown", HOSHIMORI, verb, idea=draft, **more)
        country.say(TANTO, verb, idea=draft, **more)


def test_whether_a_comment_exists_is_not_told_to_who_may_not_read_it(country: Country) -> None:
    idea = country.an_idea()
    there = country.say(TANTO, "comment.post", idea=idea, body_md="費用は?").ref
    for ref in (there, f"{idea}-C9"):
        country.refused("unknown", OUTSIDER, "comment.post", idea=idea, body_md="?", reply_to=ref)


def test_following_twice_keeps_one_row(country: Country) -> None:
    idea = country.an_idea()
    for _ in range(2):
        assert country.say(SHINSA1, "idea.follow", idea=idea).ref == idea
    with Session(country.engine) as session:
        assert len(session.exec(select(Follow)).all()) == 1
    for _ in range(2):
        assert country.say(SHINSA1, "idea.unfollow", idea=idea).ref == idea
    with Session(country.engine) as session:
        assert session.exec(select(Follow)).all() == []
    assert country.look("ledger", idea)["verified"]


def test_to_follow_is_no_step_of_the_owner(country: Country) -> None:
    idea = country.an_idea()
    country.pass_days(10)
    with Session(country.engine) as session:
        before = session.exec(select(Idea.owner_acted_at)).one()
    country.say(TANTO, "idea.follow", idea=idea)
    with Session(country.engine) as session:
        assert session.exec(select(Idea.owner_acted_at)).one() == before


def test_followers_are_told_while_they_may_see_it(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    for reader in (VENDOR, KANSA):
        country.say(reader, "idea.follow", idea=idea)
    country.say(TANTO, "team.leave", idea=idea, org="kazemirai")
    country.say(HOSHIMORI, "comment.post", idea=idea, body_md="秘密の相談")

    def told(address: str) -> list[dict[str, str]]:
        return [m for m in country.look("mail", address) if m["kind"] == "comment.posted"]

    assert len(told(KANSA)) == len(told(TANTO)) == 1
    assert told(VENDOR) == told(HOSHIMORI) == []
    assert "秘密の相談" not in str(told(KANSA))


@pytest.mark.parametrize("nested", ["`", "* >", "\n-", "__\\", "_a ", "- ", "1. "])
def test_a_text_that_would_keep_the_renderer_busy_is_too_large(small_country: Country, nested: str) -> None:
    """Twenty thousand characters of these took Markdown up to half a minute, the database locked meanwhile."""
    idea = small_country.an_idea()
    body = (nested * 20_000)[:19_000].strip() + " a"
    assert (
        "すぎます"
        in small_country.refused("too_large", TANTO, "comment.post", idea=idea, body_md=body).message
    )


def test_a_comment_asks_as_often_for_many_followers_as_for_few(small_country: Country) -> None:
    """It asked twice a follower, with the idea locked."""
    idea = small_country.an_idea()
    small_country.say(HOSHIMORI, "idea.follow", idea=idea)
    small_country.say(TANTO, "comment.post", idea=idea, body_md="一つ目。")
    with statements(small_country.engine) as few:
        small_country.say(TANTO, "comment.post", idea=idea, body_md="どうですか。")
    for who in (KANSA, SHINSA1, SHINSA2, KUMOI, KESSAI):
        small_country.say(who, "idea.follow", idea=idea)
    with statements(small_country.engine) as many:
        small_country.say(TANTO, "comment.post", idea=idea, body_md="どうですか。")
    assert len(many) == len(few)
    assert all(
        len([m for m in small_country.look("mail", who) if m["kind"] == "comment.posted"]) == 1
        for who in (KANSA, SHINSA1, SHINSA2, KUMOI)
    )
