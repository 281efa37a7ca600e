"""Invitations: a link by mail, used once, within seven days; who sees what became of it."""

import re
from datetime import timedelta
from functools import partial

from sqlmodel import select

from app import identity, invitations
from app.db import reading
from app.route import house
from tests.app.web import HTTPS, Reader, an_app, reader
from tests.country import JIMUKYOKU, KANRI, TANTO, VENDOR, Country
from tests.postbox import a_postbox
from tests.races import at_once
from workflows.runtime.mail import deliver
from workflows.tables.machinery import Message
from workflows.tables.people import Invitation, SignIn

NEW, PASSWORD = "shinjin@kazami.example.jp", "風見の丘に三本の杉がある"


def invite(country: Country, who: str = KANRI, email: str = NEW, org: str = "kazami") -> None:
    country.say(who, "user.invite", email=email, name="新人", org=org, roles=["member"])


def link_to(country: Country, email: str = NEW) -> str:
    """The address in the newest mail to somebody, as the mailer makes it."""
    with reading(country.engine) as session:
        about = session.exec(
            select(Message.about).where(Message.recipient == email).order_by(Message.id.desc())  # type: ignore[attr-defined]
        ).first()
    link = invitations.link(house(an_app(country)).config.secret, about or "")
    assert link, about
    return link


def test_a_mailed_link_leads_to_a_password_and_in_and_works_once(country: Country) -> None:
    invite(country)
    link = link_to(country)
    assert link.partition(".")[2] not in str(country.everything())  # nothing stored opens anything
    guest = reader(country)
    assert "風見市から招かれています" in guest.opens(link)
    assert guest.page is not None
    assert guest.page.headers["Cache-Control"] == "no-store"
    assert "違います" in guest.posts(link, 422, password=PASSWORD, again="別の言葉をここに書く").text
    assert "12 文字以上にしてください" in guest.posts(link, 422, password="短い", again="短い").text
    guest.posts(link, 303, password=PASSWORD, again=PASSWORD)
    assert "新人 さん" in guest.opens("/")
    with reading(country.engine) as session:
        assert [row.how for row in session.exec(select(SignIn))] == ["invitation"]
    again = reader(country)
    assert "もう使われています" in again.opens(link, 410)
    again.opens("/sign-in")
    assert "もう使われています" in again.posts(link, 410, password=PASSWORD * 2, again=PASSWORD * 2).text
    assert identity.check_password(country.engine, NEW, PASSWORD)


def test_two_who_use_a_link_at_once_are_one(country: Country) -> None:
    invite(country)
    invited = invitations.find(
        country.engine, house(an_app(country)).config.secret, link_to(country).rpartition("/")[2], country.now
    )
    assert invited is not None
    acts = [
        (lambda engine, n=n: invitations.accept(engine, invited, PASSWORD + str(n), country.now))
        for n in range(4)
    ]
    results = at_once(country.engine, acts)
    assert sorted(type(r).__name__ for r in results) == ["NoneType", "NotOpen", "NotOpen", "NotOpen"]


def test_expired_renewed_and_withdrawn_links_say_so_and_the_administrator_sees_it(
    small_country: Country,
) -> None:
    country = small_country
    invite(country)
    first = link_to(country)
    admin = reader(country, KANRI)
    page = admin.opens("/admin/organizations/kazami")
    assert "招待中" in page
    country.pass_days(6)
    reader(country).opens(first)
    country.now += timedelta(days=1)
    assert "期限が過ぎています" in reader(country).opens(first, 410)
    admin = reader(country, KANRI)
    assert "招待の期限切れ" in admin.opens("/admin/organizations/kazami")
    # Sent again, by the button as it stands on the page.
    form = next(f for f in re.findall(r"<form.*?</form>", admin.page.text, re.S) if "もう一度送る" in f)  # type: ignore[union-attr]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    admin.posts("/do/user.invite", 303, **{k: v for k, v in fields.items() if k != "csrf_token"})
    assert "新しいものに替わっています" in reader(country).opens(first, 410)
    second = link_to(country)
    assert "招かれています" in reader(country).opens(second)
    admin.opens("/admin/organizations/kazami")
    admin.says("user.revoke", user=NEW, org="kazami")
    assert "取り消されたか" in reader(country).opens(second, 410)
    reader(country).opens(second[:-1] + ("A" if second[-1] != "A" else "B"), 404)
    reader(country).opens("/invitations/99999999." + second.partition(".")[2], 404)
    with reading(country.engine) as session:
        assert len(session.exec(select(Invitation)).all()) == 2


def test_who_has_a_way_in_is_only_told_of_a_further_organization(small_country: Country) -> None:
    identity.set_password(small_country.engine, VENDOR, PASSWORD)
    invite(small_country, email=VENDOR)
    (mail,) = small_country.look("mail", VENDOR)
    assert mail["kind"] == "user.joined"
    assert "いままでと同じ方法で" in mail["body"]
    invite(small_country, email=VENDOR)
    assert len(small_country.look("mail", VENDOR)) == 1  # roles given anew are no second news


def test_whom_the_system_registers_gets_no_mail(small_country: Country) -> None:
    invite(small_country, who="system")
    assert small_country.look("mail", NEW) == []
    reader(small_country, TANTO).opens("/admin/organizations/kazami", 404)
    reader(small_country, JIMUKYOKU).opens("/admin/organizations/kazami", 404)


def test_the_mail_that_leaves_has_the_link_at_our_own_address(small_country: Country) -> None:
    invite(small_country)
    app = an_app(small_country, base_url=HTTPS, env="production")
    with a_postbox() as (box, mailer):
        mine = type(mailer)(
            mailer.url, mailer.sender, HTTPS, partial(invitations.link, house(app).config.secret)
        )
        assert deliver(small_country.engine, small_country.now, mine) == 1
        text = box.received[0][1].get_content()
    link = re.search(r"https://\S+", text)
    assert link
    Reader(app, small_country).opens(link[0].removeprefix(HTTPS))
