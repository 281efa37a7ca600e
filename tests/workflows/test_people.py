"""Registering organizations, claiming listed local governments, inviting and revoking people."""

from typing import get_args

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from stages.local_government import NETWORK_MODELS, SIZE_CLASSES
from stages.permissions import KIND_NAMES, ROLE_NAMES
from tests.country import KANRI, KANSA, KESSAI, SHINSA1, TANTO, VENDOR, Country
from workflows import organizations, people
from workflows.runtime.actors import ties
from workflows.runtime.commands import parse
from workflows.runtime.refusal import Refused
from workflows.tables.people import Membership, Organization, User

VENDOR_KANRI, NEW = "kanri@yosomono.example.jp", "shinjin@yosomono.example.jp"
SAPPORO = {
    "slug": "sapporo",
    "kind": "municipality",
    "name": "札幌市",
    "lgcode": "011002",
    "mail_domains": ["City.Sapporo.example.jp"],
    "network_model": "beta",
}


def org(engine: sa.Engine, slug: str) -> Organization:
    with Session(engine) as session:
        return session.exec(select(Organization).where(Organization.slug == slug)).one()


def name_of(engine: sa.Engine, email: str) -> str:
    with Session(engine) as session:
        return session.exec(select(User.name).where(User.email == email)).one()


def places(engine: sa.Engine, email: str) -> list[tuple[list[str], bool]]:
    """The person's memberships, first to last: roles, and whether it has ended."""
    with Session(engine) as session:
        rows = session.exec(select(Membership).join(User).where(User.email == email).order_by(Membership.id))
        return [(m.roles, m.ended_at is not None) for m in rows]


def test_the_words_a_command_takes_are_those_of_the_policy() -> None:
    assert set(get_args(organizations.OrgKind)) == set(KIND_NAMES)
    assert set(get_args(organizations.Network)) == set(NETWORK_MODELS)
    assert set(get_args(organizations.SizeClass)) == set(SIZE_CLASSES)
    assert set(get_args(people.Role)) == set(ROLE_NAMES)


def test_a_listed_city_is_claimed_once_and_keeps_what_the_list_knows(country: Country) -> None:
    country.say(KANRI, "org.register", **SAPPORO)
    sapporo = org(country.engine, "sapporo")
    assert (sapporo.prefecture, sapporo.size_class, sapporo.listed) == ("北海道", "designated_city", True)
    assert (sapporo.mail_domains, sapporo.network_model) == (["city.sapporo.example.jp"], "beta")
    assert sapporo.kana == "さっぽろし"
    with Session(country.engine) as session:
        assert len(session.exec(select(Organization).where(Organization.lgcode == "011002")).all()) == 1

    before = country.everything()
    assert country.say("system", "org.register", **SAPPORO).ref == "sapporo"
    assert country.everything() == before, "an identical registration changes nothing"
    country.refused("duplicate", KANRI, "org.register", **SAPPORO | {"slug": "sapporo2"})
    country.refused("duplicate", KANRI, "org.register", **SAPPORO | {"network_model": "alpha"})


def test_a_local_government_that_was_closed_is_not_claimed(country: Country) -> None:
    with Session(country.engine) as session, session.begin():
        sapporo = session.exec(select(Organization).where(Organization.lgcode == "011002")).one()
        sapporo.closed_on = country.now.date()
        session.add(sapporo)
    country.refused("duplicate", KANRI, "org.register", **SAPPORO)


def test_an_invented_village_gets_its_size_from_its_name(country: Country) -> None:
    hoshimori = org(country.engine, "hoshimori")
    assert (hoshimori.size_class, hoshimori.prefecture) == ("village", organizations.INVENTED_PREFECTURE_NAME)
    vendor = org(country.engine, "kazemirai")
    assert (vendor.size_class, vendor.prefecture) == (None, None)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("lgcode", {"lgcode": None}),
        ("lgcode", {"lgcode": "992012"}),
        ("lgcode", {"lgcode": "485012"}),
        ("lgcode", {"kind": "vendor"}),
        ("slug", {"slug": "011002"}),
        ("slug", {"slug": "Kaze Machi"}),
        ("size_class", {"name": "風待広域連合"}),
        ("size_class", {"kind": "vendor", "lgcode": None, "size_class": "town"}),
        ("mail_domains.0", {"mail_domains": ["tanto@kazemachi.example.jp"]}),
        ("population", {"population": -1}),
        ("kind", {"kind": "school"}),
        ("secret", {"secret": "x"}),
    ],
)
def test_an_organization_that_makes_no_sense_is_not_registered(
    small_country: Country, field: str, change: dict[str, object]
) -> None:
    good = {"slug": "kazemachi", "kind": "municipality", "name": "風待町", "lgcode": "993034"}
    assert field in small_country.refused("invalid", KANRI, "org.register", **good | change).errors
    small_country.say(KANRI, "org.register", **good)


