"""Local governments: codes with their check digit, size classes, population bands and network models.

Facts of the Japanese system that rules and verbs share. Sources: the ministry's 全国地方公共団体コード
(check digit), 地方自治法 (kinds of local government), the survey's population bands and the three-layer
network models.
"""

from collections.abc import Mapping
from types import MappingProxyType

CHECK_DIGIT_WEIGHTS = (6, 5, 4, 3, 2)

# No prefecture has this number: tests, demos and stories put invented municipalities there.
INVENTED_PREFECTURE = "99"

PREFECTURES: Mapping[str, str] = MappingProxyType({
    f"{number:02}": name
    for number, name in enumerate(
        (
            "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県",
            "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県",
            "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県",
            "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
            "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県",
            "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
        ),
        start=1,
    )
})  # fmt: skip

# In the order in which every list and table shows them, largest authority first.
SIZE_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "prefecture": "都道府県",
        "designated_city": "政令指定都市",
        "core_city": "中核市",
        "city": "市",
        "special_ward": "特別区",
        "town": "町",
        "village": "村",
    }
)

# A kind is what the law calls the body; designated and core cities are cities with more powers.
KINDS: Mapping[str, str] = MappingProxyType(
    {kind: SIZE_CLASSES[kind] for kind in ("prefecture", "city", "special_ward", "town", "village")}
)

_KIND_OF_LAST_CHARACTER = {
    "都": "prefecture", "道": "prefecture", "府": "prefecture", "県": "prefecture",
    "市": "city", "区": "special_ward", "町": "town", "村": "village",
}  # fmt: skip

# Key, least population, name; from the largest down.
_POPULATION_BANDS = (
    ("500k_or_more", 500_000, "50万人以上"),
    ("200k_to_500k", 200_000, "20万人以上50万人未満"),
    ("100k_to_200k", 100_000, "10万人以上20万人未満"),
    ("50k_to_100k", 50_000, "5万人以上10万人未満"),
    ("10k_to_50k", 10_000, "1万人以上5万人未満"),
    ("under_10k", 0, "1万人未満"),
)
POPULATION_BANDS: Mapping[str, str] = MappingProxyType({key: name for key, _, name in _POPULATION_BANDS})

NETWORK_MODELS: Mapping[str, str] = MappingProxyType(
    {
        "alpha": "α",
        "alpha_prime": "α′",
        "beta": "β",
        "beta_prime": "β′",
        "lgwan_asp": "LGWAN-ASP",
    }
)


def check_digit(five_digits: str) -> str:
    """The sixth digit of a code: (11 - sum mod 11) mod 10, the sum weighted 6, 5, 4, 3, 2.

    Takes the first five digits, ASCII only; anything else is a ValueError.
    """
    if len(five_digits) != 5 or not _is_digits(five_digits):
        raise ValueError(f"a code without its check digit is five digits: {five_digits!r}")
    total = sum(weight * int(digit) for weight, digit in zip(CHECK_DIGIT_WEIGHTS, five_digits, strict=True))
    return str((11 - total % 11) % 10)


def is_valid_lgcode(code: str) -> bool:
    """Whether this is six ASCII digits of which the last is the check digit of the others.

    Says nothing about whether such a local government exists; invented ones (prefecture 99) are valid too.
    """
    return len(code) == 6 and _is_digits(code) and check_digit(code[:5]) == code[5]


def prefecture_of(code: str) -> str | None:
    """The name of the prefecture that a code's first two digits number; None for 99 and other numbers."""
    return PREFECTURES.get(code[:2])


def size_class_of_name(name: str, code: str | None = None) -> str | None:
    """The size class that a name's last character tells: 市 city, 区 special_ward, 町 town, 村 village.

    A name in 都, 道, 府 or 県 is a prefecture; None where the character tells nothing. Only Tokyo (13) has
    special wards (区); a ward with the code of another prefecture is part of a designated city and no local
    government, so it is None. Whether a city is a designated or core city is not in its name: the list of
    local governments knows.
    """
    size_class = _KIND_OF_LAST_CHARACTER.get(name.strip()[-1:])
    if size_class == "special_ward" and code and code[:2] not in ("13", INVENTED_PREFECTURE):
        return None
    return size_class


def kind_of_size_class(size_class: str) -> str:
    """The kind behind a size class: designated and core cities are cities, the others are their own kind."""
    if size_class not in SIZE_CLASSES:
        raise ValueError(f"no such size class: {size_class!r}")
    return "city" if size_class in ("designated_city", "core_city") else size_class


def population_band(population: int) -> str:
    """The key in POPULATION_BANDS for a number of inhabitants; a negative one is a ValueError."""
    for key, least, _ in _POPULATION_BANDS:
        if population >= least:
            return key
    raise ValueError(f"a population is not negative: {population}")


def _is_digits(text: str) -> bool:
    # str.isdigit alone would let full-width and Arabic digits pass.
    return text.isascii() and text.isdigit()
