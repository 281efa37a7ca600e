"""Every page asks the database as often at 2,000 ideas as at 10: the pages are read from the URL map, for each role."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.route import guard_of
from tests.app.test_routes import addresses
from tests.app.web import Reader, an_app, statements
from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KANRI,
    KANSA,
    KESSAI,
    KETTEI,
    KUMOI_KESSAI,
    SHINSA1,
    TANTO,
    VENDOR,
    Country,
)
from tests.nation import a_nation_of_ideas
from tests.shelves import Shelf
from workflows.files.receiving import Files, receive
from workflows.files.stores import FolderStore
from workflows.insights.making import make_insights
from workflows.links import check_links

FEW, MANY = 10, 2_000
EVERYWHERE = (None, TANTO, VENDOR, JIMUKYOKU)
"""Who opens every page; the other roles open what is theirs."""
BESIDE: dict[str | None, tuple[str, ...]] = {
    TANTO: (
        "/ideas?stage=ideathon&q=窓口", "/ideas?sort=waiting", "/ideas/new?title=窓口の問合せ",
        "/ideas/similar?title=窓口の問合せ", "/ideas/R8-0002/edit", "/search?q=窓口",
        "/search?q=窓口&kind=idea&field=窓口&stage=ideathon&size=city", "/products?size=city&sort=new", "/products?compare=madoguchi-faq",
        "/evidence/R8-0001-E1/file", "/library/L-0003/1/file",
    ),
    KESSAI: ("/", "/ideas/R8-0001"),
    HOSHIMORI_KESSAI: ("/", "/municipalities/hoshimori"),
    SHINSA1: ("/", "/reviews?show=mine", "/actions", "/ideas/board", "/reviews/R8-0001-V1", "/reviews/R7-0010-V1"),
    JIMUKYOKU: ("/ideas?waits=agency", "/ideas?sort=number&waits=owner", "/reviews/R7-0010-V1", "/incidents/R8-0001-I1"),
    KETTEI: ("/", "/reviews", "/reviews/R7-0010-V1"),
    KUMOI_KESSAI: ("/",),
    KANRI: (
        "/", "/admin/organizations", "/admin/organizations/kazami", "/admin/policy", "/admin/policy/replay", "/me",
    ),
    KANSA: ("/", "/ledger", "/ledger/R8-0001", "/ledger?q=R7"),
}  # fmt: skip
ROLES = tuple(dict.fromkeys((*EVERYWHERE, *BESIDE)))
Counts = dict[tuple[str | None, str], int]


@pytest.fixture(scope="module")
def counted(sqlite_shelf: Shelf) -> Iterator[tuple[Counts, Counts]]:
    """The statements of each page for each reader, with few ideas and with many."""
    with sqlite_shelf.plot() as plot:
        country = Country(plot)
        _, product = country.a_flagged_product()
        country.a_draft("窓口の問合せを案内する")
        with TemporaryDirectory() as folder:
            files = Files(FolderStore(Path(folder)))
            file = receive(country.engine, files, TANTO, "a.csv", b"a,b\n", country.now)
        country.say(TANTO, "evidence.attach", idea="R8-0001", kind="file", title="調査の結果", file=file)
        said = {"kind": "link", "title": "公開した報告", "url": "https://a.example.jp/"}
        link = country.say(TANTO, "evidence.attach", idea="R8-0001", criterion="secure", **said)
        country.say(TANTO, "evidence.attach", idea="R8-0001", criterion="described", reuses=link.ref)
        assert check_links(country.engine, country.now, lambda *_: None) == 1
        asset = country.say(TANTO, "asset.publish", kind="manual", title="手引", file=file, licence="MIT")
        assert asset.ref == "L-0003"
        country.an_idea("窓口FAQ下書き支援の案内", HOSHIMORI, HOSHIMORI_KESSAI)
        country.an_event(product)  # by the name that stands for every slug in `addresses`
        known = {"occurred_at": country.now.isoformat(), "known_at": country.now.isoformat()}
        harm = {"people_affected": 1, "sensitive": False, "malicious": False}
        country.say(
            TANTO,
            "incident.file",
            product=product,
            title="誤案内",
            body_md="誤り。",
            org="kazami",
            **known,
            **harm,
        )
        a_nation_of_ideas(country, 1, FEW)
        make_insights(country.engine, country.now)
        few = asked(country)
        a_nation_of_ideas(country, FEW + 1, MANY - FEW)
        make_insights(country.engine, country.now)
        yield few, asked(country)


def asked(country: Country) -> Counts:
    """Of each page that answers its reader."""
    app = an_app(country)
    pages = [address for address, _ in addresses(app, "reads")]
    counts: Counts = {}
    for who in ROLES:
        reader = Reader(app, country, who)
        reader.client.get("/sign-in", base_url=reader.address)
        for path in (*(pages if who in EVERYWHERE else ()), *BESIDE.get(who, ())):
            with statements(country.engine) as said:
                answer = reader.client.get(path, base_url=reader.address)
            if answer.status_code in (200, 303):  # a file's page leads on to its link
                counts[who, path] = len(said)
    return counts


@pytest.mark.parametrize("who", ROLES)
def test_a_page_asks_as_often_for_many_ideas_as_for_few(
    counted: tuple[Counts, Counts], who: str | None
) -> None:
    few, many = ({path: n for (by, path), n in counts.items() if by == who} for counts in counted)
    assert few
    assert many == few
    assert max(few.values()) <= 40


def test_every_page_was_opened_by_somebody(counted: tuple[Counts, Counts], small_country: Country) -> None:
    app = an_app(small_country)
    opened = {app.url_map.bind("").match(path.partition("?")[0])[0] for _, path in counted[0]}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if guard_of(rule.endpoint).kind == "reads"}  # type: ignore[union-attr]
    assert pages - opened == set()
    assert {(who, path) for who, paths in BESIDE.items() for path in paths} <= counted[0].keys()
