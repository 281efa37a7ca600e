"""A scenario file is checked whole before it is played; each fault is a sentence that names file and step."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.country import KESSAI, TANTO, TOKYO
from tests.steps import DRAFT, NINE, draft, written
from workflows import registry  # noqa: F401  (fills the registry of verbs)
from workflows.runtime.scenario import ScenarioRefused, read_scenarios


def refused(*steps: Any, data: bytes | None = None) -> str:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios([("物語.yaml", written(*steps) if data is None else data)])
    assert all(problem.startswith("物語.yaml") for problem in caught.value.problems)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"- do: [unclosed", "YAML として読めません"),
        (b"", "空です"),
        (b"do: idea.draft", "手順の並び"),
        (b"[]", "手順の並び"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"- \x00", "YAML として読めません"),
        (b"#" * 5_000_001, "大きすぎます"),
        (b"[" * 100_000, "入れ子が深すぎます"),
        (b"- !!python/object/apply:os.system [ls]", "YAML として読めません"),
        (b"- &a [*a]", "自分自身"),
        (b"- {at: 2026-13-45}", "日付と数を確かめて"),
        (b"- {do: idea.submit, do: idea.draft}", "二度書かれています"),
    ],
)
def test_what_is_no_list_of_steps_is_refused(data: bytes, sentence: str) -> None:
    assert sentence in refused(data=data)


@pytest.mark.parametrize("level", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_that_would_fill_the_memory_are_refused(level: str) -> None:
    """The billion laughs: each line says the one before it nine times."""
    lines = ["- &a0 {k: v}"] + [
        f"- &a{n} " + level.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12)
    ]
    assert "別名" in refused(data="\n".join(lines).encode())


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("text", "項目と値の組ではありません"),
        ({"at": NINE}, "何をする手順か分かりません"),
        (draft(look="idea"), "一緒に書かれています"),
        (draft(wiht={}), "「wiht」という項目は do の手順にはありません"),
        (draft(do="idea.darft"), "「idea.darft」という操作はありません"),
        (draft(do=["idea.draft"]), "という操作はありません"),
        (draft(**{"with": DRAFT | {"titel": "x"}}), "idea.draft に「titel」という項目はありません"),
        (
            draft(**{"with": {"title": "x"}}),
            "idea.draft に必要な項目「field」「challenge」「as_is」「to_be」がありません",
        ),
        (draft(**{"with": ["title"]}), "項目の名前と値の組"),
        (draft(at="あした"), "日時として読めません"),
        (draft(at="2026-05-01"), "日時として読めません"),
        (draft(at="2026-05-01T09:00:00"), "時差がありません"),
        (draft(at=20260501), "日時として読めません"),
        (draft(at="0001-01-01T00:00:00+09:00"), "遠すぎます"),
        (draft(at="9999-12-31T23:59:59-09:00"), "遠すぎます"),
        (draft(save="1 つ目"), "名前に使えません"),
        (draft(refuse="forbidden"), "「forbidden」という理由はありません"),
        (draft(refuse="not_permitted"), "save を消してください"),
        (draft(**{"as": None}), "as（だれが行うか）がありません"),
        (draft(**{"as": 5}), "メールアドレスか system"),
        ({"at": NINE, "look": "ideas", "at_ref": "R8-0001"}, "「ideas」という見方はありません"),
        ({"at": NINE, "look": "idea"}, "at_ref（何を見るか）がありません"),
        ({"at": NINE, "look": "idea", "at_ref": 1}, "番号か $名前 を文字で"),
        ({"at": NINE, "look": "adoption", "at_ref": "madoguchi-faq"}, "{product: …, org: …}"),
        ({"at": NINE, "look": "policy", "expect": {"version": "1"}, "refuse": "unknown"}, "一緒に書けません"),
        ({"tick": "2026-05-01 09:00"}, "時差がありません"),
        ({"tick": NINE, "as": "system"}, "「as」という項目は tick の手順にはありません"),
        ({"at": NINE, "github": {"archived": True}}, "full_name"),
        ({"do": "idea.submit", "as": TANTO, "with": {"idea": "R8-0001"}}, "最初の手順に at"),
        (
            {"at": NINE, "as": TANTO, "do": "idea.submit", "with": {"idea": "$idea"}},
            "$idea は、まだどの手順も save していません",
        ),
        (draft(**{"with": DRAFT | {"title": "$idea"}}), "$idea は、まだ"),
        ({"at": NINE, "look": "policy", "expect": {"version": ["$v.a"]}}, "$v は、まだ"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value)[:30],
)
def test_a_step_that_cannot_be_played_is_named(step: Any, sentence: str) -> None:
    said = refused(step)
    assert "1 番目の手順" in said
    assert sentence in said


def test_every_fault_of_every_file_is_named_at_once() -> None:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios(
            [("一.yaml", written(draft(), draft(do="x"), draft(tick=1))), ("二.yaml", written(draft(at="x")))]
        )
    assert [p.split(":")[0] for p in caught.value.problems] == [
        "一.yaml の 2 番目の手順",
        "一.yaml の 3 番目の手順",
        "二.yaml の 1 番目の手順",
    ]


def test_one_slip_is_not_reported_again_wherever_its_name_is_used() -> None:
    with pytest.raises(ScenarioRefused) as caught:
        read_scenarios(
            [
                (
                    "一.yaml",
                    written(
                        draft(do="idea.darft"), {"as": KESSAI, "do": "idea.submit", "with": {"idea": "$idea"}}
                    ),
                )
            ]
        )
    assert len(caught.value.problems) == 1


def test_a_first_step_without_a_time_is_one_fault() -> None:
    assert refused({"look": "policy"}, {"look": "policy"}, draft()).count("最初の手順に at") == 1


def test_a_clock_that_runs_backwards_is_refused() -> None:
    said = refused(draft(), {"tick": "2026-04-30T09:00:00+09:00"})
    assert "2 番目の手順" in said
    assert "時計が戻っています" in said


def test_files_are_merged_by_time_and_ties_stay_in_the_order_of_the_arguments() -> None:
    look = {"look": "policy"}
    one = written(look | {"at": NINE}, look, look | {"at": "2026-05-03T00:00:00Z"})
    two = written(
        {"tick": "2026-05-01T08:59:59+09:00"},
        look | {"at": "2026-05-01T00:00:00Z"},
        {"tick": "2026-05-04T00:00:00Z"},
    )
    steps = read_scenarios([("一", one), ("二", two)])
    assert [(s.file, s.number) for s in steps] == [
        ("二", 1),
        ("一", 1),
        ("一", 2),
        ("二", 2),
        ("一", 3),
        ("二", 3),
    ]
    assert steps[2].at == datetime(2026, 5, 1, 9, tzinfo=TOKYO)


def test_a_time_may_be_written_as_text_or_as_yaml_knows_it() -> None:
    steps = read_scenarios(
        [
            (
                "x",
                b"- {look: policy, at: 2026-04-01T09:00:00+09:00}\n- {look: policy, at: '2026-04-01T00:00:00Z'}",
            )
        ]
    )
    assert {step.at for step in steps} == {datetime(2026, 4, 1, tzinfo=UTC)}
