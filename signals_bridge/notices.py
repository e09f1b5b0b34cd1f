"""What followers are told when a call has come to its end."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from notifications.models import Category

OUTCOME_TEXTS: dict[str, Any] = {
    "buy": _("The BUY of {card} is over: {profit} % for you."),
    "sell": _("The SELL of {card} is over: {profit} % for you."),
    "hold": _("The HOLD of {card} is over: {accuracy} % accurate."),
    "no_entry": _("The signal on {card} is over; there was no price when you followed it."),
    "void": _("The signal on {card} is void: there was no price to judge it by."),
}

# One for each follower of the evaluated and void calls %(ids)s; a call comes to its end once.
OUTCOME_NOTICES = f"""
    SELECT follow.user_id, '{Category.SIGNALS}', 'signal_' || signal.status,
        CASE
            WHEN signal.status = 'void' THEN %(void)s
            WHEN signal.action = 'HOLD' THEN %(hold)s
            WHEN follow.user_profit_pct IS NULL THEN %(no_entry)s
            WHEN signal.action = 'BUY' THEN %(buy)s ELSE %(sell)s
        END,
        '/signals/' || signal.id || '/', 'signal-outcome:' || signal.id, 'signal:' || signal.id, NULL::bigint,
        jsonb_build_object(
            'card', card.name,
            'profit', translate(to_char(follow.user_profit_pct, 'FMSG999999999990.00'), '-', '−'),
            'accuracy', round(100 * signal.accuracy_end)
        )
    FROM signals_bridge_recommendation signal
    JOIN cards_card card ON card.id = signal.card_id
    JOIN signals_bridge_recommendationaction follow ON follow.recommendation_id = signal.id
    WHERE signal.id = ANY(%(ids)s)
"""  # noqa: S608  (a constant of notifications)
