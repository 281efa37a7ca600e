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
    assert f'href="/library/{prompt}"' in text
    assert "/do/asset.revise" in person.forms()
    assert done.location in person.opens(f"/library/{prompt}").split("ここから作られた資料")[1]


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
