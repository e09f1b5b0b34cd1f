"""Geometry of the charts drawn on the server: numbers in, coordinates out, no markup, no clock.

A chart's plot is 100 × 100 and stretched to the page by the browser; labels and dots lie outside
of the stretched part (x in percent of the width, y in pixels), so letters keep their size from a
phone to a desk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

PLOT_TOP, PLOT_HEIGHT = 20, 164  # pixels inside the drawing
MOST_ROWS = 40  # in the table beside a chart; longer series are thinned, evenly
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Point:
    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line, as a target price. `tone` as in core.symbols."""

    value: Decimal
    name: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot on the curve, as the day somebody followed a signal."""

    point: Point
    name: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Line:
    y: float
    value: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    x: float
    day: date
    anchor: str


@dataclass(frozen=True, slots=True)
class DrawnLevel:
    y: float
    name: str
    tone: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    name: str
    tone: str
    anchor: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class LineChart:
    curve: str  # path in the plot of 100 × 100
    lines: tuple[Line, ...]
    days: tuple[Day, ...]
    levels: tuple[DrawnLevel, ...]
    dots: tuple[Dot, ...]
    rows: tuple[Point, ...]
    thinned: bool  # the table leaves days out
    first: Point
    last: Point
    change: Decimal  # last − first


def line_chart(
    points: Iterable[Point], levels: Sequence[Level] = (), marks: Sequence[Mark] = ()
) -> LineChart | None:
    """The curve of `points` over time; None without any point.

    Values and days may come in any order; one value a day. The vertical axis covers the values,
    levels and marks and does not start at zero: it shows movement, so nothing is filled below.
    """
    series = sorted(points, key=lambda point: point.day)
    if not series:
        return None
    everything = [*(p.value for p in series), *(lv.value for lv in levels), *(m.point.value for m in marks)]
    lines = axis(min(everything), max(everything))
    low, high = lines[0], lines[-1]
    start, end = series[0].day, max([series[-1].day, *(m.point.day for m in marks)])
    start = min([start, *(m.point.day for m in marks)])

    def across(day: date) -> float:
        return 50.0 if start == end else round((day - start) / (end - start) * 100, 2)

    def up(value: Decimal) -> float:
        return round(float((high - value) / (high - low)) * 100, 2)

    def down(value: Decimal) -> float:
        return round(PLOT_TOP + up(value) * PLOT_HEIGHT / 100, 1)

    rows = thin(series)
    return LineChart(
        curve=_path([(across(p.day), up(p.value)) for p in series]),
        lines=tuple(Line(down(value), value) for value in lines),
        days=tuple(Day(across(day), day, _anchor(across(day))) for day in _days(start, end)),
        levels=tuple(DrawnLevel(down(lv.value), lv.name, lv.tone, lv.value) for lv in levels),
        dots=tuple(
            Dot(x := across(m.point.day), down(m.point.value), m.name, m.tone, _anchor(x), m.point.value)
            for m in marks
        ),
        rows=rows,
        thinned=len(rows) < len(series),
        first=series[0],
        last=series[-1],
        change=series[-1].value - series[0].value,
    )


def axis(low: Decimal, high: Decimal, steps: int = 3) -> list[Decimal]:
    """Round values for grid lines, lowest first, that enclose low … high in about `steps` steps."""
    if low == high:
        low, high = (low - 1, high + 1) if low <= 0 else (low * Decimal("0.9"), high * Decimal("1.1"))
    step = _round_step((high - low) / steps)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [step * (first + i) for i in range(int(last - first) + 1)]


def thin(series: Sequence[Point], most: int = MOST_ROWS) -> tuple[Point, ...]:
    """At most `most` points, evenly, always with the first and the last."""
    if len(series) <= most:
        return tuple(series)
    return tuple(series[round(i * (len(series) - 1) / (most - 1))] for i in range(most))


def share(part: Decimal | int | float, whole: Decimal | int | float) -> float:
    """`part` of `whole` as a width of 0 … 100; 0 of nothing is 0."""
    if not whole:
        return 0.0
    return round(min(max(float(part) / float(whole), 0.0), 1.0) * 100, 1)


@dataclass(frozen=True, slots=True)
class BalanceBar:
    """Two bars that leave the middle (100 of 200): what you give to the left, what you get to the right."""

    give_x: float
    give_width: float
    get_width: float


def balance_bar(give: Decimal, get: Decimal) -> BalanceBar:
    """Both totals on one scale, the larger one fills its half."""
    larger = max(give, get)
    width = share(give, larger)
    return BalanceBar(give_x=round(100 - width, 1), give_width=width, get_width=share(get, larger))


def _round_step(rough: Decimal) -> Decimal:
    """The next step of 1, 2, 2.5 or 5 times a power of ten."""
    power = Decimal(10) ** rough.adjusted()
    return next(step * power for step in _STEPS if step * power >= rough)


def _path(corners: Sequence[tuple[float, float]]) -> str:
    if len(corners) == 1:
        (_, y) = corners[0]
        return f"M0 {y:g}H100"  # one price is a level, not a dot that nobody sees
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)


def _days(start: date, end: date) -> list[date]:
    span = (end - start).days
    if span < 2:
        return sorted({start, end})
    return [start, start + timedelta(days=span // 2), end]


def _anchor(x: float) -> str:
    """Where a label hangs, so that it never leaves the drawing."""
    return "start" if x < 15 else "end" if x > 85 else "middle"
