"""The curve of a score, of the days on which it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from core.charts import LineChart, Point, line_chart
from reputation.models import ReputationPoint

SHOWN = timedelta(days=365)
DAY = timedelta(days=1)


def curve_of(user: User, today: date) -> LineChart | None:
    """The last year's curve; None while there is no point. One query."""
    points = ReputationPoint.objects.filter(user=user, day__gte=today - SHOWN).order_by("day")
    return line_chart(_steps(list(points.values_list("day", "score")), today))


def _steps(points: list[tuple[date, int]], today: date) -> Iterator[Point]:
    """A score stays as it was until the day of the next point."""
    for n, (day, score) in enumerate(points):
        yield Point(day, Decimal(score))
        until = points[n + 1][0] - DAY if n + 1 < len(points) else today
        if until > day:
            yield Point(until, Decimal(score))
