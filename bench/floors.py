"""What the pages and calls under `bin/bench` are measured against: the same work in the barest code.

Each looks the session or the token up as ours does, asks for the same rows or writes the same
rows, and does nothing else: no rules, no locks, no checks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from knox.crypto import hash_token
from psycopg.rows import dict_row

from accounts.models import User
from cards.models import CurrentPrice, Holding
from messaging.models import Conversation, ConversationEvent, Message
from notifications.models import Notification
from trades.models import TradeEvent, TradeItem, TradeProposal

_ROWS = """
    SELECT p.*, a.username AS proposer, b.username AS recipient
    FROM trades_tradeproposal p
    JOIN accounts_user a ON a.id = p.proposer_id JOIN accounts_user b ON b.id = p.recipient_id
    WHERE p.proposer_id = %(me)s OR (p.recipient_id = %(me)s AND p.sent_at IS NOT NULL)
    ORDER BY p.id DESC LIMIT 21
"""
# What a row of the page says: whom with, both sides by their best card, sums, how it ended and when.
_PAGE = """
    SELECT p.id, p.status, p.closed_at, u.username, u.display_name, u.trust_tier,
        p.proposer_id = %(me)s AS mine, p.proposer_adds_cash, p.recipient_adds_cash,
        p.proposer_offers_value + p.proposer_adds_cash AS proposer_total,
        p.proposer_wants_value + p.recipient_adds_cash AS recipient_total,
        sides.offers, sides.wants, sides.offered, sides.wanted
    FROM (
        SELECT * FROM trades_tradeproposal
        WHERE (proposer_id = %(me)s OR (recipient_id = %(me)s AND sent_at IS NOT NULL))
            AND status IN ('declined', 'cancelled', 'expired', 'completed')
        ORDER BY closed_at DESC, id DESC LIMIT 21
    ) p
    JOIN accounts_user u ON u.id = CASE WHEN p.proposer_id = %(me)s THEN p.recipient_id ELSE p.proposer_id END
    CROSS JOIN LATERAL (
        SELECT (array_agg(c.name ORDER BY i.unit_price DESC) FILTER (WHERE i.side = 'offer'))[1] AS offers,
            (array_agg(c.name ORDER BY i.unit_price DESC) FILTER (WHERE i.side = 'want'))[1] AS wants,
            sum(i.quantity) FILTER (WHERE i.side = 'offer') - 1 AS offered,
            sum(i.quantity) FILTER (WHERE i.side = 'want') - 1 AS wanted
        FROM trades_tradeitem i JOIN cards_card c ON c.id = i.card_id WHERE i.proposal_id = p.id
    ) sides
    ORDER BY p.closed_at DESC, p.id DESC
"""
_ITEMS = """
    SELECT i.proposal_id, i.side, i.holding_id AS holding, i.card_id AS card, c.name, c.set_code AS set,
        c.collector_number, i.finish, i.condition, i.language, i.variant, i.quantity, i.unit_price,
        i.price_as_of, i.price_source, i.declared, i.unit_price * i.quantity AS value
    FROM trades_tradeitem i JOIN cards_card c ON c.id = i.card_id WHERE i.proposal_id = ANY(%s) ORDER BY i.id
