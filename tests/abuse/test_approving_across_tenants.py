"""Approving (決裁) what another tenant has to approve."""

from tests.app.web import reader
from tests.country import HOSHIMORI_KESSAI, KANRI, KESSAI, LOW_RISK, TANTO, TIME, VENDOR, Country


def test_an_approver_of_one_town_approves_nothing_of_another(small_country: Country) -> None:
    """Decidim CVE-2026-45330: whoever might approve in one organization could approve in another by naming its things. Said
    here by an approver who may approve all of it at home, by a command and through the forms, from their own page and with
    the other organization's name."""
    c = small_country
    idea, draft = c.an_idea_with_a_team(), c.a_draft("水道検針の記録")
    c.say(VENDOR, "repo.link", idea=idea, full_name="kazemirai/madoguchi-faq")
    c.say(TANTO, "risk.assess", idea=idea, checklist_version="high_risk-1", answers=LOW_RISK)
    pilot = c.plan_a_pilot(idea)
    c.say(TANTO, "kpi.define", pilot=pilot, **TIME)
    approvals = {
        "idea.submit": ("unknown", {"idea": draft}),
        "review.request": ("not_permitted", {"idea": idea}),
        "kpi.freeze": ("not_permitted", {"pilot": pilot}),
        "risk.decide": ("not_permitted", {"idea": idea, "level": "low", "reason": "確かめる。"}),
        "idea.withdraw": ("not_permitted", {"idea": idea, "reason": "やめる。"}),
    }
    for verb, (reason, command) in approvals.items():
        c.refused(reason, HOSHIMORI_KESSAI, verb, **command)
    before = c.everything()
    person = reader(c, HOSHIMORI_KESSAI)
    person.opens(f"/ideas/{idea}")
    person.posts("/acting", 404, org="kazami")
    for verb, (reason, command) in approvals.items():
        person.opens("/ideas/new")
        person.says(verb, 404 if reason == "unknown" else 403, **command)
        person.opens("/ideas/new")
        person.says(verb, 422, org="kazami", **command)  # whom one speaks for is no field of theirs
    after = c.everything()
    assert {name for name in after if after[name] != before[name]} <= {"sign_in"}
    c.say(KESSAI, "kpi.freeze", pilot=pilot)  # whose it is may


def test_a_right_to_approve_is_not_carried_into_the_next_organization(small_country: Country) -> None:
    """Decidim CVE-2026-45330, of one person in two tenants: approver in the one, a mere member in the other."""
    c = small_country
    c.say(KANRI, "user.invite", email=HOSHIMORI_KESSAI, name="兼務", org="kazami", roles=["member"])
    draft = c.a_draft()
    c.refused("not_permitted", HOSHIMORI_KESSAI, "idea.submit", idea=draft)
    person = reader(c, HOSHIMORI_KESSAI)
    for org in ("kazami", "hoshimori"):
        person.opens(f"/ideas/{draft}")
        person.posts("/acting", org=org)
        person.opens(f"/ideas/{draft}")
        person.says("idea.submit", 403, idea=draft)
    assert c.look("idea", draft)["status"] == "draft"
