"""What every verb begins with: the owner's lock, and input turned into faults."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from cards.errors import CardError
from cards.models import Card
from core.errors import Fault


def lock_owner(owner: User) -> None:
    """Keep other writers of this trader's lists out until the transaction ends."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=owner.pk)


def refuse(faults: Iterable[Fault]) -> None:
    """Raise CardError `invalid` (400) if there are any."""
    faults = list(faults)
    if faults:
        raise CardError("invalid", faults[0].detail, status=400, faults=faults)


def not_found() -> CardError:
    return CardError("not_found", _("There is no such row."), status=404)


def field_faults(row: models.Model, at: str) -> list[Fault]:
    """What is wrong with the plain fields of an unsaved row; its cards are checked by the caller."""
    relations = [field.name for field in row._meta.concrete_fields if field.is_relation]
    try:
        row.clean_fields(exclude=[*relations, "id"])
    except ValidationError as error:
        return [
            Fault(f"{at}/{field}", problem.code or "invalid", " ".join(problem.messages))
            for field, problems in error.error_dict.items()
            for problem in problems
        ]
    return []


def card_faults(card: Card | None, finish: str, at: str) -> list[Fault]:
    """The printing is unknown, or was never printed in this finish ("": any)."""
    if card is None:
        return [Fault(f"{at}/card", "does_not_exist", _("There is no such card."))]
    if finish and finish not in card.finishes:
        known = ", ".join(card.finishes)
        return [Fault(f"{at}/finish", "no_such_finish", _("This printing exists as: %s.") % known)]
    return []
