"""Every verb there is: importing this module fills the registry."""

from workflows import (  # noqa: F401 - importing a room registers its verbs
    actions,
    adoption,
    adoption_imports,
    assets,
    checklists,
    comments,
    decision_challenges,
    decisions,
    evaluations,
    events,
    evidence,
    ideas,
    imports,
    incidents,
    kinship,
    kpis,
    organizations,
    people,
    pilots,
    products,
    prompt_runs,
    ratings,
    repositories,
    reviews,
    risks,
    search_documents,
    sign_ins,
    snapshots,
    teams,
)
from workflows.rollout import waves  # noqa: F401
from workflows.runtime.verbs import REGISTRY, Outcome, Verb, perform

__all__ = ["REGISTRY", "Outcome", "Verb", "perform"]
