"""How many cases it takes: for an interval of a wanted width, and until a target can be said to be reached.

Pure. All of them ask what the intervals of `workflows/statistics.py` would be if more of the same were seen: the share or the
spread of what is measured next may differ, so a page says 「約」.

Sources: Lwanga and Lemeshow, Sample size determination in health studies (WHO, 1991), chapter 1 (a share, normal formula);
Piegorsch, Computational Statistics & Data Analysis 46 (2004) 309-316 (a share, by Wilson's interval); Devore, Probability and
Statistics for Engineering and the Sciences, 7.1 (a mean of known sd), here with Student's t instead, as the sd is not known.
"""

import math
from collections.abc import Callable

from workflows.statistics import (
    Summary,
    difference_of_means,
    normal_quantile,
    require_number,
    t_quantile,
)

MOST = 10_000_000
"""More cases than a municipality could ever measure: then no number is given."""


def for_share(share: float, half_width: float, level: float = 0.95) -> int | None:
    """Cases until Wilson's interval of a share is at most `half_width` to either side of its middle; None beyond MOST.

    0.5 is the worst case. Refuses (ValueError) a share outside 0 to 1, a half width outside 0 to 0.5.
    """
    _require_share(share, half_width)
    z2, h2 = normal_quantile(level) ** 2, half_width**2
    # h² (n + z²)² = z² (n p q + z² / 4), solved for n.
    a, b, c = h2, z2 * (2 * h2 - share * (1 - share)), z2 * z2 * (h2 - 0.25)
    return _whole((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a))


def for_share_by_normal(share: float, half_width: float, level: float = 0.95) -> int | None:
    """The textbook's z² p q / h²: what tables print. It asks for nothing at a share of 0 or 1, where Wilson's does not fail."""
    _require_share(share, half_width)
    return _whole(normal_quantile(level) ** 2 * share * (1 - share) / half_width**2)


def for_mean(sd: float, half_width: float, level: float = 0.95) -> int | None:
    """Cases until Student's interval of a mean is at most `half_width` to either side; None beyond MOST.

    `sd` and `half_width` share a unit. Two where the sd is 0. Refuses (ValueError) a negative sd, a half width not above 0.
    """
    require_number("sd", sd)
    require_number("half_width", half_width)
    if sd < 0 or half_width <= 0:
        raise ValueError(f"sd must not be negative and half_width must be above 0: {sd}, {half_width}")
    return fewest(lambda n: t_quantile(n - 1, level) * sd / math.sqrt(n) <= half_width)


def share_beyond(share: float, target: float, level: float = 0.95) -> int | None:
    """Cases until Wilson's interval of an unchanged share no longer reaches over the target; None where it never will.

    Wilson's interval is where the score test does not reject: (p - t)² = z² t (1 - t) / n.
    """
    if not (0 <= share <= 1 and 0 < target < 1) or share == target:
        return None
    return _whole(normal_quantile(level) ** 2 * target * (1 - target) / (share - target) ** 2)


def mean_beyond(group: Summary, target: float, level: float = 0.95) -> int | None:
    """Cases until Student's interval of an unchanged mean no longer reaches over the target; None where it never will."""
    if group.sd is None or group.mean == target:
        return None
    return for_mean(group.sd, abs(group.mean - target), level)


def difference_beyond(
    a: Summary, b: Summary, target: float, both: bool = False, level: float = 0.95
) -> int | None:
    """Cases of group b (or, with `both`, of either group) until Welch's interval of an unchanged a - b is beyond the target.

    None where more of b alone never will do: the other group is too small itself.
    """
    if a.sd is None or b.sd is None or not (a.has_spread or both):
        return None
    margin = abs(a.mean - b.mean - target)
    if margin == 0:
        return None

    def enough(n: int) -> bool:
        found = difference_of_means(Summary(n, a.mean, a.sd) if both else a, Summary(n, b.mean, b.sd), level)
        return found.low is not None and found.value - found.low <= margin

    return fewest(enough)


def fewest(enough: Callable[[int], bool]) -> int | None:
    """The least number from 2 on that is enough, where all greater ones are too; None beyond MOST."""
    high = 2
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2  # not enough, or 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _whole(n: float) -> int | None:
    return max(1, math.ceil(n - 1e-9)) if n <= MOST else None


def _require_share(share: float, half_width: float) -> None:
    if not (0 <= share <= 1 and 0 < half_width < 0.5):
        raise ValueError(f"share must lie in 0 to 1 and half_width between 0 and 0.5: {share}, {half_width}")
