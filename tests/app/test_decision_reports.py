"""The report of a decision: page, PDF and JSON say the same, and each reader is shown what they may see of it."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from app.typesetting.lines import NEVER_FIRST, NEVER_LAST, lines_of
from app.typesetting.sheet import Sheet
from tests.app.web import Reader, an_app, reader
from tests.country import (
    GREEN,
    JIMUKYOKU,
    KANSA,
    KESSAI,
    KETTEI2,
    OUTSIDER,
    SHINSA1,
    SHINSA2,
    SHINSA3,
    TANTO,
    VENDOR,
    Country,
)

AMBER = {"rating": "amber", "finding": "試したのは一課だけ。", "action": "二課で試す。"}
NAMES = ("digital-agency 担当", "kazami 担当")
RECUSED, COMMENT, CHALLENGE, ANSWER = (
    "親族が関わるため。", "全体に丁寧な記録だった。", "二課で試した記録を見てほしい。", "記録を読み直したが、足りない。",
)  # fmt: skip


def a_decided_review(country: Country, **more: Any) -> str:
    """G1 with a vendor that was declined, a recusal, two reviewers who differ, a resolution, a condition, a challenge and its answer."""
    idea, _ = country.an_idea_ready_for_g1()
    country.say(OUTSIDER, "team.ask", idea=idea, org="yosomono", message="加わりたい。")
    country.say(TANTO, "team.decline", idea=idea, org="yosomono")
    country.say(
        TANTO,
        "evidence.attach",
        idea=idea,
        criterion="pilot_planned",
        kind="note",
        title="一課での記録",
        body_md="五件。",
    )
    review: str = country.say(KESSAI, "review.request", idea=idea).ref
    for person in (SHINSA3, SHINSA1, SHINSA2):
        country.say(JIMUKYOKU, "review.assign", review=review, reviewer=person)
    country.say(SHINSA3, "review.recuse", review=review, because=RECUSED)
    country.say(SHINSA1, "review.rate", review=review, ratings={"feasible": AMBER}, comment=COMMENT)
    country.say(SHINSA2, "review.rate", review=review, ratings={"feasible": GREEN})
    condition = {
        "criterion": "feasible",
        "text": "秋までに二課で試す。",
        "owner": "kazami",
        "due_on": country.day(30),
    }
    settled = {"feasible": {"rating": "amber", "because": "一課の結果だけでは広がりが分からない。"}}
    country.decide(review, "conditional_go", actions=[condition], resolutions=settled, **more)
    country.say(KESSAI, "review.challenge", review=review, because=CHALLENGE)
    country.say(KETTEI2, "review.answer_challenge", review=review, answer=ANSWER)
    return review


def three_forms(person: Reader, review: str, filed: bool = True) -> tuple[str, str, dict[str, Any]]:
    """The text of the page and of the PDF (where it is looked at: it takes time) without spaces, and the JSON."""
    page = re.sub(r"<[^>]+>|\s", "", person.opens(f"/reviews/{review}/report").split("<main")[1])
    person.opens(f"/reviews/{review}/report.json")
    assert person.page is not None
    told = json.loads(person.page.data)
    if not filed:
        return page, page, told
    answer = person.client.get(f"/reviews/{review}/report.pdf", base_url=person.address)
    assert answer.mimetype == "application/pdf"
    pdf = PdfReader(BytesIO(answer.data))
    return page, re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in pdf.pages)), told


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_in(value: Any) -> str:
    return without_spaces(json.dumps(value, ensure_ascii=False))


def test_the_three_forms_agree_and_each_reader_is_shown_what_they_may_see(small_country: Country) -> None:
    review = a_decided_review(small_country)
    app = an_app(small_country)
    for who in (TANTO, VENDOR, KANSA, OUTSIDER, None):
        person = Reader(app, small_country, who)
        page, pdf, told = three_forms(person, review, filed=who in (VENDOR, OUTSIDER, None))
        whole = who in (TANTO, VENDOR, KANSA)
        findings = [said["finding"] for q in told["criteria"] for said in q["findings"]]
        assert len(findings) == 2 * len(told["criteria"]) == 16
        always = [q["question"] for q in told["criteria"]] + [
            "根拠が揃っている。",
            "試したのは一課だけ。",
            "一課の結果だけでは広がりが分からない。",
            "秋までに二課で試す。",
            CHALLENGE,
            ANSWER,
            told["policy_fingerprint"],
            told["ledger"]["hash"],
            told["dossier_sha256"],
            "contract-1",
            "high_risk-1",
        ]
        for text in map(without_spaces, always):
            assert text in page, (who, text)
            assert text in pdf, (who, text)
        for finding in findings:  # a page writes the dates in a sentence of the record as people do
            assert without_spaces(re.sub(r"20\d\d-\d\d-\d\d", "", finding))[:12] in pdf, (who, finding)
        assert NAMES[1] not in page + pdf + words_in(told)
        for text in (NAMES[0], RECUSED, COMMENT, "一課での記録"):
            for form in (page, pdf, words_in(told)):
                assert (without_spaces(text) in form) is whole, (who, text)
        assert [said["dissents"] for said in told["criteria"][1]["findings"]] == [False, True]
        assert (told["dossier"] is not None) is whole
        parts = set() if whole else {"names", "dossier", "evidence", "recusal_reasons", "comments"}
        assert told["withheld"].keys() == parts
        assert ("公表していない部分" in page) is ("公表していない部分" in pdf) is not whole
        for why in told["withheld"].values():
            assert without_spaces(why) in page
            assert without_spaces(why) in pdf
    the_ledger_holds_it(small_country, told)
    the_pdf_can_be_filed(small_country, review)


def the_ledger_holds_it(country: Country, told: dict[str, Any]) -> None:
    """The entry that the report names is the decision's."""
    auditor = reader(country, KANSA)
    auditor.opens(f"/ledger/{told['number']}/export.json")
    assert auditor.page is not None
    entry = json.loads(auditor.page.data)["entries"][told["ledger"]["seq"] - 1]
    assert entry["hash"] == told["ledger"]["hash"]
    assert entry["action"] == "review.decided"
    assert json.loads(entry["facts"])["review"] == told["review"]


