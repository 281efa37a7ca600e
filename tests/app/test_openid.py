"""Coming in by OpenID Connect, at a real provider: who is let in, what of an ID token is checked, what is bound to whom."""

import html
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface
from sqlmodel import SQLModel, select

from app import identity, kept_forms, oidc, outside, second_factors
from app.db import reading
from app.oidc_providers import providers
from app.route import house
from tests.app.web import Reader, an_app, person_id
from tests.country import KANRI, TANTO, VENDOR, Country
from tests.forges.provider import CLIENT, SECRET, OpenIdProvider
from workflows.runtime.pruning import prune
from workflows.tables.machinery import KeptForm
from workflows.tables.people import Invitation, OutsideIdentity, SignIn

NEW = "shinjin@kazami.example.jp"


def settings(issuer: str) -> str:
    def one(key: str, kinds: str) -> str:
        return (
            f'[{key}]\nname = "{key} の認証"\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
            f'client_secret = "{SECRET}"\ndomains = ["kazami.example.jp", "kazemirai.example.jp"]\nkinds = {kinds}\n'
        )

    return one("towns", '["municipality", "agency"]')


def a_reader(country: Country, provider: OpenIdProvider, who: str | None = None) -> Reader:
    """Somebody in front of an app that knows the provider; by the real time, which is the provider's too."""
    country.now = datetime.now(UTC)
    return Reader(an_app(country, KYOSO_OIDC_PROVIDERS=settings(provider.issuer)), country, who)


def goes(reader: Reader, provider: OpenIdProvider, subject: str, next_: str = "", **more: Any) -> str:
    """Presses the button, signs in there, comes back; the address that the browser is sent back to."""
    begun = reader.client.get("/sign-in/with/towns", query_string={"next": next_}, base_url=reader.address)
    assert begun.status_code == 303, begun.text
    return provider.signs_in(begun.headers["Location"], subject, **more)


def comes_back(reader: Reader, address: str, status: int) -> str:
    parts = urlsplit(address)
    reader.opens(f"{parts.path}?{parts.query}", status)
    assert reader.page is not None
    return reader.page.text


def is_invited(country: Country, email: str = NEW) -> None:
    country.now = datetime.now(UTC)
    country.say(KANRI, "user.invite", email=email, name="新人", org="kazami", roles=["submitter"])


def rows(country: Country, kind: Any) -> list[Any]:
    with reading(country.engine) as session:
        return list(session.exec(select(kind).order_by(kind.id)))


def test_an_invited_person_comes_in_and_is_known_by_subject_from_then_on(
    country: Country, provider: OpenIdProvider
) -> None:
    is_invited(country)
    reader = a_reader(country, provider)
    assert "towns の認証 で入る" in reader.opens("/sign-in")
    comes_back(reader, goes(reader, provider, "new", "/ideas"), 303)
    assert reader.page is not None
    assert reader.page.headers["Location"] == "/ideas"
    assert "新人 さん" in reader.opens("/")
    (known,) = rows(country, OutsideIdentity)
    assert (known.issuer, known.subject) == (provider.issuer, "new")
    (invitation,) = rows(country, Invitation)
    assert invitation.used_at is not None
    (first,) = rows(country, SignIn)
    assert (first.how, first.kinds) == ("oidc:towns", ["municipality", "agency"])

    # Again, in the same browser: another secret, the old one over. The mail address has changed there, the subject has not.
    provider.spoils(email="kaimei@kazami.example.jp")
    comes_back(reader, goes(reader, provider, "new"), 303)
    first, second = rows(country, SignIn)
    assert first.ended_at is not None
    assert (second.user_id, second.ended_at) == (first.user_id, None)
    provider.is_honest()

    # Whoever is given the mail address later is another subject, and does not get in by it.
    other = a_reader(country, provider)
    assert "別の入り方があります" in comes_back(other, goes(other, provider, "namesake"), 403)
    assert len(rows(country, SignIn)) == 2


