"""The shapes a value may have: a section with known keys, a list, a text, a yes or no. Their words come from the rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflows.publiccode.reading import line_of
from workflows.publiccode.report import FORBIDDEN, Findings, Place, shorten, suggest

Check = Callable[[Findings, Place, Node], None]
Entries = dict[str, tuple[Place, Node]]

_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_YES_NO_OF_YAML_1_1 = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}


def is_blank(node: Node) -> bool:
    """Nothing, or only white space: as good as not written."""
    return isinstance(node, ScalarNode) and (node.tag == _NULL or not node.value.strip())


def text_of(found: Findings, place: Place, node: Node) -> str | None:
    """The text of a scalar as written (a date, a number or `no` too, as the Go parser reads into a text field)."""
    if not isinstance(node, ScalarNode):
        found.wrong(place, "一つの文字列ではありません。", "一覧や入れ子にせず、値を一つだけ書いてください。")
        return None
    if FORBIDDEN.search(node.value):
        found.wrong(place, "使えない文字（制御文字など）が含まれています。", "その文字を取り除いてください。")
        return None
    return str(node.value)


def text(found: Findings, place: Place, node: Node) -> None:
    text_of(found, place, node)


def told_text(told: Entries, key: str) -> str | None:
    """The text of an entry that was checked already; None if it is absent or no text. Nothing is said twice."""
    return text_of(Findings(), *told[key]) if key in told else None


def boolean(found: Findings, place: Place, node: Node) -> None:
    """true or false; the yes and no of YAML 1.1 still pass, since the standard deprecates YAML 1.1 but does not forbid it."""
    written = text_of(found, place, node)
    if written is None:
        return
    plain = isinstance(node, ScalarNode) and node.style is None
    if plain and written.lower() in _YES_NO_OF_YAML_1_1:
        meant = _YES_NO_OF_YAML_1_1[written.lower()]
        found.doubt(place, f"「{written}」は古い書き方です（YAML 1.1）。", f"{meant} と書いてください。")
    elif not plain or written not in ("true", "True", "TRUE", "false", "False", "FALSE"):
        found.wrong(
            place,
            f"「{shorten(written)}」は真偽値ではありません。",
            "引用符を付けずに true か false と書いてください。",
        )


def list_of(check: Check, *, at_least: int = 0) -> Check:
    """A list, each item of which passes `check`. Fewer items than `at_least` are an error."""

    def check_list(found: Findings, place: Place, node: Node) -> None:
        if not isinstance(node, SequenceNode):
            found.wrong(place, "一覧になっていません。", "「- 値」の行を並べて書いてください。")
            return
        if len(node.value) < at_least:
            found.wrong(place, "一覧が空です。", f"「- 値」の行を {at_least} つ以上書いてください。")
        for index, item in enumerate(node.value):
            at = place.item(index, line_of(item))
            if is_blank(item):
                found.wrong(at, "一覧の中に空の行があります。", "値を書くか、その「-」の行を消してください。")
            else:
                check(found, at, item)

    return check_list


def one_or_many(check: Check, *, parser_wants_a_list: bool = False) -> Check:
    """A single value, or a list of at least one (the standard's "string or array of strings")."""
    many = list_of(check, at_least=1)

    def check_either(found: Findings, place: Place, node: Node) -> None:
        if not isinstance(node, ScalarNode):
            many(found, place, node)
            return
        if parser_wants_a_list:
            found.doubt(
                place,
                "一覧ではなく値が一つだけ書かれています。",
                "読めない道具があるため「- 値」の形にしてください。",
            )
        check(found, place, node)

    return check_either


def entries(found: Findings, place: Place, node: Node) -> Entries:
    """What a mapping holds, by key, merged keys (`<<`) included. Keys said twice and keys that are no text are errors."""
    if not isinstance(node, MappingNode):
        if not is_blank(node):
            found.wrong(
                place,
                "「項目: 値」の並びになっていません。",
                "一段字下げして「項目: 値」の行を並べてください。",
            )
        return {}
    here: Entries = {}
    merged: Entries = {}
    for key, value in node.value:
        at = Place(place.key, line_of(key))
        if not isinstance(key, ScalarNode) or is_blank(key):
            found.wrong(at, "項目名が空か、文字列ではありません。", "項目名は一つの文字列にしてください。")
        elif key.tag == _MERGE:
            found.doubt(at, "「<<」は古い書き方です（YAML 1.1）。", "中身をそのまま書いてください。")
            for source in value.value if isinstance(value, SequenceNode) else [value]:
                merged = {**entries(found, place, source), **merged}
        elif key.value in here:
            first = here[key.value][0].line
            found.wrong(
                place.inside(key.value, line_of(key)),
                f"項目「{shorten(key.value)}」が二度書かれています（一度目は {first} 行目）。",
                "どちらか一つを消してください。",
            )
        else:
            here[key.value] = place.inside(key.value, line_of(key)), value
    return {**merged, **here}


@dataclass(frozen=True)
class Section:
    """A mapping with known keys.

    `fields`: what each key may hold. `required`: key -> what to write if it is missing.
    `deprecated`: key -> what to write instead. `since`: key -> the minor version of 0.x it came with.
    """

    fields: Mapping[str, Check]
    required: Mapping[str, str] = field(default_factory=dict)
    deprecated: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, found: Findings, place: Place, node: Node) -> None:
        self.read(found, place, node)

    def read(self, found: Findings, place: Place, node: Node) -> Entries:
        """Check every key; return those that are known and say something."""
        if not isinstance(node, MappingNode):
            entries(found, place, node)
            return {}
        written = entries(found, place, node)
        telling: Entries = {}
        for key, (at, value) in written.items():
            if key not in self.fields:
                self._unknown(found, at, key)
            elif is_blank(value):
                if key not in self.required:
                    found.doubt(at, f"「{key}」が空です。", "値を書くか、この行を消してください。")
            else:
                telling[key] = at, value
                self._dated(found, at, key)
                self.fields[key](found, at, value)
        for key, mend in self.required.items():
            if key not in telling:
                # A missing key is shown where its section starts; at the top level there is no such line.
                at = written[key][0] if key in written else place.inside(key, place.line)
                found.wrong(
                    at, f"必須の項目「{key}」が{'空です' if key in written else 'ありません'}。", mend
                )
        return telling

    def _unknown(self, found: Findings, at: Place, key: str) -> None:
        mend = suggest(key, self.fields, "標準にある項目だけにし、この行を消してください。")
        found.wrong(at, f"標準にない項目です（{shorten(key)}）。", mend)

    def _dated(self, found: Findings, at: Place, key: str) -> None:
        if key in self.deprecated:
            found.doubt(at, f"「{key}」は廃止予定の項目です。", self.deprecated[key])
        version = found.facts.version or "0"
        minor = version.split(".")[1] if "." in version else None
        if key in self.since and minor is not None and int(minor) < self.since[key]:
            found.doubt(
                at,
                f"「{key}」は 0.{self.since[key]} からの項目です。",
                "publiccodeYmlVersion を '0' にしてください。",
            )
