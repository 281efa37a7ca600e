"""Reads bytes or text into YAML nodes with their lines; whatever is thrown at it, the answer is a tree or a problem.

Nothing is constructed: only nodes are composed, so tags such as `!!python/object` do nothing, dates stay text, and
the rules decide what a word means where it stands (as the Go parser does, decoding into typed fields).
Every bound is far above any real file: seven public ones looked at have at most 121 nodes in 5 levels.
"""

import yaml
from yaml.events import AliasEvent
from yaml.nodes import CollectionNode, MappingNode, Node

from workflows.publiccode.report import WHOLE_FILE, Problem

LARGEST_BYTES = 256 * 1024
MOST_NODES = 10_000  # counted with every alias expanded
DEEPEST = 24

_NOT_YAML_MEND = "字下げは半角の空白で揃え、「項目: 値」の形で書いてください。"


class Unreadable(Exception):
    """The file cannot be read as one YAML mapping; `problem` says why and what to do."""

    def __init__(self, message: str, mend: str, line: int | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(WHOLE_FILE, line, message, mend)


def read(source: str | bytes) -> MappingNode:
    """The top mapping of a publiccode.yml. Raises Unreadable, and nothing else, on any other input."""
    text = _text_of(source)
    try:
        node = _BoundedLoader(text).get_single_node()
    except Unreadable:
        raise
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(
            "使えない文字（制御文字など）が含まれています。", "その文字を取り除いてください。", line
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text) from None
    except Exception:  # noqa: BLE001 - PyYAML lets ValueError, IndexError and more through on broken escapes and directives
        raise Unreadable("YAML として読めません。", _NOT_YAML_MEND) from None
    if node is None:
        raise Unreadable("中身がありません。", "publiccodeYmlVersion や name などの項目を書いてください。")
    if not isinstance(node, MappingNode):
        raise Unreadable(
            "一番外側が「項目: 値」の並びになっていません。",
            "publiccodeYmlVersion: '0.7' のように書き始めてください。",
            line_of(node),
        )
    return node


def line_of(node: Node) -> int:
    """The line a node starts on, from 1."""
    return int(node.start_mark.line) + 1


def _text_of(source: str | bytes) -> str:
    # A character is at least one byte, so a longer text is too large without being encoded.
    size = (
        len(source)
        if isinstance(source, bytes) or len(source) > LARGEST_BYTES
        else len(source.encode("utf-8", "replace"))
    )
    if size > LARGEST_BYTES:
        raise Unreadable(
            f"大きすぎます（{size // 1024:,} KiB）。",
            f"{LARGEST_BYTES // 1024} KiB までにし、長い文章は別の文書に分けてください。",
        )
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            "文字コードが UTF-8 ではありません。", "UTF-8 で保存し直してください。", line
        ) from None


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> Unreadable:
    if isinstance(error, yaml.composer.ComposerError) and "single document" in str(error.context):
        return Unreadable(
            "文書が二つ以上あります（「---」で区切られています）。",
            "一つの文書だけにしてください。",
            _line(error),
        )
    line = _line(error)
    written = text.splitlines()[line - 1 : line] if line else []
    if any("\t" in w for w in written):
        return Unreadable(
            "YAML として読めません（タブが使われています）。", "タブを半角の空白に置き換えてください。", line
        )
    return Unreadable("YAML として読めません。", _NOT_YAML_MEND, line)


def _line(error: yaml.MarkedYAMLError) -> int | None:
    mark = error.problem_mark or error.context_mark
    return int(mark.line) + 1 if mark else None


class _BoundedLoader(yaml.SafeLoader):
    """Composes nodes, and stops at once where a file is too deep, too large, or would be with its aliases expanded."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.composed = 0
        self.measures: dict[
            int, tuple[int, int]
        ] = {}  # id of a finished node -> (nodes, levels), aliases expanded

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        # peek_event, not check_event: the latter's answer is not typed.
        event = self.peek_event()
        line = int(event.start_mark.line) + 1
        alias = isinstance(event, AliasEvent)
        self.depth += 1
        self.composed += 1
        self._require(self.composed, self.depth, line)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if node is None:
            return None
        if not alias:
            self.measures[id(node)] = self._measure(node)
        elif id(node) not in self.measures:
            raise Unreadable(
                "自分自身を参照しています。", "参照（*）を使わず、値をそのまま書いてください。", line
            )
        self._require(*self.measures[id(node)], line)
        return node

    def _measure(self, node: Node) -> tuple[int, int]:
        children: list[Node] = []
        if isinstance(node, MappingNode):
            children = [n for pair in node.value for n in pair]
        elif isinstance(node, CollectionNode):
            children = list(node.value)
        inside = [self.measures[id(child)] for child in children]
        return 1 + sum(nodes for nodes, _ in inside), 1 + max((levels for _, levels in inside), default=0)

    def _require(self, nodes: int, levels: int, line: int) -> None:
        if levels > DEEPEST:
            raise Unreadable(
                f"入れ子が深すぎます（{DEEPEST} 段まで）。", "標準の形に沿って浅く書いてください。", line
            )
        if nodes > MOST_NODES:
            raise Unreadable(
                f"項目が多すぎます（参照を広げて {MOST_NODES:,} 個まで）。",
                "参照（& と *）の重ね書きや余分な項目を取り除いてください。",
                line,
            )
