"""Leaving an organization: open ratings are void, said so, and do not count; what was decided stands."""

from sqlmodel import select

from tests.app.web import reader
from tests.country import JIMUKYOKU, KANRI, KETTEI, SHINSA1, SHINSA2, SHINSA3, Country
from tests.races import at_once, saying
from workflows.runtime.refusal import Refused
from workflows.runtime.transaction import writing
from workflows.tables.reviews import RatingSheet, Review


def revoke(country: Country, who: str = SHINSA1) -> None:
    country.say(KANRI, "user.revoke", user=who, org="digital-agency")


def test_the_open_ratings_of_who_leaves_count_no_more(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea)
    version = country.look("review", review)["version"]
    revoke(country)
    seen = country.look("review", review)
    assert seen["version"] == version + 1
    refused = country.refused(
        "quorum", KETTEI, "review.decide", review=review, seen_version=seen["version"], decision="go",
        rationale="根拠が揃っている。",
    )  # fmt: skip
    assert refused
    with writing(country.engine) as session:
        sheet = session.exec(select(RatingSheet).where(RatingSheet.voided_because.is_not(None))).one()  # type: ignore[union-attr]
        assert sheet.replaced_at == country.now
    page = reader(country, JIMUKYOKU).opens(f"/reviews/{review}")
    assert "無効になった判定" in page
    assert "審査者の役割を離れた" in page
    assert any(m["kind"] == "review.voided" for m in country.look("mail", JIMUKYOKU))
    # Another takes the place, and the gate is decided.
    country.say(JIMUKYOKU, "review.assign", review=review, reviewer=SHINSA3)
    country.say(SHINSA3, "review.rate", review=review, ratings={})
    country.decide(review)
    assert country.look("ledger", idea)["verified"]
    # What is decided stands, whoever leaves afterwards.
    revoke(country, SHINSA2)
    assert country.look("review", review)["status"] == "decided"


def test_a_role_taken_away_voids_as_leaving_does_and_another_role_given_does_not(
    small_country: Country,
) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    review = small_country.a_review(idea)

    def with_roles(*roles: str) -> int:
        small_country.say(
            KANRI, "user.invite", email=SHINSA1, name="審査者", org="digital-agency", roles=list(roles)
        )
        with writing(small_country.engine) as session:
            return len(session.exec(select(RatingSheet).where(RatingSheet.replaced_at.is_(None))).all())  # type: ignore[union-attr]

    assert with_roles("reviewer", "auditor") == 2
    assert with_roles("auditor") == 1
    assert with_roles("reviewer") == 1  # come back, they are on the review no more
    small_country.refused("not_assigned", SHINSA1, "review.rate", review=review, ratings={})


def test_a_rating_given_while_its_reviewer_leaves_never_counts(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    review = country.a_review(idea, rated=False)
    acts = [saying(country, SHINSA1, "review.rate", review=review, ratings={}) for _ in range(3)]
    acts.append(saying(country, KANRI, "user.revoke", user=SHINSA1, org="digital-agency"))
    results = at_once(country.engine, acts)
    assert not isinstance(results[-1], Exception), results[-1]
    assert all(not isinstance(r, Exception) or isinstance(r, Refused) for r in results)
    with writing(country.engine) as session:
        row = session.exec(select(Review).where(Review.ref == review)).one()
        live = select(RatingSheet).where(
            RatingSheet.review_id == row.id,
            RatingSheet.replaced_at.is_(None),  # type: ignore[union-attr]
        )
        assert session.exec(live).all() == []