"""


def list_page(request: HttpRequest) -> HttpResponse:
    user_id = SessionStore(request.COOKIES["sessionid"])["_auth_user_id"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT username FROM accounts_user WHERE id = %s", [user_id])
        (name,) = cursor.fetchone()
    return render(
        request, "floor_list.html", {"name": name, "rows": _select(_PAGE, {"me": int(user_id)})[:20]}
    )


def list_api(request: HttpRequest) -> HttpResponse:
    rows = _select(_ROWS, {"me": _caller(request)})[:20]
    shown = {row["id"]: {**row, "proposer_offers": [], "proposer_wants": []} for row in rows}
    for item in _select(_ITEMS, [list(shown)]):
        shown[item["proposal_id"]]["proposer_offers" if item["side"] == "offer" else "proposer_wants"].append(
            item
        )
    return _json({"next": None, "previous": None, "results": list(shown.values())})


def create(request: HttpRequest) -> HttpResponse:
    me, body = _caller(request), orjson.loads(request.body)
    with transaction.atomic():
        return _json(_insert(me, body), 201)


def _insert(me: int, body: dict[str, Any]) -> dict[str, Any]:
    """The same rows by the ORM, as a Django view without any rule would write them."""
    partner = User.objects.named(body["recipient"]).only("pk").get()
    lines = [("offer", line) for line in body["proposer_offers"]]
    lines += [("want", line) for line in body["proposer_wants"]]
    holdings = Holding.objects.in_bulk([line["holding"] for _side, line in lines])
    prices = CurrentPrice.objects.filter(card__in=[holding.card_id for holding in holdings.values()])
    price_of = {(price.card_id, price.finish): price for price in prices}
    items = [_item(side, line, holdings[line["holding"]], price_of) for side, line in lines]
    now = timezone.now()
    proposal = TradeProposal.objects.create(
        proposer_id=me,
        recipient=partner,
        status="pending",
        message=body["message"],
        life_days=body["expires_in_days"],
        created_at=now,
        sent_at=now,
        expires_at=now + timedelta(days=body["expires_in_days"]),
        proposer_offers_value=sum(i.unit_price * i.quantity for i in items if i.side == "offer"),
        proposer_wants_value=sum(i.unit_price * i.quantity for i in items if i.side == "want"),
    )
    for item in items:
        item.proposal = proposal
    TradeItem.objects.bulk_create(items)
    event = TradeEvent.objects.create(proposal=proposal, actor_id=me, kind="sent", version=1, created_at=now)
    Notification.objects.create(
        user=partner,
        actor_id=me,
        category="trades",
        kind="trade_sent",
        text="{actor} sent you an offer.",
        url=f"/trades/{proposal.pk}/",
        key=f"trade-event:{event.pk}",
        subject=f"trade:{proposal.pk}",
        created_at=now,
    )
    _tell(proposal, event, now)
    return {**model_to_dict(proposal), "items": [model_to_dict(item) for item in items]}


def _tell(proposal: TradeProposal, event: TradeEvent, now: datetime) -> None:
    """The line in the conversation of the two."""
    one, other = sorted([proposal.proposer_id, proposal.recipient_id])
    conversation, _is_new = Conversation.objects.get_or_create(
        user_a_id=one, user_b_id=other, defaults={"created_at": now, "last_message_at": now}
    )
    conversation.last_seq += 1
    conversation.last_message_at, conversation.trade_proposal = now, proposal
    conversation.a_archived = conversation.b_archived = False
    conversation.save()
    line = Message.objects.create(
        conversation=conversation,
        seq=conversation.last_seq,
        attachment_type="trade_proposal",
        attachment_id=proposal.pk,
        trade_event=event,
        created_at=now,
    )
    ConversationEvent.objects.create(
        conversation=conversation, seq=line.seq, kind="trade", message=line, created_at=now
    )


def _item(side: str, line: dict[str, Any], holding: Any, price_of: dict[Any, Any]) -> Any:
    price = price_of[holding.card_id, holding.finish]
    return TradeItem(
        side=side,
        holding=holding,
        quantity=line["quantity"],
        card_id=holding.card_id,
        finish=holding.finish,
        condition=holding.condition,
        language=holding.language,
        variant=holding.variant,
        unit_price=price.price,
        price_as_of=price.day,
        price_source=price.source,
    )


def _caller(request: HttpRequest) -> int:
    digest = hash_token(request.headers["Authorization"].removeprefix("Token "))
    [token] = _select("SELECT user_id FROM accounts_apitoken WHERE digest = %s AND expiry > now()", [digest])
    return int(token["user_id"])


def _select(statement: str, values: Any) -> list[dict[str, Any]]:
    connection.ensure_connection()
    with connection.connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(statement, values).fetchall())


def _json(answer: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(answer, default=str), content_type="application/json", status=status)


def trades(request: HttpRequest) -> HttpResponse:
    return create(request) if request.method == "POST" else list_api(request)


urlpatterns = [path("trades/done/", list_page), path("api/v1/trades/", trades)]
