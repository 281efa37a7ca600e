"""What was written to happen later happens only while its author may still want it."""

from tests.country import HOSHIMORI, HOSHIMORI_KESSAI, JIMUKYOKU, KANRI, KUMOI, TANTO, Country
from tests.postbox import a_postbox
from tests.scenes import Land
from tests.shelves import Plot
from workflows.runtime.mail import deliver


def wave_mail(country: Country) -> int:
    return sum(m["kind"] == "wave.opened" for m in country.look("mail", HOSHIMORI))


def test_a_wave_planned_by_who_has_lost_the_right_is_not_sent(sqlite_plot: Plot) -> None:
    """Discourse CVE-2026-28227 and Gitea CVE-2026-20888: what was scheduled ran with the rights its author no longer had."""
    c = Land(sqlite_plot)
    _, product = c.a_flagged_product()
    c.tick()
    c.say(JIMUKYOKU, "wave.open", product=product, name="第一波", where={}, starts_on=c.day(3))
    c.say(KANRI, "user.revoke", user=JIMUKYOKU, org="digital-agency")
    c.pass_days(4)
    c.tick()
    assert wave_mail(c) == 0
    # With the right back, it is sent after all: the wave waits, it is not lost.
    c.say(KANRI, "user.invite", email=JIMUKYOKU, name="事務局", org="digital-agency", roles=["coordinator"])
    c.pass_days(1)
    c.tick()
    assert wave_mail(c) == 1


def test_a_proposal_of_who_owns_the_idea_no_more_is_no_consent(small_country: Country) -> None:
    """Gitea CVE-2026-20888: a merge that was asked for goes through after the asker has lost the right to it."""
    c = small_country
    row = {
        "title": "庁内照会",
        "summary": "照会に答える。",
        "field": "庁内",
        "owner": "会",
        "source": "https://example.jp/1",
    }
    c.say("system", "idea.import", rows=[row])
    mine = c.an_idea()
    other = f"R8-{int(mine[-4:]) - 1:04d}"
    c.say(JIMUKYOKU, "idea.assign_owner", idea=other, org="hoshimori")
    c.say(HOSHIMORI, "idea.merge", idea=other, into=mine)
    c.say(KANRI, "user.revoke", user=HOSHIMORI, org="hoshimori")
    c.refused("unknown", HOSHIMORI, "idea.merge", idea=other, into=mine)
    c.refused("not_permitted", KUMOI, "idea.merge", idea=other, into=mine)
    c.say(HOSHIMORI_KESSAI, "idea.withdraw", idea=other, reason="やめる。")
    c.refused("wrong_status", TANTO, "idea.merge", idea=other, into=mine)


def test_no_mail_goes_out_to_who_has_been_removed(small_country: Country) -> None:
    """Gitea CVE-2026-20883: what was told to members went on being told to somebody who was one no more."""
    c = small_country
    idea = c.an_idea()
    c.say(JIMUKYOKU, "comment.post", idea=idea, body_md="どうでしょう。")
    c.say(KUMOI, "team.ask", idea=idea, org="kumoi", message="一緒に。")
    assert c.look("mail", TANTO)
    c.say(KANRI, "user.revoke", user=TANTO, org="kazami")
    with a_postbox() as (box, mailer):
        deliver(c.engine, c.now, mailer)
    told = {to for to, _ in box.received}
    assert TANTO not in told
    assert told, "the others were told"
