"""Following calls: by pressing a button, or by trading as a call says.

Every writer holds the user's row lock (a completing trade has both its people locked already), so that
what is the first follow on a card is never in doubt. A call that somebody else has locked is being
settled, so it is over: such rows are passed over, and nobody waits for anybody in a circle.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from signals_bridge.errors import SignalError
from signals_bridge.models import FollowSettings, Recommendation, RecommendationAction
from signals_bridge.models.actions import APART, LEAST_LIFE
from signals_bridge.prices import NEWEST_PRICE
from trades.models.disputes import COMPLETES

# Somebody's earlier follow on the same printing keeps a later one out of the score.
_EARLIER = """
    EXISTS (
        SELECT FROM signals_bridge_recommendationaction earlier
        JOIN signals_bridge_recommendation its_signal ON its_signal.id = earlier.recommendation_id
        WHERE earlier.user_id = {user} AND its_signal.card_id = {card}
          AND earlier.acted_at > {at} - %(apart)s AND (earlier.acted_at, earlier.id) < ({at}, {id})
    )
"""
_LAST_ID = "9223372036854775807"  # what is not written yet comes after all that is
_EARLIER_THAN_WISHED = _EARLIER.format(
    user="wished.user_id", card="signal.card_id", at="wished.acted_at", id=_LAST_ID
)
_PRICE = NEWEST_PRICE.format(
    card="signal.card_id", finish="signal.finish", day="(wished.acted_at AT TIME ZONE 'UTC')::date"
)
_WISHED = f"""
    WITH wished AS MATERIALIZED ({{wished}})
    SELECT wished.user_id, signal.id,
        CASE WHEN wished.proposal_id IS NULL THEN 'explicit' ELSE 'implicit' END,
        wished.proposal_id, wished.acted_at, price.price,
        CASE
            WHEN signal.action = 'HOLD' THEN 'hold'
            WHEN publisher.user_id = wished.user_id THEN 'own'
            WHEN signal.valid_until < wished.acted_at + %(least_life)s THEN 'late'
            WHEN row_number() OVER (PARTITION BY wished.user_id, signal.card_id ORDER BY signal.id) > 1
                OR {_EARLIER_THAN_WISHED} THEN 'repeated'
            ELSE ''
        END
    FROM wished
    JOIN signals_bridge_recommendation signal ON signal.id = wished.signal_id
    JOIN signals_bridge_source source ON source.id = signal.source_id
    LEFT JOIN signals_bridge_publisher publisher ON publisher.id = source.publisher_id
    LEFT JOIN LATERAL ({_PRICE}) price ON true
    LEFT JOIN signals_bridge_recommendationaction known
      ON known.recommendation_id = signal.id AND known.user_id = wished.user_id
    WHERE known.id IS NULL
    ORDER BY signal.id
"""  # noqa: S608  (constants of this module)
_FOLLOW = """
    INSERT INTO signals_bridge_recommendationaction
        (user_id, recommendation_id, tracking, proposal_id, acted_at, entry_price, exclusion)
    {wished}
    ON CONFLICT (recommendation_id, user_id) DO NOTHING
"""
_BY_HAND = """
    SELECT %(user)s::bigint AS user_id, id AS signal_id, NULL::bigint AS proposal_id,
        %(now)s::timestamptz AS acted_at
    FROM signals_bridge_recommendation
    WHERE id = %(signal)s AND status = 'active' AND issued_at <= %(now)s AND valid_until > %(now)s
"""
# Who received a card while a BUY of it ran, and who gave one while a SELL ran. Of a trade that a
# dispute completed only what arrived was received and given.
_BY_TRADE = """
    SELECT DISTINCT ON (user_id, signal_id) * FROM (
        SELECT party.user_id, signal.id AS signal_id, proposal.id AS proposal_id,
            proposal.completed_at AS acted_at
        FROM trades_tradeproposal proposal
        JOIN trades_tradeitem item ON item.proposal_id = proposal.id
        LEFT JOIN trades_dispute dispute
          ON dispute.proposal_id = proposal.id AND dispute.outcome = ANY(%(completes)s)
        CROSS JOIN LATERAL (VALUES
            (CASE item.side WHEN 'offer' THEN recipient_id ELSE proposer_id END, 'BUY'),
            (CASE item.side WHEN 'offer' THEN proposer_id ELSE recipient_id END, 'SELL')
        ) party (user_id, action)
        JOIN signals_bridge_recommendation signal
          ON signal.card_id = item.card_id AND signal.finish = item.finish
         AND signal.action = party.action AND signal.status = 'active'
         AND signal.issued_at <= proposal.completed_at AND signal.valid_until > proposal.completed_at
        JOIN signals_bridge_source source ON source.id = signal.source_id
        LEFT JOIN signals_bridge_publisher publisher ON publisher.id = source.publisher_id
        LEFT JOIN accounts_user trader ON source.is_personal AND trader.id = publisher.user_id
        LEFT JOIN signals_bridge_followsettings choice ON choice.user_id = party.user_id
        WHERE proposal.id = ANY(%(proposals)s) AND proposal.status = 'completed'
          AND choice.follows_by_trading IS NOT FALSE
          AND CASE item.side WHEN 'offer' THEN proposer_cards_arrived ELSE recipient_cards_arrived END
              IS NOT FALSE
          AND trader.is_active IS NOT FALSE AND trader.banned_at IS NULL AND trader.deleted_at IS NULL
          AND NOT EXISTS (
              SELECT FROM accounts_block WHERE (blocker_id, blocked_id)
              IN ((party.user_id, trader.id), (trader.id, party.user_id))
          )
        FOR SHARE OF signal SKIP LOCKED
    ) traded
    ORDER BY user_id, signal_id, acted_at
