"""What the pages and calls under `bin/bench` are measured against: the same work in the barest code.

Each looks the session or the token up as ours does, asks for the same rows or writes the same
rows, and does nothing else: no rules, no locks, no checks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from knox.crypto import hash_token
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

_ROWS = """
    SELECT p.*, a.username AS proposer, b.username AS recipient
    FROM trades_tradeproposal p
    JOIN accounts_user a ON a.id = p.proposer_id JOIN accounts_user b ON b.id = p.recipient_id
    WHERE p.proposer_id = %(me)s OR (p.recipient_id = %(me)s AND p.sent_at IS NOT NULL)
    ORDER BY p.id DESC LIMIT 21
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
        request, "floor_list.html", {"name": name, "rows": _select(_ROWS, {"me": int(user_id)})[:20]}
    )


def list_api(request: HttpRequest) -> HttpResponse:
    rows = _select(_ROWS, {"me": _caller(request)})[:20]
    shown = {row["id"]: {**row, "proposer_offers": [], "proposer_wants": []} for row in rows}
    for item in _select(_ITEMS, [list(shown)]):
        shown[item["proposal_id"]]["proposer_offers" if item["side"] == "offer" else "proposer_wants"].append(
            item
        )
    return _json({"next": None, "previous": None, "results": list(shown.values())})


@csrf_exempt
def create(request: HttpRequest) -> HttpResponse:
    me, body = _caller(request), orjson.loads(request.body)
    with transaction.atomic():
        return _json(_insert(me, body), 201)


def _insert(me: int, body: dict[str, Any]) -> dict[str, Any]:
    [partner] = _select("SELECT id FROM accounts_user WHERE lower(username) = %s", [body["recipient"]])
    lines = [("offer", line) for line in body["proposer_offers"]]
    lines += [("want", line) for line in body["proposer_wants"]]
    holdings = _select(_PRICED, [[line["holding"] for _side, line in lines]])
    known = {row["id"]: row for row in holdings}
    items = [{**known[line["holding"]], "side": side, "quantity": line["quantity"]} for side, line in lines]
    values = {
        side: sum(item["price"] * item["quantity"] for item in items if item["side"] == side)
        for side in ("offer", "want")
    }
    [proposal] = _select(
        _PROPOSAL,
        {
            "me": me,
            "partner": partner["id"],
            "offers": values["offer"],
            "wants": values["want"],
            "message": body["message"],
            "life": timedelta(days=body["expires_in_days"]),
            "days": body["expires_in_days"],
        },
    )
    columns = (
        "side",
        "quantity",
        "id",
        "card_id",
        "finish",
        "condition",
        "language",
        "variant",
        "price",
        "day",
        "source",
    )
    rows = [[item[name] for item in items] for name in columns]
    with connection.cursor() as cursor:
        cursor.execute(_ITEM, [proposal["id"], *rows])
        cursor.execute(_EVENT, [proposal["id"], me, Jsonb({}), proposal["created_at"]])
        (event,) = cursor.fetchone()
        cursor.execute(
            _NOTICE,
            [
                partner["id"],
                f"/trades/{proposal['id']}/",
                f"trade-event:{event}",
                f"trade:{proposal['id']}",
                me,
            ],
        )
    return {**proposal, "proposer_offers": items}


_PRICED = """
    SELECT h.id, h.card_id, h.finish, h.condition, h.language, h.variant, p.price, p.day, p.source
    FROM cards_holding h JOIN cards_currentprice p ON p.card_id = h.card_id AND p.finish = h.finish
    WHERE h.id = ANY(%s)
"""
_PROPOSAL = """
    INSERT INTO trades_tradeproposal (proposer_id, recipient_id, status, version, proposer_offers_value,
        proposer_wants_value, proposer_adds_cash, recipient_adds_cash, message, decline_reason, cancel_reason,
        declined_for_good, counter_count, completion_method, completion_notes, life_days, created_at, sent_at,
        expires_at, stood_still)
    VALUES (%(me)s, %(partner)s, 'pending', 1, %(offers)s, %(wants)s, 0, 0, %(message)s, '', '', false, 0,
        'mail', '', %(days)s, now(), now(), now() + %(life)s, '0')
    RETURNING *
"""
_ITEM = """
    INSERT INTO trades_tradeitem (proposal_id, side, quantity, holding_id, card_id, finish, condition,
        language, variant, unit_price, price_as_of, price_source, declared)
    SELECT %s, *, false FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
        %s::text[], %s::text[], %s::numeric[], %s::date[], %s::text[])
"""
_EVENT = """
    INSERT INTO trades_tradeevent (proposal_id, actor_id, kind, payload, version, created_at)
    VALUES (%s, %s, 'sent', %s, 1, %s) RETURNING id
"""
_NOTICE = """
    INSERT INTO notifications_notification (user_id, category, kind, text, url, key, subject, actor_id,
        params, created_at)
    VALUES (%s, 'trades', 'trade_sent', '{actor} sent you an offer.', %s, %s, %s, %s, '{}', now())
"""


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


urlpatterns = [
    path("trades/done/", list_page),
    path(
        "api/v1/trades/", lambda request: create(request) if request.method == "POST" else list_api(request)
    ),
]
urlpatterns[1].callback.csrf_exempt = True  # type: ignore[union-attr]
