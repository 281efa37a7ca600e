"""Evidence supports a criterion by its key, stays shown when withdrawn, and is frozen by a review."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from stages.days import add_months
from tests.country import JIMUKYOKU, KESSAI, OUTSIDER, SHINSA1, TANTO, VENDOR, Country
from workflows.dossiers import dossier
from workflows.runtime.transaction import reading
from workflows.tables.ideas import Evidence, Idea, Visit
from workflows.tables.reviews import Review

NOTE = {"kind": "note", "title": "試作の結果", "body_md": "十件で試した。"}
LINK = {"kind": "link", "title": "報告", "url": "https://kazami.example.jp/report"}


def test_owner_and_partner_attach_others_do_not(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    assert country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref == f"{idea}-E1"
    assert country.say(VENDOR, "evidence.attach", idea=idea, **LINK).ref == f"{idea}-E2"
    for nobody in (OUTSIDER, JIMUKYOKU):
        country.refused("not_permitted", nobody, "evidence.attach", idea=idea, **NOTE)
    country.refused("wrong_status", TANTO, "evidence.attach", idea=country.a_draft("下書き"), **NOTE)
    with Session(country.engine) as session:
        row = session.exec(select(Evidence).where(Evidence.ref == f"{idea}-E1")).one()
        visit = session.exec(select(Visit).where(Visit.id == row.visit_id)).one()
        assert (visit.stage, visit.number, row.criterion) == ("ideathon", 1, "feasible")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("criterion", NOTE | {"criterion": "nice_to_have"}),
        ("body_md", NOTE | {"body_md": " "}),
        ("url", LINK | {"url": None}),
        ("url", {"kind": "repository", "title": "コード"}),
        ("url", LINK | {"url": "ftp://kazami.example.jp"}),
        ("file", {"kind": "file", "title": "報告", "file": "report.pdf"}),
        ("kind", {"kind": "rumour", "title": "噂"}),
    ],
)
def test_evidence_without_content_is_refused(
    small_country: Country, field: str, given: dict[str, str | None]
) -> None:
    idea = small_country.an_idea()
    assert field in small_country.refused("invalid", TANTO, "evidence.attach", idea=idea, **given).errors


def test_withdrawn_evidence_stays_and_counts_no_more(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    ref = country.say(VENDOR, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref
    country.refused("unknown", OUTSIDER, "evidence.withdraw", evidence=ref, because="?")
    country.refused("not_permitted", SHINSA1, "evidence.withdraw", evidence=ref, because="?")
    country.refused("unknown", TANTO, "evidence.withdraw", evidence=f"{idea}-E9", because="?")
    country.say(TANTO, "evidence.withdraw", evidence=ref, because="古い結果だった。")
    country.refused("wrong_status", TANTO, "evidence.withdraw", evidence=ref, because="?")
    with Session(country.engine) as session:
        assert session.exec(select(Evidence.withdrawn_because)).one() == "古い結果だった。"


def test_what_a_review_read_can_never_be_withdrawn(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    read = country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref
    review = country.say(KESSAI, "review.request", idea=idea).ref
    later = country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref
    refusal = country.refused("frozen", TANTO, "evidence.withdraw", evidence=read, because="?")
    assert refusal.about == (review,)
    country.say(TANTO, "evidence.withdraw", evidence=later, because="二重に付けた。")


def test_evidence_belongs_to_the_visit_in_which_it_came(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    country.decide(country.a_review(idea), "recycle")
    ref = country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref
    with Session(country.engine) as session:
        joined = select(Visit.stage, Visit.number).join(Evidence, Evidence.visit_id == Visit.id)
        assert session.exec(joined.where(Evidence.ref == ref)).one() == ("ideathon", 2)


def test_evidence_is_used_again_while_it_is_fresh_and_stands(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    day = country.now.date()
    old = country.say(TANTO, "evidence.attach", idea=idea, dated_on=add_months(day, -13), **NOTE).ref
    new = country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", dated_on=day, **NOTE).ref
    again = {"idea": idea, "criterion": "staff_heard"}
    ref = country.say(TANTO, "evidence.attach", **again, reuses=new).ref
    for reason, more in {
        "duplicate": {"reuses": new},
        "too_late": {"reuses": old},
        "unknown": {"reuses": f"{idea}-E99"},
        "invalid": {"reuses": new, "title": "別の名"},
    }.items():
        country.refused(reason, TANTO, "evidence.attach", **again, **more)
    country.refused("duplicate", TANTO, "evidence.attach", **again | {"reuses": ref, "criterion": "feasible"})
    country.refused("invalid", TANTO, "evidence.attach", idea=idea, reuses=new)
    tomorrow = country.now.date() + timedelta(days=1)
    country.refused("invalid", TANTO, "evidence.attach", idea=idea, dated_on=tomorrow, **NOTE)

    review = country.say(KESSAI, "review.request", idea=idea).ref
    with Session(country.engine) as session:
        frozen = session.exec(select(Review.dossier).where(Review.ref == review)).one()["evidence"]
    shown = {e["ref"]: (e["criterion"], e["reuses"], e["carried_over"]) for e in frozen}
    assert shown[ref] == ("staff_heard", new, False)
    assert shown[new] == ("feasible", None, False)
    assert next(e["told_on"] for e in frozen if e["ref"] == ref) == day.isoformat()


def test_evidence_of_an_earlier_visit_counts_for_twelve_months(country: Country) -> None:
    idea, _ = country.an_idea_ready_for_g1()
    ref = country.say(TANTO, "evidence.attach", idea=idea, criterion="feasible", **NOTE).ref
    country.decide(country.a_review(idea), "recycle")

    def counts(on: date) -> dict[str, bool]:
        with reading(country.engine) as session:
            row = session.exec(select(Idea).where(Idea.number == idea)).one()
            return {e.ref: e.carried_over for e in dossier(session, row, on).evidence}

    told = country.now.date()
    assert counts(told)[ref] is True
    assert ref in counts(add_months(told, 11))
    assert ref not in counts(add_months(told, 13))