def test_no_token_is_believed_that_is_not_for_us_now_and_signed(
    small_country: Country, provider: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    is_invited(small_country)
    reader = a_reader(small_country, provider)
    long_ago = int(datetime.now(UTC).timestamp()) - 3600
    spoilings: list[tuple[dict[str, Any], str]] = [
        ({"aud": "another-client"}, "aud"),
        ({"aud": [CLIENT, "another-client"]}, "azp"),
        ({"exp": long_ago}, "expired"),
        ({"exp": None}, "exp"),
        ({"nbf": long_ago + 7200}, "not yet valid"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://another.example.jp"}, "iss"),
        ({"sub": None}, "sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
        ({"none": True}, "not allowed"),
        ({"foreign": True}, "BadSignature"),
    ]
    for spoiling, cause in spoilings:
        caplog.clear()
        provider.spoils(**spoiling)
        said = comes_back(reader, goes(reader, provider, "new"), 403)
        assert "提供元の答えを確かめられなかった" in said, spoiling
        assert cause in caplog.text, (spoiling, caplog.text)
    assert rows(small_country, SignIn) == rows(small_country, OutsideIdentity) == []


def test_a_changed_key_of_the_provider_is_fetched_and_keeps_nobody_out(
    small_country: Country, provider: OpenIdProvider
) -> None:
    is_invited(small_country)
    reader = a_reader(small_country, provider)
    comes_back(reader, goes(reader, provider, "new"), 303)
    provider.changes_its_key()
    comes_back(reader, goes(reader, provider, "new"), 303)


def test_who_is_not_let_in_is_told_why(small_country: Country, provider: OpenIdProvider) -> None:
    is_invited(small_country)
    is_invited(small_country, "idou@kazami.example.jp")
    identity.set_password(small_country.engine, TANTO, "風見の丘に三本の杉がある")
    small_country.say(KANRI, "user.revoke", user="idou@kazami.example.jp", org="kazami")
    for subject, said in {
        "unverified": "確認されていません",
        "elsewhere": "このメールアドレスのドメインでは",
        "stranger": "まだどの団体からも招かれていません",
        "moved": "まだどの団体からも招かれていません",
        "maker": "まだどの団体からも招かれていません",  # invited, but to no organization that this provider may enter
        "clerk": "別の入り方があります",
    }.items():
        reader = a_reader(small_country, provider)
        assert said in comes_back(reader, goes(reader, provider, subject), 403), subject
    reader = a_reader(small_country, provider)
    assert "取りやめました" in comes_back(reader, goes(reader, provider, "new", declines=True), 403)
    assert rows(small_country, SignIn) == rows(small_country, OutsideIdentity) == []


def test_an_answer_opens_once_and_only_in_the_browser_that_asked(
    small_country: Country, provider: OpenIdProvider
) -> None:
    is_invited(small_country)
    reader, other = a_reader(small_country, provider), a_reader(small_country, provider)
    answer = goes(reader, provider, "new")
    assert "途中で切れたか" in comes_back(other, answer, 403)
    cookie = reader.client.get_cookie("kyoso-form")
    assert cookie is not None
    assert "途中で切れたか" in comes_back(reader, answer.replace("state=", "state=x"), 403)
    reader.client.set_cookie("kyoso-form", cookie.value)
    comes_back(reader, answer, 303)
    reader.client.set_cookie("kyoso-form", cookie.value)
    assert "途中で切れたか" in comes_back(reader, answer, 403)
    assert len(rows(small_country, SignIn)) == 1
    begun = goes(reader, provider, "new")
    house(reader.client.application).now = lambda: datetime.fromtimestamp(
        datetime.now(UTC).timestamp() + 1000, UTC
    )
    assert "途中で切れたか" in comes_back(reader, begun, 403)


def test_who_is_signed_in_binds_a_provider_and_ends_it_again(
    small_country: Country, provider: OpenIdProvider
) -> None:
    identity.set_password(small_country.engine, TANTO, "風見の丘に三本の杉がある")
    reader = a_reader(small_country, provider, TANTO)
    reader.opens("/me")
    page = reader.posts("/me/ways/towns", 200).text
    address = page.split('rel="noreferrer"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    comes_back(reader, provider.signs_in(address, "clerk"), 303)
    assert "結び付いています" in reader.opens("/me")
    other = a_reader(small_country, provider)
    comes_back(other, goes(other, provider, "clerk"), 303)
    assert "kazami 担当 さん" in other.opens("/")
    reader.opens("/me")
    reader.posts("/me/ways/towns/end")
    assert rows(small_country, OutsideIdentity) == []


def test_who_has_a_second_factor_is_asked_for_it_and_comes_in_where_they_were_going_and_no_further(
    small_country: Country, provider: OpenIdProvider
) -> None:
    country = small_country
    reader = a_reader(country, provider)
    user, now = person_id(country, TANTO), country.now
    country.say("system", "user.invite", email=TANTO, name="担当", org="kazemirai", roles=["member"])
    outside.link(country.engine, user, oidc.Known(provider.issuer, "clerk", TANTO), now)
    secret = second_factors.new_secret()
    code_of = second_factors.pyotp.TOTP(secret).at
    key = house(reader.client.application).config.secret
    assert second_factors.add_app(country.engine, key, user, secret, code_of(now), now)
    comes_back(reader, goes(reader, provider, "clerk", "/ideas?q=x"), 303)
    assert reader.page is not None
    assert reader.page.headers["Location"] == "/sign-in/second?next=/ideas?q%3Dx"
    assert "サインアウト" not in reader.opens("/")  # nobody, as yet
    assert 'name="next" value="/ideas?q=x"' in reader.opens("/sign-in/second?next=/ideas?q%3Dx")
    sent = reader.posts("/sign-in/second", code=code_of(now.timestamp() + 30), next="/ideas?q=x")
    assert sent.headers["Location"] == "/ideas?q=x"
    half, whole = rows(country, SignIn)
    assert (half.how, half.kinds) == ("half", ["municipality", "agency"])
    assert half.ended_at is not None
    assert (whole.how, whole.kinds) == ("code", ["municipality", "agency"])
    head = reader.opens("/").partition("<main")[0]
    assert "風見市" in head
    assert "/acting" not in head  # the vendor's is not entered by this way


def types_a_draft(reader: Reader) -> str:
    """Sends a form without being signed in; the page that asks them to."""
    reader.opens("/sign-in")
    typed = {"title": "書きかけの題", "challenge": "電話が<多い>", "field": "窓口"}
    return reader.says("idea.draft", 403, **typed, back="/ideas/new").text


def goes_on(reader: Reader, page: str) -> str:
    """Presses the provider's button on the sign-in page; the page that shows the link."""
    form = page[page.index('action="/sign-in/with/towns"') :].partition("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    fields = {name: html.unescape(value) for name, value in hidden if name != "csrf_token"}
    return reader.posts("/sign-in/with/towns", 200, **fields).text


def the_link(page: str) -> str:
    return html.unescape(page.split('" rel="noreferrer"')[0].rpartition('href="')[2])


def test_what_was_typed_before_goes_to_the_provider_and_back_once_and_in_the_same_browser_alone(
    small_country: Country, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = small_country
    is_invited(country)
    reader, other = a_reader(country, provider), a_reader(country, provider)
    page = goes_on(reader, types_a_draft(reader))
    assert "もとの画面に戻ります" in page
    (row,) = rows_of_kept(country)
    assert "書きかけ" not in row.sealed

    # Declined there, the sign-in page has it again, and its button keeps it anew.
    page = comes_back(reader, provider.signs_in(the_link(page), "new", declines=True), 403)
    assert 'name="kept.field.title" value="書きかけの題"' in page
    assert rows_of_kept(country) == []
    answer = provider.signs_in(the_link(goes_on(reader, page)), "new")

    comes_back(other, answer, 403)
    assert len(rows_of_kept(country)) == 1
    page = comes_back(reader, answer, 200)
    assert "入力したものはまだ送られていません" in page
    assert 'value="書きかけの題"' in page
    assert "電話が&lt;多い&gt;" in page
    assert rows_of_kept(country) == []
    assert "書きかけ" not in reader.opens("/ideas/new")

    # With a second step before it, it comes after that.
    user, now = person_id(country, NEW), datetime.now(UTC)
    secret = second_factors.new_secret()
    code_of = second_factors.pyotp.TOTP(secret).at
    key = house(reader.client.application).config.secret
    assert second_factors.add_app(country.engine, key, user, secret, code_of(now), now)
    third = a_reader(country, provider)
    comes_back(third, provider.signs_in(the_link(goes_on(third, types_a_draft(third))), "new"), 303)
    third.opens("/sign-in/second?next=/ideas/new")
    page = third.posts("/sign-in/second", 200, code=code_of(now.timestamp() + 30), next="/ideas/new").text
    assert 'value="書きかけの題"' in page

    # Too much, or too many that wait: it is said before anybody goes on.
    late = a_reader(country, provider)
    monkeypatch.setattr(kept_forms, "MOST_WAITING", 0)
    assert "残せませんでした" in goes_on(late, types_a_draft(late))
    assert rows_of_kept(country) == []


def test_a_kept_form_is_gone_after_an_hour_or_its_use(country: Country) -> None:
    pairs, hour = [("kept.verb", "idea.draft"), ("kept.field.title", "題")], timedelta(hours=1)
    engine, now = country.engine, country.now
    first, second = (kept_forms.keep(engine, pairs, now) for _ in range(2))
    assert kept_forms.take(engine, first, now + hour) == pairs
    assert kept_forms.take(engine, first, now + hour) == kept_forms.take(engine, None, now) == []
    assert kept_forms.take(engine, second, now + hour + timedelta(seconds=1)) == []
    assert kept_forms.keep(engine, [("a", "x" * 100_000)], now) is kept_forms.keep(engine, [], now) is None
    assert kept_forms.keep(engine, pairs, now)
    assert kept_forms.keep(engine, pairs, now + 2 * hour)
    assert len(rows_of_kept(country)) == 1
    prune(engine, now + 4 * hour)
    assert rows_of_kept(country) == []


def rows_of_kept(country: Country) -> list[KeptForm]:
    with reading(country.engine) as session:
        return list(session.exec(select(KeptForm)))


def test_another_issuers_subject_of_the_same_name_is_another_person(
    country: Country,
) -> None:
    is_invited(country)
    (here,) = providers(settings("https://sso.example.jp"))
    known = oidc.Known(here.issuer, "1", NEW)
    user = outside.user_of(country.engine, here, known, country.now)
    assert outside.user_of(country.engine, here, known, country.now) == user
    with pytest.raises(oidc.NotSignedIn):
        outside.user_of(country.engine, here, oidc.Known("https://other.example.jp", "1", NEW), country.now)
    with pytest.raises(oidc.NotSignedIn):
        outside.link(country.engine, person_id(country, VENDOR), known, country.now)
    assert not outside.unlink(country.engine, user, here.issuer)


def test_a_provider_that_cannot_be_reached_or_redirects_is_said_in_words(small_country: Country) -> None:
    app = an_app(small_country, KYOSO_OIDC_PROVIDERS=settings("http://127.0.0.1:9"))
    reader = Reader(app, small_country)
    assert "いまつながりません" in reader.opens("/sign-in/with/towns", 503)
    reader.opens("/sign-in/with/nobody", 404)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("https://sso.example.jp", "http://sso.example.jp"), "https://"),
        (('client_secret = "a secret of the tests"', ""), "client_secret がありません"),
        (('"agency"', '"everybody"'), "everybody は使えません"),
        (("kazemirai.example.jp", "*.jp"), "ドメインとして読めません"),
        (("name =", "names ="), "name がありません"),
        (("[towns]", "[Towns!"), "TOML として読めません"),
    ],
)
def test_a_slip_in_the_settings_is_said_without_the_secret(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        providers(settings("https://sso.example.jp").replace(*change))
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_what_a_provider_gives_to_open_things_with_stays_nowhere_and_goes_to_it_alone(
    small_country: Country,
    provider: OpenIdProvider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """ASVS 10.1.1, where the address comes with the token, and where it is asked for with the token (userinfo)."""
    for name in ("", "kyoso", "kyoso.security"):
        caplog.set_level(logging.DEBUG, name)
    given: list[str] = []
    asked: list[tuple[str, bool]] = []
    fetch_token, send = oidc.Asking.fetch_token, oidc.Asking.send

    def fetched(asking: oidc.Asking, *args: Any, **more: Any) -> Any:
        token = fetch_token(asking, *args, **more)
        given.extend(
            [
                *(str(token[name]) for name in token if name.endswith("_token")),
                more["code"],
                more["code_verifier"],
            ]
        )
        return token

    def sent(asking: oidc.Asking, request: Any, **more: Any) -> Any:
        asked.append((request.url, "Bearer" in request.headers.get("Authorization", "")))
        return send(asking, request, **more)

    monkeypatch.setattr(oidc.Asking, "fetch_token", fetched)
    monkeypatch.setattr(oidc.Asking, "send", sent)
    is_invited(small_country)
    reader = a_reader(small_country, provider)
    for claims in ({}, {"email": None, "email_verified": None}):
        provider.spoils(**claims)
        comes_back(reader, goes(reader, provider, "new"), 303)
    pages = [reader.opens(path) for path in ("/", "/me", "/me/security")]
    form, whole = reader.client.get_cookie("kyoso-form"), reader.client.get_cookie("kyoso")
    assert form
    assert whole
    app = reader.client.application
    with app.app_context():
        opened = SecureCookieSessionInterface().get_signing_serializer(app)
        assert opened is not None
        cookies = f"{opened.loads(form.value)} {form.value} {whole.value}"
    with small_country.engine.connect() as connection:
        stored = str(
            [connection.execute(sa.select(table)).all() for table in SQLModel.metadata.sorted_tables]
        )
    assert NEW in stored  # the rows are really read,
    assert "csrf_token" in cookies  # the cookie too,
    assert "provider_vouched" in caplog.text  # and the log
    assert len(set(given)) == 8
    for kept in (stored, cookies, caplog.text, *pages):
        assert [token for token in given if token in kept] == []
    assert {urlsplit(url).netloc for url, _ in asked} == {urlsplit(provider.issuer).netloc}
    assert [urlsplit(url).path for url, has_token in asked if has_token] == ["/me"]  # its userinfo


def test_a_provider_that_says_it_asked_strongly_is_written_down_and_a_second_factor_asked_for_all_the_same(
    small_country: Country, provider: OpenIdProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 6.8.4: whatever acr and amr say, one factor was shown."""
    caplog.set_level(logging.INFO, "kyoso.security")
    is_invited(small_country)
    app = an_app(small_country, two_factors="all", KYOSO_OIDC_PROVIDERS=settings(provider.issuer))
    reader = Reader(app, small_country)
    provider.spoils(
        acr="urn:mace:incommon:iap:silver", amr=["mfa", "hwk", "dareka@kazami.example.jp", 7], auth_time=1
    )
    comes_back(reader, goes(reader, provider, "new", "/ideas"), 303)
    assert '"strength": "urn:mace:incommon:iap:silver mfa hwk"' in caplog.text
    assert "dareka" not in caplog.text
    assert reader.client.get("/ideas/new", base_url=reader.address).status_code == 303
    assert "認証アプリ" in reader.opens("/me/security")
    (row,) = rows(small_country, SignIn)
    assert row.how == "oidc:towns"
    assert row.how not in identity.STRONG


def test_a_sign_in_here_and_the_one_at_the_provider_end_each_by_itself_as_the_manual_says(
    small_country: Country, provider: OpenIdProvider
) -> None:
    """ASVS 7.1.3 and 7.6.1."""
    manual = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
    country, hour = small_country, timedelta(hours=1)
    assert f"{identity.IDLE // hour} 時間使わないか、{identity.LONGEST.days} 日で終わります。" in manual
    assert "提供元で終わってもこちらは同じ長さだけ続き、こちらで終えても提供元では続きます" in manual
    is_invited(country)
    reader = a_reader(country, provider)
    comes_back(reader, goes(reader, provider, "new"), 303)

    reader.opens("/")
    reader.posts("/sign-out")
    assert "新人 さん" not in reader.opens("/")
    begun = reader.client.get("/sign-in/with/towns", base_url=reader.address).headers["Location"]
    assert provider.knows_the_browser(begun)  # signed out here, not there

    comes_back(reader, goes(reader, provider, "new"), 303)
    provider.signs_out()
    begun = reader.client.get("/sign-in/with/towns", base_url=reader.address).headers["Location"]
    assert not provider.knows_the_browser(begun)
    assert "新人 さん" in reader.opens("/")  # signed out there, not here; also when its token is long over:
    for _ in range(14):
        country.now += identity.IDLE - hour
        assert "新人 さん" in reader.opens("/")
    country.now += identity.IDLE + hour
    assert "新人 さん" not in reader.opens("/")
    reader.opens("/me", 404)
