"""The library: what is published, by whom it is taken over, and what its users report."""

import re

from tests.app.web import reader, statements
from tests.country import HOSHIMORI, JIMUKYOKU, KANSA, KUMOI, OUTSIDER, TANTO, VENDOR, Country


def a_prompt(country: Country, title: str = "下書きのプロンプト", who: str = KUMOI, **more: str) -> str:
    said = {"kind": "prompt", "body_md": "根拠を *必ず* 示す。", "licence": "CC-BY-4.0", **more}
    return country.say(who, "asset.publish", title=title, **said).ref


def acts(country: Country, who: str | None, path: str) -> set[str]:
    person = reader(country, who)
    person.opens(path)
    return {form.removeprefix("/do/") for form in person.forms()} - {"/sign-out"}


def test_forms_are_shown_only_to_who_may_say_their_verb_now(small_country: Country) -> None:
    prompt = a_prompt(small_country)
    page = f"/library/{prompt}"
    assert acts(small_country, KUMOI, page) == {"asset.use", "asset.fork", "asset.revise", "asset.retire"}
    assert acts(small_country, JIMUKYOKU, page) == acts(small_country, KUMOI, page), "the coordinator of all"
    for who in (HOSHIMORI, KANSA):
        assert acts(small_country, who, page) == {"asset.use", "asset.fork"}, who
    for nobody in (None, VENDOR):
        assert acts(small_country, nobody, page) == set(), nobody
    for maker in (KUMOI, VENDOR, JIMUKYOKU):
        assert acts(small_country, maker, "/library/new") == {"asset.publish"}, maker
    for reads in (None, KANSA):
        assert acts(small_country, reads, "/library/new") == set(), reads


def test_publishing_from_the_form_lands_on_the_asset(country: Country) -> None:
    idea = country.an_idea()
    person = reader(country, TANTO)
    text = person.opens("/library/new?kind=manual")
    assert f'<option value="{idea}">' in text
    assert '<option value="manual" selected>' in text
    typed = {
        "kind": "manual",
        "title": "窓口の手引",
        "body_md": "# 手順\r\n一つずつ。",
        "url": "",
        "idea": idea,
    }
    refused = person.says("asset.publish", 422, **typed, licence="自由").text
    assert "SPDX" in refused
    assert 'value="自由"' in refused
    assert "一つずつ。</textarea>" in refused
    done = person.says(
        "asset.publish", **typed, licence="CC-BY-4.0", model="", permitted_data_class="公開情報だけ"
    )
    shown = reader(country).opens(done.location)
    for part in ("窓口の手引", "公開情報だけ", "CC-BY-4.0", "一つずつ。"):
        assert part in shown, part
    assert idea not in shown, "the public does not see the idea yet"
    assert idea in person.opens(done.location)


def test_a_fork_lands_on_the_new_asset_and_keeps_its_lineage(country: Country) -> None:
    prompt = a_prompt(country)
    person = reader(country, HOSHIMORI)
    person.opens(f"/library/{prompt}")
    done = person.says("asset.fork", asset=prompt)
    assert done.location != f"/library/{prompt}"
    text = person.opens(done.location)
    assert "もとにした資料" in text
    assert "もとと同じ内容" in text.split("系譜")[1]
    assert f'href="/library/{prompt}"' in text
    assert "/do/asset.revise" in person.forms()
    assert done.location in person.opens(f"/library/{prompt}").split("系譜")[1]


def test_users_report_their_effect_which_is_never_summed(country: Country) -> None:
    prompt = a_prompt(country)
    for who, minutes in ((HOSHIMORI, "３．５ 分"), (TANTO, "7")):
        person = reader(country, who)
        person.opens(f"/library/{prompt}")
        person.says("asset.use", asset=prompt, effect_note="案内文に使った。", minutes_saved_per_case=minutes)
    person.opens(f"/library/{prompt}")
    person.says(
        "asset.use", 422, asset=prompt, effect_note="まだ測っていない", minutes_saved_per_case="たくさん"
    )
    text = person.opens(f"/library/{prompt}")
    assert "2 団体" in text
    assert "一件あたり 3.5〜7 分短縮" in text
    assert "星守村" in text
    public = reader(country).opens(f"/library/{prompt}")
    assert "一件あたり 3.5〜7 分短縮" in public
    for hidden in ("星守村", "案内文に使った。"):
        assert hidden not in public, hidden
    assert "一件あたり 3.5〜7 分短縮" in reader(country).opens("/library")


