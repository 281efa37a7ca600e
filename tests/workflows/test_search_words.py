"""How a text is cut into words, what is asked for, and what is marked: without a database."""

import pytest

from workflows.search_words import MOST_LETTERS, MOST_TOKENS, asked, extract, folded, in_common, kept, marked


@pytest.mark.parametrize(
    "spellings",
    [
        ("ケアプラン", "ｹｱﾌﾟﾗﾝ", "けあぷらん"),
        ("サーバー", "サーバ", "ｻｰﾊﾞｰ", "サ―バ", "サ－バー", "さーばー"),
        ("ＡＩ　ＯＣＲ", "AI OCR", "ai　ocr"),
        ("㈱", "(株)"),
        ("ヴァイオリン", "ゔぁいおりん"),
    ],
)
def test_spellings_of_one_word_are_one(spellings: tuple[str, ...]) -> None:
    assert len({kept(spelling) for spelling in spellings}) == 1


def test_a_long_sound_is_part_of_a_short_word() -> None:
    assert folded("ビール キー サーバー室") == "びーる きー さーば室"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("介護認定", "介護 護認 認定 定"),
        ("AI面接", "ai 面接 接"),
        ("面接AI、県", "面接 接 ai 県"),
        ("R8-0001", "r8 0001"),
        ("24時間", "24 時間 間"),
        ("", ""),
        ("！？「」\0😀", ""),
    ],
)
def test_tokens_stand_in_the_order_of_the_text(text: str, tokens: str) -> None:
    assert kept(text) == tokens


def test_a_text_of_a_megabyte_costs_no_more_than_its_first_part() -> None:
    assert len(kept("介護" * 500_000).split()) == MOST_TOKENS


@pytest.mark.parametrize(
    ("typed", "text", "times"),
    [
        ("介護認定", "介護認定の介護認定", 2),
        ("介護認定", "認定した介護と、介護の認定", 0),
        ("県", "三重県と県立", 2),
        ("面接AI", "面接AIを使う", 1),
        ("AI面", "AI面接", 1),
        ("AI", "ＡＩで、aim ではない", 1),
        ("chat", "ChatGPT", 1),
        ("0001", "R8-0001", 1),
    ],
)
def test_a_word_is_its_tokens_one_after_another(typed: str, text: str, times: int) -> None:
    (word,) = asked(typed).words
    assert word.times_in(kept(text)) == times


@pytest.mark.parametrize(
    "typed", [None, "", "  ", "　", '"', "*", "()", "-", "%_", "\0", "😀", "'; --", "・"]
)
def test_signs_are_no_words(typed: str | None) -> None:
    assert asked(typed).words == []


def test_what_is_too_long_is_cut_and_said_so() -> None:
    assert not asked("介護 認定").cut
    assert asked("介" * (MOST_LETTERS + 1)).cut
    found = asked(" ".join("一二三四五六七八九十"))
    assert (len(found.words), found.cut) == (8, True)


def parts(found: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if hit else text for text, hit in found)


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("ｹｱﾌﾟﾗﾝとケアプラン", "けあぷらん", "[ｹｱﾌﾟﾗﾝ]と[ケアプラン]"),
        ("サーバーの室", "サーバ", "[サーバ]ーの室"),
        ("介護認定", "介護 護認", "[介護][認]定"),
        ("<b>介護</b>", "介護", "<b>[介護]</b>"),
        ("除雪", "介護", "除雪"),
        ("か\u3099く", "が", "[か\u3099]く"),
    ],
)
def test_words_are_marked_as_the_text_spells_them(text: str, typed: str, shown: str) -> None:
    assert parts(marked(text, asked(typed).words)) == shown


def test_an_extract_stands_around_the_first_word() -> None:
    words = asked("介護").words
    shown = parts(extract("前" * 500 + "介護" + "後" * 500, words))
    assert shown.startswith("…前")
    assert "前[介護]後" in shown
    assert shown.endswith("後…")
    assert len(shown) < 130
    assert extract("除雪", words) == []


def test_words_in_common_are_spelled_as_the_reader_spells_them() -> None:
    weights = dict.fromkeys(kept("ケアプランの点検をする AI").split(), 1.0) | {"点検": 5.0}
    assert in_common("ｹｱﾌﾟﾗﾝ点検をするAI、した", weights, 3) == ["点検", "ｹｱﾌﾟﾗﾝ", "AI"]
    assert in_common("除雪をする", weights, 3) == []
