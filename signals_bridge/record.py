"""The public record of those who make calls: how often they were right, and whether they knew it.

Whose record it is: a trader's own calls are one; the imported sources of one account are one together,
so that nobody gets a clean record by taking a new name; a source of the site's operators is one.
Void calls are in no record. What is a hit is asked of the prices, before any rounding: a BUY or SELL
that ended on its side of the price at issue (accuracy_end > 0), a HOLD that never moved by more than
7.5 % (accuracy ≥ 0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    DecimalField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from signals_bridge.models import Action, Recommendation, SignalStatus, Source

_NUMBER = DecimalField(max_digits=40, decimal_places=12)
_PLACES = Decimal("0.0001")

HIT = (
    Q(action=Action.BUY, price_end__gt=F("price_at_issue"))
    | Q(action=Action.SELL, price_end__lt=F("price_at_issue"))
    | Q(
        action=Action.HOLD,
        price_peak__range=(F("price_at_issue") * Decimal("0.925"), F("price_at_issue") * Decimal("1.075")),
    )
)
LATE = timedelta(days=1)  # between issue and arrival: from then on prices of its days were known
AFTERWARDS = Q(received_at__gt=F("issued_at") + LATE)


@dataclass(frozen=True, slots=True)
class Record:
    """Of `n` evaluated calls: `hits` right, `afterwards` told when some of their prices were known.

    Rates are 0–1, to 4 places. `brier` is the mean of (confidence − hit)²; who always says how often
    they are right on the whole gets `baseline` h(1 − h), so a smaller Brier score is knowing more.
    """

    n: int
    hits: int
    mean_accuracy: Decimal
    brier: Decimal
    afterwards: int

    @property
    def hit_rate(self) -> Decimal:
        return _mean(Decimal(self.hits), self.n)

    @property
    def baseline(self) -> Decimal:
        return _mean(Decimal(self.hits * (self.n - self.hits)), self.n * self.n)


def publishers_seen_by(viewer: Any) -> QuerySet[Source]:
    """Everybody with a record, a row each: the first `Source` of those that count together.

    One query. `names` are all its sources, `calls` is n, to sort by; `record_of` reads the rest.
    """
    is_first = ~Exists(_together(OuterRef).filter(pk__lt=OuterRef("pk")))
    return (
        _with_account(Source.objects.exclude(pk__in=Source.objects.hidden_from(viewer).values("pk")))
        .filter(is_first)
        .annotate(
            figures=Subquery(_figures()),
            calls=Coalesce(Subquery(_calls().values(n=_sum(Value(1)))), 0, output_field=IntegerField()),
            names=ArraySubquery(_together(OuterRef).order_by("pk").values("name")),
        )
        .filter(calls__gt=0)
        .select_related("publisher__user")
    )


def record_of(source: Source) -> Record | None:
    """The record that calls under `source` are part of; None before the first of them is evaluated.

    No query for a row of `publishers_seen_by`, else one.
    """
    figures = getattr(source, "figures", None)
    return records_of([source])[source.pk] if figures is None else _record(figures)


def records_of(sources: Iterable[Source]) -> dict[int, Record | None]:
    """The same for many sources by their ids, in one query."""
    found = _with_account(Source.objects.filter(pk__in={source.pk for source in sources}))
    return {pk: _record(figures) for pk, figures in found.values_list("pk", Subquery(_figures()))}


def _record(figures: list[Decimal]) -> Record | None:
    n, hits, accuracy, brier, afterwards = figures
    if not n:
        return None
    return Record(int(n), int(hits), _mean(accuracy, n), _mean(brier, n), int(afterwards))


def _with_account(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Each with the account whose imported sources count together; none for a trader's own."""
    return sources.annotate(account=Case(When(is_personal=False, then=F("publisher"))))


def _together(outer: Callable[[str], Any]) -> QuerySet[Source]:
    """The sources whose calls are one record with those of the outer query's source, itself included."""
    of_the_account = Q(publisher=outer("account"), is_personal=False)
    sources: QuerySet[Source] = Source.objects.filter(Q(pk=outer("pk")) | of_the_account)
    return sources


def _calls() -> QuerySet[Recommendation]:
    together = _together(lambda name: OuterRef(OuterRef(name))).values("pk")
    calls: QuerySet[Recommendation] = Recommendation.objects.filter(
        status=SignalStatus.EVALUATED, source__in=together
    )
    return calls


def _figures() -> QuerySet[Any]:
    """One row, one array: n, hits, and the sums of accuracy, (confidence − hit)² and those afterwards."""
    miss = F("confidence") - _one_if(HIT)
    sums = [_one_if(Q()), _one_if(HIT), F("accuracy_end"), miss * miss, _one_if(AFTERWARDS)]
    array = Func(*map(_sum, sums), template="ARRAY[%(expressions)s]", output_field=ArrayField(_NUMBER))
    return _calls().values(figures=array)


def _one_if(condition: Q) -> Any:
    return Case(When(condition, then=1), default=0, output_field=_NUMBER) if condition else Value(1)


def _sum(of: Any) -> Func:
    """SUM over all rows: Django's own Sum would group them by their keys."""
    return Func(of, function="SUM", output_field=_NUMBER)


def _mean(total: Decimal, count: Decimal | int) -> Decimal:
    return (total / count).quantize(_PLACES, ROUND_HALF_UP)
