"""Charts are arithmetic: numbers in, places on a plot of 100 × 100 out."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import (
    MOST_ROWS,
    PLOT_HEIGHT,
    PLOT_TOP,
    BalanceBar,
    Level,
    LineChart,
    Mark,
    Point,
    axis,
    balance_bar,
    line_chart,
    share,
    thin,
)

DAY = date(2026, 3, 1)


def point(days: int, value: str | Decimal) -> Point:
    return Point(DAY + timedelta(days=days), Decimal(value))


def drawn(*args: Any, **kwargs: Any) -> LineChart:
    chart = line_chart(*args, **kwargs)
    assert chart is not None
    return chart


def test_a_curve_runs_from_the_first_day_to_the_last():
    chart = drawn([point(10, "20"), point(0, "10"), point(5, "12")])
    assert chart.curve == "M0 100L50 80L100 0"
    assert [line.value for line in chart.lines] == [Decimal(10), Decimal(15), Decimal(20)]
    assert [line.y for line in chart.lines] == [PLOT_TOP + PLOT_HEIGHT, PLOT_TOP + PLOT_HEIGHT / 2, PLOT_TOP]
    assert [(day.x, day.anchor) for day in chart.days] == [(0.0, "start"), (50.0, "middle"), (100.0, "end")]
    assert (chart.first.value, chart.last.value, chart.change) == (Decimal(10), Decimal(20), Decimal(10))


def test_without_a_point_there_is_no_chart():
    assert line_chart([]) is None


def test_one_price_is_a_level_line():
    chart = drawn([point(0, "5")])
    assert chart.curve.startswith("M0 ")
    assert chart.curve.endswith("H100")
    assert [day.day for day in chart.days] == [DAY]


def test_levels_and_marks_widen_the_axis():
    chart = drawn(
        [point(0, "10"), point(10, "11")],
        levels=[Level(Decimal(30), "Target", "ok")],
        marks=[Mark(point(20, "2"), "Outcome", "bad")],
    )
    assert chart.lines[0].value <= 2
    assert chart.lines[-1].value >= 30
    assert chart.days[-1].day == DAY + timedelta(days=20)
    (level,) = chart.levels
    assert (level.y, level.name, level.tone) == (PLOT_TOP, "Target", "ok")
    (dot,) = chart.dots
    assert (dot.x, dot.anchor, dot.name) == (100.0, "end", "Outcome")


def test_a_long_series_is_thinned_in_the_table_only():
    chart = drawn([point(n, str(n + 1)) for n in range(365)])
    assert chart.curve.count("L") == 364
    assert len(chart.rows) == MOST_ROWS
    assert (chart.rows[0], chart.rows[-1]) == (chart.first, chart.last)
    assert chart.thinned


def test_a_short_series_is_shown_whole():
    series = [point(n, "1") for n in range(MOST_ROWS)]
    assert thin(series) == tuple(series)
    assert not drawn(series).thinned


money = st.decimals(min_value=0, max_value="99999999.99", places=2)


@given(low=money, high=money)
def test_an_axis_encloses_its_values_in_few_round_steps(low, high):
    low, high = min(low, high), max(low, high)
    lines = axis(low, high)
    assert lines[0] <= low
    assert lines[-1] >= high
    assert lines[0] < lines[-1]
    assert 2 <= len(lines) <= 5
    steps = {later - earlier for earlier, later in pairwise(lines)}
    assert len(steps) == 1


@given(
    points=st.lists(st.tuples(st.integers(0, 4000), money), min_size=1, max_size=60, unique_by=lambda p: p[0])
)
def test_nothing_leaves_the_plot(points):
    chart = drawn([point(days, value) for days, value in points])
    corners = [corner.split() for corner in chart.curve[1:].replace("H", "L").split("L") if " " in corner]
    assert all(0 <= float(x) <= 100 and 0 <= float(y) <= 100 for x, y in corners)


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(0, 0, 0.0), (1, 0, 0.0), (1, 4, 25.0), (5, 4, 100.0), (-1, 4, 0.0), (Decimal("4.9"), 5, 98.0)],
)
def test_a_share_is_a_width(part, whole, width):
    assert share(part, whole) == width


@pytest.mark.parametrize(
    ("give", "get", "bar"),
    [
        ("24.60", "24.60", BalanceBar(0, 100.0, 100.0)),
        ("10", "40", BalanceBar(75.0, 25.0, 100.0)),
        ("0", "5", BalanceBar(100.0, 0.0, 100.0)),
        ("0", "0", BalanceBar(100.0, 0.0, 0.0)),
    ],
)
def test_both_sides_share_one_scale(give, get, bar):
    assert balance_bar(Decimal(give), Decimal(get)) == bar
