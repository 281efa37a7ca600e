"""How alike reviewers judge, and how much each has to do.

Agreement: the share of criteria to which two reviewers of one review gave the same colour; and Cohen's kappa with linear weights
(Cohen, Psychological Bulletin 70 (1968) 213-220), which leaves out what chance alone would give. Who comes first of two reviewers
means nothing, so each pair counts both ways round (Scott, Public Opinion Quarterly 19 (1955) 321-325: one distribution of colours
for both). A colour that both merely took over from the automatic proposal is no judgement of theirs, and is not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from statistics import median
from typing import Any

from sqlmodel import Session, col, func, select

from stages.kernel import MAX_OPEN_REVIEWS, Rating
from workflows.calendar import tokyo_day
from workflows.insights.lives import Asked
from workflows.tables.reviews import Assignment, RatingSheet, Review

COLOURS = tuple(r.value for r in Rating)
Pair = tuple[str, str]


def weighted_kappa(pairs: Iterable[Pair]) -> float | None:
    """1: always the same colour; 0: no more alike than by chance. None where chance alone would agree always, or of no pairs."""
    both = Counter(pair for one, other in pairs for pair in ((one, other), (other, one)))
    count = sum(both.values())
    if not count:
        return None
    share = [sum(n for (one, _), n in both.items() if one == colour) / count for colour in COLOURS]
    apart = (
        sum(n * abs(COLOURS.index(one) - COLOURS.index(other)) for (one, other), n in both.items()) / count
    )
    by_chance = sum(a * b * abs(i - j) for i, a in enumerate(share) for j, b in enumerate(share))
    return 1 - apart / by_chance if by_chance else None


def agreement(session: Session, reviews: Mapping[int, Asked]) -> dict[str, Any]:
    """By gate and for "all": criteria that two people judged, on how many they agreed, and kappa; and the criteria on which
    they differed most. One statement; the sheets go by and are not kept."""
    sheets: Any = select(RatingSheet.review_id, RatingSheet.reviewer_id, RatingSheet.ratings).where(
        col(RatingSheet.replaced_at).is_(None)
    )
    of_review: dict[int, dict[int, dict[str, tuple[str, bool]]]] = defaultdict(dict)
    for review_id, reviewer, ratings in session.exec(sheets.execution_options(yield_per=1_000)):
        if review_id in reviews:
            of_review[review_id][reviewer] = {
                key: (r["rating"], bool(r.get("proposed"))) for key, r in ratings.items()
            }
    pairs: dict[str, Counter[Pair]] = defaultdict(Counter)
    apart: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for review_id, by in of_review.items():
        gate = reviews[review_id].gate
        for one, other in combinations(sorted(by), 2):
            for key in by[one].keys() & by[other].keys():
                (a, taken), (b, taken_too) = by[one][key], by[other][key]
                if taken and taken_too:
                    continue
                for name in ("all", gate):
                    pairs[name][a, b] += 1
                apart[gate, key][0] += 1
                apart[gate, key][1] += a != b
    differ: list[list[Any]] = [[gate, key, n, d] for (gate, key), (n, d) in apart.items() if d]
    differ.sort(key=lambda row: (-row[3] / row[2], -row[3], row[0], row[1]))
    gates = {
        name: {
            "n": of.total(),
            "same": sum(n for (a, b), n in of.items() if a == b),
            "kappa": weighted_kappa(of.elements()),
        }
        for name, of in sorted(pairs.items())
    }
    return {"gates": gates, "differ": differ[:10]}


def load(session: Session) -> list[list[Any]]:
    """Of each reviewer: id, open reviews, reviews rated, and the median days from being assigned to rating. Three statements."""
    live = col(Assignment.recused_at).is_(None)
    given: Any = select(Assignment.reviewer_id, func.count()).join(
        Review, col(Review.id) == Assignment.review_id
    )
    opens = dict(
        session.exec(given.where(live, Review.status == "open").group_by(Assignment.reviewer_id)).all()
    )
    assigned: dict[tuple[int, int], int] = {}
    rows: Any = select(Assignment.review_id, Assignment.reviewer_id, Assignment.assigned_at).where(live)
    for review_id, reviewer, at in session.exec(rows.execution_options(yield_per=5_000)):
        assigned[review_id, reviewer] = tokyo_day(at).toordinal()
    first: Any = select(RatingSheet.review_id, RatingSheet.reviewer_id, func.min(RatingSheet.rated_at))
    took: dict[int, list[int]] = defaultdict(list)
    for review_id, reviewer, at in session.exec(
        first.group_by(col(RatingSheet.review_id), col(RatingSheet.reviewer_id))
    ):
        since = assigned.get((review_id, reviewer))
        if since is not None:
            took[reviewer].append(tokyo_day(at).toordinal() - since)
    found: list[list[Any]] = [
        [who, opens.get(who, 0), len(took[who]), median(took[who]) if took[who] else None]
        for who in sorted(opens.keys() | took.keys())
    ]
    return sorted(found, key=lambda row: (-row[1], -row[2], row[0]))


def load_without_people(rows: list[list[Any]]) -> dict[str, Any]:
    """What others are told of the reviewers' load."""
    opens = [row[1] for row in rows]
    return {
        "reviewers": len(rows),
        "median": median(opens) if opens else 0,
        "full": sum(n >= MAX_OPEN_REVIEWS for n in opens),
    }
