"""Judging calls whose time is over, thousands in a few statements (domain.md §7).

What a price was: each call is judged by one series, that of the first source of PRICE_SOURCES with a
price of its card and finish on a day of issued_at … valid_until, both included (UTC). So a copy is
valued everywhere, and where two sources differ the step from one to the other is never a move.

Rounding: everything is computed exactly, in decimals, and rounded once when it is written, half away
from zero: accuracies to 4 places, profits in percent to 4. What is profitable, and what a hit, is asked
of the prices themselves, before any rounding.

A batch is one transaction: its calls are locked, closed, and then evaluated, void or left to wait, with
their followers' outcomes, notices and share of reputation. After a crash it has never been; calls that
somebody else holds are the next run's. Only here does a status change by SQL, along the edges of the FSM.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from core.clock import database_now
from notifications.services import notify_selected
from reputation.services import keep_signal_outcomes
from signals_bridge.notices import OUTCOME_NOTICES, OUTCOME_TEXTS

BATCH = 5_000  # calls
WAIT_FOR_PRICES = timedelta(hours=24)  # after the end; then the call is void
_FIRST = (datetime.min.replace(tzinfo=UTC), 0)

_DUE = """
    SELECT valid_until, id FROM signals_bridge_recommendation
    WHERE status IN ('active', 'closed') AND valid_until <= %(now)s
      AND (valid_until, id) > (%(after_end)s, %(after_id)s)
    ORDER BY valid_until, id LIMIT %(batch)s
    FOR NO KEY UPDATE SKIP LOCKED
"""
_CLOSE = """
    UPDATE signals_bridge_recommendation SET status = 'closed'
    WHERE id = ANY(%(ids)s) AND status = 'active'
"""
# More digits than any quotient of two prices needs to be told from the half of a last place.
_EXACTLY = "::numeric(40, 20)"
_MOVE = "abs(peak.price - signal.price_at_issue)"


def _gain(price: str, since: str) -> str:
    """What the call won by then, in money: it went as the call said where this is positive."""
    return f"(CASE signal.action WHEN 'SELL' THEN {since} - {price} ELSE {price} - {since} END)"


def _percent(price: str, since: str) -> str:
    return f"round(100{_EXACTLY} * {_gain(price, since)} / {since}, 4)"


def _accuracy(price: str) -> str:
    """0–1. A HOLD is judged by its largest move, so its two accuracies are one: 15 % either way is 0."""
    gain = _gain(price, "signal.price_at_issue")
    target = _gain("signal.target_price", "signal.price_at_issue")
    return f"""
        round(CASE signal.action
            WHEN 'HOLD' THEN greatest(0, 1 - {_MOVE}{_EXACTLY} / (0.15 * signal.price_at_issue))
            ELSE greatest(0, least(1, {gain}{_EXACTLY} / {target}))
        END, 4)"""


# One descent of the unique index for each source tells which has a price, and the last one; one range
# of it holds all days of the chosen one. Of two days with the same peak the first is told.
_EVALUATE = f"""
    UPDATE signals_bridge_recommendation AS judged
    SET status = 'evaluated', evaluated_at = %(now)s, price_end = outcome.price_end,
        price_peak = outcome.price_peak, peak_day = outcome.peak_day,
        accuracy_end = outcome.accuracy_end, accuracy_peak = outcome.accuracy_peak,
        profit_pct_end = outcome.profit_pct_end, profit_pct_peak = outcome.profit_pct_peak
    FROM (
        SELECT signal.id, last.price AS price_end, peak.price AS price_peak, peak.day AS peak_day,
            {_accuracy("last.price")} AS accuracy_end, {_accuracy("peak.price")} AS accuracy_peak,
            {_percent("last.price", "signal.price_at_issue")} AS profit_pct_end,
            {_percent("peak.price", "signal.price_at_issue")} AS profit_pct_peak
        FROM (
            SELECT *, (issued_at AT TIME ZONE 'UTC')::date AS first_day,
                (valid_until AT TIME ZONE 'UTC')::date AS last_day
            FROM signals_bridge_recommendation WHERE id = ANY(%(ids)s)
        ) signal
        CROSS JOIN LATERAL (
            SELECT listed.source, snapshot.price
            FROM unnest(%(sources)s::text[]) WITH ORDINALITY AS listed (source, rank)
            CROSS JOIN LATERAL (
                SELECT price FROM cards_pricesnapshot
                WHERE card_id = signal.card_id AND finish = signal.finish AND source = listed.source
                  AND day BETWEEN signal.first_day AND signal.last_day
                ORDER BY day DESC LIMIT 1
            ) snapshot
            ORDER BY listed.rank LIMIT 1
        ) last
        CROSS JOIN LATERAL (
            SELECT day, price FROM cards_pricesnapshot
            WHERE card_id = signal.card_id AND finish = signal.finish AND source = last.source
              AND day BETWEEN signal.first_day AND signal.last_day
            ORDER BY CASE signal.action
                WHEN 'BUY' THEN price WHEN 'SELL' THEN -price ELSE abs(price - signal.price_at_issue)
            END DESC, day LIMIT 1
        ) peak
    ) outcome
    WHERE judged.id = outcome.id
    RETURNING judged.id