def the_pdf_can_be_filed(country: Country, review: str) -> None:
    """It says its title and language, has an outline, embeds of the face only what it uses, and can be read out in order."""
    answer = reader(country).client.get(f"/reviews/{review}/report.pdf")
    pdf = PdfReader(BytesIO(answer.data))
    assert pdf.metadata is not None
    assert review in (pdf.metadata.title or "")
    assert pdf.root_object["/Lang"] == "ja"
    assert pdf.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "基準ごとの判定" in [part["/Title"] for part in pdf.outline if isinstance(part, dict)]
    (questions,) = (part for part in pdf.outline if isinstance(part, list))
    assert questions[0]["/Title"].startswith("1. ")
    tags, marked = tags_of(pdf), [marks_on(sheet) for sheet in pdf.pages]
    assert tags == [tag for sheet in marked for tag in sheet if tag != "/Artifact"]
    assert Counter(tags)["/H1"] == 1
    assert Counter(tags)["/H3"] == len(questions) == 8
    assert all("/Artifact" in sheet for sheet in marked)
    assert tags.index("/H1") < tags.index("/H2") < tags.index("/H3")
    assert len(answer.data) < 400_000


def tags_of(pdf: PdfReader) -> list[str]:
    """The elements of a document in the order in which they are read out."""
    assert pdf.root_object["/MarkInfo"]["/Marked"].value is True
    (document,) = pdf.root_object["/StructTreeRoot"]["/K"]
    return [str(element.get_object()["/S"]) for element in document.get_object()["/K"]]


def marks_on(sheet: PageObject) -> list[str]:
    """The marks on a sheet, none in another, and no text shown outside of them."""
    found, is_open = [], False
    content = sheet.get_contents()
    assert content is not None
    for values, operator in ContentStream(content, sheet.pdf).operations:
        if operator in (b"BDC", b"BMC"):
            assert not is_open
            is_open = True
            found.append(str(values[0]))
        elif operator == b"EMC":
            is_open = False
        assert is_open or operator not in (b"Tj", b"TJ", b"f", b"S")
    return found


