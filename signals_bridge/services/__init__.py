"""The only writers of signals: one function a verb, and what a follow would be."""

from signals_bridge.services.entering import ImportReport, import_signals
from signals_bridge.services.erasing import erase_rationales
from signals_bridge.services.evaluating import Evaluation, evaluate_signals
from signals_bridge.services.following import (
    choose_following,
    follow_by_trades,
    follow_signal,
    foretold_follow,
    unfollow_signal,
)
from signals_bridge.services.publishing import publish_signal
from signals_bridge.services.registering import (
    give_source,
    register_publisher,
    register_source,
    withdraw_publisher,
)

__all__ = [
    "Evaluation",
    "ImportReport",
    "choose_following",
    "erase_rationales",
    "evaluate_signals",
    "follow_by_trades",
    "follow_signal",
    "foretold_follow",
    "give_source",
    "import_signals",
    "publish_signal",
    "register_publisher",
    "register_source",
    "unfollow_signal",
    "withdraw_publisher",
]
