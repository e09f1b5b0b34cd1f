"""Printings, prices, and what traders have and want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class Finish(models.TextChoices):
    NONFOIL = "nonfoil", _("nonfoil")
    FOIL = "foil", _("foil")
    ETCHED = "etched", _("etched")


class Condition(models.TextChoices):
    """Best first."""

    NM = "NM", _("Near Mint")
    LP = "LP", _("Lightly Played")
    MP = "MP", _("Moderately Played")
    HP = "HP", _("Heavily Played")
    DMG = "DMG", _("Damaged")


class Variant(models.TextChoices):
    NONE = "none", _("none")
    SIGNED = "signed", _("signed")
    ALTERED = "altered", _("altered")
    MISPRINT = "misprint", _("misprint")
    GRADED = "graded", _("graded")


class Language(models.TextChoices):
    """Scryfall's codes; they are not all ISO 639."""

    EN = "en", _("English")
    DE = "de", _("German")
    FR = "fr", _("French")
    IT = "it", _("Italian")
    ES = "es", _("Spanish")
    PT = "pt", _("Portuguese")
    JA = "ja", _("Japanese")
    KO = "ko", _("Korean")
    RU = "ru", _("Russian")
    ZHS = "zhs", _("Simplified Chinese")
    ZHT = "zht", _("Traditional Chinese")
    HE = "he", _("Hebrew")
    LA = "la", _("Latin")
    GRC = "grc", _("Ancient Greek")
    AR = "ar", _("Arabic")
    SA = "sa", _("Sanskrit")
    PH = "ph", _("Phyrexian")
    QYA = "qya", _("Quenya")


class Rarity(models.TextChoices):
    COMMON = "common", _("common")
    UNCOMMON = "uncommon", _("uncommon")
    RARE = "rare", _("rare")
    MYTHIC = "mythic", _("mythic")
    SPECIAL = "special", _("special")
    BONUS = "bonus", _("bonus")


