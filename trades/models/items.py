"""The lines of a proposal: frozen copies of what was promised."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cards.models import Card, Condition, Finish, Holding, Language, Variant
from trades.models.proposals import TradeProposal

MOST_COPIES = 999


class Side(models.TextChoices):
    OFFER = "offer", _("offered")  # the proposer gives
    WANT = "want", _("wanted")  # the recipient gives


class TradeItem(models.Model):
    """One line. Prices and the copy's properties stay as they were at sending."""

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="items")
    side = models.CharField(max_length=5, choices=Side.choices)
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="trade_items")
    card = models.ForeignKey(Card, models.PROTECT, related_name="+")
    finish = models.CharField(max_length=7, choices=Finish.choices)
    condition = models.CharField(max_length=3, choices=Condition.choices)
    language = models.CharField(max_length=3, choices=Language.choices)
    variant = models.CharField(max_length=8, choices=Variant.choices)
    quantity = models.PositiveSmallIntegerField()
    # One copy in its condition, site currency; null: unpriced, and no percentage is shown.
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    price_as_of = models.DateField(null=True)
    price_source = models.CharField(max_length=20, blank=True)
    declared = models.BooleanField(default=False)  # the proposer's own figure, for lack of a price

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["side", "id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "side", "holding"], name="trade_item_once"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST_COPIES)), name="trade_item_quantity"),
            models.CheckConstraint(
                condition=Q(unit_price=None) | Q(unit_price__range=(0, "99999999.99")),
                name="trade_item_price_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.card_id}"

    @property
    def line_value(self) -> Decimal | None:
        return None if self.unit_price is None else self.unit_price * self.quantity
