"""What the clock does to calls past their end, and what it brings those who follow them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cards.models import Card, CurrentPrice, PriceSnapshot
from core.clock import clock_at
from core.redis import connection as redis
from notifications.models import Notification
from reputation.models import SignalOutcome, UserReputation
from reputation.services import recalculate_all
from signals_bridge import tasks
from signals_bridge.models import Recommendation, RecommendationAction
from signals_bridge.services import Evaluation, evaluate_signals, evaluating, follow_signal
from tests.factories import CardFactory, UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ISSUED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENDS = ISSUED + 30 * DAY  # 31 March


def came(card: Card, day: date, price: str, source: str = "csv") -> None:
    PriceSnapshot.objects.create(card=card, finish="nonfoil", source=source, day=day, price=Decimal(price))


def call_on(card: Card | None = None, **said: Any) -> Recommendation:
    """A BUY at $10 for $15, of March."""
    said = {"issued_at": ISSUED, "valid_until": ENDS, **said}
    call: Recommendation = SignalFactory(card=card or CardFactory(), **said)
    return call


def followed(
    call: Recommendation, user: Any, price: str | None = "10.00", on: datetime = ISSUED + DAY
) -> Any:
    """`user` presses Follow while a copy costs so much, by a price older than the call's own days."""
    of = {"card": call.card, "finish": call.finish}
    at = {"source": "csv", "day": (ISSUED - DAY).date()}
    PriceSnapshot.objects.filter(**of, **at).delete()
    CurrentPrice.objects.filter(**of).delete()
    if price is not None:
        for table in (PriceSnapshot, CurrentPrice):
            table.objects.create(**of, **at, price=Decimal(price))
    with clock_at(on):
        return follow_signal(signal_id=call.pk, by=user)


def run(after_the_end: timedelta = timedelta()) -> tuple[int, int, int]:
    with clock_at(ENDS + after_the_end):
        done = evaluate_signals()
    return done.evaluated, done.void, done.waiting


def status(call: Recommendation) -> str:
    return str(Recommendation.objects.values_list("status", flat=True).get(pk=call.pk))


def result(follow: RecommendationAction) -> tuple[Any, ...]:
    follow = RecommendationAction.objects.get(pk=follow.pk)
    return follow.user_profit_pct, follow.outcome_accuracy, follow.is_profitable


def told(user: Any) -> list[tuple[str, str]]:
    lines = Notification.objects.of(user).filter(category="signals").order_by("pk")
    return [(line.kind, line.line) for line in lines]


def written() -> list[list[Any]]:
    """Every row that a run may write, in full."""
    tables = (Recommendation, RecommendationAction, SignalOutcome, Notification)
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


# --- when ------------------------------------------------------------------------------------


def test_not_before_the_end() -> None:
    call = call_on()
    came(call.card, ISSUED.date(), "12.00")
    assert run(-timedelta(seconds=5)) == (0, 0, 0)
    assert status(call) == "active"
    assert run() == (1, 0, 0)
    judged = Recommendation.objects.get(pk=call.pk)
    assert judged.status == "evaluated"
    assert ENDS <= judged.evaluated_at < ENDS + HOUR


def test_a_second_run_changes_nothing(bob) -> None:
    """Nor do prices that come or change later."""
    good, lost = call_on(), call_on()
    came(good.card, ISSUED.date(), "12.00")
    for call in (good, lost):
        followed(call, bob)
    assert run(DAY) == (1, 1, 0)
    before = written()
    for call in (good, lost):
        came(call.card, ENDS.date(), "99.00")
        came(call.card, ISSUED.date(), "88.00", source="scryfall")
    PriceSnapshot.objects.filter(price=12).update(price=77)
    assert run(DAY) == run(40 * DAY) == (0, 0, 0)
    assert written() == before


def test_a_closed_call_waits_a_day_for_a_price(bob) -> None:
    call = call_on()
    follow = followed(call, bob)
    assert run() == (0, 0, 1)
    assert status(call) == "closed"
    assert run(24 * HOUR - timedelta(seconds=5)) == (0, 0, 1)
    assert (told(bob), written()[2]) == ([], [])
    came(call.card, ENDS.date(), "15.00")  # late, and in time
    assert run(24 * HOUR - timedelta(seconds=4)) == (1, 0, 0)
    assert result(follow) == (50, 1, True)


def test_without_a_price_it_is_void_for_everybody(bob, charlie) -> None:
    call = call_on()
    came(call.card, ENDS.date() + DAY, "15.00")  # a day too late
    follows = [followed(call, user) for user in (bob, charlie)]
    assert run(24 * HOUR) == (0, 1, 0)
    judged = Recommendation.objects.get(pk=call.pk)
    assert (judged.status, judged.price_end, judged.accuracy_end) == ("void", None, None)
    assert judged.evaluated_at >= ENDS + DAY
    assert [result(follow) for follow in follows] == [(None, None, None)] * 2
    line = f"The signal on {call.card.name} is void: there was no price to judge it by."
    assert told(bob) == told(charlie) == [("signal_void", line)]
    assert not SignalOutcome.objects.exists()
    came(call.card, ENDS.date(), "15.00")
    assert run(25 * HOUR) == (0, 0, 0)
    assert status(call) == "void"


