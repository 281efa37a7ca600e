"""Organizations and their people, for who administers them; the policy and one's own page, for everyone signed in."""

import re
from html import unescape

import pytest

import stages
from stages.permissions import MATRIX, ROLE_NAMES
from tests.app.web import Reader, an_app, reader, statements
from tests.country import JIMUKYOKU, KANRI, KANSA, KESSAI, TANTO, VENDOR, Country
from workflows.runtime.refusal import Refused

TOWN_ADMIN = "kanri@kazami.example.jp"


@pytest.fixture
def administered(small_country: Country) -> Country:
    """A country in which 風見市 has an administrator of its own."""
    small_country.say(
        KANRI, "user.invite", email=TOWN_ADMIN, name="風見市 管理", org="kazami", roles=["administrator"]
    )
    return small_country


def test_only_administrators_find_the_organizations(administered: Country) -> None:
    for who in (TANTO, KESSAI, VENDOR, JIMUKYOKU, KANSA, None):
        person = reader(administered, who)
        person.opens("/admin/organizations", 404)
        person.opens("/admin/organizations/kazami", 404)
        assert "/admin/organizations" not in person.opens("/")
    everything = reader(administered, KANRI).opens("/admin/organizations")
    for name in ("風見市", "星守村", "株式会社カゼミライ", "デジタル庁（架空の担当）"):
        assert name in everything
    own = reader(administered, TOWN_ADMIN)
    text = own.opens("/admin/organizations")
    assert "風見市" in text
    assert "星守村" not in text
    assert "/do/org.register" not in own.forms()
    own.opens("/admin/organizations/kazami")
    own.opens("/admin/organizations/hoshimori", 404)


def test_an_administrator_invites_changes_and_ends_the_roles_of_a_person(administered: Country) -> None:
    person = reader(administered, TOWN_ADMIN)
    text = person.opens("/admin/organizations/kazami")
    assert {"/do/user.invite", "/do/user.revoke", "/do/org.revise"} <= person.forms()
    offered = re.findall(r'name="roles" value="(\w+)"', text.split('id="invite"')[1])
    assert offered == ["submitter", "approver", "caio", "member", "administrator"]
    person.says(
        "user.invite",
        email="shinjin@kazami.example.jp",
        name="風見市 新人",
        org="kazami",
        roles=["submitter", "member"],
    )
    text = person.opens("/admin/organizations/kazami")
    assert "利用者を招きました" in text
    assert "風見市 新人" in text
    person.says(
        "user.invite", email="shinjin@kazami.example.jp", name="風見市 新人", org="kazami", roles=["approver"]
    )
    part = person.opens("/admin/organizations/kazami").split("風見市 新人")[1].split("</span><span>")[0]
    assert ROLE_NAMES["approver"] in part
    assert ROLE_NAMES["submitter"] not in part
    person.says("user.revoke", user="shinjin@kazami.example.jp", org="kazami")
    text = person.opens("/admin/organizations/kazami")
    assert "この 12 か月に役割を終えた人（1 人）" in text
    assert "風見市 新人さん" not in text.split("この 12 か月")[0]


def test_an_invitation_that_is_refused_keeps_what_was_typed(administered: Country) -> None:
    person = reader(administered, TOWN_ADMIN)
    person.opens("/admin/organizations/kazami")
    refused = person.says("user.invite", 422, email="ｓｈｉｎｊｉｎ＠", name="風見市 新人", org="kazami")
    assert "全角の文字や日本語が含まれています" in refused.text
    assert 'value="風見市 新人"' in refused.text
    assert 'value="ｓｈｉｎｊｉｎ＠"' in refused.text
    assert 'type="email"' in refused.text
    wrong = person.says(
        "user.invite", 422, email="a@kazami.example.jp", name="だれか", org="kazami", roles=["auditor"]
    )
    assert "の役割はありません" in unescape(wrong.text)


def test_an_organization_is_registered_and_revised(administered: Country) -> None:
    person = reader(administered, KANRI)
    person.opens("/admin/organizations")
    assert "/do/org.register" in person.forms()
    done = person.says(
        "org.register", kind="vendor", slug="atarashii", name="株式会社アタラシイ", mail_domains=""
    )
    assert done.headers["Location"] == "/admin/organizations/atarashii"
    text = person.opens("/admin/organizations/atarashii")
    assert "団体を登録しました" in text
    assert "利用者はまだいません" in text
    assert "ネットワークの形" not in text
    person.says(
        "org.revise",
        org="atarashii",
        name="株式会社アタラシイ技研",
        kana="",
        mail_domains="atarashii.example.jp\n",
    )
    text = person.opens("/admin/organizations/atarashii")
    assert "株式会社アタラシイ技研" in text
    assert "atarashii.example.jp" in text
    person.says("org.revise", org="atarashii", name="株式会社アタラシイ技研", kana="", mail_domains="")
    assert "atarashii.example.jp" not in person.opens("/admin/organizations/atarashii")
    refused = person.says("org.revise", 422, org="atarashii", name="", kana="あたらしい")
    assert 'value="あたらしい"' in refused.text


