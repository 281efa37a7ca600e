"""The anchors: published to everybody, paged by key, as a page and as JSON."""

from datetime import timedelta

from sqlmodel import Session

from tests.app.web import reader
from tests.country import KANSA, TANTO, Country
from workflows.runtime import anchors


def test_everybody_reads_the_anchors_page_by_page(small_country: Country) -> None:
    small_country.an_idea()
    assert "アンカーはまだありません" in reader(small_country).opens("/ledger/anchors")
    with Session(small_country.engine) as session:
        digests = [
            anchors.take_anchor(session, small_country.now + timedelta(days=day)).digest for day in range(32)
        ][::-1]
        session.commit()
    anyone = reader(small_country)
    text = anyone.opens("/ledger/anchors")
    for shown in ("2026年5月2日", digests[0], digests[29], f"<code>{digests[1][:12]}</code>"):
        assert shown in text
    assert digests[30] not in text
    found = anyone.client.get("/ledger/anchors.json", base_url=anyone.address).get_json()
    assert found["format"] == "kyoso-anchors-1"
    assert [a["digest"] for a in found["anchors"]] == digests[:30]
    assert found["anchors"][0].keys() == {
        "day",
        "taken_at",
        "chains",
        "entries",
        "root",
        "previous",
        "digest",
    }
    rest = anyone.client.get(found["next"], base_url=anyone.address).get_json()
    assert ([a["digest"] for a in rest["anchors"]], rest["next"]) == (digests[30:], None)
    asked = {"Accept": "application/json"}
    assert anyone.client.get("/ledger/anchors", headers=asked, base_url=anyone.address).get_json() == found
    anyone.opens("/ledger/anchors?after=x", 422)
    assert "/ledger/anchors" in reader(small_country, KANSA).opens("/ledger")
    assert "/ledger/anchors" in reader(small_country, TANTO).opens("/ledger/R8-0001")
