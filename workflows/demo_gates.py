"""A gate of the demo: a review from its request over its ratings to its decision."""

from datetime import datetime, timedelta

from workflows.demo_cast import Cast, Facts, Steps, agency, do

FINDINGS = {
    "staff_heard": "アンケートの回答率と自由記述を読みました。現場は使い続ける意向です。",
    "accessible": "検査報告書で AA の達成基準を確かめました。",
    "affordable": "一件費用と、次年度の予算の道筋が示されています。",
    "accountable": "AIの出力の表示、理由の記録、職員の判断の手順が揃っています。",
    "portable": "団体ごとの違いは設定表に切り出されています。",
    "secure": "検査報告書に、重い脆弱性も秘密情報の混入もありません。",
}
"""What a reviewer writes of a criterion that only people can rate, unless the story says otherwise."""
ONLY_PEOPLE = {
    "G1": (),
    "G2": ("staff_heard",),
    "G3": ("accessible", "affordable", "accountable", "portable"),
    "G4": ("secure",),
}


def gate(cast: Cast, at: datetime, told: Facts, save: str) -> Steps:
    """A review from its request to its decision, `days` later; it stays open where no `decision` is told.

    `assigned` and `rated` say how many reviewers got that far; `findings` maps a criterion to a sentence (green) or to a
    rating with its action; `second` has what the second reviewer found otherwise.
    """
    review = save
    yield do(cast.approver, "review.request", review, idea="$idea")
    assigned = cast.reviewers[: told.get("assigned", 2)]
    for who in assigned:
        yield do(
            agency("jimukyoku"),
            "review.assign",
            on=at + timedelta(days=1),
            review=f"${review}",
            reviewer=who,
        )
    findings = {key: FINDINGS[key] for key in ONLY_PEOPLE[told["gate"]]} | dict(told.get("findings", {}))
    for number, who in enumerate(assigned[: told.get("rated", 2)]):
        found = findings | (dict(told.get("second", {})) if number else {})
        ratings = {
            key: {"rating": "green", "finding": f} if isinstance(f, str) else f for key, f in found.items()
        }
        on = at + timedelta(days=min(3 + number, told.get("days", 9) - 1), hours=number)
        yield do(who, "review.rate", on=on, review=f"${review}", ratings=ratings)
    if "decision" in told:
        also = {
            key: told[key]
            for key in ("actions", "resolutions", "hold_until", "withhold_because")
            if key in told
        }
        yield do(
            agency(told.get("decider", "kettei")),
            "review.decide",
            on=at + timedelta(days=told.get("days", 9), hours=6),
            review=f"${review}",
            seen_version="@current",
            decision=told["decision"],
            rationale=told["rationale"],
            **also,
        )
