"""Every verb there is: importing this module fills the registry."""

from workflows import (
    adoption,
    assets,
    checklists,
    comments,
    decisions,
    evaluations,
    events,
    evidence,
    ideas,
    imports,
    incidents,
    kinship,
    kpis,
    people,
    pilots,
    products,
    repositories,
    reviews,
    risks,
    teams,
)
from workflows.rollout import waves
from workflows.runtime.verbs import REGISTRY, Outcome, Verb, perform

VERB_MODULES = (
    adoption, assets, checklists, comments, decisions, evaluations, events, evidence, ideas, imports, incidents, kinship, kpis,
    people, pilots, products, repositories, reviews, risks, teams, waves,
)  # fmt: skip

__all__ = ["REGISTRY", "VERB_MODULES", "Outcome", "Verb", "perform"]
