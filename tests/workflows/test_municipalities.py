"""Municipalities: the packaged list is whole, a bad list is told row by row, a newer one is shown as changes."""

import unicodedata
from collections import Counter
from dataclasses import replace

import pytest

from stages.local_government import PREFECTURES, check_digit, is_valid_lgcode, size_class_of_name
from workflows.municipalities import (
    LARGEST_FILE_BYTES,
    Change,
    ListRefused,
    LocalGovernment,
    Merger,
    compare,
    packaged,
    read_list,
)

HEADER = "lgcode,kind,size_class,prefecture,name,kana"


def code(five_digits: str) -> str:
    return five_digits + check_digit(five_digits)


KAZAMI = LocalGovernment(code("99201"), "city", "city", "霞県", "風見市", "かざみし")
HOSHIMORI = LocalGovernment(code("99301"), "town", "town", "霞県", "星森町", "ほしもりちょう")
KUMOI = LocalGovernment(code("99401"), "village", "village", "霞県", "雲居村", "くもいむら")


def row(local_government: LocalGovernment) -> str:
    one = local_government
    return ",".join((one.lgcode, one.kind, one.size_class, one.prefecture, one.name, one.kana))


def a_list(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows, "")).encode()


def problems_of(data: bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(ListRefused) as refused:
        read_list(data)
    return [(problem.row, problem.sentence) for problem in refused.value.problems]


# The packaged list


def test_the_packaged_list_holds_every_local_government_once():
    assert len(packaged()) == len({one.lgcode for one in packaged()}) == 1_788
    assert Counter(one.kind for one in packaged()) == {
        "prefecture": 47,
        "city": 792,
        "special_ward": 23,
        "town": 743,
        "village": 183,
    }
    assert sum(one.kind != "prefecture" for one in packaged()) == 1_741
    sizes = Counter(one.size_class for one in packaged())
    assert (sizes["designated_city"], sizes["core_city"], sizes["city"]) == (20, 62, 710)


def test_every_packaged_row_is_sound():
    for one in packaged():
        assert is_valid_lgcode(one.lgcode)
        assert one.prefecture == PREFECTURES[one.lgcode[:2]]
        assert size_class_of_name(one.name, one.lgcode) == one.kind
        assert one.kana
        assert one.merged_into is None
    assert [one.lgcode for one in packaged()] == sorted(one.lgcode for one in packaged())


def test_a_name_may_stand_for_two_cities_and_a_code_never():
    assert {one.prefecture for one in packaged() if one.name == "府中市"} == {"東京都", "広島県"}


def test_a_prefecture_goes_by_its_own_name():
    assert {one.name for one in packaged() if one.kind == "prefecture"} == set(PREFECTURES.values())


# Reading a list


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_list_is_read_in_the_encodings_that_offices_use(encoding, newline):
    text = newline.join((HEADER, row(KAZAMI), row(HOSHIMORI), ""))
    assert read_list(text.encode(encoding)) == [KAZAMI, HOSHIMORI]


def test_the_open_datas_own_columns_are_enough():
    header = "lgcode,kind,prefecture,name,kana,lat,lng"
    data = a_list(
        "010006,prefecture,北海道,,ほっかいどう,,",
        "011002,city,北海道,札幌市,さっぽろし,43.06,141.35",
        "012025,city,北海道,函館市,はこだてし,41.76,140.72",
        "012033,city,北海道,小樽市,おたるし,43.19,140.99",
        f"{KAZAMI.lgcode},city,霞県,風見市,かざみし,,",
        header=header,
    )
    read = read_list(data)
    assert [one.size_class for one in read] == ["prefecture", "designated_city", "core_city", "city", "city"]
    assert read[0].name == "北海道"
    known = {one.lgcode: one for one in packaged()}
    assert read[:4] == [known[one.lgcode] for one in read[:4]]
    assert read[4] == KAZAMI


def test_columns_may_stand_in_any_order_with_blank_lines_between_rows():
    data = f"name,prefecture,kind,lgcode\n\n風見市,霞県,city,{KAZAMI.lgcode}\n,,,\n"
    assert read_list(data.encode()) == [replace(KAZAMI, kana="")]


def test_kana_in_two_code_points_is_read_as_one():
    data = a_list(row(replace(KAZAMI, kana=unicodedata.normalize("NFD", "かざみし"))))
    assert read_list(data) == [KAZAMI]


def test_every_bad_row_is_told_at_once_with_the_row_number_of_the_spreadsheet():
    wrong = KAZAMI.lgcode[:5] + str((int(KAZAMI.lgcode[5]) + 1) % 10)
    told = problems_of(
        a_list(
            f"{wrong},city,city,霞県,風見市,",  # row 2
            "",
            f"{HOSHIMORI.lgcode},hamlet,town,霞県,星森町,",  # row 4
            row(KUMOI),
            row(KUMOI),  # row 6
            f"{code('99202')},city,city,霞県,,",  # row 7
            f"{code('99203')},city,city",  # row 8
            "10006,prefecture,prefecture,北海道,北海道,",  # row 9
            f"{code('99204')},city,town,霞県,月代市,",  # row 10
            f"{code('99205')},town,town,霞県,朝凪市,",  # row 11
            "131016,special_ward,special_ward,埼玉県,千代田区,",  # row 12
            f"{code('60201')},city,city,霞県,遠見市,",  # row 13
            "０１１００２,city,city,北海道,札幌市,",  # row 14
            f"{code('99206')},city,megacity,霞県,大風市,",  # row 15
            ",city,city,,無番市,",  # row 16, two faults
        )
    )
    assert [number for number, _ in told] == [2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16]
    words = [
        "検査数字",
        "hamlet",
        "5 行目と重なって",
        "名前が空",
        "列の数",
        "先頭の 0",
        "規模区分",
        "種別",
        "埼玉県",
        "都道府県の番号",
        "半角数字",
        "megacity",
        "が空です",
        "都道府県が空",
    ]
    for (number, sentence), word in zip(told, words, strict=True):
        assert word in sentence, (number, sentence)
        assert sentence.endswith("。")


def test_the_refusal_reads_row_by_row():
    with pytest.raises(ListRefused, match=r"^2 行目: 団体コード「991234」"):
        read_list(a_list("991234,city,city,霞県,風見市,"))


def test_a_missing_column_is_named():
    [(number, sentence)] = problems_of(b"lgcode,name\n011002,x\n")
    assert number is None
    assert "「kind」「prefecture」" in sentence


def test_a_column_that_stands_twice_is_refused():
    [(_, sentence)] = problems_of(a_list(header=HEADER + ",name"))
    assert "「name」が二つ以上" in sentence


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",  # an Excel workbook
        (HEADER + "\n").encode("utf-16"),
        b"lgcode,name\n011002,\x8e\x20",  # neither UTF-8 nor Shift_JIS
        HEADER.encode() + b'\n"' + KAZAMI.lgcode.encode() + b",city",  # a quotation mark never closed
        HEADER.encode() + b'\n"a"b,city,city,x,y,z',
        HEADER.encode() + b"\n" + b"9" * 200_000,
    ],
)
def test_what_is_no_csv_is_told_so(data):
    [(_, sentence)] = problems_of(data)
    assert "読めません" in sentence


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_lacks_its_columns(data):
    assert "見出し行" in problems_of(data)[0][1]


