"""`/me/security`: what one may know a password by, and who must have a second factor before anything else."""

import math
import re
from pathlib import Path

import pytest

from app import identity, passkeys
from app.devices import browser_of
from app.passwords import SENTENCES, insist_on_a_good_password
from tests.app.web import HTTPS, Reader, an_app
from tests.country import JIMUKYOKU, KANRI, KANSA, KESSAI, KETTEI, SHINSA1, TANTO, VENDOR, Country
from tests.keychain import PASSWORD, adds_an_app, cheap_guesses, is_signed_in, mailed, signs_in
from workflows.runtime.refusal import Refused

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["cheap_guesses"]
ROOT = Path(__file__).parents[2]
ABOUT = [TANTO, "kazami", "風見市", "かざみし"]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("みじかい", "short"),
        ("elevenchars", "short"),
        ("長い" * 129, "long"),
        ("password1234", "guessed"),
        ("P@ssw0rd2024", "guessed"),
        ("passwordpassword", "guessed"),
        ("ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", "guessed"),
        ("qwertyuiop12", "guessed"),
        ("aaaaaaaaaaaaaaa", "guessed"),
        ("あいうえおかきくけこさしすせそ", "guessed"),
        ("パスワードパスワード1234", "guessed"),
        ("kyosokyoso2026", "guessed"),
        (TANTO, "guessed"),
        ("kazamikazami12", "guessed"),
        ("風見市風見市風見市風見市", "guessed"),
        (PASSWORD, None),
        ("correct horse battery", None),
        ("zipper kettle unwind", None),
        ("x9#Lq2!vR7mZ", None),
        ("a@" * 128, "guessed"),
        ("threedaysgrace1", "breached"),
    ],
)
def test_a_password_is_long_and_not_what_one_would_guess(password: str, why: str | None) -> None:
    if why is None:
        insist_on_a_good_password(password, ABOUT)
    else:
        with pytest.raises(Refused) as refused:
            insist_on_a_good_password(password, ABOUT)
        assert refused.value.message == SENTENCES[why]


def test_a_password_is_the_same_however_the_keyboard_composed_it(small_country: Country) -> None:
    composed, apart = (
        "がぎぐげごの丘に杉がある",
        "か\u3099き\u3099く\u3099け\u3099こ\u3099の丘に杉か\u3099ある",
    )
    identity.set_password(small_country.engine, TANTO, f"{apart}ABC1")
    assert identity.check_password(small_country.engine, TANTO, f"{composed}ＡＢＣ１")


def test_a_password_is_taken_as_it_is_and_holds_for_years(small_country: Country) -> None:
    """ASVS 6.2.8 and 6.2.10: every letter counts, in its case, with its spaces, to the last of 256; no calendar ends it."""
    password = " Zipper kettle う".ljust(255, "z") + "Q"
    identity.set_password(small_country.engine, TANTO, password)
    small_country.pass_days(800)
    assert identity.check_password(small_country.engine, TANTO, password)
    for other in (
        password.lower(),
        password.strip(),
        password[:-1],
        f"{password[:-1]}R",
        password[:72],
        f"{password}x",
    ):
        with pytest.raises(identity.WrongCredentials):
            identity.check_password(small_country.engine, TANTO, other)


def test_password_fields_hide_what_is_typed_and_let_managers_fill_them() -> None:
    """ASVS 6.2.6 and 6.2.7: of every template; and no script of ours hears a paste."""
    fields = []
    for file in (ROOT / "app" / "templates").rglob("*.html"):
        fields += re.findall(r'<input[^>]*name="(?:password|again|old|new)"[^>]*>', file.read_text("utf-8"))
    assert len(fields) >= 5
    for field in fields:
        assert 'type="password"' in field, field
        assert re.search(r'autocomplete="(current|new)-password"', field), field
        assert "maxlength" not in field
        assert "readonly" not in field
    scripts = [file.read_text("utf-8") for file in (ROOT / "app" / "static" / "look").rglob("*.js")]
    assert scripts
    assert not any("paste" in script or "password" in script for script in scripts)


