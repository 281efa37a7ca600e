"""Local governments: codes, size classes, bands and networks are what the system says they are."""

import pytest

from stages.local_government import (
    KINDS,
    NETWORK_MODELS,
    POPULATION_BANDS,
    PREFECTURES,
    SIZE_CLASSES,
    check_digit,
    is_valid_lgcode,
    kind_of_size_class,
    population_band,
    prefecture_of,
    size_class_of_name,
)


@pytest.mark.parametrize(
    "code", ["010006", "011002", "131016", "394050", "473821", "200000", "090000", "990001"]
)
def test_real_codes_carry_their_check_digit(code):
    assert check_digit(code[:5]) == code[5]
    assert is_valid_lgcode(code)


def test_exactly_one_check_digit_of_ten_is_right():
    for five in ("01100", "13101", "47382", "99123"):
        assert [is_valid_lgcode(five + digit) for digit in "0123456789"].count(True) == 1


def test_two_neighbouring_digits_changed_round_are_noticed():
    assert is_valid_lgcode("132012")
    assert not is_valid_lgcode("123012")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "11002",
        "0110020",
        "011003",
        "０１１００２",
        "01100２",
        "٠١١٠٠٢",
        "01100a",
        " 11002",
        "-11002",
        "011002\n",
    ],
)
def test_what_is_not_six_ascii_digits_is_no_code(code):
    assert not is_valid_lgcode(code)


@pytest.mark.parametrize("digits", ["", "0110", "011002", "０１１００", "0110a"])
def test_a_check_digit_is_only_had_for_five_digits(digits):
    with pytest.raises(ValueError, match="five digits"):
        check_digit(digits)


def test_there_are_47_prefectures_and_each_is_one_by_its_name():
    assert list(PREFECTURES) == [f"{number:02}" for number in range(1, 48)]
    assert len(set(PREFECTURES.values())) == 47
    assert {size_class_of_name(name) for name in PREFECTURES.values()} == {"prefecture"}


@pytest.mark.parametrize(
    ("code", "prefecture"),
    [
        ("011002", "北海道"),
        ("131016", "東京都"),
        ("271004", "大阪府"),
        ("473821", "沖縄県"),
        ("990001", None),
        ("480002", None),
    ],
)
def test_the_first_two_digits_tell_the_prefecture(code, prefecture):
    assert prefecture_of(code) == prefecture


@pytest.mark.parametrize(
    ("name", "code", "size_class"),
    [
        ("京都府", "260002", "prefecture"),
        ("府中市", "132063", "city"),
        ("府中市", None, "city"),
        ("千代田区", "131016", "special_ward"),
        ("風見区", "991015", "special_ward"),
        ("鶴見区", "141011", None),
        ("町田市", "132098", "city"),
        ("市川町", "284424", "town"),
        ("村山市 ", "062081", "city"),
        ("檜原村", "133078", "village"),
        ("デジタル庁", None, None),
        ("", None, None),
    ],
)
def test_the_last_character_of_a_name_tells_the_size_class(name, code, size_class):
    assert size_class_of_name(name, code) == size_class


def test_size_classes_are_in_their_order_and_have_their_names():
    assert list(SIZE_CLASSES.items()) == [
        ("prefecture", "都道府県"),
        ("designated_city", "政令指定都市"),
        ("core_city", "中核市"),
        ("city", "市"),
        ("special_ward", "特別区"),
        ("town", "町"),
        ("village", "村"),
    ]
    with pytest.raises(TypeError):
        SIZE_CLASSES["city"] = "都市"  # type: ignore[index]


def test_every_size_class_is_of_one_kind():
    assert {kind_of_size_class(size_class) for size_class in SIZE_CLASSES} == set(KINDS)
    assert kind_of_size_class("core_city") == kind_of_size_class("designated_city") == "city"
    with pytest.raises(ValueError, match="hamlet"):
        kind_of_size_class("hamlet")


@pytest.mark.parametrize(
    ("population", "name"),
    [
        (3_700_000, "50万人以上"),
        (500_000, "50万人以上"),
        (499_999, "20万人以上50万人未満"),
        (200_000, "20万人以上50万人未満"),
        (199_999, "10万人以上20万人未満"),
        (100_000, "10万人以上20万人未満"),
        (99_999, "5万人以上10万人未満"),
        (50_000, "5万人以上10万人未満"),
        (49_999, "1万人以上5万人未満"),
        (10_000, "1万人以上5万人未満"),
        (9_999, "1万人未満"),
        (0, "1万人未満"),
    ],
)
def test_a_population_falls_into_its_band(population, name):
    assert POPULATION_BANDS[population_band(population)] == name


def test_a_negative_population_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        population_band(-1)


def test_network_models_have_their_names():
    assert dict(NETWORK_MODELS) == {
        "alpha": "α",
        "alpha_prime": "α′",
        "beta": "β",
        "beta_prime": "β′",
        "lgwan_asp": "LGWAN-ASP",
    }
