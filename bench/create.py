"""POST /api/v1/trades/ over HTTP, 3 + 3 cards, beside a bare Django POST that inserts the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from bench.accept import unguarded
from bench.harness import Side, compare, options, report
from bench.market import TRADERS, forget_lines, holding_of, market
from bench.web import sites, token_of

PATH = "/api/v1/trades/"
PROPOSERS = 50  # so that nobody reaches the limit of 100 open offers


def main() -> None:
    given = options(__doc__)
    with market(given.size):
        from accounts.models import User

        people = User.objects.in_bulk([f"u{n}" for n in range(1, PROPOSERS + 1)], field_name="username")
        tokens = [token_of(people[f"u{n}"]) for n in range(1, PROPOSERS + 1)]
        mark = _newest()
        with sites() as (ours, floor):
            sides = []
            for name, site in (("ours", ours), ("floor", floor)):
                calls = _calls(tokens)

                def post(site: Any = site, calls: Iterator[tuple[str, bytes]] = calls) -> None:
                    token, body = next(calls)
                    site.ask("POST", PATH, body=body, status=201, Authorization=token)

                sides.append(Side(name, post, prepare=lambda: _forget(mark), pids=[site.pid]))
            try:
                figures = compare(sides, rounds=given.rounds, calls=given.calls)
            finally:
                _forget(mark)
        report(f"create, 3 + 3 cards, among {given.size:,}", figures, at_most=2.5)


def _calls(tokens: list[str]) -> Iterator[tuple[str, bytes]]:
    """A token and an offer of its user's, each to somebody else."""
    for number in count():
        proposer = 1 + number % PROPOSERS
        partner = PROPOSERS + 1 + number % (TRADERS - PROPOSERS - 1)
        body = {
            "recipient": f"u{partner}",
            "proposer_offers": [{"holding": holding_of(proposer, row), "quantity": 1} for row in range(3)],
            "proposer_wants": [{"holding": holding_of(partner, row), "quantity": 1} for row in range(3)],
            "message": "Would you?",
            "expires_in_days": 7,
        }
        yield tokens[proposer - 1], orjson.dumps(body)


def _newest() -> int:
    from trades.models import TradeProposal

    return int(TradeProposal.objects.latest("pk").pk)


def _forget(mark: int) -> None:
    """As if nothing had been sent since."""
    with unguarded() as cursor:
        forget_lines(cursor, "SELECT id FROM trades_tradeevent WHERE proposal_id > %s", [mark])
        cursor.execute("DELETE FROM messaging_conversation WHERE last_seq = 0")  # opened by the bench
        cursor.execute("DELETE FROM trades_tradeevent WHERE proposal_id > %s", [mark])
        cursor.execute("DELETE FROM trades_tradeitem WHERE proposal_id > %s", [mark])
        cursor.execute("DELETE FROM trades_tradeproposal WHERE id > %s", [mark])
        cursor.execute("DELETE FROM notifications_notification WHERE key LIKE 'trade-event:%%'")


if __name__ == "__main__":
    main()