def test_recovery_codes_are_random_long_and_stored_as_digests(small_country: Country) -> None:
    """ASVS 6.5.2 and 6.5.4; an app's secret has 160 bits and is stored sealed."""
    app = an_app(small_country)
    code_app, codes = adds_an_app(Reader(app, small_country, TANTO), small_country.now)
    _, others = adds_an_app(Reader(app, small_country, KESSAI), small_country.now)
    letters = "".join(codes).replace("-", "")
    assert len({*codes, *others}) == len(codes) + len(others) >= 16
    assert math.log2(len(set(letters))) * len(letters) / len(codes) > 112
    assert len(code_app.secret) * 5 >= 160
    with small_country.engine.connect() as connection:
        stored = str(
            [connection.exec_driver_sql(f"SELECT * FROM {t}").all() for t in ("recovery_code", "code_app")]
        )
    assert len(stored) > 500
    for secret in (code_app.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in stored


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge / Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
            "Safari / iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox / Linux"),
        ("curl/8.0", ""),
    ],
)
def test_a_browser_is_named_as_people_name_it(agent: str, shown: str) -> None:
    assert browser_of(agent) == shown


@pytest.mark.parametrize(
    ("address", "has"),
    [
        (HTTPS, True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("https://[2001:db8::1]", False),
        ("http://kyoso.example.go.jp", False),
    ],
)
def test_passkeys_are_offered_where_a_browser_makes_them(address: str, has: bool) -> None:
    assert (passkeys.site(address) is not None) is has


def test_who_decides_at_the_agency_needs_two_factors(small_country: Country) -> None:
    """By the default of production. Whoever lacks one opens the page to add it, and nothing else; then everything."""
    app = an_app(small_country, two_factors="agency")
    idea = small_country.an_idea()
    for who in (TANTO, VENDOR, KESSAI, JIMUKYOKU, None):
        Reader(app, small_country, who).opens("/ideas")
    for who in (SHINSA1, KETTEI, KANRI, KANSA):
        reader = Reader(app, small_country, who)
        for path in ("/", "/ideas", f"/ideas/{idea}", "/me"):
            assert "/me/security" in str(reader.client.get(path, base_url=reader.address).location), who
        assert "二段階目の確認を加えてください" in reader.opens("/me/security")
        before = small_country.everything()
        assert "行っていません" in reader.says("idea.follow", 403, idea=idea).text
        assert small_country.everything() == before
    reader.opens("/me/security")
    adds_an_app(reader, small_country.now)
    reader.opens(f"/ideas/{idea}")
    weak = Reader(app, small_country, KANSA)  # signed in before, elsewhere, by password
    assert weak.client.get("/ideas", base_url=weak.address).status_code == 303
    assert "サインインし直してください" in weak.opens("/me/security")
    Reader(an_app(small_country, demo=True), small_country, SHINSA1).opens("/ideas")
    everybody = Reader(an_app(small_country, two_factors="all"), small_country, TANTO)
    assert everybody.client.get("/ideas", base_url=everybody.address).status_code == 303


def test_what_was_typed_does_not_go_around_a_missing_second_factor(small_country: Country) -> None:
    identity.set_password(small_country.engine, SHINSA1, PASSWORD)
    idea = small_country.an_idea()
    reader = Reader(an_app(small_country, two_factors="agency"), small_country)
    kept = {"kept.verb": "comment.post", "kept.field.idea": idea, "kept.field.body_md": "x"}
    signs_in(reader, SHINSA1, next=f"/ideas/{idea}", **kept)


def test_factors_are_taken_away_again_and_each_change_is_mailed(small_country: Country) -> None:
    identity.set_password(small_country.engine, TANTO, PASSWORD)
    app = an_app(small_country)
    person = Reader(app, small_country, TANTO)
    assert 'href="/me/security"' in person.opens("/me")
    _, codes = adds_an_app(person, small_country.now)
    assert codes
    assert not any(code in person.opens("/me/security") for code in codes)
    again, none = adds_an_app(person, small_country.now)
    assert none == [], "the recovery codes of before stand"
    text = person.opens("/me/security")
    assert "残り 10 個" in text
    assert again.secret not in text
    person.posts("/me/security/app/remove")
    assert "残り" not in person.opens("/me/security")
    signs_in(person)
    assert is_signed_in(person)
    told = mailed(app, small_country, "key.changed")
    assert ["加わりました" in mail for mail in told] == [True, True, False]
    assert "外されました" in told[2]
    assert not any(secret in mail for mail in told for secret in (*codes, again.secret))


def test_pages_of_keys_in_english(small_country: Country) -> None:
    person = Reader(an_app(small_country), small_country, TANTO)
    assert "Devices that are signed in" in person.opens("/me/security?lang=en")
    person.posts("/me/security/password", 422, new="kazamikazami12")
    assert person.page is not None
    assert "would soon be guessed" in person.page.text
