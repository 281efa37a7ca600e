"""The library: versions, lineage, use, and whose it is."""

from typing import get_args

import pytest
from sqlmodel import Session, select

from tests.country import HOSHIMORI, JIMUKYOKU, KANRI, OUTSIDER, SHINSA1, TANTO, VENDOR, Country
from workflows.assets import AssetKind
from workflows.tables.assets import ASSET_KINDS, Asset, AssetUse, AssetVersion

PROMPT = {"kind": "prompt", "title": "回答下書きのプロンプト", "body_md": "# 手順", "licence": "CC-BY-4.0"}


def versions(country: Country, ref: str) -> list[AssetVersion]:
    with Session(country.engine) as session:
        rows = select(AssetVersion).join(Asset).where(Asset.ref == ref).order_by(AssetVersion.number)
        return list(session.exec(rows))


def test_the_kinds_are_those_of_the_table() -> None:
    assert set(get_args(AssetKind)) == set(ASSET_KINDS)


def test_a_revision_is_a_new_version_and_keeps_the_old_one(country: Country) -> None:
    first = country.say(TANTO, "asset.publish", **PROMPT, model="any")
    assert (first.kind, first.ref, first.version) == ("asset", "L-0001", 1)
    assert country.say(TANTO, "asset.revise", asset="L-0001", title="新しい題", model=None).version == 2
    old, new = versions(country, "L-0001")
    assert (old.title, old.model, new.title, new.model) == (PROMPT["title"], "any", "新しい題", None)
    assert (new.body_md, new.licence, new.body_html) == ("# 手順", "CC-BY-4.0", old.body_html)
    country.refused("invalid", TANTO, "asset.revise", asset="L-0001")
    country.refused("invalid", TANTO, "asset.revise", asset="L-0001", body_md="")
    country.refused("not_permitted", HOSHIMORI, "asset.revise", asset="L-0001", title="x")
    country.refused("unknown", TANTO, "asset.revise", asset="L-9999", title="x")
    # The agency's coordinator keeps the library for all.
    assert country.say(JIMUKYOKU, "asset.revise", asset="L-0001", title="整えた題").version == 3


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("body_md", {"body_md": None}),
        ("licence", {"licence": "自由"}),
        ("licence", {"licence": "MIT OR"}),
        ("licence", {"licence": "gpl"}),
        ("licence", {"licence": "Classpath-exception-2.0"}),
        ("licence", {"licence": ""}),
        ("url", {"url": "javascript:alert(1)"}),
        ("kind", {"kind": "song"}),
        ("file", {"file": "x.pdf"}),
    ],
)
def test_an_asset_that_makes_no_sense_is_not_published(
    small_country: Country, field: str, change: dict[str, str | None]
) -> None:
    assert field in small_country.refused("invalid", TANTO, "asset.publish", **PROMPT | change).errors


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("mit", "MIT"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("LicenseRef-PDL-1.0", "LicenseRef-PDL-1.0"),
    ],
)
def test_a_licence_is_kept_as_spdx_writes_it(small_country: Country, written: str, stored: str) -> None:
    ref = small_country.say(TANTO, "asset.publish", **PROMPT | {"licence": written}).ref
    assert versions(small_country, ref)[0].licence == stored


def test_an_asset_of_an_idea_needs_its_team(country: Country) -> None:
    idea = country.an_idea_with_a_team()
    country.refused("not_permitted", OUTSIDER, "asset.publish", **PROMPT, idea=idea)
    country.refused("wrong_status", TANTO, "asset.publish", **PROMPT, idea=country.a_draft("下書き"))
    country.refused("not_permitted", SHINSA1, "asset.publish", **PROMPT, idea=idea)
    ref = country.say(VENDOR, "asset.publish", **PROMPT, idea=idea).ref
    country.say(VENDOR, "asset.use", asset=ref, effect_note="速くなった。", minutes_saved_per_case=2.5)
    # An outsider may read what is published, but the matrix lets vendors use and fork as partners only.
    country.refused("not_permitted", OUTSIDER, "asset.use", asset=ref)
    country.refused("not_permitted", OUTSIDER, "asset.fork", asset=ref)
    with country.engine.connect() as connection:
        actions = connection.exec_driver_sql(
            f"SELECT action FROM ledger_entry WHERE chain = '{idea}'"
        ).scalars()
        assert "asset.published" in list(actions)


def test_a_fork_is_its_makers_own_and_remembers_where_it_came_from(country: Country) -> None:
    idea = country.an_idea()
    source = country.say(TANTO, "asset.publish", **PROMPT, idea=idea).ref
    country.say(TANTO, "asset.revise", asset=source, title="二版")
    fork = country.say(HOSHIMORI, "asset.fork", asset=source)
    assert (fork.ref, fork.version) == ("L-0002", 1)
    assert versions(country, "L-0002")[0].title == "二版"
    with Session(country.engine) as session:
        row = session.exec(select(Asset).where(Asset.ref == "L-0002")).one()
        assert row.forked_from_id == session.exec(select(Asset.id).where(Asset.ref == source)).one()
        assert row.idea_id is None, "a fork is no asset of the idea"
    country.say(HOSHIMORI, "asset.revise", asset="L-0002", title="村の版")
    country.refused("not_permitted", TANTO, "asset.revise", asset="L-0002", title="x")


def test_using_again_adds_a_record(country: Country) -> None:
    ref = country.say(JIMUKYOKU, "asset.publish", **PROMPT).ref
    for minutes in (3.0, None):
        country.say(SHINSA1, "asset.use", asset=ref, minutes_saved_per_case=minutes)
    country.refused("invalid", SHINSA1, "asset.use", asset=ref, minutes_saved_per_case=-1.0)
    country.refused("not_permitted", KANRI, "asset.use", asset=ref)
    with Session(country.engine) as session:
        assert [u.minutes_saved_per_case for u in session.exec(select(AssetUse).order_by(AssetUse.id))] == [
            3.0,
            None,
        ]


def test_what_is_retired_rests(country: Country) -> None:
    ref = country.say(TANTO, "asset.publish", **PROMPT).ref
    country.refused("not_permitted", VENDOR, "asset.retire", asset=ref)
    country.say(TANTO, "asset.retire", asset=ref)
    for verb in ("asset.retire", "asset.use", "asset.fork"):
        country.refused("wrong_status", TANTO, verb, asset=ref)
    country.refused("wrong_status", TANTO, "asset.revise", asset=ref, title="x")
    assert len(versions(country, ref)) == 1


def test_who_speaks_for_two_says_which(country: Country) -> None:
    country.say(KANRI, "user.invite", email=TANTO, name="兼務", org="kumoi", roles=["submitter"])
    assert "org" in country.refused("invalid", TANTO, "asset.publish", **PROMPT).errors
    ref = country.say(TANTO, "asset.publish", **PROMPT, org="kumoi").ref
    country.say(TANTO, "asset.fork", asset=ref, org="kazami")
    country.refused("not_permitted", TANTO, "asset.use", asset=ref, org="hoshimori")
