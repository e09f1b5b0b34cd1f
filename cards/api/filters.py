"""What the lists of binders and wants can be narrowed to."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import BaseInFilter, BooleanFilter, CharFilter, ChoiceFilter, DateFilter, FilterSet

from cards.models import Condition, Finish, Holding, Language, PriceSnapshot, Variant, Want
from cards.search import LONGEST_QUERY, narrowed

_QUERY = {"max_length": LONGEST_QUERY, "help_text": _("name, set:xxx, #number, rarity:xxx")}


class ChoicesFilter(BaseInFilter, ChoiceFilter):  # type: ignore[misc]  # ships no types
    """Some of the choices, with commas between."""


class HoldingFilter(FilterSet):  # type: ignore[misc]  # ships no types
    q = CharFilter(method="by_query", **_QUERY)
    set = CharFilter(field_name="card__set_code", lookup_expr="iexact", max_length=10)
    finish = ChoicesFilter(choices=Finish.choices)
    condition = ChoicesFilter(choices=Condition.choices)
    language = ChoicesFilter(choices=Language.choices)
    variant = ChoicesFilter(choices=Variant.choices)
    free = BooleanFilter(method="by_free", help_text=_("has copies for trade that nobody was promised"))

    class Meta:
        model = Holding
        fields: list[str] = []

    def by_query(self, rows: QuerySet[Holding], name: str, typed: str) -> QuerySet[Holding]:
        return narrowed(rows, typed)

    def by_free(self, rows: QuerySet[Holding], name: str, wanted: bool) -> QuerySet[Holding]:
        return rows.filter(for_trade__gt=F("reserved")) if wanted else rows.filter(for_trade=F("reserved"))


class WantFilter(FilterSet):  # type: ignore[misc]  # ships no types
    q = CharFilter(method="by_query", **_QUERY)
    any_printing = BooleanFilter(field_name="card", lookup_expr="isnull")

    class Meta:
        model = Want
        fields: list[str] = []

    def by_query(self, rows: QuerySet[Want], name: str, typed: str) -> Any:
        return narrowed(rows, typed, name="search_name")


class PriceFilter(FilterSet):  # type: ignore[misc]  # ships no types
    finish = ChoicesFilter(choices=Finish.choices)
    source = CharFilter(max_length=20)
    since = DateFilter(field_name="day", lookup_expr="gte")
    until = DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = PriceSnapshot
        fields: list[str] = []
