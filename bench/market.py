"""A market of so many proposals, made by the database itself from one of each that the services made.

Traders u1 … u10000 with 10 rows of 900 copies each, two cards a proposal. The hoarder, u0, is a side
of 1,000 of the proposals, with three cards a side. Every pair has its conversation, with a line for
each thing that happened. Everybody's password is PASSWORD.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from bench.harness import database

TRADERS, ROWS, CARDS = 10_000, 10, 2_000
PASSWORD = "correct horse battery"
FIRST = 1_000  # the id of u0, of the first card, holding and proposal
HOARD = 1_000  # proposals of the hoarder's


@contextmanager
def market(size: int) -> Iterator[None]:
    """Django on a database with a market of `size` proposals, built by whoever comes first."""
    with database(f"bench_market_{size}"):
        from accounts.models import User

        if not User.objects.filter(username="complete").exists():
            start = time.perf_counter()
            _build(size)
            print(f"a market of {size:,} proposals in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        yield


def holding_of(trader: int, row: int) -> int:
    return FIRST + trader + row * TRADERS


def _build(size: int) -> None:
    from accounts.models import User
    from accounts.services import create_trader

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE accounts_user, cards_card, trades_tradeproposal, notifications_notification CASCADE"
        )
        # Foreign keys of rows that the database makes itself need no look-up of each.
        cursor.execute("SET session_replication_role = replica")
    seed = _seed()
    with transaction.atomic():
        for step in (_people, _cards, _proposals, _events, _conversations):
            step(seed, size)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        _move_sequences(cursor)
        cursor.execute("VACUUM ANALYZE")
    create_trader(username="complete", email="complete@example.com", password=PASSWORD)
    assert User.objects.count() == TRADERS + 3


def _seed() -> dict[type[Model], Any]:
    """One row of each kind, as the services write it."""
    from allauth.account.models import EmailAddress

    from accounts.models import User
    from accounts.services import create_trader
    from cards.models import Card, CurrentPrice, Holding, PriceSnapshot
    from core.clock import database_today
    from messaging.models import Conversation, ConversationEvent, Message
    from notifications.models import Notification
    from trades.models import TradeEvent, TradeItem, TradeProposal
    from trades.services import create_proposal
    from trades.terms import Line, Terms

    one, other = (
        create_trader(username=name, email=f"{name}@example.com", password=PASSWORD)
        for name in ("seed", "other")
    )
    card = Card.objects.create(
        scryfall_id="00000000-0000-0000-0000-000000000001",
        oracle_id="00000000-0000-0000-0000-000000000002",
        name="Seed",
        search_name="seed",
        set_code="m10",
        set_name="Magic 2010",
        collector_number="0",
        rarity="common",
        languages=["en"],
        finishes=["nonfoil"],
    )
    price = {"card": card, "finish": "nonfoil", "source": "csv", "day": database_today(), "price": "2.50"}
    prices = PriceSnapshot.objects.create(**price), CurrentPrice.objects.create(**price)
    mine, theirs = (
        Holding.objects.create(owner=owner, card=card, quantity=900, for_trade=900) for owner in (one, other)
    )
    terms = Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),), message="Would you?")
    proposal = create_proposal(by=one, recipient="other", terms=terms)
    return {
        User: one,
        EmailAddress: EmailAddress.objects.get(user=one),
        Card: card,
        PriceSnapshot: prices[0],
        CurrentPrice: prices[1],
        Holding: mine,
        TradeProposal: proposal,
        TradeItem: list(proposal.items.all()),
        TradeEvent: TradeEvent.objects.get(),
        Notification: Notification.objects.get(),
        Conversation: Conversation.objects.get(),
        Message: Message.objects.get(),
        ConversationEvent: ConversationEvent.objects.get(),
    }


def _multiply(row: Model, source: str, values: Mapping[str, str]) -> None:
    """Insert `row` once for each row of `source`, with some columns as SQL says."""
    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields]
    values = {"id": f"nextval(pg_get_serial_sequence('{table}', 'id'))", **values}
    chosen = ", ".join(values.get(column, f'seed."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({named}) SELECT {chosen}"
            f" FROM {source} CROSS JOIN {table} seed WHERE seed.id = {row.pk}",
        )


def _people(seed: dict[type[Model], Any], size: int) -> None:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    traders = f"generate_series(0, {TRADERS - 1}) i"
    person = {
        "id": f"{FIRST} + i",
        "username": "'u' || i",
        "email": "'u' || i || '@example.com'",
        "date_joined": "now() - interval '1 year'",
        "trust_tier": "'diamond'",
    }
    _multiply(seed[User], traders, person)
    _multiply(seed[EmailAddress], traders, {"user_id": f"{FIRST} + i", "email": person["email"]})


def _cards(seed: dict[type[Model], Any], size: int) -> None:
    from cards.models import Card, CurrentPrice, Holding, PriceSnapshot

    cards = f"generate_series(0, {CARDS - 1}) i"
    names = {"name": "'Card ' || i", "search_name": "'card ' || i", "collector_number": "i::text"}
    ids = {"scryfall_id": "gen_random_uuid()", "oracle_id": "gen_random_uuid()"}
    _multiply(seed[Card], cards, {"id": f"{FIRST} + i", **names, **ids})
    for model in (PriceSnapshot, CurrentPrice):
        _multiply(seed[model], cards, {"card_id": f"{FIRST} + i"})
    _multiply(
        seed[Holding],
        f"generate_series(0, {TRADERS * ROWS - 1}) i",
        {
            "id": f"{FIRST} + i",
            "owner_id": f"{FIRST} + i % {TRADERS}",
            "card_id": f"{FIRST} + (i % {TRADERS} * 31 + i / {TRADERS} * 97) % {CARDS}",
        },
    )


# Who trades with whom: numbers that are far apart and always the same.
_PAIRS = f"""
    (SELECT i, age, pg_temp.end_of(i) AS ending,
        CASE WHEN mine AND i / EVERY % 2 = 0 THEN 0 ELSE one END AS proposer,
        CASE WHEN mine AND i / EVERY % 2 = 1 THEN 0
            WHEN one = other THEN 1 + one % {TRADERS - 1} ELSE other END AS recipient
    FROM (SELECT i, i % EVERY = 0 AS mine, (SIZE - i) * interval '30 seconds' AS age,
            1 + i * 7919 % {TRADERS - 1} AS one, 1 + i * 104729 % {TRADERS - 1} AS other
        FROM generate_series(1, SIZE::bigint) i) numbers) pair
