"""Made-up people and prices on printings that exist: for the front page's sample and the style page."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class SampleCard:
    name: str
    set_code: str
    collector_number: str
    rarity: str
    image_uri: str = ""


@dataclass(frozen=True, slots=True)
class SampleCopy:
    """Reads like a line of a proposal; unit price in site currency, None unpriced."""

    card: SampleCard
    unit_price: Decimal | None
    quantity: int = 1
    condition: str = "NM"
    finish: str = "nonfoil"
    language: str = "en"
    variant: str = "none"
    declared: bool = False
    price_as_of: date | None = field(default_factory=lambda: timezone.localdate() - timedelta(days=2))

    @property
    def line_value(self) -> Decimal | None:
        return None if self.unit_price is None else self.unit_price * self.quantity

    def get_finish_display(self) -> str:
        return self.finish

    def get_language_display(self) -> str:
        return {"ja": _("Japanese"), "de": _("German")}.get(self.language, self.language)

    def get_variant_display(self) -> str:
        return self.variant


@dataclass(frozen=True, slots=True)
class SampleTab:
    label: str
    href: str
    current: bool
    count: int | None = None


SNAPCASTER = SampleCard("Snapcaster Mage", "isd", "78", "rare")
RIFT = SampleCard("Cyclonic Rift", "mm3", "35", "rare")
PATH = SampleCard("Path to Exile", "con", "15", "uncommon")
BIRDS = SampleCard("Birds of Paradise", "8ed", "233", "rare")
BOLT = SampleCard("Lightning Bolt", "e01", "54", "uncommon")
LILIANA = SampleCard("Liliana of the Veil", "isd", "105", "mythic")
ELVES = SampleCard("Llanowar Elves", "ath", "59", "common")
TOP = SampleCard("Sensei's Divining Top", "chk", "268", "uncommon")
TITHE = SampleCard("Smothering Tithe", "rna", "22", "rare")
STUDY = SampleCard("Rhystic Study", "pcy", "45", "common")
GOYF = SampleCard("Tarmogoyf", "fut", "153", "rare")
JACE = SampleCard("Jace, the Mind Sculptor", "a25", "62", "mythic")
CARDS = (SNAPCASTER, RIFT, PATH, BIRDS, BOLT, LILIANA, ELVES, TOP, TITHE, STUDY, GOYF, JACE)


def negotiation(now: datetime | None = None) -> dict[str, Any]:
    """Three offers that end in a trade, seen by the second trader, as the front page shows them."""
    now = now or timezone.now()
    return {
        "partner": "mossbridge",
        "cards": (JACE, RIFT, GOYF, STUDY, TITHE),
        "give": Decimal("24.60"),
        "get": Decimal("24.10"),
        "fairness": 98,
        "verdict": _("They gain $0.50 (2 %)"),
        "opened": now - timedelta(days=2, hours=3),
        "countered": now - timedelta(days=1, hours=7),
        "answered": now - timedelta(hours=5),
        "accepted": now - timedelta(hours=1),
        "changes": {
            "path": Decimal("3.20"),
            "birds": Decimal("4.10"),
            "minus_birds": Decimal("-4.10"),
            "cash": Decimal("2.50"),
        },
    }
