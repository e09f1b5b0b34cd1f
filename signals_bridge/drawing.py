"""A call as a line over time: its prices, where it began, what it aimed at, where it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from cards.models import PriceSnapshot
from core.charts import Level, LineChart, Mark, Point, line_chart
from signals_bridge.models import Action, Recommendation, RecommendationAction

BEFORE = timedelta(days=30)  # shown of the time before the call
ROOM_FOR_A_NAME = 7  # names fit beside each other along the whole line, on a phone
_TONES = {Action.BUY: "ok", Action.SELL: "bad"}


def chart_of(signal: Recommendation, follow: RecommendationAction | None = None) -> LineChart | None:
    """Daily prices from a month before the call to its end, at the source that judges it.

    One query; None where there are no prices. Days are UTC, money is site currency.
    """
    first, last = _day(signal.issued_at), _day(signal.valid_until)
    series = _series(signal, first, last)
    return line_chart(series, _levels(signal), _marks(signal, series, follow))


def _series(signal: Recommendation, first: date, last: date) -> list[Point]:
    """The prices of one source: the first listed one with a price in the call's days, else with any."""
    snapshots = PriceSnapshot.objects.filter(
        card=signal.card_id, finish=signal.finish, day__range=(first - BEFORE, last)
    )
    by_source: dict[str, list[Point]] = {}
    for source, day, price in snapshots.values_list("source", "day", "price"):
        by_source.setdefault(source, []).append(Point(day, price))
    listed = [by_source[name] for name in settings.PRICE_SOURCES if name in by_source]
    judging = (points for points in listed if any(point.day >= first for point in points))
    return next(judging, listed[0] if listed else [])


def _levels(signal: Recommendation) -> list[Level]:
    levels = [Level(signal.price_at_issue, _("At issue"), "plain")]
    if signal.target_price is not None:
        levels.append(Level(signal.target_price, _("Target"), _TONES[Action(signal.action)]))
    return levels


def _marks(signal: Recommendation, series: list[Point], follow: RecommendationAction | None) -> list[Mark]:
    """Where it ended, where it was best (or, of a HOLD, farthest), and where the reader came in.

    What lies too close to a mark before it is left out: their names would lie on each other.
    """
    if not series:
        return []
    room = (max(point.day for point in series) - min(point.day for point in series)) / ROOM_FOR_A_NAME
    marks: list[Mark] = []
    for mark in _wished(signal, series, follow):
        same = next((other for other in marks if other.point == mark.point), None)
        if same is not None:
            marks[marks.index(same)] = Mark(mark.point, f"{mark.name} · {same.name}")
        elif all(abs(mark.point.day - other.point.day) >= room for other in marks):
            marks.append(mark)
    return sorted(marks, key=lambda mark: mark.point.day)


def _wished(
    signal: Recommendation, series: list[Point], follow: RecommendationAction | None
) -> Iterator[Mark]:
    if signal.price_end is not None and signal.price_peak is not None and signal.peak_day is not None:
        # What came after it was judged changed nothing, so the last day of the series may be another.
        known = (point.day for point in series if point.value == signal.price_end)
        yield Mark(Point(max(known, default=_day(signal.valid_until)), signal.price_end), _("End"))
        best = _("Farthest") if signal.action == Action.HOLD else _("Best")
        yield Mark(Point(signal.peak_day, signal.price_peak), best)
    if follow is not None and follow.entry_price is not None:
        yield Mark(Point(_day(follow.acted_at), follow.entry_price), _("You"))


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
