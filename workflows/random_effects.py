"""One effect out of several sites that need not share it: pooling by random effects, and how far the sites differ.

Pure, as `workflows/statistics.py` is. A gate never asks it: a gate pools the observations of one pilot (POLICY §8). This is
what a reader is shown beside that, as soon as a second town has measured.

Sources: DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177-188 (tau squared by moments); Higgins and Thompson,
Statistics in Medicine 21 (2002) 1539-1558 (I squared); Hartung and Knapp, Statistics in Medicine 20 (2001) 3875-3889, with the
correction never to be narrower than DerSimonian-Laird's own (Knapp and Hartung, Statistics in Medicine 22 (2003) 2693-2710).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.statistics import Estimate, normal_quantile, require_number, t_quantile

FEWEST = 2
"""Sites that can be pooled."""


@dataclass(frozen=True)
class Site:
    """What one site found, with the standard error of it; both in the unit of the effect.

    Refuses (ValueError) an error that is not above 0: a site whose observations do not vary claims to be certain, and would
    outweigh every other one.
    """

    value: float
    error: float

    def __post_init__(self) -> None:
        require_number("value", self.value)
        require_number("error", self.error)
        if not (self.error > 0 and self.error**2 > 0):
            raise ValueError(f"error must be above 0, a site without variance cannot be pooled: {self.error}")


@dataclass(frozen=True)
class Pooled:
    """The effect over the sites. `estimate` has Hartung and Knapp's interval and `n` sites, `plain` DerSimonian and Laird's own.

    `tau2` is the variance between the sites, in the squared unit of the effect; `i2` (0 to 1) the share of what varies that is
    no chance; `q` is Cochran's.
    """

    estimate: Estimate
    plain: Estimate
    tau2: float
    i2: float
    q: float


def random_effects(sites: Sequence[Site], level: float = 0.95) -> Pooled:
    """Pools by inverse variance, that between the sites included. Refuses (ValueError) fewer than two sites."""
    if len(sites) < FEWEST:
        raise ValueError(f"there must be {FEWEST} sites or more to pool: {len(sites)}")
    degrees = len(sites) - 1
    fixed = [1 / site.error**2 for site in sites]
    total = math.fsum(fixed)
    common = _weighted(fixed, sites)
    q = math.fsum(w * (site.value - common) ** 2 for w, site in zip(fixed, sites, strict=True))
    scale = total - math.fsum(w * w for w in fixed) / total
    tau2 = max(0.0, (q - degrees) / scale) if scale > 0 else 0.0
    weights = [1 / (site.error**2 + tau2) for site in sites]
    value = _weighted(weights, sites)
    error = 1 / math.sqrt(math.fsum(weights))
    spread = math.fsum(w * (site.value - value) ** 2 for w, site in zip(weights, sites, strict=True))
    widened = error * math.sqrt(max(1.0, spread / degrees))
    half, wide = normal_quantile(level) * error, t_quantile(degrees, level) * widened
    return Pooled(
        estimate=Estimate(value, value - wide, value + wide, len(sites)),
        plain=Estimate(value, value - half, value + half, len(sites)),
        tau2=tau2,
        i2=max(0.0, (q - degrees) / q) if q > 0 else 0.0,
        q=q,
    )


def _weighted(weights: Sequence[float], sites: Sequence[Site]) -> float:
    return math.fsum(w * site.value for w, site in zip(weights, sites, strict=True)) / math.fsum(weights)
