"""Two references in one command must belong together; a right to the one is none to the other."""

from pathlib import Path

from tests.country import HOSHIMORI, HOSHIMORI_KESSAI, KESSAI, TANTO, YES_CONTRACT, Country
from workflows.files.receiving import Files, receive
from workflows.files.stores import FolderStore
from workflows.registry import REGISTRY

REFERENCES = frozenset(
    {
        "action", "asset", "challenge_ref", "event", "evidence", "file", "full_name", "idea", "incident", "into", "kpi", "measurement",
        "other", "pilot", "product", "reply_to", "reuses", "review", "successor",
    }
)  # fmt: skip
"""Fields that name a thing with an owner or a parent. Organizations and people are nobody's parts."""
NAMED_TOGETHER = {
    "action.close": {"action", "evidence"},
    "asset.publish": {"idea", "file"},
    "asset.revise": {"asset", "file"},
    "asset.retire": {"asset", "successor"},
    "checklist.answer": {"idea", "evidence"},
    "comment.post": {"idea", "reply_to"},
    "evidence.attach": {"idea", "file", "reuses"},
    "idea.draft": {"event", "challenge_ref"},
    "idea.revise": {"idea", "event", "challenge_ref"},
    "idea.compare": {"idea", "other"},
    "idea.merge": {"idea", "into"},
    "idea.demand": {"idea", "product"},
    "incident.file": {"pilot", "product"},
    "repo.link": {"idea", "full_name"},
    "repo.unlink": {"idea", "full_name"},
}
"""Each of these is tried below. A new verb with two references is not in this table, and fails."""


def test_every_verb_with_two_references_is_tried_here() -> None:
    """OpenProject CVE-2026-40896: the right was checked on the parent that was named, not on the one that the child has."""
    found = {name: REFERENCES & set(verb.command.model_fields) for name, verb in REGISTRY.items()}
    assert {name: fields for name, fields in found.items() if len(fields) > 1} == NAMED_TOGETHER


def test_a_part_of_another_idea_is_no_part_of_this_one(small_country: Country) -> None:
    """OpenProject CVE-2026-40896, for every pair: evidence, a comment, a repository, a challenge of somebody else's."""
    c = small_country
    mine = c.an_idea_with_a_team()
    theirs = c.an_idea("水道検針の記録", HOSHIMORI, HOSHIMORI_KESSAI)
    note = {"kind": "note", "title": "試作", "body_md": "動いた。"}
    evidence = c.say(HOSHIMORI, "evidence.attach", idea=theirs, **note).ref
    comment = c.say(HOSHIMORI, "comment.post", idea=theirs, body_md="どうでしょう。").ref
    c.say(HOSHIMORI, "repo.link", idea=theirs, full_name="hoshimori/kenshin")
    c.an_event("haru")
    c.an_event("aki")
    posted = c.say(HOSHIMORI, "challenge.post", event="aki", title="題", body_md="困った。", field="窓口").ref
    answers = {"checklist": "contract-1", "answers": YES_CONTRACT}
    c.refused("unknown", TANTO, "checklist.answer", idea=mine, evidence=evidence, **answers)
    c.refused("unknown", TANTO, "evidence.attach", idea=mine, reuses=evidence, criterion="feasible")
    c.refused("unknown", TANTO, "comment.post", idea=mine, body_md="はい。", reply_to=comment)
    c.refused("unknown", TANTO, "repo.unlink", idea=mine, full_name="hoshimori/kenshin")
    texts = {"title": "題", "field": "庁内", "challenge": "困る。", "as_is": "今。", "to_be": "先。"}
    c.refused("invalid", TANTO, "idea.draft", event="haru", challenge_ref=posted, **texts)
    version = c.look("idea", mine)["version"]
    both = {"event": "haru", "challenge_ref": posted}
    c.refused("invalid", TANTO, "idea.revise", idea=mine, seen_version=version, **both)
    c.say(TANTO, "idea.revise", idea=mine, seen_version=version, event="haru")
    c.refused("invalid", TANTO, "idea.revise", idea=mine, seen_version=version + 1, challenge_ref=posted)


