"""What nonsense cannot be stored, whoever writes it: plain SQL against both databases, one list."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session as Rows
from sqlmodel import func, select

from tests.country import (
    HOSHIMORI,
    HOSHIMORI_KESSAI,
    JIMUKYOKU,
    KESSAI,
    TANTO,
    VENDOR,
    Country,
)
from tests.shelves import Plot
from workflows.runtime.clock import run_due
from workflows.tables.columns import SQLModel
from workflows.tables.files import LinkCheck, Upload
from workflows.tables.keys import Passkey, PasswordReset, RecoveryCode
from workflows.tables.machinery import Message
from workflows.tables.people import Invitation, Organization, OutsideIdentity, SignIn, User
from workflows.tables.repositories import ForgeState, Repository

TABLES = SQLModel.metadata.tables


def change(table: str, values: str, where: str = "") -> str:
    """An UPDATE of one row: the first that meets the condition."""
    return f"UPDATE {table} SET {values} WHERE id = (SELECT min(id) FROM {table} WHERE {where or '1 = 1'})"


def again(table: str, where: str = "", **values: str) -> str:
    """An INSERT of a second row like the first that meets the condition, but for the values (SQL) given."""
    columns = [f'"{c.name}"' for c in TABLES[table].columns if not (c.name == "id" and c.autoincrement)]
    chosen = [values.get(c.strip('"'), c) for c in columns]
    first = f"id = (SELECT min(id) FROM {table} WHERE {where or '1 = 1'})"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM {table} WHERE {first}"


NONSENSE = {
    "a decision without decider": change("gate_decision", "decided_by_id = NULL"),
    "a decision by nobody known": change("gate_decision", "decided_by_id = 99999"),
    "a decision without a word": change("gate_decision", "rationale = ''"),
    "a decision of a sixth kind": change("gate_decision", "decision = 'maybe'"),
    "a second decision of one review": again("gate_decision"),
    "a hold without a date": change("gate_decision", "hold_until = NULL", "decision = 'hold'"),
    "a go with a date to look again": change("gate_decision", "hold_until = '2026-05-01'", "decision = 'go'"),
    "an idea on hold without a date": change("idea", "hold_until = NULL", "status = 'on_hold'"),
    "an active idea with a hold date": change("idea", "hold_until = '2026-05-01'", "status = 'active'"),
    "a submitted idea without a time": change("idea", "submitted_at = NULL", "status = 'active'"),
    "a draft past the start": change("idea", "stage = 'pilot'", "status = 'draft'"),
    "a merged idea without where to": change("idea", "merged_into_id = NULL", "status = 'merged'"),
    "an idea that is its own parent": change("idea", "derived_from_id = id"),
    "an idea in no known stage": change("idea", "stage = 'somewhere'"),
    "an idea in no known status": change("idea", "status = 'lost'", "status = 'active'"),
    "an idea of nobody": change("idea", "owner_id = NULL"),
    "an idea without a number": change("idea", "number = NULL"),
    "two ideas with one number": again("idea"),
    "work of negative size": change("idea", "cases_per_year = -1"),
    "a case of negative minutes": change("idea", "minutes_each = -0.5"),
    "the same visit twice": again("visit"),
    "a zeroth visit": change("visit", "number = 0"),
    "a partner twice in one team": again("team_member"),
    "two current demands of one town": again("demand", ref="'R8-0001-D99'"),
    "a second proposal of one merge": again("merge_proposal"),
    "two answers to one look-alike": again("comparison"),
    "evidence that is a link to nowhere": change("evidence", "kind = 'link', url = NULL"),
    "a note that says nothing": change("evidence", "body_md = ''", "kind = 'note'"),
    "evidence withdrawn without a reason": change("evidence", "withdrawn_at = attached_at"),
    "a pilot that ends before it starts": change("pilot", "ends_on = '2000-01-01'"),
    "a pilot of negative cost": change("pilot", "cost_yen = -1"),
    "a running pilot that never started": change("pilot", "started_at = NULL", "status = 'running'"),
    "a finished pilot without an end": change("pilot", "finished_at = NULL", "status = 'finished'"),
    "a pilot started before its targets were frozen": change(
        "pilot", "frozen_at = NULL, frozen_by_id = NULL", "started_at IS NOT NULL"
    ),
    "a freeze by nobody": change("pilot", "frozen_by_id = NULL", "frozen_at IS NOT NULL"),
    "two pilots at a time": again("pilot", "status = 'running'", ref="'R8-0001-P99'"),
    "progress of 101 percent": change("pilot_update", "progress = 101"),
    "health of a fourth colour": change("pilot_update", "health = 'blue'"),
    "a KPI without a sample": change("kpi", "min_n = 0"),
    "a KPI that looks sideways": change("kpi", "direction = 'left'"),
    "one key for two KPIs": again("kpi", ref="'R8-0001-P1-again'"),
    "a KPI abandoned without a reason": change("kpi", "abandoned_at = defined_at"),
    "more successes than n": change("measurement", "successes = n + 1", "successes IS NOT NULL"),
    "fewer than no successes": change("measurement", "successes = -1", "successes IS NOT NULL"),
    "a measurement of nothing": change("measurement", "n = 0", "successes IS NULL"),
    "a mean without a spread": change("measurement", "sd = NULL", "mean IS NOT NULL"),
    "a negative spread": change("measurement", "sd = -1.0", "mean IS NOT NULL"),
    "a mean and successes at once": change("measurement", "successes = 1", "mean IS NOT NULL"),
    "neither mean nor successes": change("measurement", "mean = NULL, sd = NULL", "mean IS NOT NULL"),
    "a period that runs backwards": change("measurement", "period_to = '2000-01-01'"),
    "a measurement voided without a reason": change("measurement", "voided_at = recorded_at"),
    "a measurement by nobody": change("measurement", "measured_by_id = NULL"),
    "a second open review": again("review", "status = 'open'", ref="'R8-0001-V99'"),
    "an open review that is closed": change("review", "closed_at = requested_at", "status = 'open'"),
    "a decided review that never closed": change("review", "closed_at = NULL", "status = 'decided'"),
    "a review returned without a reason": change(
        "review", "status = 'returned', closed_at = requested_at", "status = 'open'"
    ),
    "a review at a fifth gate": change("review", "gate = 'G5'"),
    "a reviewer twice on one review": again("assignment", "recused_at IS NULL"),
    "a recusal without a reason": change("assignment", "recused_at = assigned_at"),
    "two live sheets of one reviewer": again("rating_sheet", "replaced_at IS NULL"),
    "a condition closed by nobody": change(
        "action_item", "status = 'closed', closed_at = '2026-04-01 00:00:00'", "status = 'open'"
    ),
    "a condition verified that was never closed": change(
        "action_item", "status = 'verified'", "status = 'open'"
    ),
    "a condition of nobody": change("action_item", "owner_id = NULL"),
    "a condition without a date": change("action_item", "due_on = NULL"),
    "two challenges of one decision": again("decision_challenge", ref="'R8-0001-O99'"),
    "an answer without an answerer": change("decision_challenge", "answer = 'はい'"),
    "a risk decided by nobody": change("risk_assessment", "decided_by_id = NULL", "level IS NOT NULL"),
    "a risk of a third level": change("risk_assessment", "level = 'medium'", "level IS NOT NULL"),
    "a ground no law knows": change("data_profile", "legal_basis = 'because'"),
    "two sheets of one checklist": again("checklist_answers"),
    "an incident about nothing": change("incident", "pilot_id = NULL, product_id = NULL"),
    "an incident known before it happened": change("incident", "known_at = '2000-01-01 00:00:00'"),
    "an incident with a negative toll": change("incident", "people_affected = -1"),
    "an incident closed without its lesson": change("incident", "closed_at = filed_at"),
    "a report of a third kind": change("incident_report", "kind = 'rumour'"),
    "a second product of one idea": again("product", slug="'another'"),
    "two products of one name": again("product", idea_id="(SELECT max(id) FROM idea)"),
    "a flag that never rose": change("product", "flagged_at = NULL"),
    "a suspension without a cause": change("product", "suspended_because = NULL", "flag = 'suspended'"),
    "one version released twice": again("release"),
    "a town twice among the targets": again("rollout_target"),
    "a second live adoption": again("adoption", "replaced_at IS NULL"),
    "an adoption in other words": change("adoption", "status = 'loved'"),
    "an adoption stated by nobody": change("adoption", "stated_by_id = NULL"),
    "an asset without content": change("asset_version", "body_md = '', url = NULL"),
    "one version of an asset twice": again("asset_version"),
    "an asset retired by nobody": change("asset", "retired_at = published_at"),
    "an asset that goes on with a reason to end": change("asset", "retired_because = '古い。'"),
    "an asset to be used instead of itself": change(
        "asset",
        "retired_at = published_at, retired_by_id = (SELECT min(id) FROM person), succeeded_by_id = id",
    ),
    "a run of a case before the first": change("asset_run", "case_number = 0"),
    "minutes saved below zero": change("asset_use", "minutes_saved_per_case = -1"),
    "an event that ends before it starts": change("event", "ends_at = '2000-01-01 00:00:00'"),
    "a repository linked twice": again("repository_link", "unlinked_at IS NULL"),
    "one repository under two spellings": change("repository", "key = upper(key)"),
    "a snapshot from nowhere": change("snapshot", "source = 'hearsay'"),
    "an organization of a fifth kind": change("organization", "kind = 'club'"),
    "a town without a size": change("organization", "size_class = NULL", "kind = 'municipality'"),
    "a code of five characters": change("organization", "lgcode = '99201'", "slug = 'kazami'"),
    "two organizations with one code": again("organization", "slug = 'kazami'", slug="'kazami2'"),
    "a town of fewer than nobody": change("organization", "population = -1"),
    "two people with one address": again("person"),
    "one address in two cases": change("person", "email = upper(email)"),
    "a person twice in one organization": again("membership", "ended_at IS NULL"),
    "a membership that ends before it starts": change("membership", "ended_at = '2000-01-01 00:00:00'"),
    "two entries at one place of a chain": again("ledger_entry", hash="'x'"),
    "one hash twice": again("ledger_entry", chain="'R8-9999'"),
    "a zeroth entry": change("ledger_entry", "seq = 0", "seq = 1"),
    "a first entry with a previous one": change("ledger_entry", "previous = 'x'", "seq = 1"),
    "a later entry without one": change("ledger_entry", "previous = ''", "seq = 2"),
    "two organizations of one slug": again("organization", "kind = 'vendor'"),
    "one repository twice": again("repository"),
    "one snapshot twice": again("snapshot"),
    "one challenge twice": again("challenge"),
    "one event twice": again("event"),
    "one comment twice": again("comment"),
    "one piece of evidence twice": again("evidence"),
    "one link looked at twice over": again("link_check"),
    "one file handed in twice": again("upload", ref="'another'"),
    "one reference of two files": again("upload", name="'another'"),
    "one reference of two demands": again("demand", org_id="(SELECT max(id) FROM organization)"),
    "one reference of two pilots": again("pilot", "status = 'finished'"),
    "one reference of two reports": again("pilot_update"),
    "one reference of two KPIs": again("kpi", key="'another'"),
    "one reference of two measurements": again("measurement"),
    "one reference of two reviews": again("review", "status = 'decided'"),
    "one reference of two conditions": again("action_item"),
    "one reference of two answers to decisions": again(
        "decision_challenge",
        review_id="(SELECT max(id) FROM review WHERE id NOT IN (SELECT review_id FROM decision_challenge))",
    ),
    "two challenges of one decision under two references": again("decision_challenge", ref="'R8-0001-O98'"),
    "one reference of two incidents": again("incident"),
    "one reference of two assets": again("asset"),
    "one reference of two waves": again("wave"),
    "one session twice": again("sign_in"),
    "one passkey of two people": again("passkey", user_id="(SELECT max(id) FROM person)"),
    "one recovery code twice": again("recovery_code"),
    "one link to set a password anew twice": again("password_reset"),
    "two open invitations of one person": again("invitation"),
    "one outside identity of two people": again("outside_identity", user_id="(SELECT max(id) FROM person)"),
    "two outside identities of one person": again("outside_identity", subject="'another'"),
    "one flag standing twice": again("flag_raised", "cleared_at IS NULL"),
    "one slot run twice": again("job_run"),
    "one number of GitHub's for two repositories": """INSERT INTO forge_state (repository_id, forge_id, failures, outcome_because)
        SELECT max(id), (SELECT forge_id FROM forge_state), 0, '' FROM repository""",
    "two surveys of one name": again("survey"),
    "two answers of one town to one survey": again(
        "adoption", "survey_id IS NOT NULL", replaced_at="confirmed_at"
    ),
    "one row found twice over": again("search_text"),
    "fewer than no attempts": change("message", "attempts = -1"),
    "an idea deleted under its pilot": "DELETE FROM idea WHERE id = (SELECT min(idea_id) FROM pilot)",
    "a person deleted who decided": "DELETE FROM person WHERE id = (SELECT min(decided_by_id) FROM gate_decision)",
}
"""What it would mean, and the SQL that would store it."""


@pytest.fixture(scope="module")
def lived_in(shared_plot: Plot) -> sa.Engine:
    """A database with a row of every kind, shared: nothing here can be stored."""
    country = Country(shared_plot)
    live_in(country)
    return country.engine


def live_in(c: Country) -> None:
    """Plays what leaves a row of every kind."""
    # One idea to the end; then others, each with a title of its own, to where a rule is about them.
    _, product = c.a_flagged_product()
    run_due(c.engine, c.now)
    c.say(HOSHIMORI, "adoption.report", product=product, status="adopted", since=c.day(-1))
    c.say(HOSHIMORI, "idea.demand", product=product, need="うちも。")
    answers = [{"lgcode": "993026", "product": product, "status": "no_plan"}]
    c.say("system", "adoption.import", survey="調査", answered_on=c.day(-1), rows=answers)
    now = c.now.isoformat()
    case = {
        "title": "誤案内",
        "people_affected": 1,
        "sensitive": False,
        "malicious": False,
        "body_md": "誤り。",
    }
    incident = c.say(TANTO, "incident.file", product=product, occurred_at=now, known_at=now, **case).ref
    c.say(TANTO, "incident.report", incident=incident, kind="final", filed_at=now, body_md="対策。")
    asset = c.say(
        TANTO,
        "asset.publish",
        kind="prompt",
        title="文",
        body_md="文",
        licence="MIT",
        test_cases=[{"input": "問い", "cites": True}],
    ).ref
    c.say(HOSHIMORI, "asset.record_run", asset=asset, case=1, model="某", output="根拠: 第3条")
    c.say(HOSHIMORI, "asset.use", asset=asset, minutes_saved_per_case=2.0)
    when = {"starts_at": now, "ends_at": now, "submissions_close_at": now}
    c.say(
        JIMUKYOKU, "event.open", slug="haru", name="春", kind="ideathon", theme="窓口", host="kazami", **when
    )
    c.say(KESSAI, "challenge.post", event="haru", title="待ち時間", body_md="長い。", field="窓口")
    c.say(JIMUKYOKU, "wave.open", product=product, name="町村", where={"kind": "town"}, starts_on=c.day(7))
    c.a_draft("議事録要約")
    running = c.an_idea_with_a_team("水道検針")
    pilot = c.plan_a_pilot(running, starts_in=0)
    c.freeze_the_targets(pilot)
    killed, held = c.an_idea("道路補修"), c.an_idea("図書貸出")
    stopped = c.a_review(killed)
    c.decide(stopped, "kill")
    c.say(KESSAI, "review.challenge", review=stopped, because="数字を。")
    c.decide(c.a_review(held), "hold", hold_until=c.day(9))
    c.a_review(c.an_idea("税務照会"))
    merged, theirs = c.an_idea("保育申請"), c.an_idea("防災放送", HOSHIMORI, HOSHIMORI_KESSAI)
    c.say(TANTO, "evidence.attach", idea=merged, kind="note", title="試作", body_md="動いた。")
    c.say(TANTO, "comment.post", idea=merged, body_md="試した。")
    c.say(TANTO, "idea.compare", idea=merged, other=theirs, verdict="merge", because="同じ。")
    c.say(TANTO, "idea.merge", idea=merged, into=theirs)
    c.say(HOSHIMORI, "idea.merge", idea=merged, into=theirs)
    conditional, _ = c.an_idea_ready_for_g1("観光案内")
    amber = {"rating": "amber", "finding": "小さい。", "action": "広げる。"}
    wish = {"criterion": "feasible", "text": "広げる。", "owner": "kazami", "due_on": c.day(3)}
    c.decide(c.a_review(conditional, feasible=amber), "conditional_go", actions=[wish])
    hand_out_keys(c)
    c.pass_days(20)
    started = c.look("idea", conditional)["pilots"][0]
    c.say(TANTO, "pilot.start", pilot=started)
    c.say(VENDOR, "pilot.report", pilot=started, health="red", progress=10, summary="遅い。")
    run_due(c.engine, c.now)


def hand_out_keys(c: Country) -> None:
    """What no verb writes: a session, the keys of a person, a file, a link and a repository looked at."""
    later = c.now + timedelta(days=7)
    with Rows(c.engine) as rows:
        person, org = (rows.exec(select(func.min(table.id))).one() for table in (User, Organization))
        rows.add(
            SignIn(
                digest="s", user_id=person, csrf="c", started_at=c.now, last_seen_at=c.now, expires_at=later
            )
        )
        rows.add(
            Passkey(
                user_id=person,
                name="鍵",
                credential="k",
                public_key="p",
                sign_count=0,
                transports=[],
                added_at=c.now,
            )
        )
        rows.add(RecoveryCode(user_id=person, digest="r"))
        rows.add(PasswordReset(user_id=person, digest="w", asked_at=c.now, expires_at=later))
        rows.add(Invitation(user_id=person, org_id=org, sent_at=c.now, expires_at=later))
        rows.add(OutsideIdentity(issuer="https://id.example.jp", subject="1", user_id=person, bound_at=c.now))
        rows.add(
            Upload(
                ref="F1",
                sha256="0" * 64,
                size=1,
                kind="text",
                name="表.csv",
                taken_off=[],
                scanned=False,
                uploaded_by_id=person,
                uploaded_at=c.now,
            )
        )
        rows.add(ForgeState(repository_id=rows.exec(select(func.min(Repository.id))).one(), forge_id=1))
        rows.add(Repository(key="kazemirai/another", full_name="kazemirai/another"))
        rows.add(LinkCheck(url="https://example.jp/", reachable=True, since=c.now, checked_at=c.now))
        rows.commit()


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_it_cannot_be_stored(lived_in: sa.Engine, nonsense: str) -> None:
    with lived_in.connect() as connection, connection.begin() as transaction:
        with pytest.raises(IntegrityError):
            done = connection.execute(sa.text(NONSENSE[nonsense]))
            raise AssertionError(f"stored ({done.rowcount} rows): {NONSENSE[nonsense]}")
        transaction.rollback()


def test_every_table_that_verbs_fill_holds_a_row_to_spoil(lived_in: sa.Engine) -> None:
    """An UPDATE of no row breaks no rule: each statement above must have a row to act on."""
    spoiled = {name for name in TABLES for sql in NONSENSE.values() if f" {name} " in f"{sql} "}
    with lived_in.connect() as connection:
        empty = {
            t for t in spoiled if not connection.execute(sa.text(f"SELECT count(*) FROM {t}")).scalar_one()
        }
    assert empty == set()


def test_a_time_without_a_zone_is_refused_by_every_time_column(lived_in: sa.Engine) -> None:
    naive = datetime(2026, 4, 1, 9)  # noqa: DTZ001 — that is the point
    for table in TABLES.values():
        for column in table.columns:
            if type(column.type).__name__ == "UtcDateTime":
                with lived_in.connect() as connection, pytest.raises(StatementError, match="without a zone"):
                    connection.execute(sa.update(table).values({column.name: naive}))


def test_what_is_stored_comes_back_with_its_zone(lived_in: sa.Engine) -> None:
    with lived_in.connect() as connection:
        found = connection.execute(sa.select(Message.created_at).limit(1)).scalar_one()
    assert found.utcoffset() is not None