def test_slug_and_code_belong_to_one_organization(country: Country) -> None:
    taken = {"kind": "vendor", "name": "株式会社カザミ", "slug": "kazami"}
    country.refused("duplicate", KANRI, "org.register", **taken)
    country.refused("not_permitted", TANTO, "org.register", **taken | {"slug": "kazami-inc"})
    # A listed town is claimed under a free slug only.
    country.refused("duplicate", KANRI, "org.register", **SAPPORO | {"slug": "kazami"})


def test_an_administrator_revises_only_their_own_organization(country: Country) -> None:
    country.say(
        KANRI,
        "user.invite",
        email="kanri@kazami.example.jp",
        name="管理",
        org="kazami",
        roles=["administrator"],
    )
    own = "kanri@kazami.example.jp"
    out = country.say(own, "org.revise", org="992011", population=41000, network_model=None)
    kazami = org(country.engine, "kazami")
    assert (kazami.population, kazami.network_model, out.version) == (41000, None, kazami.version)
    assert kazami.version == 2
    country.refused("not_permitted", own, "org.revise", org="kumoi", population=1)
    country.refused("not_permitted", KESSAI, "org.revise", org="kazami", population=1)
    country.refused("unknown", KANRI, "org.revise", org="nowhere", population=1)
    country.refused("invalid", KANRI, "org.revise", org="kazemirai", size_class="town")
    country.refused("invalid", KANRI, "org.revise", org="kazami", slug="kazami2")


def test_inviting_again_replaces_the_roles_there_and_nowhere_else(country: Country) -> None:
    def invite(slug: str, *roles: str) -> None:
        country.say(KANRI, "user.invite", email="Futari@Example.jp", name="兼務", org=slug, roles=list(roles))

    invite("kazami", "caio", "submitter", "submitter")
    invite("kumoi", "member")
    invite("kazami", "approver")
    assert places(country.engine, "futari@example.jp") == [(["approver"], False), (["member"], False)]
    country.say(KANRI, "user.invite", email="futari@example.jp", name="新姓", org="kumoi", roles=["member"])
    with Session(country.engine) as session:
        assert session.exec(select(User.name).where(User.email == "futari@example.jp")).all() == ["新姓"]


def test_a_role_must_be_one_of_the_kind(country: Country) -> None:
    invite = {"email": "x@example.jp", "name": "試験", "org": "kazami"}
    assert "roles" in country.refused("invalid", KANRI, "user.invite", **invite, roles=["reviewer"]).errors
    country.refused("invalid", KANRI, "user.invite", **invite, roles=[])
    country.refused("invalid", KANRI, "user.invite", **invite, roles=["mayor"])
    country.refused("invalid", KANRI, "user.invite", **invite | {"email": "nobody"}, roles=["member"])
    # Who may not invite is told that first, whatever the role.
    country.refused("not_permitted", TANTO, "user.invite", **invite, roles=["reviewer"])
    country.refused("unknown", KANRI, "user.invite", **invite | {"org": "nowhere"}, roles=["member"])


def test_who_was_revoked_can_do_nothing_and_stays_a_tie_for_twelve_months(country: Country) -> None:
    country.refused("not_permitted", VENDOR, "user.revoke", user=TANTO, org="kazami")
    country.say(KANRI, "user.revoke", user=TANTO, org="kazami")
    idea = {"title": "試験", "field": "窓口", "challenge": "課題", "as_is": "", "to_be": ""}
    country.refused("not_permitted", TANTO, "idea.draft", **idea)
    country.refused("unknown", KANRI, "user.revoke", user=TANTO, org="kazami")
    country.refused("unknown", KANRI, "user.revoke", user="nobody@example.jp", org="kazami")
    with Session(country.engine) as session:
        person = session.exec(select(User.id).where(User.email == TANTO)).one()
        assert person is not None
        assert ties(session, person, country.now) == {"kazami"}
        country.pass_days(400)
        assert ties(session, person, country.now) == set()
    country.say(KANRI, "user.invite", email=TANTO, name="担当", org="kazami", roles=["member"])
    assert places(country.engine, TANTO) == [(["submitter"], True), (["member"], False)]


def test_the_ledger_names_nobody(country: Country) -> None:
    country.say(
        KANRI, "user.invite", email="hisoka@example.jp", name="密山 ひそか", org="kumoi", roles=["member"]
    )
    with country.engine.connect() as connection:
        text = str(connection.execute(sa.text("SELECT actor, action, facts FROM ledger_entry")).all())
    assert "user.invited" in text
    assert "@" not in text
    assert "密山" not in text


def test_an_invitation_does_not_rename_somebody_who_belongs_elsewhere(country: Country) -> None:
    country.say(
        "system", "user.invite", email=VENDOR_KANRI, name="管理", org="yosomono", roles=["administrator"]
    )
    country.say(VENDOR_KANRI, "user.invite", email=TANTO, name="別の名", org="yosomono", roles=["member"])
    assert name_of(country.engine, TANTO) == "kazami 担当"
    for name in ("新しい人", "改めた名"):
        country.say(VENDOR_KANRI, "user.invite", email=NEW, name=name, org="yosomono", roles=["member"])
        assert name_of(country.engine, NEW) == name, "its only organization may mend the name"


