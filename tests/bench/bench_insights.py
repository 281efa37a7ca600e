"""`/insights` from 1,000 to 100,000 ideas: the page, and the clock's job that makes its figures; and how well forecasts hold where
the truth is known.

The lives are drawn: lognormal work at each stage, gates of one to five weeks, decisions by fixed shares, ten years long.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.app.web import Reader, an_app, statements
from tests.country import JIMUKYOKU, Country
from tests.shelves import Shelf
from workflows.calendar import tokyo_day
from workflows.forecasting import LEVELS, UNTIL, generator_of
from workflows.insights import future
from workflows.insights.lives import Asked, Life
from workflows.insights.making import make_insights
from workflows.tables.columns import SQLModel

STAGES = ("ideathon", "pilot", "evaluation", "productization", "rollout")
ENDS = (("go", 0.55), ("recycle", 0.15), ("hold", 0.05), ("kill", 0.2), ("returned", 0.05))
WORK_DAYS = (60, 120, 45, 90)


def drawn_lives(count: int, today: int, seed: int, years: float = 10) -> list[Life]:
    """So many ideas as they would stand today."""
    g = generator_of(seed)
    lives = []
    for number in range(count):
        day = today - int(g.random_sample() * years * 365)
        life = Life(number, day, 0, "active", day, day, False)
        stage, status = 0, "active"
        reviews: list[Asked] = []
        life.visits.append((0, day, reviews))
        while stage < 4 and status == "active":
            asked = day + int(g.lognormal(0, 0.8) * WORK_DAYS[stage])
            if asked >= today:
                break
            closed = asked + g.randint(7, 36)
            if closed >= today:
                reviews.append(Asked(0, f"G{stage + 1}", asked, None, None, False))
                status = "in_review"
                break
            end = str(g.choice([e for e, _ in ENDS], p=[p for _, p in ENDS]))
            reviews.append(Asked(0, f"G{stage + 1}", asked, closed, end, False))
            day = closed
            life.published |= end != "returned"
            status = "killed" if end == "kill" else status
            if end in ("go", "recycle"):
                stage += end == "go"
                reviews = []
                life.visits.append((stage, day, reviews))
                life.stage_since = day
            life.status_since = day
        life.stage, life.status = stage, status
        lives.append(life)
    return lives


def test_forecasts_hold_where_the_truth_is_known() -> None:
    """Shares of forecasts that came true, of intervals and dates, for histories of few and of many ideas."""
    today = 740_000
    names = [*map(str, LEVELS), *(f"by {p}" for p in UNTIL)]
    for count, runs in ((30, 20), (100, 10), (1_000, 2)):
        said: Counter[str] = Counter()
        quarters: Counter[str] = Counter()
        for run in range(runs):
            lives = drawn_lives(count, today, run, years=4)
            for name, (hit, of) in future.calibration(lives, today, 0)["said"].items():
                said[name, True] += hit  # type: ignore[index]
                said[name, False] += of  # type: ignore[index]
            for level, (hit, of) in future.capacity(lives, today, 0)["past"].items():
                quarters[level, True] += hit  # type: ignore[index]
                quarters[level, False] += of  # type: ignore[index]
        shown = "  ".join(
            f"{n}: {100 * said[n, True] / said[n, False]:.1f} % of {said[n, False]:,}"  # type: ignore[index]
            for n in names
            if said[n, False]  # type: ignore[index]
        )
        by_quarter = "  ".join(
            f"{n}: {quarters[n, True]}/{quarters[n, False]}"  # type: ignore[index]
            for n in map(str, LEVELS)
        )
        print(f"\n{count:>6,} ideas x {runs}: decisions {shown}; quarters {by_quarter}", flush=True)
        assert said["by 85", True] / said["by 85", False] > 0.75  # type: ignore[index]


def test_the_page_and_the_job_from_few_ideas_to_many(
    sqlite_shelf: Shelf, request: pytest.FixtureRequest
) -> None:
    found = []
    for size in sorted(int(size) for size in request.config.getoption("--ideas").split(",")):
        with sqlite_shelf.plot() as plot:
            country = Country(plot)
            country.an_idea_in_evaluation()
            filled_with(country, drawn_lives(size, tokyo_day(country.now).toordinal(), 1))
            began = time.process_time()
            make_insights(country.engine, country.now)
            made = time.process_time() - began
            reader = Reader(an_app(country), country, JIMUKYOKU)
            reader.opens("/insights")
            took = []
            for _ in range(20):
                began = time.process_time()
                reader.opens("/insights")
                took.append(time.process_time() - began)
            with statements(country.engine) as said:
                reader.opens("/insights")
            found.append((size, made, sorted(took)[10], len(said)))
    print(f"\n{'ideas':>9}{'job, CPU s':>11}{'page, CPU ms':>13}{'SQL':>5}{'page / first':>14}")
    for size, made, page, count in found:
        print(f"{size:>9,}{made:>11.1f}{page * 1000:>13.1f}{count:>5}{page / found[0][2]:>14.2f}", flush=True)
    assert len({count for *_, count in found}) == 1


def filled_with(country: Country, lives: list[Life]) -> None:
    """The rows that these lives would have left: ideas, visits, reviews, decisions and two rating sheets of each."""
    tables = SQLModel.metadata.tables
    noon = country.now.replace(hour=3, minute=0)
    today = tokyo_day(country.now).toordinal()

    def at(day: int) -> object:
        return noon - timedelta(days=today - day)

    with country.engine.begin() as connection:

        def like(name: str) -> dict[str, object]:
            table = tables[name]
            return dict(connection.execute(sa.select(table).order_by(table.c.id).limit(1)).mappings().one())

        idea, visit, review, sheet, decision = map(
            like, ("idea", "visit", "review", "rating_sheet", "gate_decision")
        )
        rows: dict[str, list[dict[str, object]]] = {n: [] for n in ("idea", "visit", "review", "rating_sheet", "gate_decision")}  # fmt: skip
        raters = list(connection.scalars(sa.text("SELECT DISTINCT reviewer_id FROM rating_sheet ORDER BY 1")))
        visit_id, review_id, sheet_id = 1_000_000, 1_000_000, 1_000_000
        for life in lives:
            number = 1_000_000 + life.id
            on_hold = life.status == "active" and any(
                r.end == "hold" for _, _, rs in life.visits[-1:] for r in rs[-1:]
            )
            rows["idea"].append(
                idea | {
                    "id": number, "number": f"R1-{number}", "stage": STAGES[life.stage], "visit": 1,
                    "status": "on_hold" if on_hold else life.status, "hold_until": tokyo_day(country.now) if on_hold else None,
                    "submitted_at": at(life.submitted), "stage_since": at(life.stage_since), "status_since": at(life.status_since),
                    "gate_decided": life.published,
                }
            )  # fmt: skip
            for serial, (stage, day, reviews) in enumerate(life.visits):
                visit_id += 1
                rows["visit"].append(
                    visit | {"id": visit_id, "idea_id": number, "stage": STAGES[stage], "number": serial + 1, "entered_at": at(day)}
                )  # fmt: skip
                for r in reviews:
                    review_id += 1
                    state = "open" if r.closed is None else "returned" if r.end == "returned" else "decided"
                    rows["review"].append(
                        review | {
                            "id": review_id, "ref": f"R1-{number}-V{review_id}", "idea_id": number, "visit_id": visit_id,
                            "gate": r.gate, "status": state, "requested_at": at(r.on),
                            "closed_at": at(r.closed) if r.closed is not None else None,
                            "return_because": "x" if state == "returned" else None,
                        }
                    )  # fmt: skip
                    if state != "decided" or r.closed is None:
                        continue
                    rows["gate_decision"].append(
                        decision | {
                            "id": review_id, "review_id": review_id, "decision": r.end, "decided_at": at(r.closed),
                            "hold_until": tokyo_day(country.now) if r.end == "hold" else None,
                        }
                    )  # fmt: skip
                    for rater in raters[:2]:
                        sheet_id += 1
                        rows["rating_sheet"].append(
                            sheet | {"id": sheet_id, "review_id": review_id, "reviewer_id": rater, "rated_at": at(r.closed - 2)}
                        )  # fmt: skip
        for name, of in rows.items():
            for start in range(0, len(of), 5_000):
                connection.execute(sa.insert(tables[name]), of[start : start + 5_000])
        connection.execute(sa.text("ANALYZE"))
