"""Figures as people read them: a KPI's value with its unit, never rounded across the target it is held against."""

SHARES = frozenset({"accuracy", "answer_rate", "self_resolution", "active_user_rate", "escalation_rate"})
"""KPI types that are a share of n, shown in percent."""
UNITS = {
    "time_saved": "分",
    "uses_per_user": "回",
    "satisfaction": "点",
    "cost_per_case": "円",
    "incident_count": "件",
}
"""KPI type -> unit, where it is not a share."""
WHOLE = frozenset({"cost_per_case", "incident_count"})
"""KPI types shown without decimals."""
MOST_DECIMALS = 8
"""A difference smaller than this many decimals is no difference to anybody."""


def _sign(difference: float) -> int:
    return (difference > 0) - (difference < 0)


def number(value: float, type_: str, target: float | None = None) -> str:
    """The number alone: shares in percent with one decimal, yen and counts whole, others with two decimals at most.

    More decimals are shown where fewer would put the value on the target, or on the other side of it: 89.96 against 90.
    """
    scale = 100 if type_ in SHARES else 1
    value = round(value * scale, MOST_DECIMALS)
    least = 1 if type_ in SHARES else 0 if type_ in WHOLE else 2
    decimals = least
    if target is not None:
        held = round(target * scale, MOST_DECIMALS)
        while decimals < MOST_DECIMALS and _sign(round(value, decimals) - held) != _sign(value - held):
            decimals += 1
    text = f"{value:,.{decimals}f}"
    if least == 2:
        text = text.rstrip("0").rstrip(".")
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def figure(value: float, type_: str, target: float | None = None) -> str:
    """A value with its unit, as a sentence of the policy says it: 94.7%, 6.6 分, 1,200 円."""
    return _with_unit(number(value, type_, target), type_)


def exact(target: float, type_: str) -> str:
    """The number of a target alone, with every decimal that it was set with and no more."""
    return f"{target * (100 if type_ in SHARES else 1):,.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")


def goal(target: float, type_: str) -> str:
    """A target with its unit, exactly as it was set: 90%, 4 分."""
    return _with_unit(exact(target, type_), type_)


def _with_unit(text: str, type_: str) -> str:
    return f"{text} {UNITS[type_]}" if type_ in UNITS else f"{text}%"
