"""Past reviews asked again: under the present policy, or under a draft of it in a folder that the operator names.

A draft never enters this process. Its files are laid over a copy of the present policy, and another Python, which sees only
that copy and the standard library, asks the questions.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

import stages
from workflows import replaying
from workflows.replaying import Outcome, Past
from workflows.runtime.refusal import Refused
from workflows.tables.ideas import Idea
from workflows.tables.reviews import ActionItem, GateDecision, RatingSheet, Review

AT_ONCE = 200
"""So many reviews are read and asked at a time."""
PAST = ("decided", "returned")
START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"


class NoDraft(Refused):
    """The folder is no draft of the policy, or one that does not fit together."""

    def __init__(self, why: str) -> None:
        super().__init__("invalid", why)


def past_reviews(
    session: Session, *, under: int | None = None, limit: int = AT_ONCE
) -> list[tuple[int, Past]]:
    """Reviews that are over, the latest first, those of an id under `under`; with their ids. Three statements."""
    columns: list[Any] = [Review, Idea.number, GateDecision]
    found = (
        select(*columns)
        .join(Idea, col(Idea.id) == Review.idea_id)
        .outerjoin(GateDecision, col(GateDecision.review_id) == Review.id)
        .where(col(Review.status).in_(PAST))
        .order_by(col(Review.id).desc())
        .limit(limit)
    )
    if under is not None:
        found = found.where(col(Review.id) < under)
    rows = session.exec(found).all()
    ids = [review.id for review, _, _ in rows]
    sheets: dict[int, dict[str, Any]] = defaultdict(dict)
    of_reviews = select(RatingSheet).where(
        col(RatingSheet.review_id).in_(ids), col(RatingSheet.replaced_at).is_(None)
    )
    for sheet in session.exec(of_reviews.order_by(col(RatingSheet.id))):
        kept = {
            key: {"rating": r["rating"], "proposed": bool(r.get("proposed"))}
            for key, r in sheet.ratings.items()
        }
        sheets[sheet.review_id][str(sheet.id)] = kept
    conditions: dict[int, list[str]] = defaultdict(list)
    set_for = select(ActionItem.review_id, ActionItem.criterion).where(col(ActionItem.review_id).in_(ids))
    for review_id, criterion in session.exec(set_for.order_by(col(ActionItem.id))):
        conditions[review_id].append(criterion)
    return [
        (review.id, _past(review, number, decision, sheets[review.id], conditions[review.id]))
        for review, number, decision in rows
    ]


def _past(
    review: Review,
    number: str,
    decision: GateDecision | None,
    sheets: dict[str, Any],
    conditions: Sequence[str],
) -> Past:
    return Past(
        review=review.ref,
        idea=number,
        gate=review.gate,
        policy_version=review.policy_version,
        decision=decision.decision if decision else None,
        dossier=review.dossier,
        questions=review.questions,
        sheets=sheets,
        resolutions={k: r["rating"] for k, r in decision.resolutions.items()} if decision else {},
        actions_for=list(conditions),
    )


def every_past_review(session: Session) -> Iterator[Past]:
    """All of them, the latest first, some at a time: their frozen facts are many."""
    under: int | None = None
    while found := past_reviews(session, under=under):
        yield from (past for _, past in found)
        under = found[-1][0]


def under_the_present(session: Session) -> Iterator[Outcome]:
    return map(replaying.replayed, every_past_review(session))


def under_a_draft(
    session: Session, draft: Path, added: Mapping[str, str]
) -> tuple[dict[str, str], list[Outcome]]:
    """The draft's version and fingerprint, and every outcome. `added`: the agency's own checklists, by file name.

    Raises NoDraft for a folder that is no draft or does not fit together.
    """
    with tempfile.TemporaryDirectory() as folder:
        laid = Path(folder)
        lay_over(laid / "stages", draft, added)
        asked = laid / "past.jsonl"
        with asked.open("w", encoding="utf-8") as file:
            for past in every_past_review(session):
                file.write(json.dumps(past, ensure_ascii=False) + "\n")
        # -I: neither the environment nor the working folder adds anything; -B: nothing is written beside the draft.
        command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", START, str(laid), replaying.__file__]
        with asked.open(encoding="utf-8") as file:
            done = subprocess.run(
                command, stdin=file, capture_output=True, text=True, encoding="utf-8", check=False
            )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise NoDraft(f"下書きの基準を読み込めませんでした。直してからもう一度試してください。\n{last}")
    first, *rest = map(json.loads, done.stdout.splitlines())
    return first, rest


def lay_over(target: Path, draft: Path, added: Mapping[str, str]) -> None:
    """A copy of the present policy with the draft's files over it: `*.py` and `versions.txt` of the folder, `checklists/*.toml`.

    Raises NoDraft for a folder without any of them, and for a link, which would lead out of what was named.
    """
    present = Path(stages.__file__).parent
    shutil.copytree(present, target, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in added.items():
        (target / "checklists" / name).write_text(text, "utf-8")
    if not draft.is_dir():
        raise NoDraft(f"{draft} というフォルダーはありません。基準の下書きのフォルダーを指定してください。")
    found = [*draft.glob("*.py"), *draft.glob("versions.txt"), *draft.glob("checklists/*.toml")]
    if not found:
        raise NoDraft(
            f"{draft} に基準のファイルがありません。段階のファイル（pilot.py など）か checklists/*.toml を置いてください。"
        )
    for file in found:
        if file.is_symlink() or file.parent.is_symlink() or not file.is_file():
            raise NoDraft(f"{file} はリンクかファイルでないものです。ファイルそのものを置いてください。")
        shutil.copyfile(file, target / file.relative_to(draft))