def test_nobody_ties_a_reviewer_to_their_company_by_inviting_them(country: Country) -> None:
    country.say(
        "system", "user.invite", email=VENDOR_KANRI, name="管理", org="yosomono", roles=["administrator"]
    )
    invitation = {"email": SHINSA1, "name": "審査", "org": "yosomono", "roles": ["member"]}
    country.refused("not_permitted", VENDOR_KANRI, "user.invite", **invitation)
    country.say(KANRI, "user.invite", **invitation)
    assert places(country.engine, SHINSA1) == [(["reviewer"], False), (["member"], False)]


def test_an_organization_that_does_not_exist_is_unknown_before_a_role_is_asked_for(country: Country) -> None:
    idea, product = country.a_flagged_product()
    texts = {"title": "題", "field": "窓口", "challenge": "困りごと", "as_is": "今", "to_be": "後"}
    now = country.now.isoformat()
    incident = {
        "title": "誤り",
        "people_affected": 1,
        "sensitive": False,
        "malicious": False,
        "body_md": "経緯",
    }
    said = {
        "idea.draft": texts,
        "idea.clone": {"idea": idea, "because": "うちも"},
        "idea.demand": {"idea": idea, "need": "使いたい"},
        "adoption.report": {"product": product, "status": "planned"},
        "adoption.reconfirm": {"product": product},
        "incident.file": incident | {"product": product, "occurred_at": now, "known_at": now},
        "asset.publish": {"kind": "prompt", "title": "題", "body_md": "本文", "licence": "MIT"},
    }
    for verb, command in said.items():
        country.refused("unknown", KANSA, verb, org="no-such-org", **command)
        country.refused("not_permitted", KANSA, verb, org="kazami", **command)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a..b@kazami.example.jp", "点"),
        (".a@kazami.example.jp", "点"),
        ("a.@kazami.example.jp", "点"),
        ("a@kazami..jp", "点"),
        ("a b@kazami.example.jp", "空白"),
        ("a\tb@kazami.example.jp", "空白"),
        ("a@kazami", "ドメイン"),
        ("a@", "ドメイン"),
        ("a@.kazami.jp", "ドメイン"),
        ("a@kazami.jp.", "ドメイン"),
        ("a@-kazami.jp", "ドメイン"),
        ("a@kazami-.jp", "ドメイン"),
        ("a@kazami.-jp", "ドメイン"),
        ("a@kaza_mi.jp", "ドメイン"),
        ("a@192.0.2.1", "ドメイン"),
        ("a@[192.0.2.1]", "ドメイン"),
        (f"a@{'k' * 64}.jp", "ドメイン"),
        ("a@@kazami.jp", "@ が一つ"),
        ("a@kazami.jp@example.jp", "@ が一つ"),
        ("tanto", "@ が一つ"),
        ("@kazami.jp", "@ の前"),
        ("<a@kazami.jp>", "@ の前"),
        ("a,b@kazami.jp", "@ の前"),
        ("担当@kazami.jp", "半角"),
        ("tanto@風見.jp", "半角"),
        ("tanto＠kazami.jp", "半角"),
        ("tan\u212ao@kazami.jp", "半角"),
        (f"{'a' * 65}@kazami.jp", "64 文字"),
        (f"a@{'.'.join(['k' * 60] * 4)}.kazami.jp", "254 文字"),
        ("a\x00@kazami.jp", "NUL"),
        ("", "必ず"),
    ],
)
def test_a_malformed_address_was_taken_and_its_mail_never_arrived(address: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(people.InviteUser, {"email": address, "name": "担当", "org": "kazami", "roles": ["member"]})
    assert caught.value.reason == "invalid"
    assert caught.value.errors.keys() == {"email"}
    assert said in caught.value.errors["email"]


@pytest.mark.parametrize(
    "address",
    [
        "  Tanto.Madoguchi@City.Kazami.LG.jp　",
        "o'neil+kyoso@kaze-mirai.co.jp",
        "a@b.jp",
        "tanto@xn--eckwd4c7c.xn--zckzah",
        f"{'a' * 64}@{'.'.join(['k' * 61] * 3)}.jp",
    ],
)
def test_an_address_that_mail_servers_take_is_taken_in_small_letters(address: str) -> None:
    command = {"email": address, "name": "担当", "org": "kazami", "roles": ["member"]}
    assert parse(people.InviteUser, command).email == address.strip().lower()


def test_who_was_invited_under_a_malformed_address_can_still_be_revoked(country: Country) -> None:
    """The address of before the stricter rule is a reference like any other: it only has to be found."""
    country.say(
        KANRI, "user.invite", email="nokori@kazami.example.jp", name="旧", org="kazami", roles=["member"]
    )
    with country.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE person SET email = 'no..kori@kazami' WHERE email = 'nokori@kazami.example.jp'")
        )
    country.say(KANRI, "user.revoke", user=" No..kori@kazami ", org="kazami")
    country.refused("unknown", KANRI, "user.revoke", user="no..kori@kazami", org="kazami")