def test_a_price_that_came_while_nobody_looked_is_still_one() -> None:
    """Nobody has called it void yet, so it is judged and not thrown away."""
    call = call_on()
    came(call.card, ENDS.date(), "15.00")
    assert run(10 * DAY) == (1, 0, 0)
    assert status(call) == "evaluated"


def test_every_batch_is_reached_whatever_waits(monkeypatch) -> None:
    monkeypatch.setattr(evaluating, "BATCH", 3)
    ends = [ENDS - number % 3 * HOUR for number in range(11)]
    calls = [call_on(valid_until=end) for end in ends]
    for call in calls[::2]:
        came(call.card, ISSUED.date(), "12.00")
    assert run() == (6, 0, 5)
    assert [status(call) for call in calls] == ["evaluated", "closed"] * 5 + ["evaluated"]


# --- whose profit ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "entry", "expected"),
    [
        # It ends at $12. A BUY from $8: 4/8 = 50 %; from $12: 0; from $12.50: −0.5/12.5 = −4 %;
        # from $9: 3/9 = 33.33333…; from $11.99: 0.01/11.99 = 0.0834 % (0.08340284…).
        ("BUY", "8.00", ("50", "0.4", True)),
        ("BUY", "12.00", ("0", "0.4", False)),
        ("BUY", "12.50", ("-4", "0.4", False)),
        ("BUY", "9.00", ("33.3333", "0.4", True)),
        ("BUY", "11.99", ("0.0834", "0.4", True)),
        # A SELL from $16: 4/16 = 25 %; from $10: −2/10 = −20 %. For $5 it went the wrong way: 0.
        ("SELL", "16.00", ("25", "0", True)),
        ("SELL", "10.00", ("-20", "0", False)),
        # A HOLD moved 2/10 = 0.2: accuracy 0, so nobody was right, whatever they paid.
        ("HOLD", "8.00", ("50", "0", False)),
    ],
)
def test_profit_from_the_entry_price(bob, action, entry, expected) -> None:
    call = call_on(action=action)
    follow = followed(call, bob, entry)
    came(call.card, ISSUED.date(), "10.00")
    came(call.card, ENDS.date(), "12.00")
    assert run() == (1, 0, 0)
    percent, accuracy, profitable = expected
    assert result(follow) == (Decimal(percent), Decimal(accuracy), profitable)


def test_a_profit_too_small_for_its_percentage_is_one(bob) -> None:
    """0.01 / 1000000 = 0.000001 % rounds to 0, and is a profit."""
    call = call_on()
    follow = followed(call, bob, "1000000.00")
    came(call.card, ENDS.date(), "1000000.01")
    run()
    assert result(follow) == (0, 1, True)


@pytest.mark.parametrize(
    ("top", "right"), [("10.75", True), ("10.76", False), ("9.25", True), ("9.24", False)]
)
def test_a_hold_is_right_up_to_seven_and_a_half_percent(bob, top, right) -> None:
    call = call_on(action="HOLD")
    follow = followed(call, bob)
    came(call.card, ISSUED.date() + DAY, top)
    came(call.card, ENDS.date(), "10.00")
    run()
    assert result(follow)[2] is right


def test_who_followed_without_a_price_has_no_profit(bob) -> None:
    call = call_on()
    follow = followed(call, bob, None)
    came(call.card, ENDS.date(), "15.00")
    run()
    assert result(follow) == (None, 1, None)
    line = f"The signal on {call.card.name} is over; there was no price when you followed it."
    assert told(bob) == [("signal_evaluated", line)]
    assert not SignalOutcome.objects.exists()


# --- what is told ----------------------------------------------------------------------------


def test_everybody_is_told_their_own_outcome_once(alice, bob, charlie) -> None:
    opt = CardFactory(name="Opt")
    call = call_on(opt)
    came(opt, ENDS.date(), "12.00")
    for user, entry in ((bob, "8.00"), (charlie, "15.00")):
        followed(call, user, entry)
    assert [run(), run()] == [(1, 0, 0), (0, 0, 0)]
    # 4/8 = 50 %; −3/15 = −20 %
    assert told(bob) == [("signal_evaluated", "The BUY of Opt is over: +50.00 % for you.")]
    assert told(charlie) == [("signal_evaluated", "The BUY of Opt is over: −20.00 % for you.")]
    assert told(alice) == []  # who follows nothing
    line = Notification.objects.get(user=bob)
    assert (line.url, line.subject) == (f"/signals/{call.pk}/", f"signal:{call.pk}")


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("SELL", "The SELL of Opt is over: +4.00 % for you."),
        ("HOLD", "The HOLD of Opt is over: 73 % accurate."),  # 1 − 0.04/0.15 = 0.7333
    ],
)
def test_the_words_for_other_actions(bob, action, words) -> None:
    call = call_on(CardFactory(name="Opt"), action=action)
    followed(call, bob)
    came(call.card, ENDS.date(), "9.60")
    run()
    assert told(bob) == [("signal_evaluated", words)]


