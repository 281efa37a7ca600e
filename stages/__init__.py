"""The policy: the five stages in order, their gates, flags and version. Pure; a pipeline that does not fit cannot be imported."""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from stages import evaluation, everywhere, ideathon, pilot, productization, risk, rollout
from stages.kernel import Flag, Gate, Stage
from stages.lifecycle import STAGE_KEYS

PIPELINE: tuple[Stage, ...] = (
    ideathon.STAGE,
    pilot.STAGE,
    evaluation.STAGE,
    productization.STAGE,
    rollout.STAGE,
)


def fit_together(pipeline: tuple[Stage, ...]) -> None:
    """Raises ValueError unless the stages are the five in order, each but the last ends in a gate, and no flag is named twice."""
    if tuple(s.key for s in pipeline) != STAGE_KEYS:
        raise ValueError("the pipeline is the five stages, in order")
    if [s.gate.key if s.gate else None for s in pipeline] != ["G1", "G2", "G3", "G4", None]:
        raise ValueError("each stage but rollout ends in its gate")
    keys = [f.key for s in pipeline for f in s.flags] + [f.key for f in everywhere.FLAGS]
    if len(keys) != len(set(keys)):
        raise ValueError("a flag is named once")


fit_together(PIPELINE)
STAGES = {s.key: s for s in PIPELINE}
FLAGS: dict[str, Flag] = {f.key: f for s in PIPELINE for f in s.flags} | {f.key: f for f in everywhere.FLAGS}
GATES: dict[str, Gate] = {s.gate.key: s.gate for s in PIPELINE if s.gate}


def next_stage(key: str) -> str:
    """The stage after this one. Raises IndexError after rollout."""
    return STAGE_KEYS[STAGE_KEYS.index(key) + 1]


_own_lines: list[str] = []
"""Versions that an agency published beside the package's own, as lines of a `versions.txt`."""


def publish(sheets: Mapping[str, str], lines: str = "") -> None:
    """Takes what an agency published beside the package, in place of what was taken before: checklists by file name, and the
    lines of its own versions. Raises ValueError for what cannot stand beside the rest (`risk.add`)."""
    _own_lines[:] = []
    for known in (versions, fingerprint):
        known.cache_clear()
    risk.add(sheets)
    _own_lines[:] = lines.splitlines()
    for known in (versions, fingerprint):
        known.cache_clear()
    versions()


@cache
def versions() -> dict[str, str]:
    """Every policy version published so far with its fingerprint, oldest first (`versions.txt`; an agency's own behind them)."""
    lines = (files("stages") / "versions.txt").read_text("utf-8").splitlines() + _own_lines
    said = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    if any(len(words) != 2 for words in said) or len({words[0] for words in said}) != len(said):
        raise ValueError("versions.txt の行は、版の名と指紋です。同じ版は一度だけ書けます。")
    return {name: mark for name, mark in said}


def version() -> str:
    """The policy version in force: the last one published."""
    return list(versions())[-1]


@cache
def fingerprint() -> str:
    """SHA-256 over what the policy declares and computes: its source without comments, and its checklists.

    Documentation strings count (they state the rule); comments and blank lines do not, so that explaining a rule
    better needs no new version but changing it does. An agency's own checklists count like the package's.
    """
    folder = files("stages")
    parts = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".py"))
    sheets = [(f.name, f.read_text("utf-8")) for f in (folder / "checklists").iterdir()]
    parts += sorted(
        [(name, text) for name, text in sheets if name.endswith(".toml")] + [*risk.added().items()]
    )
    digest = sha256()
    for name, text in parts:
        lines = [line.rstrip() for line in text.splitlines() if line.strip() and not re.match(r"\s*#", line)]
        digest.update("\n".join([f"== {name}", *lines, ""]).encode())
    return digest.hexdigest()
