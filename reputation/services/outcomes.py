"""What the signals bridge reports of followed market calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from reputation.coalescing import recalculate_soon

_KEEP = """
    WITH kept AS (
        INSERT INTO reputation_signaloutcome (user_id, source, external_id, profitable, evaluated_at)
        {outcomes}
        ON CONFLICT (user_id, source, external_id)
        DO UPDATE SET profitable = excluded.profitable, evaluated_at = excluded.evaluated_at
        RETURNING user_id
    )
    SELECT DISTINCT user_id FROM kept
"""


@transaction.atomic
def keep_signal_outcomes(*, query: str, values: Mapping[str, Any]) -> None:
    """Write the outcomes that a SELECT of an upper room says, a hundred thousand in one statement.

    Its columns are (user id, source, external id, profitable, evaluated at), each of the first three
    together at most once. An outcome that is known is replaced. The users' figures follow soon.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEEP.format(outcomes=query), values)
        recalculate_soon({user_id for (user_id,) in cursor.fetchall()})