"""  # noqa: S608  (all of it is written above)
_VOID = """
    UPDATE signals_bridge_recommendation SET status = 'void', evaluated_at = %(now)s
    WHERE id = ANY(%(ids)s) AND status = 'closed' AND valid_until <= %(waited_since)s
    RETURNING id
"""
# A HOLD was right where its accuracy is at least 0.5, which is a move of at most 7.5 %.
_JUDGE_FOLLOWS = f"""
    UPDATE signals_bridge_recommendationaction AS follow
    SET user_profit_pct = {_percent("signal.price_end", "follow.entry_price")},
        outcome_accuracy = signal.accuracy_end,
        is_profitable = CASE signal.action
            WHEN 'HOLD' THEN abs(signal.price_peak - signal.price_at_issue) <= 0.075 * signal.price_at_issue
            ELSE {_gain("signal.price_end", "follow.entry_price")} > 0
        END
    FROM signals_bridge_recommendation signal
    WHERE signal.id = ANY(%(ids)s) AND follow.recommendation_id = signal.id
"""  # noqa: S608  (the same)
# Without an entry price there is no profit (a HOLD, which needs none, never counts). Asked by this cause:
# of `is_profitable`, null until a moment ago, the planner expects no row, and compares each with each.
_OUTCOMES = """
    SELECT follow.user_id, source.name, signal.external_id, follow.is_profitable, %(now)s::timestamptz
    FROM signals_bridge_recommendation signal
    JOIN signals_bridge_source source ON source.id = signal.source_id
    JOIN signals_bridge_recommendationaction follow ON follow.recommendation_id = signal.id
    WHERE signal.id = ANY(%(ids)s) AND follow.exclusion = '' AND follow.entry_price IS NOT NULL
"""

Place = tuple[datetime, int]  # the end and the id of the last call looked at


@dataclass(slots=True)
class Evaluation:
    """What became of the calls whose time is over."""

    evaluated: int = 0
    void: int = 0
    waiting: int = 0  # for a price, until a day after their end


def evaluate_signals() -> Evaluation:
    """Judge every call past its end. Safe to run twice, in parallel, and again after a crash.

    A call without one price in its days waits for 24 h and is void then. What is evaluated or void
    stays so, whatever prices come later.
    """
    total = Evaluation()
    for batch in _batches(database_now()):
        total.evaluated += batch.evaluated
        total.void += batch.void
        total.waiting += batch.waiting
    return total


def _batches(now: datetime) -> Iterator[Evaluation]:
    after: Place | None = _FIRST
    while after is not None:
        after, batch = _evaluate_batch(now, after)
        yield batch


@transaction.atomic
def _evaluate_batch(now: datetime, after: Place) -> tuple[Place | None, Evaluation]:
    """The calls that ended next after `after`: the last one's place (None: no more), and their fate."""
    due = _rows(_DUE, now=now, after_end=after[0], after_id=after[1], batch=BATCH)
    ids = [pk for _end, pk in due]
    evaluated, void = _settle(ids, now) if ids else ([], [])
    _tell_followers(evaluated, void, now)
    waiting = len(ids) - len(evaluated) - len(void)
    return (due[-1] if len(due) == BATCH else None), Evaluation(len(evaluated), len(void), waiting)


def _settle(ids: list[int], now: datetime) -> tuple[list[int], list[int]]:
    """Close the calls; which of them are evaluated then, and which void."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"ids": ids})
    evaluated = _rows(_EVALUATE, ids=ids, now=now, sources=settings.PRICE_SOURCES)
    void = _rows(_VOID, ids=ids, now=now, waited_since=now - WAIT_FOR_PRICES)
    return [pk for (pk,) in evaluated], [pk for (pk,) in void]


def _tell_followers(evaluated: list[int], void: list[int], now: datetime) -> None:
    if evaluated:
        with connection.cursor() as cursor:
            cursor.execute(_JUDGE_FOLLOWS, {"ids": evaluated})
        keep_signal_outcomes(query=_OUTCOMES, values={"ids": evaluated, "now": now})
    if evaluated or void:
        notify_selected(OUTCOME_NOTICES, {**OUTCOME_TEXTS, "ids": evaluated + void})


def _rows(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[Any] = cursor.fetchall()
    return found