# --- what counts -----------------------------------------------------------------------------


def outcomes_of(user: Any) -> list[tuple[str, str, bool]]:
    rows = SignalOutcome.objects.filter(user=user).order_by("pk")
    return [(row.source, row.external_id, row.profitable) for row in rows]


def test_what_counts_reaches_reputation_and_what_does_not_is_only_shown(alice, bob) -> None:
    acme = SourceFactory(name="acme", publisher=PublisherFactory(user=bob))
    wire = SourceFactory(name="wire")
    opt = CardFactory()
    follows = {
        "counts": followed(call_on(opt, source=wire, external_id="w1"), bob),
        "repeated": followed(call_on(opt, source=wire, external_id="w2"), bob, on=ISSUED + 2 * DAY),
        "hold": followed(call_on(action="HOLD", source=wire), bob),
        "own": followed(call_on(source=acme), bob),
        "late": followed(call_on(source=wire), bob, on=ENDS - 7 * DAY + HOUR),
        "lost": followed(call_on(source=wire, external_id="w3"), bob, "12.00"),
        "no price": followed(call_on(source=wire), bob, None),
    }
    for card in Card.objects.all():
        came(card, ENDS.date(), "10.50")
    assert run() == (7, 0, 0)
    assert [follow.counts for follow in follows.values()] == [True, False, False, False, False, True, True]
    assert {name: result(follow)[2] for name, follow in follows.items()} == {
        "counts": True, "repeated": True, "hold": True, "own": True, "late": True, "lost": False, "no price": None
    }  # fmt: skip
    assert outcomes_of(bob) == [("wire", "w1", True), ("wire", "w3", False)]
    assert len(told(bob)) == 7
    recalculate_all()
    figures = UserReputation.objects.get(user=bob)
    assert (figures.signals_followed, figures.signals_profitable) == (2, 1)
    assert figures.signal_accuracy_pct == 50


def test_the_figures_are_rebuilt_soon(bob, charlie, django_capture_on_commit_callbacks) -> None:
    call = call_on()
    came(call.card, ENDS.date(), "12.00")
    for user in (bob, charlie):
        followed(call, user)
    redis().delete("celery")
    with django_capture_on_commit_callbacks(execute=True):
        run()
    assert redis().llen("celery") == 2
    redis().delete("celery")


@pytest.mark.django_db(transaction=True)
def test_both_ways_of_counting_agree_on_the_figures() -> None:
    people = [UserFactory() for _ in range(4)]
    for number in range(7):
        call = call_on(external_id=str(number))
        for user in people[number % 3 :]:
            followed(call, user, f"{8 + number}.00")
        came(call.card, ENDS.date(), "12.00")
    assert run() == (7, 0, 0)
    recalculate_all()
    last = UserReputation.objects.get(user=people[-1])
    # From 8, 9, 10 and 11 to 12 it is a profit, from 12, 13 and 14 it is none.
    assert (last.signals_followed, last.signals_profitable) == (7, 4)
    out = StringIO()
    call_command("verifyreputation", stdout=out)
    assert "no difference" in out.getvalue()


# --- by hand and by beat ---------------------------------------------------------------------


def test_the_command_as_of_a_day() -> None:
    call = call_on()
    came(call.card, ENDS.date(), "12.00")
    call_on()
    out = StringIO()
    call_command("evaluatesignals", as_of="2026-03-31T11:59:00Z", stdout=out)
    call_command("evaluatesignals", as_of="2026-03-31T12:00:00Z", stdout=out)
    call_command("evaluatesignals", as_of="2026-04-01T12:00:00Z", stdout=out)
    assert out.getvalue().splitlines() == [
        "0 evaluated, 0 void, 0 waiting for a price.",
        "1 evaluated, 0 void, 1 waiting for a price.",
        "0 evaluated, 1 void, 0 waiting for a price.",
    ]
    with pytest.raises(CommandError, match="not a time"):
        call_command("evaluatesignals", as_of="soon")


def test_beat_has_it(settings) -> None:
    scheduled = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.evaluate_signals.name in scheduled
    assert tasks.evaluate_signals() == {"evaluated": 0, "void": 0, "waiting": 0}
    assert evaluate_signals() == Evaluation(0, 0, 0)


def test_any_number_of_calls_and_follows_is_the_same_statements(bob, charlie) -> None:
    def statements(calls: int, users: list[Any]) -> int:
        for _ in range(calls):
            call = call_on()
            came(call.card, ENDS.date(), "12.00")
            for user in users:
                followed(call, user)
        with CaptureQueriesContext(connection) as queries:
            assert run()[0] == calls
        return len(queries)

    assert statements(1, [bob]) == statements(3, [bob, charlie])