def test_the_next_version_folds_the_one_before(country: Country) -> None:
    prompt = a_prompt(country)
    person = reader(country, KUMOI)
    assert "根拠を *必ず* 示す。</textarea>" in person.opens(f"/library/{prompt}")
    sent = {
        "title": "下書きのプロンプト",
        "licence": "CC0-1.0",
        "url": "",
        "model": "",
        "permitted_data_class": "",
    }
    person.says("asset.revise", asset=prompt, body_md="根拠の頁も示す。", **sent)
    text = person.opens(f"/library/{prompt}")
    assert "第 2 版" in text
    assert "前の版（1）" in text
    assert "根拠の頁も示す。" in text
    person.says("asset.revise", 422, asset=prompt, body_md="", **sent)


def test_a_retired_asset_stays_for_its_users_and_is_published_no_more(country: Country) -> None:
    prompt = a_prompt(country)
    person = reader(country, KUMOI)
    person.opens(f"/library/{prompt}")
    person.says("asset.retire", asset=prompt)
    assert "公開を終えた資料です" in person.opens(f"/library/{prompt}")
    assert acts(country, KUMOI, f"/library/{prompt}") == set()
    assert "公開を終えた資料です" in reader(country, OUTSIDER).opens(f"/library/{prompt}")
    reader(country).opens(f"/library/{prompt}", 404)
    assert prompt not in person.opens("/library")
    person.says("asset.use", 409, asset=prompt, effect_note="まだ使う。")


