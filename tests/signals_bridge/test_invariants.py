"""What PostgreSQL itself refuses, whoever writes: here plain INSERTs, past every service."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.clock import database_now
from signals_bridge.models import Recommendation, RecommendationAction, Source
from signals_bridge.services import follow_signal
from signals_bridge.services.evaluating import _DUE
from tests.signals_bridge.factories import SignalFactory, SourceFactory

DAY = timedelta(days=1)


def copy(row: Any, **changes: Any) -> None:
    """Insert `row` once more with `changes`, by plain SQL."""
    names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = [changes.get(name, getattr(row, name)) for name in names]
    places = ", ".join(["%s"] * len(names))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {row._meta.db_table} ({', '.join(names)}) VALUES ({places})", values)


def refusal(row: Any, **changes: Any) -> str:
    """The name of the constraint that stops it."""
    with pytest.raises(DatabaseError) as error:
        copy(row, **changes)
    return str(error.value.__cause__.diag.constraint_name)


def test_a_call_can_be_copied_under_another_id(signal) -> None:
    """So that what stops the others is what they change."""
    copy(signal, external_id="another")
    assert Recommendation.objects.count() == 2


OUTCOME = {
    "status": "evaluated",
    "evaluated_at": database_now,
    "price_end": 12,
    "price_peak": 13,
    "peak_day": "2026-01-01",
    "accuracy_end": 0.4,
    "accuracy_peak": 0.6,
    "profit_pct_end": 20,
    "profit_pct_peak": 30,
}


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"external_id": ""}, "signal_has_external_id"),
        ({"action": "WAIT"}, "signal_action_known"),
        ({"finish": "shiny"}, "signal_finish_known"),
        ({"status": "open"}, "signal_settled_has_time"),
        ({"price_at_issue": 0}, "signal_price_bounds"),
        ({"price_at_issue": "NaN"}, "signal_price_bounds"),
        ({"target_price": None}, "signal_target_side"),
        ({"target_price": 10}, "signal_target_side"),
        ({"target_price": "NaN"}, "signal_target_side"),
        ({"action": "SELL"}, "signal_target_side"),
        ({"action": "SELL", "target_price": None}, "signal_target_side"),
        ({"action": "SELL", "target_price": 0}, "signal_target_side"),
        ({"action": "HOLD"}, "signal_target_side"),
        ({"confidence": "1.01"}, "signal_confidence_bounds"),
        ({"confidence": "-0.01"}, "signal_confidence_bounds"),
        ({"confidence": "NaN"}, "signal_confidence_bounds"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "signal_ends_later"),
        ({"publisher_owns": 1}, "signal_positions_whole"),
        ({"publisher_owns": 1, "publisher_offers": 2, "publisher_wants": 0}, "signal_positions_whole"),
        ({"status": "evaluated", "evaluated_at": "2026-01-01T00:00:00Z"}, "signal_outcome_whole"),
        ({"price_end": 12}, "signal_outcome_whole"),
        ({"status": "void"}, "signal_settled_has_time"),
        ({"evaluated_at": "2026-01-01T00:00:00Z"}, "signal_settled_has_time"),
        ({**OUTCOME, "accuracy_end": 1.1}, "signal_outcome_bounds"),
        ({**OUTCOME, "accuracy_peak": "NaN"}, "signal_outcome_bounds"),
        ({**OUTCOME, "price_peak": 0}, "signal_outcome_bounds"),
        ({**OUTCOME, "profit_pct_end": None}, "signal_outcome_whole"),
    ],
)
def test_no_call_that_makes_no_sense(signal, changes, constraint) -> None:
    changes = {name: value() if callable(value) else value for name, value in changes.items()}
    assert refusal(signal, **{"external_id": "another", **changes}) == constraint


def test_a_sources_ids_are_its_own(signal) -> None:
    assert refusal(signal) == "signal_once_per_source"
    copy(signal, source_id=SourceFactory().pk)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"tracking": "guessed"}, "follow_tracking_known"),
        ({"tracking": "implicit"}, "follow_tracking_known"),
        ({"exclusion": "luck"}, "follow_exclusion_known"),
        ({"entry_price": 0}, "follow_entry_price_bounds"),
        ({"entry_price": "NaN"}, "follow_entry_price_bounds"),
        ({"outcome_accuracy": "1.1"}, "follow_accuracy_bounds"),
        ({"outcome_accuracy": "NaN"}, "follow_accuracy_bounds"),
    ],
)
def test_no_follow_that_makes_no_sense(bob, charlie, signal, changes, constraint) -> None:
    follow = follow_signal(signal_id=signal.pk, by=bob)
    assert refusal(follow, **{"user_id": charlie.pk, **changes}) == constraint


def test_one_follow_per_user_and_call(bob, charlie, signal) -> None:
    follow = follow_signal(signal_id=signal.pk, by=bob)
    assert refusal(follow) == "follow_once_per_user"
    copy(follow, user_id=charlie.pk)
    assert RecommendationAction.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"name": "Acme"}, "signal_source_name"),
        ({"name": ""}, "signal_source_name"),
        ({"name": "trader-1"}, "signal_source_personal_name"),
        ({"name": "beta", "is_personal": True}, "signal_source_personal_name"),
        ({"name": "trader-1", "is_personal": True, "publisher_id": None}, "signal_source_personal_name"),
    ],
)
def test_names_of_sources(acme, changes, constraint) -> None:
    assert refusal(acme, **changes) == constraint


def test_a_trader_has_one_source_of_their_own(acme) -> None:
    own = SourceFactory(publisher=acme.publisher, is_personal=True)
    assert refusal(own, name="trader-0") == "signal_source_one_personal"
    assert Source.objects.count() == 2


# --- the machine of a call's status ----------------------------------------------------------

EDGES = {("active", "close"): "closed", ("closed", "evaluate"): "evaluated", ("closed", "void"): "void"}


@pytest.mark.parametrize("verb", ["close", "evaluate", "void"])
@pytest.mark.parametrize("status", ["active", "closed", "evaluated", "void"])
def test_every_edge_and_no_other(bob, signal, status, verb) -> None:
    from django_fsm import TransitionNotAllowed, can_proceed, has_transition_perm

    call = Recommendation(status=status)
    assert not has_transition_perm(getattr(call, verb), bob)  # the clock's alone
    assert can_proceed(getattr(call, verb)) == ((status, verb) in EDGES)
    now = () if verb == "close" else (database_now(),)
    if (status, verb) in EDGES:
        getattr(call, verb)(*now)
        assert call.status == EDGES[status, verb]
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(call, verb)(*now)


def test_the_clock_finds_calls_by_the_index_of_those_that_are_over(acme, opt) -> None:
    """A handful among thousands that are settled long since."""
    now = database_now()
    SignalFactory(source=acme, card=opt, issued_at=now - 40 * DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO signals_bridge_recommendation (source_id, external_id, card_id, finish, action,
                price_at_issue, confidence, rationale, issued_at, valid_until, received_at, status, evaluated_at)
            SELECT %s, 'old' || n, %s, 'nonfoil', 'HOLD', 10, 0.5, '', %s, %s, %s, 'void', %s
            FROM generate_series(1, 3000) n
            """,
            [acme.pk, opt.pk, now - 90 * DAY, now - 60 * DAY, now - 90 * DAY, now],
        )
        cursor.execute("ANALYZE signals_bridge_recommendation")
        asked: dict[str, Any] = {"now": now, "after_end": now - 99 * DAY, "after_id": 0, "batch": 5_000}
        cursor.execute(f"EXPLAIN {_DUE}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using signal_to_settle" in plan