def test_a_list_of_nobody_is_refused():
    assert problems_of(a_list("", ",,,,,")) == [(None, "団体が一つも書かれていません。")]


def test_a_file_or_a_list_too_large_is_refused_before_it_is_read():
    assert "大きすぎます" in problems_of(b"," * (LARGEST_FILE_BYTES + 1))[0][1]
    assert "行が多すぎます" in problems_of(a_list(*[row(KAZAMI)] * 10_001))[0][1]


def test_an_overlong_cell_is_refused_and_not_quoted_back():
    [(number, sentence)] = problems_of(a_list(f"{KAZAMI.lgcode},city,city,霞県,{'長' * 100_000}市,"))
    assert (number, len(sentence) < 60) == (2, True)


def test_a_name_with_a_line_break_is_refused():
    [(number, sentence)] = problems_of(a_list(f'{KAZAMI.lgcode},city,city,霞県,"風見\n市",'))
    assert number == 2
    assert "改行" in sentence


# Closures in a list


def test_a_successor_must_stand_in_the_same_list_and_go_on():
    header = HEADER + ",merged_into"
    told = problems_of(
        a_list(
            f"{row(KAZAMI)},{KAZAMI.lgcode}",
            f"{row(HOSHIMORI)},{code('99299')}",
            f"{row(KUMOI)},992990",
            header=header,
        )
    )
    assert [number for number, _ in told] == [2, 3, 4]
    assert ["自身" in told[0][1], "存続" in told[1][1], "検査数字" in told[2][1]] == [True] * 3