def test_the_list_filters_pages_by_key_and_asks_no_more_for_many(country: Country) -> None:
    public = reader(country)
    a_prompt(country, "はじめ")

    def asked() -> int:
        with statements(country.engine) as said:
            public.opens("/library")
        return len(said)

    public.opens("/library")
    few = asked()
    for number in range(40):
        a_prompt(country, f"プロンプト {number}")
    assert asked() == few
    seen: list[str] = []
    path: str | None = "/library?kind=prompt&org=kumoi"
    while path:
        text = public.opens(path)
        seen += re.findall(r'class="name"><a href="/library/(L-\d+)"', text)
        more = re.search(r'href="(/library\?[^"]*after=[^"]*)">続きを見る', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 41
    assert "条件に合う資料はありません" in public.opens("/library?kind=dataset")
    assert "はじめ" in public.opens("/library?q=はじめ")
    public.opens("/library?after=x", 422)


def test_markup_in_an_asset_stays_text(small_country: Country) -> None:
    prompt = a_prompt(small_country, "<script>alert(1)</script>", body_md='<img src=x onerror="alert(1)">')
    text = reader(small_country, HOSHIMORI).opens(f"/library/{prompt}")
    assert "<script>alert" not in text
    assert "<img" not in text


CASES = {
    "test_cases.0.input": "粗大ごみは？",
    "test_cases.0.contains": "予約\r\n６００円",
    "test_cases.0.lacks": "無料",
    "test_cases.0.at_most": "５０ 文字",
    "test_cases.0.cites": "yes",
    "test_cases.1.input": "",
}


def test_a_prompt_is_tried_by_pasting_and_each_property_is_checked(small_country: Country) -> None:
    town = reader(small_country, KUMOI)
    town.opens("/library/new?kind=prompt")
    sheet = {"kind": "prompt", "title": "回答案", "body_md": "根拠を *必ず* 示す。", "licence": "CC-BY-4.0"}
    nothing = town.says("asset.publish", 422, **sheet, **{"test_cases.0.input": "問い"}).text
    assert "期待することを一つ以上入れてください" in nothing
    assert 'href="#refused-test_cases-0"' in nothing
    address = town.says("asset.publish", **sheet, **CASES).location
    prompt = address.rpartition("/")[2]
    user = reader(small_country, HOSHIMORI)
    text = user.opens(address)
    for expects in (
        "「予約」を含む",
        "「無料」を含まない",
        "50 文字まで",
        "出典を示す",
        "この版ではまだ試されていません",
    ):
        assert expects in text, expects
    run = {"asset": prompt, "version": "1", "case": "1", "model": "某モデル"}
    user.says("asset.record_run", **run, output="前日までに予約。６００円です。")
    text = user.opens(address)
    assert "期待すること 5 個のうち、4 個がそろっています。" in text
    assert "そろわないものがある" in text
    assert text.count(">そろった<") == 4
    assert "星守村 が" in text
    user.says("asset.record_run", **run, output="要予約、600 円（手引 12 頁）。")
    assert "すべてそろった" in user.opens(address).split("これまでに試した記録")[0]
    public = reader(small_country).opens(address)
    assert "サインインすると、どの団体がどのモデルで試したか" in public
    assert "某モデル" not in public
    user.says("asset.record_run", 422, **run | {"case": "2"}, output="答え。")
    user.says("asset.record_run", 422, **run | {"version": "9"}, output="答え。")
    town.opens(address)
    kept = {
        "asset": prompt,
        "title": "回答案",
        "licence": "CC-BY-4.0",
        "url": "",
        "model": "",
        "permitted_data_class": "",
    }
    town.says("asset.revise", body_md="根拠の頁を示す。", seen_version="1", **kept, **CASES)
    text = user.opens(address)
    assert "この版ではまだ試されていません" in text
    assert "これまでに試した記録" in text
    user.says("asset.record_run", **run, output="古い版で試した。")  # what was run says which version it was
    small_country.refused(
        "invalid",
        KUMOI,
        "asset.publish",
        **sheet | {"kind": "manual", "test_cases": [{"input": "x", "cites": True}]},
    )
    small_country.refused(
        "too_large", KUMOI, "asset.revise", asset=prompt, test_cases=[{"input": "x" * 5_001, "cites": True}]
    )
    small_country.refused(
        "invalid", KUMOI, "asset.revise", asset=prompt, test_cases=[{"input": "x", "cites": True}] * 11
    )


def test_a_prompt_of_one_megabyte_is_refused_with_its_bound_and_stores_nothing(
    small_country: Country,
) -> None:
    person = reader(small_country, KUMOI)
    person.opens("/library/new")
    sheet = {"kind": "prompt", "title": "長い", "licence": "MIT"}
    for text in ("あ" * 350_000, "a" * 1_048_576):
        answer = person.says("asset.publish", 413, body_md=text, **sheet)
        assert "20,000 文字までにしてください" in answer.text
        assert small_country.refused("too_large", KUMOI, "asset.publish", body_md=text, **sheet).errors[
            "body_md"
        ]
    assert "資料はまだありません" in person.opens("/library")


def test_versions_are_compared_by_number_and_a_copy_with_its_original(small_country: Country) -> None:
    prompt = a_prompt(small_country, body_md="窓口は三階。\n<b>太字</b>")
    small_country.say(
        KUMOI, "asset.revise", asset=prompt, body_md="窓口は五階。\n<b>太字</b>", licence="CC0-1.0"
    )
    small_country.say(KUMOI, "asset.revise", asset=prompt, title="三版")
    public, page = reader(small_country), f"/library/{prompt}/changes"
    assert "第 2 版と第 3 版の違い" in public.opens(page)
    text = public.opens(f"{page}?from=1&to=2")
    assert "<mark>三</mark>" in text
    assert "<mark>五</mark>" in text
    assert "&lt;b&gt;太字" in text
    assert "<del>CC-BY-4.0</del>" in text
    assert "1 から 3 までで選んでください" in public.opens(f"{page}?from=9", 422)
    public.opens(f"{page}?to=x", 422)
    public.opens(f"{page}?with=source", 404)
    fork = small_country.say(HOSHIMORI, "asset.fork", asset=prompt).ref
    small_country.say(KUMOI, "asset.revise", asset=prompt, body_md="あとで直した。")
    assert "違いはありません" in public.opens(f"/library/{fork}/changes?with=source"), (
        "to what it was copied from"
    )
    small_country.say(HOSHIMORI, "asset.revise", asset=fork, body_md="村の窓口。", title="村の版")
    second = small_country.say(TANTO, "asset.fork", asset=fork).ref
    assert 'class="came"' in public.opens(f"/library/{fork}/changes?with=source")
    tree = public.opens(f"/library/{fork}").split('id="lineage"')[1]
    assert tree.index(prompt) < tree.index("この資料") < tree.index(second)
    assert "もとと違うところ: 名前、本文" in tree
    small_country.say(KUMOI, "asset.retire", asset=prompt)
    assert prompt not in public.opens(f"/library/{fork}")
    public.opens(f"/library/{fork}/changes?with=source", 404)
    for ending, kind in (("md", "text/markdown"), ("txt", "text/plain")):
        public.opens(f"/library/{fork}/2/text.{ending}")
        assert public.page is not None
        assert (public.page.text, public.page.mimetype) == ("村の窓口。\n", kind)
        assert f'filename="{fork}-v2.{ending}"' in public.page.headers["Content-Disposition"]
    public.opens(f"/library/{fork}/3/text.md", 404)


def test_what_two_organizations_measured_is_shared_with_the_country(country: Country) -> None:
    prompt, other = (
        a_prompt(country),
        a_prompt(country, "もう一つ", licence="MIT", permitted_data_class="公開情報だけ"),
    )
    country.say(HOSHIMORI, "asset.use", asset=prompt, minutes_saved_per_case=0.0)
    for minutes in (5.0, 3.0):
        country.say(TANTO, "asset.use", asset=prompt, minutes_saved_per_case=minutes)
    town = reader(country, HOSHIMORI)
    assert "全国共有" not in town.opens(f"/library/{prompt}")
    assert prompt not in town.opens("/library?effect=nationwide")
    assert "全国共有になったもの" not in town.opens("/municipalities/hoshimori")
    assert prompt in town.opens("/library?effect=measured")
    country.say(HOSHIMORI, "asset.use", asset=prompt, minutes_saved_per_case=9.0)
    text = town.opens(f"/library/{prompt}")
    notice = text.split("全国共有になった資料です")[1].split("</ul>")[0]
    assert "星守村" in notice
    assert "一件あたり 3 分短縮" in notice
    assert "中央値 6 分" in text
    assert "95% 区間" in text
    shared = town.opens("/library?effect=nationwide")
    assert prompt in shared
    assert other not in shared
    assert prompt in town.opens("/municipalities/hoshimori").split("全国共有になったもの")[1]
    public = reader(country).opens(f"/library/{prompt}")
    assert "全国共有になった資料です" in public
    assert "星守村" not in public
    for query in ("licence=MIT", "data_class=公開情報だけ"):
        found = town.opens(f"/library?{query}")
        assert other in found
        assert f"/library/{prompt}" not in found
    country.say(HOSHIMORI, "asset.use", asset=prompt, minutes_saved_per_case=0.0)
    assert prompt not in town.opens("/library?effect=nationwide"), "the latest measurement counts"


def test_a_retired_asset_says_why_and_what_came_after(small_country: Country) -> None:
    old, new = a_prompt(small_country), a_prompt(small_country, "新しい型")
    person = reader(small_country, KUMOI)
    person.opens(f"/library/{old}")
    person.says("asset.retire", 422, asset=old, because="古い。", successor=old)
    person.says("asset.retire", asset=old, because="根拠を示さない。", successor=new)
    text = reader(small_country, OUTSIDER).opens(f"/library/{old}")
    notice = text.split("公開を終えた資料です")[1].split("<h2>")[0]
    for part in ("2026年", "根拠を示さない。", "新しい型", f'href="/library/{new}"'):
        assert part in notice, part
