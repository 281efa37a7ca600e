"""Which mail a person may switch off: what invites and reminds. Decisions, incidents and what concerns signing in may not be."""

from stages import PIPELINE

ROLLOUT, FLAGS = "rollout", "flags"
NAMES = {
    ROLLOUT: "プロダクトの案内と、導入状況の回答のお願い",
    FLAGS: "期限が近いこと、止まっていることの知らせ",
}
OF_ROLLOUT = frozenset(
    {"wave.opened", "wave.reminded", "adoption.expired", "adoption_expiring_30", "target_unanswered_60"}
)
OF_FLAGS = frozenset(flag.key for stage in PIPELINE for flag in stage.flags) - OF_ROLLOUT


def may_be_off(kind: str) -> str | None:
    """Which of NAMES a kind of message belongs to; None for what is always sent."""
    return ROLLOUT if kind in OF_ROLLOUT else FLAGS if kind in OF_FLAGS else None