def test_a_successor_that_closes_itself_is_refused():
    rows = f"{row(KAZAMI)},", f"{row(HOSHIMORI)},{KAZAMI.lgcode}", f"{row(KUMOI)},{HOSHIMORI.lgcode}"
    [(number, sentence)] = problems_of(a_list(*rows, header=HEADER + ",merged_into"))
    assert number == 4
    assert "存続" in sentence


# Comparing


def test_a_list_compared_with_itself_changes_nothing():
    assert compare(packaged(), packaged()).is_empty
    assert compare(packaged(), packaged()[::-1]).is_empty


def test_additions_closures_and_new_names_are_told_apart():
    renamed = replace(HOSHIMORI, name="新星森町", kana="しんほしもりちょう")
    asanagi = LocalGovernment(code("99202"), "city", "city", "霞県", "朝凪市", "あさなぎし")
    changes = compare([KAZAMI, HOSHIMORI, KUMOI], [asanagi, KAZAMI, renamed])
    assert changes.added == (asanagi,)
    assert changes.closed == (KUMOI,)
    assert changes.renamed == (Change(HOSHIMORI, renamed),)
    assert changes.reclassified == ()
    assert changes.merged_hint == ()
    assert not changes.is_empty


def test_a_city_that_becomes_a_core_city_is_reclassified():
    grown = replace(KAZAMI, size_class="core_city")
    changes = compare([KAZAMI], [grown])
    assert changes.reclassified == (Change(KAZAMI, grown),)
    assert changes.renamed == changes.added == changes.closed == ()


def test_one_closure_beside_one_addition_is_no_merger_until_the_list_says_so():
    oozora = LocalGovernment(code("99203"), "city", "city", "霞県", "大空市", "おおぞらし")
    assert compare([KUMOI], [oozora]).merged_hint == ()

    said = replace(KUMOI, merged_into=oozora.lgcode)
    changes = compare([KAZAMI, KUMOI], [KAZAMI, oozora, said])
    assert (changes.closed, changes.added) == ((KUMOI,), (oozora,))
    assert changes.merged_hint == (Merger(KUMOI, oozora),)


def test_a_merger_is_read_from_the_file_and_gone_once_applied():
    data = a_list(f"{row(KAZAMI)},", f"{row(KUMOI)},{KAZAMI.lgcode}", header=HEADER + ",merged_into")
    new = read_list(data)
    changes = compare([KAZAMI, KUMOI], new)
    assert changes.merged_hint == (Merger(KUMOI, KAZAMI),)
    assert changes.added == changes.renamed == ()
    assert compare([KAZAMI], new).is_empty  # applied: the closed one is no longer listed
    assert compare(
        new, [KAZAMI]
    ).is_empty  # nor does it close twice when the older file is the one that said so


def test_a_reading_left_out_of_the_newer_list_is_kept():
    assert compare([KAZAMI], [replace(KAZAMI, kana="")]).is_empty
    renamed = compare([KAZAMI], [replace(KAZAMI, name="風見野市", kana="")]).renamed
    assert renamed[0].after.kana == "かざみし"


def test_changes_come_in_the_order_of_codes():
    changes = compare(packaged()[::-1], [])
    assert [one.lgcode for one in changes.closed] == [one.lgcode for one in packaged()]
