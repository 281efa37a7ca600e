"""The operator's list of breached passwords: searched where it lies, of any size, and looked at before it is believed."""

from hashlib import sha1
from pathlib import Path

import pytest

from app import breached
from app.config import ConfigError
from app.passwords import SENTENCES
from tests.app.web import Reader, an_app
from tests.country import TANTO, Country
from tests.keychain import cheap_guesses

pytestmark = pytest.mark.usefixtures("cheap_guesses")
__all__ = ["cheap_guesses"]
STOLEN = "駅前の時計は五分すすんでいる"
"""Long, and of words that nobody would guess; but it is on the list."""


def digest(password: str) -> str:
    return sha1(password.encode()).hexdigest().upper()


def a_list(folder: Path, end: str = "\n", last: str = "\n", count: int = 2_000) -> Path:
    lines = sorted(f"{digest(str(n))}:{n * n % 99_999}" for n in range(count))
    file = folder / "pwned.txt"
    file.write_bytes((end.join(sorted([*lines, f"{digest(STOLEN)}:3"])) + last).encode())
    return file


@pytest.mark.parametrize(("end", "last"), [("\n", "\n"), ("\r\n", "\r\n"), ("\n", "")])
def test_every_line_is_found_and_nothing_else(tmp_path: Path, end: str, last: str) -> None:
    file = a_list(tmp_path, end, last)
    assert all(breached.stands_in(file, digest(str(n))) for n in range(2_000))
    assert breached.stands_in(file, digest(STOLEN).lower())
    for edge in ("0" * 40, "F" * 40, *(digest(f"not {n}") for n in range(500))):
        assert not breached.stands_in(file, edge)
    one = tmp_path / "one.txt"
    one.write_text(digest("1"))  # without counts, as others write it
    assert breached.stands_in(one, digest("1"))
    assert not breached.stands_in(one, digest("2"))


def test_a_password_of_the_operators_list_is_refused_on_the_page(
    tmp_path: Path, small_country: Country
) -> None:
    try:
        app = an_app(small_country, KYOSO_BREACHED_PASSWORDS=str(a_list(tmp_path)))
        person = Reader(app, small_country, TANTO)
        person.opens("/me/security")
        assert SENTENCES["breached"] in person.posts("/me/security/password", 422, new=STOLEN).text
        person.opens("/me/security")
        person.posts("/me/security/password", new=f"{STOLEN}らしい")
    finally:
        breached.look_in(None)


def test_a_file_that_is_no_such_list_is_refused_at_the_start(tmp_path: Path, small_country: Country) -> None:
    lines = a_list(tmp_path, count=300).read_text().splitlines()
    backwards, words = tmp_path / "backwards.txt", tmp_path / "words.txt"
    backwards.write_text("\n".join(reversed(lines)))
    words.write_text("password\n123456\n")
    for file, said in (
        (backwards, "順に並んだ"),
        (words, "順に並んだ"),
        (tmp_path / "nowhere", "読めません"),
        (tmp_path, "読めません"),
    ):
        with pytest.raises(ConfigError, match=said):
            an_app(small_country, KYOSO_BREACHED_PASSWORDS=str(file))