class Card(models.Model):
    """One printing, as Scryfall knows it."""

    scryfall_id = models.UUIDField(unique=True)
    oracle_id = models.UUIDField(null=True, db_index=True)  # the game's card, over all printings
    name = models.CharField(max_length=300)
    # Lower case, without accents or punctuation; what is searched and what names are matched by.
    search_name = models.CharField(max_length=300, editable=False)
    set_code = models.CharField(max_length=10)  # lower case
    set_name = models.CharField(max_length=100)
    collector_number = models.CharField(max_length=20)
    rarity = models.CharField(max_length=8, choices=Rarity.choices)
    languages = ArrayField(models.CharField(max_length=3, choices=Language.choices))
    finishes = ArrayField(models.CharField(max_length=7, choices=Finish.choices))
    image_uri = models.URLField(max_length=300, blank=True)
    released_at = models.DateField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["search_name"], opclasses=["gin_trgm_ops"], name="card_name_trigram"),
            models.Index(fields=["search_name", "set_code", "collector_number"], name="card_by_name"),
            models.Index(fields=["set_code", "collector_number"], name="card_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.set_code.upper()}) {self.collector_number}"

    def get_absolute_url(self) -> str:
        return reverse("cards:card", args=[self.pk])


class PriceSnapshot(models.Model):
    """What one copy in NM, English, cost on one day at one source, in site currency."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="prices")
    finish = models.CharField(max_length=7, choices=Finish.choices)
    source = models.CharField(max_length=20)
    day = models.DateField()
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "finish", "source", "day"], name="price_once_a_day"),
            models.CheckConstraint(condition=Q(price__range=("0.01", "99999999.99")), name="price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.finish} {self.day}: {self.price}"


class CurrentPrice(models.Model):
    """The price a copy is valued by now: the newest snapshot of the first source that has one.

    A cache of PriceSnapshot, rewritten set-based by the same service that writes snapshots, so
    that valuing 500 lines is one indexed join.
    """

    card = models.ForeignKey(Card, models.PROTECT, related_name="current_prices")
    finish = models.CharField(max_length=7, choices=Finish.choices)
    source = models.CharField(max_length=20)
    day = models.DateField()
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "finish"], name="current_price_once"),
            models.CheckConstraint(
                condition=Q(price__range=("0.01", "99999999.99")), name="current_price_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.finish}: {self.price}"


class HoldingQuerySet(models.QuerySet["Holding"]):
    def of(self, owner: User) -> HoldingQuerySet:
        return self.filter(owner=owner, is_hidden=False)

    def for_trade(self) -> HoldingQuerySet:
        """Rows with a copy that could be promised right now."""
        return self.filter(is_hidden=False, for_trade__gt=F("reserved"))

    def visible_to(self, viewer: Any) -> HoldingQuerySet:
        """The viewer's own rows, and of others only what is for trade (blocks kept)."""
        from accounts.models import User

        others = Q(is_hidden=False, for_trade__gt=0, owner__in=User.objects.visible_to(viewer))
        if not getattr(viewer, "is_authenticated", False):
            return self.filter(others)
        return self.filter(Q(owner=viewer, is_hidden=False) | others)

    def in_lock_order(self) -> HoldingQuerySet:
        """The order in which every path locks holdings (domain.md §3, Reservation)."""
        return self.order_by("owner_id", "card_id", "finish", "condition", "language", "id")


class Holding(models.Model):
    """A row of a trader's binder. Never deleted: hidden at zero, revived when added again."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holdings")
    card = models.ForeignKey(Card, models.PROTECT, related_name="holdings")
    finish = models.CharField(_("finish"), max_length=7, choices=Finish.choices, default=Finish.NONFOIL)
    condition = models.CharField(
        _("condition"), max_length=3, choices=Condition.choices, default=Condition.NM
    )
    language = models.CharField(_("language"), max_length=3, choices=Language.choices, default=Language.EN)
    variant = models.CharField(_("variant"), max_length=8, choices=Variant.choices, default=Variant.NONE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    for_trade = models.PositiveIntegerField(_("for trade"), default=0)
    reserved = models.PositiveIntegerField(_("reserved"), default=0, editable=False)
    is_hidden = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "card", "finish", "condition", "language", "variant", "note"],
                name="holding_once",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("for_trade"), for_trade__lte=F("quantity")),
                name="holding_reserved_for_trade_quantity",
            ),
            models.CheckConstraint(condition=Q(quantity__range=(0, 99_999)), name="holding_quantity_bounds"),
            models.CheckConstraint(
                condition=Q(is_hidden=False) | Q(quantity=0), name="holding_hidden_only_empty"
            ),
        ]
        indexes = [
            # Who has this card for trade. Matching reads thousands of rows here and nothing else of
            # them, so the index carries all that it asks for.
            models.Index(
                fields=["card", "finish"],
                include=["owner", "id", "condition", "language", "for_trade", "reserved"],
                condition=Q(for_trade__gt=0),
                name="holding_for_trade",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.card_id} {self.finish} {self.condition} {self.language}"

    @property
    def free(self) -> int:
        """Copies that can be promised right now."""
        return self.for_trade - self.reserved


_WISH = ["owner", "id", "quantity", "finish", "language", "least_condition", "max_price"]


class Want(models.Model):
    """A card somebody looks for: one printing, or any printing of the game's card."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="wants")
    card = models.ForeignKey(Card, models.PROTECT, null=True, blank=True, related_name="wants")
    oracle_id = models.UUIDField(null=True, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    least_condition = models.CharField(
        _("at least"), max_length=3, choices=Condition.choices, default=Condition.DMG
    )
    finish = models.CharField(_("finish"), max_length=7, choices=Finish.choices, blank=True)  # "" any
    language = models.CharField(_("language"), max_length=3, choices=Language.choices, blank=True)  # "" any
    max_price = models.DecimalField(_("at most"), max_digits=10, decimal_places=2, null=True, blank=True)
    # Gold-bordered collectors' sets cannot be played with: only on request.
    accepts_gold_bordered = models.BooleanField(_("also gold-bordered"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, oracle_id=None) | Q(card=None, oracle_id__isnull=False),
                name="want_card_or_oracle",
            ),
            models.UniqueConstraint(
                fields=["owner", "card", "oracle_id", "finish", "language", "least_condition"],
                name="want_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__range=(1, 999)), name="want_quantity"),
            models.CheckConstraint(
                condition=Q(max_price=None) | Q(max_price__range=("0.01", "99999999.99")),
                name="want_max_price",
            ),
        ]
        indexes = [
            # Who looks for this card: as above, for the other direction.
            models.Index(
                fields=["card"], include=_WISH, condition=Q(card__isnull=False), name="want_by_card"
            ),
            models.Index(
                fields=["oracle_id"],
                include=[*_WISH, "accepts_gold_bordered"],
                condition=Q(oracle_id__isnull=False),
                name="want_by_oracle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.card_id or self.oracle_id}"
