"""Requests that another site, a program or a crafted link sends in a person's name."""

import ast
import re
from pathlib import Path

import pytest

from app.route import guard_of, local
from tests.app.test_routes import addresses
from tests.app.web import Reader, an_app
from tests.country import TANTO, Country

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "///evil.example", "/\t/evil.example",
    "javascript:alert(1)", "http:evil.example", "/\nLocation: //evil.example", "", "ideas", "/" + "x" * 600,
)  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_address_of_a_form_leads_to_another_site(address: str) -> None:
    """Open redirect: where a form goes back to is an address of this site, or none."""
    assert local(address) is None


def test_after_an_act_or_a_sign_in_nobody_is_sent_elsewhere(small_country: Country) -> None:
    """Open redirect, through the pages: the answer's Location is ours, whatever `back` or `next` says."""
    app, idea = an_app(small_country), small_country.an_idea()
    person = Reader(app, small_country, TANTO)
    for address in ELSEWHERE:
        person.opens(f"/ideas/{idea}")
        answer = person.says("idea.follow", 303, idea=idea, back=address)
        assert answer.headers["Location"] in ("/", f"/ideas/{idea}")
        public = Reader(app, small_country)
        asked = public.client.get("/sign-in", query_string={"next": address}, base_url=public.address).text
        assert not re.search(r'(?:href|value|action)="(?:https?:)?[/\\]*evil', asked)


def test_json_or_plain_text_of_another_site_is_no_form(small_country: Country) -> None:
    """JSON CSRF: a body that a browser sends without asking first, to every address that takes a POST. None is done."""
    app = an_app(small_country)
    person = Reader(app, small_country, TANTO)
    person.opens("/me")
    before = small_country.everything()
    posted = [r.rule for r in app.url_map.iter_rules() if "POST" in (r.methods or ())]
    assert len(posted) > len(addresses(app, "says"))
    bodies = {
        "text/plain": '{"idea":"R8-0001","csrf_token":"x"}',
        "application/json": '{"idea":"R8-0001"}',
        "application/x-www-form-urlencoded": "idea=R8-0001",
        "multipart/form-data; boundary=x": '--x\r\nContent-Disposition: form-data; name="idea"\r\n\r\nR8-0001\r\n--x--\r\n',
    }
    foreign = ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"})
    for number, path in enumerate(posted):
        guard = guard_of(next(r.endpoint for r in app.url_map.iter_rules() if r.rule == path))
        assert guard is not None
        for turn, (kind, body) in enumerate(bodies.items()):
            headers = foreign[(number + turn) % len(foreign)]
            sent = person.client.post(
                path, base_url=person.address, data=body, content_type=kind, headers=headers
            )
            refused = (
                {400, 401, 403, 404, 413, 415, 503} if guard.kind in ("hears", "declines") else {400, 403}
            )
            assert sent.status_code in refused, (path, kind, headers, sent.status_code)
    assert small_country.everything() == before


ROOT = Path(__file__).parents[2]
SECRETS = frozenset({"secret", "password", "token", "csrf", "csrf_token", "signature", "given", "otp"})
NO_GUESSING = (
    "secret == DEVELOPMENT_SECRET",  # which secret the operator has set
    "session.get('csrf_token') != g.signed_in.csrf",  # which token the next form is given; the form's own is checked elsewhere
    "col(SignIn.digest) == digest(", "SignIn.digest == digest(", "PasswordReset.digest == digest(",  # found by a digest, in the database
    "password != request.form.get('again', '')",  # what one person typed twice
    "row.answers.get(item) != given",  # an answer of a checklist
)  # fmt: skip
"""Comparisons by which nobody is let in."""


def test_no_secret_is_compared_letter_by_letter() -> None:
    """Signature timing: `==` on a secret tells by its time how much of a guess is right. Sign-ins are found by the digest of
    their secret, in the database; what is compared in Python goes through `hmac.compare_digest` or the hasher."""
    wrong, constant_time = [], 0
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "workflows").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "compare_digest":
                constant_time += 1
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant | ast.List | ast.Tuple) for side in sides):
                continue
            names = {part.id if isinstance(part, ast.Name) else part.attr for s in sides for part in ast.walk(s)
                     if isinstance(part, ast.Name | ast.Attribute)}  # fmt: skip
            if names & SECRETS:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert constant_time >= 1
    assert [w for w in wrong if not w.partition(" ")[2].startswith(NO_GUESSING)] == []
