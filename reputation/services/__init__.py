"""The only writers of reputation: one function a verb."""

from reputation.services.erasing import erase_review_texts
from reputation.services.outcomes import keep_signal_outcomes
from reputation.services.recalculating import announce_tiers, recalculate, recalculate_all
from reputation.services.recording import record_completed_trade, settle_dispute
from reputation.services.reviews import (
    hide_review,
    reply_to_review,
    reveal_all_due_reviews,
    reveal_due_reviews,
    submit_review,
    unhide_review,
)

__all__ = [
    "announce_tiers",
    "erase_review_texts",
    "hide_review",
    "keep_signal_outcomes",
    "recalculate",
    "recalculate_all",
    "record_completed_trade",
    "reply_to_review",
    "reveal_all_due_reviews",
    "reveal_due_reviews",
    "settle_dispute",
    "submit_review",
    "unhide_review",
]
