"""YAML (and JSON, which is YAML) from somebody else's file: read safely, with bounds, and refused in a sentence."""

from typing import Any

import yaml

LARGEST_BYTES = 5_000_000
MOST_NODES = 500_000
"""Values in one document once every alias is written out: nine lists of nine aliases each would be millions."""
DEEPEST = 60
"""Nesting of lists and mappings; the parser written in C would crash on thousands."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotReadable(ValueError):
    """The text cannot be taken; the message is a Japanese sentence on why and what to do."""


def decoded(data: bytes) -> str:
    """The text of a UTF-8 file, with or without a byte order mark. Raises NotReadable when too large or not UTF-8."""
    if len(data) > LARGEST_BYTES:
        raise NotReadable(f"大きすぎます（上限 {LARGEST_BYTES // 10**6} MB）。分けてください。")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。") from None


def read_yaml(data: bytes) -> Any:
    """The one value in a YAML document: plain lists, mappings, texts, numbers, dates. Raises NotReadable."""
    text = decoded(data)
    try:
        _refuse_deep_nesting(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise NotReadable("空です。")
            if _written_out(node, {}, set()) > MOST_NODES:
                raise NotReadable(
                    "別名（&、*）を展開すると大きくなりすぎます。別名を使わずに書いてください。"
                )
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        where = f"（{error.problem_mark.line + 1} 行目）" if error.problem_mark else ""
        raise NotReadable(
            f"YAML として読めません{where}。字下げ、引用符、コロンの後の空白を確かめてください。"
        ) from None
    except yaml.YAMLError:
        raise NotReadable("YAML として読めません。使えない文字が含まれていないか確かめてください。") from None
    except NotReadable:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        # A date such as 2026-13-45 passes as YAML and fails as a date.
        raise NotReadable(
            f"YAML の値として読めないものがあります（{error}）。日付と数を確かめてください。"
        ) from None


def _refuse_deep_nesting(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise NotReadable(f"入れ子が深すぎます（上限 {DEEPEST} 段）。")


def _written_out(node: yaml.Node, known: dict[int, int], open_nodes: set[int]) -> int:
    """How many values a node stands for once its aliases are written out. Raises NotReadable for circles and doubled keys."""
    if id(node) in known:
        return known[id(node)]
    if id(node) in open_nodes:
        raise NotReadable("別名（*）が自分自身を指しています。別名を使わずに書いてください。")
    open_nodes.add(id(node))
    count = 1
    if isinstance(node, yaml.SequenceNode):
        count += sum(_written_out(child, known, open_nodes) for child in node.value)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise NotReadable(
                        f"同じ項目「{key.value}」が二度書かれています（{line} 行目）。「-」の書き忘れがないか確かめてください。"
                    )
                seen.add(key.value)
            count += _written_out(key, known, open_nodes) + _written_out(value, known, open_nodes)
    open_nodes.discard(id(node))
    known[id(node)] = count
    return count