"""
# Of 20 proposals 7 ran out, 5 were declined, 4 completed, 2 called off, 2 are open.
_END_OF = """
    CREATE FUNCTION pg_temp.end_of(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT (ARRAY['pending', 'viewed', 'cancelled', 'cancelled', 'completed', 'completed', 'completed',
            'completed', 'declined', 'declined', 'declined', 'declined', 'declined', 'expired', 'expired',
            'expired', 'expired', 'expired', 'expired', 'expired'])[1 + (i + i / 1000) % 20]
    $$
"""


def _proposals(seed: dict[type[Model], Any], size: int) -> None:
    from trades.models import TradeItem, TradeProposal

    with connection.cursor() as cursor:
        cursor.execute(_END_OF)
    pairs = _PAIRS.replace("SIZE", str(size)).replace("EVERY", str(max(1, size // HOARD)))
    closed = "CASE WHEN ending NOT IN ('pending', 'viewed') THEN now() - age END"
    completed = "CASE WHEN ending = 'completed' THEN now() - age END"
    is_hoarders = f"{FIRST} IN ({FIRST} + proposer, {FIRST} + recipient)"
    value = f"CASE WHEN {is_hoarders} THEN 7.50 ELSE 2.50 END"
    _multiply(
        seed[TradeProposal],
        pairs,
        {
            "id": f"{FIRST} + i",
            "proposer_id": f"{FIRST} + proposer",
            "recipient_id": f"{FIRST} + recipient",
            "status": "ending",
            "proposer_offers_value": value,
            "proposer_wants_value": value,
            "created_at": "now() - age",
            "sent_at": "now() - age",
            "expires_at": "now() - age + interval '5 years'",
            "viewed_at": "CASE WHEN ending = 'viewed' THEN now() - age END",
            "responded_at": closed,
            "closed_at": closed,
            "accepted_at": completed,
            "completed_at": completed,
            "proposer_confirmed_at": completed,
            "recipient_confirmed_at": completed,
        },
    )
    for item in seed[TradeItem]:
        giver = "proposer_id" if item.side == "offer" else "recipient_id"
        _multiply(
            item,
            f"(SELECT p.id AS proposal, p.{giver} AS giver, (p.id + row) % {ROWS} AS row"
            f" FROM trades_tradeproposal p CROSS JOIN generate_series(0, 2) row"
            f" WHERE p.id > {FIRST} AND (row = 0 OR {FIRST} IN (p.proposer_id, p.recipient_id))) line",
            {
                "proposal_id": "proposal",
                "holding_id": f"giver + row * {TRADERS}",
                "card_id": f"{FIRST} + ((giver - {FIRST}) * 31 + row * 97) % {CARDS}",
            },
        )


def _events(seed: dict[type[Model], Any], size: int) -> None:
    from notifications.models import Notification
    from trades.models import TradeEvent

    proposals = f"(SELECT * FROM trades_tradeproposal WHERE id > {FIRST}) p"
    event = {"proposal_id": "p.id", "actor_id": "p.proposer_id", "created_at": "p.created_at"}
    _multiply(seed[TradeEvent], proposals, event)
    closed = f"(SELECT * FROM trades_tradeproposal WHERE id > {FIRST} AND closed_at IS NOT NULL) p"
    _multiply(seed[TradeEvent], closed, {**event, "kind": "p.status", "version": "2"})
    _multiply(
        seed[Notification],
        proposals,
        {
            "user_id": "p.recipient_id",
            "actor_id": "p.proposer_id",
            "key": "'seed:' || p.id",
            "subject": "'trade:' || p.id",
            "url": "'/trades/' || p.id || '/'",
        },
    )


def _conversations(seed: dict[type[Model], Any], size: int) -> None:
    from messaging.models import Conversation, ConversationEvent, Message

    told = (
        "(SELECT least(p.proposer_id, p.recipient_id) AS one,"
        " greatest(p.proposer_id, p.recipient_id) AS other,"
        " p.id AS proposal, e.id AS event, e.created_at AS at FROM trades_tradeevent e"
        f" JOIN trades_tradeproposal p ON p.id = e.proposal_id WHERE p.id > {FIRST}) told"
    )
    pairs = (
        "(SELECT one, other, max(proposal) AS proposal, max(at) AS at, min(at) AS since, count(*) AS lines"
        f" FROM {told} GROUP BY one, other) pair"
    )
    _multiply(
        seed[Conversation],
        pairs,
        {
            "user_a_id": "one",
            "user_b_id": "other",
            "trade_proposal_id": "proposal",
            "last_seq": "lines",
            "last_message_at": "at",
            "created_at": "since",
        },
    )
    lines = (
        "(SELECT c.id AS conversation, proposal, event, at,"
        " row_number() OVER (PARTITION BY c.id ORDER BY event) AS number"
        f" FROM {told} JOIN messaging_conversation c ON c.user_a_id = one AND c.user_b_id = other) line"
    )
    _multiply(
        seed[Message],
        lines,
        {
            "conversation_id": "conversation",
            "seq": "number",
            "attachment_id": "proposal",
            "trade_event_id": "event",
            "created_at": "at",
        },
    )
    messages = "(SELECT * FROM messaging_message) m"
    _multiply(
        seed[ConversationEvent],
        f"{messages} JOIN messaging_conversation c ON c.id = m.conversation_id AND c.user_a_id >= {FIRST}",
        {
            "conversation_id": "m.conversation_id",
            "seq": "m.seq",
            "message_id": "m.id",
            "created_at": "m.created_at",
        },
    )


def forget_lines(cursor: Any, events: str, values: Any = None) -> None:
    """Take back what conversations tell of the trade events whose ids the SELECT `events` finds."""
    cursor.execute(
        "WITH lines AS ("
        f"SELECT id, conversation_id FROM messaging_message WHERE trade_event_id IN ({events})),"
        " logged AS (DELETE FROM messaging_conversationevent e USING lines WHERE e.message_id = lines.id),"
        " said AS (DELETE FROM messaging_message m USING lines WHERE m.id = lines.id)"
        " UPDATE messaging_conversation c SET last_seq = c.last_seq - told.number"
        " FROM (SELECT conversation_id, count(*) AS number FROM lines GROUP BY conversation_id) told"
        " WHERE c.id = told.conversation_id",
        values,
    )


def _move_sequences(cursor: Any) -> None:
    for table in ("accounts_user", "cards_card", "cards_holding", "trades_tradeproposal"):
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )
