"""What the signals bridge reports of followed market calls."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from reputation.coalescing import recalculate_soon
from reputation.models import SignalOutcome


@transaction.atomic
def keep_signal_outcomes(outcomes: Collection[SignalOutcome]) -> None:
    """Write outcomes, thousands at once; the same user, source and external id again replaces the first."""
    SignalOutcome.objects.bulk_create(
        outcomes,
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["user", "source", "external_id"],
        update_fields=["profitable", "evaluated_at"],
    )
    recalculate_soon({outcome.user_id for outcome in outcomes})
