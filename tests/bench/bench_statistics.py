"""The statistics beside reference packages over 10,000 random cases a function, and how often their 95 % intervals hold the truth."""

import numpy as np

from tests.bench.coverage import worlds
from tests.figures_compared import BY_SCIPY, BY_STATSMODELS, scipy_bootstrap

CASES = 10_000
ROUNDS = 10_000


def test_the_largest_difference_from_the_references() -> None:
    print(f"\n{'function / reference':<36}{'largest difference':>20}   ({CASES:,} random cases each)")
    for name, compared in {**BY_SCIPY, **BY_STATSMODELS}.items():
        draw = np.random.default_rng(20_260_401)
        worst = max(compared(draw) for _ in range(CASES))
        print(f"{name:<36}{worst:>20.2g}")
        assert worst < 1e-8, name
    draw = np.random.default_rng(20_260_401)
    by_chance = [scipy_bootstrap(draw) for _ in range(CASES)]
    name, worst, middle = "bootstrap / scipy bootstrap", max(by_chance), np.median(by_chance)
    print(f"{name:<36}{worst:>20.2g}   standard errors; median {middle:.2g}")
    assert middle < 0.15


def test_coverage_of_the_95_percent_intervals() -> None:
    heads = f"{'method':<22}{'setting':<24}{'coverage':>9}{'mean width':>12}"
    print(f"\n{heads}   ({ROUNDS:,} rounds; of means {ROUNDS // 5:,})")
    for world in worlds(np.random.default_rng(20_260_402)):
        share, width = world.coverage(ROUNDS)
        print(f"{world.method:<22}{world.setting:<24}{share:>9.1%}{width:>12.3f}")