def test_a_draft_of_another_town_is_neither_compared_with_nor_merged_into(small_country: Country) -> None:
    """OpenProject CVE-2026-40896, where the second reference names what the speaker may not see at all."""
    c = small_country
    mine, theirs = c.an_idea(), c.a_draft("水道検針の記録", HOSHIMORI)
    c.refused("unknown", TANTO, "idea.compare", idea=mine, other=theirs, verdict="different", because="別。")
    c.refused("unknown", TANTO, "idea.merge", idea=mine, into=theirs)
    c.refused("unknown", KESSAI, "idea.merge", idea=theirs, into=mine)


def test_two_subjects_at_once_are_refused(small_country: Country) -> None:
    """OpenProject CVE-2026-40896: of two alternatives neither may be checked while the other is used."""
    c = small_country
    idea, pilot = c.a_running_pilot()
    c.refused("invalid", HOSHIMORI, "idea.demand", idea=idea, product="x", need="うちも。")
    now = c.now.isoformat()
    case = {
        "title": "誤り",
        "people_affected": 1,
        "sensitive": False,
        "malicious": False,
        "body_md": "誤り。",
    }
    c.refused(
        "invalid", TANTO, "incident.file", pilot=pilot, product="x", occurred_at=now, known_at=now, **case
    )


def test_a_condition_is_not_closed_with_the_evidence_of_another_idea(small_country: Country) -> None:
    """OpenProject CVE-2026-40896: an action of one review, evidence of somebody else's idea."""
    c = small_country
    idea, _ = c.an_idea_ready_for_g1()
    amber = {"rating": "amber", "finding": "小さい。", "action": "広げる。"}
    to_do = {"criterion": "feasible", "text": "広げる。", "owner": "kazami", "due_on": c.day(30)}
    review = c.a_review(idea, feasible=amber)
    c.decide(review, "conditional_go", actions=[to_do])
    theirs = c.an_idea("水道検針の記録", HOSHIMORI, HOSHIMORI_KESSAI)
    note = {"kind": "note", "title": "試作", "body_md": "動いた。"}
    evidence = c.say(HOSHIMORI, "evidence.attach", idea=theirs, **note).ref
    action = c.look("review", review)["actions"][0]["ref"]
    c.refused("unknown", TANTO, "action.close", action=action, note="終えた。", evidence=evidence)


def test_a_file_that_somebody_else_handed_in_is_not_attached(small_country: Country, tmp_path: Path) -> None:
    """OpenProject CVE-2026-40896, of files: whoever knows the reference of another's upload gets it attached nowhere."""
    c = small_country
    idea = c.an_idea_with_a_team()
    asset = {"kind": "manual", "title": "手引", "licence": "MIT"}
    published = c.say(TANTO, "asset.publish", idea=idea, body_md="手引。", **asset).ref
    theirs = receive(c.engine, Files(FolderStore(tmp_path)), HOSHIMORI, "a.csv", b"a,b\n", c.now)
    c.refused("invalid", TANTO, "evidence.attach", idea=idea, kind="file", title="資料", file=theirs)
    c.refused("invalid", TANTO, "asset.publish", idea=idea, file=theirs, **asset)
    c.refused("invalid", TANTO, "asset.revise", asset=published, file=theirs)
    ended = c.say(HOSHIMORI, "asset.publish", body_md="村の手引。", **asset).ref
    c.refused("not_permitted", TANTO, "asset.retire", asset=ended, successor=published)
    c.say(HOSHIMORI, "asset.retire", asset=ended, successor=published)
    c.refused("invalid", TANTO, "asset.retire", asset=published, successor=ended)
    c.refused("unknown", TANTO, "asset.retire", asset=published, successor="L-9999")
