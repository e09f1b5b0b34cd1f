"""Accepting a proposal of 3 + 3 cards, the service call, beside the same SQL statements by psycopg.

The floor sends the very statements that our call sends, with the same values, in one transaction.
They are written down once, from a run of ours that is undone; the event's new number is put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from django.db import connection, transaction

from bench.harness import Side, compare, options, report
from bench.market import TRADERS, forget_lines, holding_of, market

Statements = list[tuple[str, Any]]
DONE_BY_THE_TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT")


def main() -> None:
    given = options(__doc__)
    with market(given.size):
        offers = _offers(given.calls)
        scripts = {offer.pk: _script(offer) for offer in offers}
        mine, floors = cycle(offers), cycle(offers)
        sides = [
            Side("ours", lambda: _accept(next(mine)), prepare=lambda: _as_before(offers)),
            Side("floor", lambda: _replay(scripts[next(floors).pk]), prepare=lambda: _as_before(offers)),
        ]
        try:
            # The harness calls each once to warm it up: the rounds start where that offer ended.
            figures = compare(sides, rounds=given.rounds, calls=given.calls - 1)
        finally:
            _forget(offers)
        report(f"accept of 3 + 3 cards among {given.size:,}", figures, at_most=2.5)


def _offers(count: int) -> list[Any]:
    """New offers, each between two others."""
    from accounts.models import User
    from trades.services import create_proposal
    from trades.terms import Line, Terms

    people = User.objects.in_bulk([1_000 + number for number in range(1, 2 * count + 1)])
    assert len(people) == 2 * count <= TRADERS - 1, "fewer calls a round"
    offers = []
    for number in range(1, count + 1):
        one, other = number, number + count
        terms = Terms(
            offers=tuple(Line(holding_of(one, row)) for row in range(3)),
            wants=tuple(Line(holding_of(other, row)) for row in range(3)),
        )
        offers.append(create_proposal(by=people[1_000 + one], recipient=f"u{other}", terms=terms))
    return offers


def _accept(offer: Any) -> None:
    from trades.services import accept_proposal

    accept_proposal(proposal_id=offer.pk, by=offer.recipient)


def _script(offer: Any) -> Statements:
    script: Statements = []

    def write_down(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert not many
        if not sql.startswith(DONE_BY_THE_TRANSACTION):
            script.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(write_down):
            _accept(offer)
        transaction.set_rollback(True)
    return script


def _replay(script: Statements) -> None:
    driver = connection.connection
    event: Any = None
    with driver.transaction(), driver.cursor() as cursor:
        for sql, params in script:
            if isinstance(params, dict) and "events" in params:
                params = {**params, "events": [event]}
            cursor.execute(sql, params)
            rows = cursor.fetchall() if cursor.description else []
            if sql.startswith('INSERT INTO "trades_tradeevent"'):
                [(event, *_more)] = rows


def _as_before(offers: list[Any]) -> None:
    """As if nobody had answered."""
    ids = [offer.pk for offer in offers]
    with unguarded() as cursor:
        forget_lines(
            cursor,
            "SELECT id FROM trades_tradeevent WHERE proposal_id = ANY(%s) AND kind = 'accepted'",
            [ids],
        )
        cursor.execute(
            "UPDATE trades_tradeproposal SET status = 'pending', version = 1, accepted_at = NULL,"
            " responded_at = NULL, sends_first_id = NULL WHERE id = ANY(%s)",
            [ids],
        )
        cursor.execute(
            "DELETE FROM trades_tradeevent WHERE proposal_id = ANY(%s) AND kind = 'accepted'", [ids]
        )
        cursor.execute(
            "DELETE FROM notifications_notification WHERE kind = 'trade_accepted' AND subject = ANY(%s)",
            [[f"trade:{pk}" for pk in ids]],
        )
        cursor.execute("UPDATE cards_holding SET reserved = 0 WHERE reserved > 0")


def _forget(offers: list[Any]) -> None:
    _as_before(offers)
    ids = [offer.pk for offer in offers]
    with unguarded() as cursor:
        forget_lines(cursor, "SELECT id FROM trades_tradeevent WHERE proposal_id = ANY(%s)", [ids])
        cursor.execute(
            "UPDATE messaging_conversation SET trade_proposal_id = NULL WHERE trade_proposal_id = ANY(%s)",
            [ids],
        )
        for table in ("trades_tradeevent", "trades_tradeitem"):
            cursor.execute(f"DELETE FROM {table} WHERE proposal_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM trades_tradeproposal WHERE id = ANY(%s)", [ids])


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor that may delete events: the bench's own, to start again."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


if __name__ == "__main__":
    main()