def test_a_listed_town_is_found_by_its_name_and_claimed_from_its_page(small_country: Country) -> None:
    """The list of local governments is loaded in tests' databases as in any other."""
    person = reader(small_country, KANRI)
    assert "高知市" not in person.opens("/admin/organizations")
    text = person.opens("/admin/organizations?q=高知市")
    found = re.search(r'href="/admin/organizations/([^"]+)"><b>高知市', text)
    if found is None:
        pytest.skip("no list of local governments in this database")
    text = person.opens(f"/admin/organizations/{found[1]}")
    assert "まだ登録されていません" in text
    assert person.forms() == {"/do/org.register", "/sign-out"}
    code = re.search(r'name="lgcode" value="(\d{6})"', text)
    assert code
    done = person.says("org.register", kind="municipality", name="高知市", lgcode=code[1], slug="kochi-shi")
    assert "利用者を招く" in person.opens(done.headers["Location"])


def test_the_list_of_organizations_pages_by_key_through_each_once(small_country: Country) -> None:
    for i in range(40):
        small_country.say("system", "org.register", slug=f"v-{i:02}", kind="vendor", name=f"株式会社 {i:02}")
    person = reader(small_country, KANRI)
    found: list[str] = []
    path: str | None = "/admin/organizations"
    while path:
        text = person.opens(path)
        found += re.findall(r'href="/admin/organizations/([^"?]+)"><b>', text)
        more = re.search(r'href="(/admin/organizations\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert len(found) == len(set(found)) >= 46
    person.opens("/admin/organizations?after=nonsense", 422)


def test_the_statements_of_the_admin_pages_do_not_grow(administered: Country) -> None:
    person = reader(administered, KANRI)
    for path in ("/admin/organizations", "/admin/organizations/kazami", "/admin/policy", "/me"):
        person.opens(path)
        with statements(administered.engine) as few:
            person.opens(path)
        for i in range(3):
            mail = f"n{i}-{path.count('/')}@kazami.example.jp"
            administered.say(KANRI, "user.invite", email=mail, name="だれか", org="kazami", roles=["member"])
        with statements(administered.engine) as many:
            person.opens(path)
        assert len(many) == len(few) <= 10, path


def test_everyone_signed_in_reads_the_policy(small_country: Country) -> None:
    reader(small_country).opens("/admin/policy", 404)
    text = reader(small_country, VENDOR).opens("/admin/policy")
    assert stages.version() in text
    assert stages.fingerprint() in text
    assert "公表した内容のまま" in text
    for stage in stages.PIPELINE:
        for criterion in stage.gate.criteria if stage.gate else ():
            assert criterion.question in text
    assert text.split('id="permissions"')[1].split('id="checklists"')[0].count("<tr>") == len(MATRIX) + 1
    assert "procurement-1" in text


def test_a_person_finds_their_own_roles(administered: Country) -> None:
    reader(administered).opens("/me", 404)
    text = reader(administered, KESSAI).opens("/me")
    for shown in ("kazami 担当 さん", KESSAI, "風見市", "決裁者", "AI統括責任者"):
        assert shown in text
    assert "/admin/organizations/kazami" in reader(administered, TOWN_ADMIN).opens("/me")


def test_a_person_whose_roles_ended_while_typing_is_told_so(administered: Country) -> None:
    app = an_app(administered)
    person = Reader(app, administered, TOWN_ADMIN)
    person.opens("/admin/organizations/kazami")
    # Still of the town: who has left it altogether is signed out.
    here = {"name": "kazami 担当", "org": "kazami"}
    administered.say(KANRI, "user.invite", email=TOWN_ADMIN, roles=["submitter"], **here)
    refused = person.says(
        "user.invite", 403, email="x@kazami.example.jp", name="だれか", org="kazami", roles=["member"]
    )
    assert "役割" in refused.text
    with pytest.raises(Refused):
        administered.say(
            TOWN_ADMIN,
            "user.invite",
            email="x@kazami.example.jp",
            name="だれか",
            org="kazami",
            roles=["member"],
        )


def test_the_agency_finds_every_ledger(small_country: Country) -> None:
    idea, _ = small_country.an_idea_in_pilot()
    draft = small_country.a_draft("まだ出していない下書き")
    small_country.pass_days(1)
    small_country.tick()
    for who in (TANTO, VENDOR, KANRI, None):
        reader(small_country, who).opens("/ledger", 404)
    auditor = reader(small_country, KANSA)
    text = auditor.opens("/ledger")
    assert f'href="/ledger/{idea}"' in text
    assert "番まで" in text
    assert draft not in text
    assert "条件に合う台帳はありません" in auditor.opens("/ledger?q=ありえない題名")
    assert "条件に合う台帳はありません" in auditor.opens("/ledger?q=%25")
    auditor.opens("/ledger?after=x", 422)
