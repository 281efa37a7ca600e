"""A publiccode.yml filled from what is known: valid where enough is known, and silent where it is not."""

from dataclasses import replace
from datetime import date

import yaml

from workflows.publiccode import validate
from workflows.publiccode.writing import Known, write

TODAY = date(2026, 11, 23)
SUMMARY = (
    "<p>窓口の質問に、根拠つきの下書きを出す。職員が確かめてから住民に答える。</p>"
    "<ul><li>要綱と過去の回答から根拠を示す</li><li>分からないときは、分からないと言う</li></ul>"
    "<p>" + "一件ごとに、どの文書のどこを読んだかを示すので、確かめる職員が迷いません。" * 4 + "</p>"
)
KNOWN = Known(
    name="窓口FAQ下書き支援",
    summary_html=SUMMARY,
    requirements_html="<p>事務端末のブラウザー</p>",
    repository_url="https://github.com/kazemirai/madoguchi-faq",
    landing_url="https://kyoso.example.go.jp/products/madoguchi-faq",
    version="1.0.0",
    released_on=date(2026, 4, 1),
    licence="MIT",
    owner="風見市",
    owner_uri="https://kyoso.example.go.jp/municipalities/kazami",
    contractors=["株式会社カゼミライ"],
    supported_until=date(2029, 3, 31),
    networks=["α′", "β"],
    used_by=["風見市", "星守村"],
    is_flagged=True,
)


def test_a_product_that_is_known_whole_makes_a_valid_file() -> None:
    draft = write(KNOWN, TODAY)
    assert draft.problems == ()
    report = validate(draft.text, today=TODAY)
    assert (report.errors, report.warnings) == ((), ())
    assert report.licence == "MIT"
    told = yaml.safe_load(draft.text)
    assert told["description"]["ja"]["shortDescription"] == "窓口の質問に、根拠つきの下書きを出す。"
    assert told["description"]["ja"]["features"][:2] == [
        "要綱と過去の回答から根拠を示す",
        "分からないときは、分からないと言う",
    ]
    assert told["maintenance"]["contractors"] == [{"name": "株式会社カゼミライ", "until": "2029-03-31"}]
    assert told["usedBy"] == ["風見市", "星守村"]


def test_what_is_not_known_is_left_out_and_asked_for_in_the_first_lines() -> None:
    draft = write(replace(KNOWN, licence=None, repository_url=None, contractors=[]), TODAY)
    keys = {p.key for p in draft.problems}
    assert {"legal", "url", "maintenance.contacts"} <= keys
    comments = [line for line in draft.text.splitlines() if line.startswith("#")]
    assert all(any(key in line for line in comments) for key in keys)
    assert "license" not in yaml.safe_load(draft.text).get("legal", {})


def test_a_short_summary_is_not_padded_to_please_the_validator() -> None:
    draft = write(replace(KNOWN, summary_html="<p>短い。</p>", requirements_html=""), TODAY)
    assert [p.key for p in draft.problems] == ["description.ja.longDescription"]
    assert yaml.safe_load(draft.text)["description"]["ja"]["longDescription"] == "短い。"


def test_what_people_wrote_cannot_leave_its_value() -> None:
    sly = "名前: {a: &x [*x]}\n- '\"#"
    draft = write(
        replace(KNOWN, name=sly, summary_html="<p>A &amp; B: <b>太い</b>\n# 注</p>" + SUMMARY), TODAY
    )
    told = yaml.safe_load(draft.text)
    assert told["name"] == sly
    assert told["description"]["ja"]["shortDescription"].startswith("A & B: 太い")