def test_what_a_decision_withholds_is_marked_with_its_reason_in_every_form(small_country: Country) -> None:
    because = "契約の交渉中のため"
    review = a_decided_review(small_country, withhold_because=because)
    hidden = (
        "根拠が揃っている。", "試したのは一課だけ。", "一課の結果だけでは", "秋までに", CHALLENGE, ANSWER, "1,820", *NAMES,
    )  # fmt: skip
    app = an_app(small_country)
    for who in (None, OUTSIDER):
        page, pdf, told = three_forms(Reader(app, small_country, who), review, filed=who is None)
        for form in (page, pdf, words_in(told)):
            assert because in form
            for text in hidden:
                assert without_spaces(text) not in form, (who, text)
        if who is None:
            # Said once, with its number wherever something is left out.
            number = list(dict.fromkeys(told["withheld"].values())).index(because) + 1
            for form in (page, pdf):
                assert form.count(because) == 1
                assert form.count(f"非公開（理由{number}）") >= 8 + 3
        recorded = {part for part, why in told["withheld"].items() if why == because}
        assert recorded == {"rationale", "facts", "findings", "resolutions", "actions", "challenge"}
        assert [q["colour"] for q in told["criteria"]].count("amber") == 1
    for who in (TANTO, KANSA):
        page, pdf, told = three_forms(Reader(app, small_country, who), review, filed=who == KANSA)
        assert told["withheld"] == {}
        for form in (page, pdf):
            assert because in form
            assert "試したのは一課だけ。" in form


def test_only_a_decision_has_a_report_and_where_it_is_read_there_is_a_way_to_it(
    small_country: Country,
) -> None:
    idea, _ = small_country.an_idea_ready_for_g1()
    review = small_country.a_review(idea)
    app = an_app(small_country)
    address = f"/reviews/{review}/report"
    for ending in ("", ".pdf", ".json"):
        Reader(app, small_country, TANTO).opens(address + ending, 404)
    assert address not in Reader(app, small_country, TANTO).opens(f"/reviews/{review}")
    small_country.decide(review)
    for who in (None, TANTO):
        for path in (f"/reviews/{review}", f"/ideas/{idea}"):
            assert f'href="{address}"' in Reader(app, small_country, who).opens(path), (who, path)


def test_no_line_of_a_document_begins_or_ends_where_japanese_does_not_break() -> None:
    text = (
        "これは、「かっこ（丸）」の前後で切れない。チャットの文字も、ABC-defghi 1,820 件も『そのまま』残る！"
        "https://example.jp/a-very-long-address-that-no-line-can-hold-as-a-whole"
    )

    def width(line: str) -> float:
        return sum(1 if ord(c) > 255 else 0.5 for c in line)

    for room in range(6, 30):
        lines = lines_of(text, room, width)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines:
            assert width(line) <= room
            cut_inside = width(line) > room - 1 and line.isascii()
            assert cut_inside or line[0] not in NEVER_FIRST, (room, lines)
            assert cut_inside or line[-1] not in NEVER_LAST, (room, lines)
        if room > 8:
            assert any("1,820" in line for line in lines)


def test_what_the_face_lacks_is_marked_and_what_steers_a_screen_is_left_out() -> None:
    sheet = Sheet("題", "足もと", datetime(2026, 4, 1, tzinfo=UTC))
    assert sheet.shown("髙﨑と𠮷野\u200b、\u202eか\u3099と😀") == "髙﨑と𠮷野、がと〓"
    sheet.panel("理由が長い。" * 700)  # longer than a sheet
    sheet.pairs([("名", "長い値。" * 700), ("名前の長い項目の名前のその先まで", "値")])
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(sheet.output())).pages)
    assert without_spaces(text).count("理") == 700
    assert without_spaces(text).count("値") == 701