"""
_EARLIER_THAN_LATER = _EARLIER.format(
    user="later.user_id", card="signal.card_id", at="later.acted_at", id="later.id"
)
# Who was second only to the follow that is gone comes first now.
_COUNT_AGAIN = f"""
    UPDATE signals_bridge_recommendationaction later SET exclusion = ''
    FROM signals_bridge_recommendation signal
    WHERE signal.id = later.recommendation_id AND signal.card_id = %(card)s
      AND later.user_id = %(user)s AND later.exclusion = 'repeated'
      AND NOT {_EARLIER_THAN_LATER}
"""  # noqa: S608  (constants of this module)


@transaction.atomic
def follow_signal(*, signal_id: int, by: User) -> RecommendationAction:
    """Follow a call that runs; again it is the same follow. SignalError: 404 hidden, 409 over."""
    _lock_user(by)
    _signal_for(signal_id, by)
    _write_follows(f"{_BY_HAND} FOR SHARE SKIP LOCKED", user=by.pk, signal=signal_id, now=database_now())
    follow = _follow_of(signal_id, by)
    if follow is None:
        raise SignalError("not_open", _("This signal cannot be followed: it does not run now."))
    return follow


def foretold_follow(*, signal_id: int, by: User, now: datetime) -> tuple[str, Decimal | None]:
    """What would keep a follow at `now` out of the score (one of Exclusion, or "") and its entry price.

    One query, which locks and writes nothing. Of a call that does not run it says nothing.
    """
    values = _values(user=by.pk, signal=signal_id, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_WISHED.format(wished=_BY_HAND), values)
        *_who_and_what, price, exclusion = cursor.fetchone() or (None, "")
    return exclusion, price


@transaction.atomic
def unfollow_signal(*, signal_id: int, by: User) -> None:
    """Take a follow back, as if it had never been; nothing happens without one.

    SignalError: 404 hidden, 409 more than an hour after it, or the call is over.
    """
    _lock_user(by)
    signal = _signal_for(signal_id, by)
    follow = _follow_of(signal_id, by)
    if follow is None:
        return
    now = database_now()
    if not (follow.may_be_undone(now) and signal.is_open(now)):
        raise SignalError("too_late", _("A follow can be taken back within an hour, while the signal runs."))
    follow.delete()
    _execute(_COUNT_AGAIN, user=by.pk, card=signal.card_id)


@transaction.atomic
def follow_by_trades(*, proposal_ids: Collection[int]) -> int:
    """What completed trades say about calls that ran at their completion; returns how many follows are new.

    Called in the transaction that completed the trades, with their people locked. Again it changes nothing.
    """
    return _write_follows(_BY_TRADE, proposals=list(proposal_ids), completes=list(COMPLETES))


@transaction.atomic
def choose_following(*, by: User, by_trading: bool) -> FollowSettings:
    """Whether trades of `by` follow calls by themselves from now on."""
    choice, _is_new = FollowSettings.objects.update_or_create(
        user=by, defaults={"follows_by_trading": by_trading, "updated_at": database_now()}
    )
    return choice


def _lock_user(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _signal_for(signal_id: int, by: User) -> Recommendation:
    signal: Recommendation | None = Recommendation.objects.visible_to(by).filter(pk=signal_id).first()
    if signal is None:
        raise SignalError("not_found", _("There is no such signal."), status=404)
    return signal


def _follow_of(signal_id: int, by: User) -> RecommendationAction | None:
    follow: RecommendationAction | None = (
        RecommendationAction.objects.of(by).with_signals().filter(recommendation=signal_id).first()
    )
    return follow


def _write_follows(wished: str, **values: Any) -> int:
    return _execute(_FOLLOW.format(wished=_WISHED.format(wished=wished)), **values)


def _execute(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(**values))
        return int(cursor.rowcount)


def _values(**values: Any) -> dict[str, Any]:
    return {"apart": APART, "least_life": LEAST_LIFE, "sources": settings.PRICE_SOURCES, **values}
