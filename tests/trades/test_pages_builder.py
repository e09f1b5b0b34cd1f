"""The builder: from an empty table to a sent offer, tap by tap, without any script."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.services import block_user
from cards.models import CurrentPrice, Want
from tests.budget import KB, on_the_wire
from tests.factories import CardFactory, HoldingFactory
from tests.forms import form_with
from tests.trades.conftest import kinds
from tests.trades.rows import all_rows
from trades.models import TradeProposal
from trades.services import accept_proposal, counter_proposal, create_proposal, decline_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db
NEW = "/trades/new/?with=bob"


def text_of(response):
    return response.content.decode()


def builder(response):
    return form_with(response, "send")


def lines(response, side="give"):
    rows = response.context[side].rows
    return [(row.line.entry.quantity, row.line.item.card.name) for row in rows]


def tiles(response, pane="mine"):
    return [(view.tile.holding.card.name, view.on_table) for view in response.context[pane]["tiles"]]


def posted(alice, bolt, mox, **changes):
    """What a browser sends for 3 bolts and $5 against one opal."""
    data = {
        "offer": [bolt.pk],
        "want": [mox.pk],
        f"quantity-{bolt.pk}": "3",
        f"quantity-{mox.pk}": "1",
        "cash": "5.00",
        "cash_from": "me",
        "completion_method": "mail",
        "life_days": "7",
        "message": "Would you?",
        "send": "1",
    }
    return data | changes


# --- from nothing to sent ----------------------------------------------------------------------------


def test_tap_by_tap_without_a_script(alice, alice_page, bob, bolt, mox):
    page = alice_page.get(NEW)
    assert (tiles(page, "mine"), tiles(page, "theirs")) == ([("Lightning Bolt", 0)], [("Mox Opal", 0)])
    for _ in range(2):
        page = builder(page).press(alice_page, "add_offer", bolt.pk)
    page = builder(page).press(alice_page, "add_want", mox.pk)
    assert (lines(page), lines(page, "get")) == ([("2", "Lightning Bolt")], [("1", "Mox Opal")])
    page = builder(page).press(alice_page, "more", bolt.pk)
    assert page.context["verdict"] == "You gain $12.50 (63 %)"
    page = builder(page).press(alice_page, "update", cash="5", message="Would you?")
    assert page.context["verdict"] == "You gain $7.50 (38 %)"
    response = builder(page).press(alice_page, "send")
    offer = TradeProposal.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/trades/{offer.pk}/")
    assert (offer.status, offer.proposer_total, offer.recipient_total, offer.message) == (
        "pending",
        Decimal("12.50"),
        Decimal("20.00"),
        "Would you?",
    )
    assert kinds(offer) == [("sent", "alice", 1)]


def test_what_is_kept_goes_on_as_a_draft(alice, alice_page, bob, bolt, mox):
    page = builder(alice_page.get(NEW)).press(alice_page, "add_offer", bolt.pk)
    builder(page).press(alice_page, "save", message="Later")
    draft = TradeProposal.objects.get()
    assert draft.status == "draft"
    page = alice_page.get(f"/trades/{draft.pk}/edit/")
    assert builder(page).value("message") == "Later"
    page = builder(page).press(alice_page, "add_want", mox.pk)
    builder(page).press(alice_page, "save", cash="2")
    page = alice_page.get(f"/trades/{draft.pk}/edit/")
    assert (lines(page), lines(page, "get"), builder(page).value("cash")) == (
        [("1", "Lightning Bolt")],
        [("1", "Mox Opal")],
        "2.00",
    )
    builder(page).press(alice_page, "send")
    sent = TradeProposal.objects.get()
    assert (sent.status, sent.proposer_adds_cash) == ("pending", Decimal("2.00"))
    assert [kind for kind, *_ in kinds(sent)] == ["sent"]


def test_a_match_lays_the_table(alice_page, bolt, mox):
    page = alice_page.get(f"{NEW}&offer={bolt.pk}&want={mox.pk},{mox.pk}&want=nonsense,-1,{2**64}")
    assert (lines(page), lines(page, "get")) == ([("1", "Lightning Bolt")], [("1", "Mox Opal")])


def test_less_and_off(alice_page, bob, bolt):
    page = alice_page.get(f"{NEW}&offer={bolt.pk}")
    page = builder(page).press(alice_page, "more", bolt.pk)
    page = builder(page).press(alice_page, "less", bolt.pk)
    assert lines(page) == [("1", "Lightning Bolt")]
    page = builder(page).press(alice_page, "less", bolt.pk)
    assert lines(page) == []
    page = builder(page).press(alice_page, "add_offer", bolt.pk)
    assert lines(builder(page).press(alice_page, "remove", bolt.pk)) == []


def test_no_more_than_there_are(alice_page, bob, mox):
    page = alice_page.get(NEW)
    for _ in range(2):
        page = builder(page).press(alice_page, "add_want", mox.pk)
    assert tiles(page, "theirs") == [("Mox Opal", 2)]
    assert "add_want" not in builder(page).names_of_buttons()
    assert "more" not in builder(page).names_of_buttons()


# --- counters ----------------------------------------------------------------------------------------


def test_a_counter_starts_from_the_other_side(offer, bob_page, bolt, mox):
    page = bob_page.get(f"/trades/{offer.pk}/counter/")
    assert (lines(page), lines(page, "get")) == ([("1", "Mox Opal")], [("3", "Lightning Bolt")])
    form = builder(page)
    assert (form.value("cash"), form.value("cash_from"), form.value("message")) == ("5.00", "them", "")
    assert "save" not in form.names_of_buttons()
    page = form.press(bob_page, "more", bolt.pk)
    response = builder(page).press(bob_page, "send", cash="", message="All four")
    child = TradeProposal.objects.get(parent_proposal=offer)
    assert (response.status_code, response["Location"]) == (303, f"/trades/{child.pk}/")
    assert (child.proposer.username, child.proposer_total, child.recipient_total) == (
        "bob",
        Decimal("20.00"),
        Decimal("10.00"),
    )


def test_who_cannot_counter_is_led_back(offer, alice, bob, alice_page, bob_page):
    assert alice_page.get(f"/trades/{offer.pk}/counter/")["Location"] == f"/trades/{offer.pk}/"
    decline_proposal(proposal_id=offer.pk, by=bob)
    assert bob_page.get(f"/trades/{offer.pk}/counter/")["Location"] == f"/trades/{offer.pk}/"
    assert alice_page.get(f"/trades/{offer.pk}/edit/")["Location"] == f"/trades/{offer.pk}/"


def test_a_counter_to_what_has_changed_is_a_conflict(offer, bob, bob_page, bolt, mox):
    page = bob_page.get(f"/trades/{offer.pk}/counter/")
    swapped = Terms(offers=(Line(mox.pk, 2),), wants=(Line(bolt.pk, 4),))
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=swapped)
    before = all_rows()
    response = builder(page).press(bob_page, "send")
    assert response.status_code == 409
    assert f'href="/trades/{child.pk}/"' in text_of(response)
    assert all_rows() == before


def test_a_counter_without_what_is_gone(offer, alice, charlie, bob_page, bolt):
    other = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 4),)))
    accept_proposal(proposal_id=other.pk, by=charlie)
    page = bob_page.get(f"/trades/{offer.pk}/counter/")
    assert "Only 0 left." in text_of(page)
    page = bob_page.get(f"/trades/{offer.pk}/counter/?without=missing")
    assert (lines(page), lines(page, "get")) == ([("1", "Mox Opal")], [])


# --- what is wrong stands where it is ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("quantity", "0"),
        ("quantity", "-1"),
        ("quantity", "1.5"),
        ("quantity", "x"),
        ("quantity", ""),
        ("quantity", str(2**63)),
        ("quantity", "5"),
        ("cash", "-0.01"),
        ("cash", "1.005"),
        ("cash", "NaN"),
        ("cash", "Infinity"),
        ("cash", "1e400"),
        ("cash", "100000000"),
        ("life_days", "0"),
        ("life_days", "15"),
        ("life_days", "9999"),
        ("completion_method", "pigeon"),
        ("message", "x" * 2001),
        ("message", "a\0b"),
    ],
)
def test_a_bad_value_comes_back_with_a_link_to_it(alice, alice_page, bob, bolt, mox, field, typed):
    name = f"quantity-{bolt.pk}" if field == "quantity" else field
    before = all_rows()
    response = alice_page.post(NEW, posted(alice, bolt, mox, **{name: typed}))
    assert response.status_code == 422
    assert 'class="error-summary' in text_of(response)
    assert f'href="#{name}"' in text_of(response)
    assert f'id="{name}"' in text_of(response)
    assert all_rows() == before


def test_an_empty_table_is_not_sent(alice, alice_page, bob):
    response = builder(alice_page.get(NEW)).press(alice_page, "send")
    assert response.status_code == 422
    assert "Put at least one card or some cash on the table." in text_of(response)


def test_a_row_of_somebody_else_never_lies_on_the_table(alice, alice_page, charlie, bob, bolt, mox):
    stranger = HoldingFactory(owner=charlie, card__name="Secret")
    hidden = HoldingFactory(owner=bob, card__name="Hidden", for_trade=0)
    page = alice_page.post(NEW, posted(alice, bolt, mox, want=[mox.pk, stranger.pk, hidden.pk], send=[]))
    assert lines(page, "get") == [("1", "Mox Opal")]
    assert "2 cards are no longer for trade" in text_of(page)
    assert "Secret" not in text_of(page)
    assert "Hidden" not in text_of(page)
    swapped = posted(alice, bolt, mox, offer=[mox.pk], want=[bolt.pk], send=[])
    assert lines(alice_page.post(NEW, swapped)) == []


def test_more_than_a_hundred_lines_a_side(alice, alice_page, bob):
    rows = [HoldingFactory(owner=alice, price="1.00") for _ in range(101)]
    response = alice_page.post(NEW, {"offer": [row.pk for row in rows], "send": "1"})
    assert response.status_code == 422
    assert "At most 100 lines a side." in text_of(response)


def test_a_copy_promised_meanwhile_is_said_at_its_line(alice, alice_page, bob, charlie, bolt, mox):
    other = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 2),)))
    accept_proposal(proposal_id=other.pk, by=charlie)
    response = alice_page.post(NEW, posted(alice, bolt, mox))
    assert response.status_code == 422
    assert f'href="#quantity-{bolt.pk}"' in text_of(response)
    assert "2 of 3 left." in text_of(response)


def test_a_limit_is_named(alice, alice_page, bob, bolt, mox):
    for _ in range(5):
        create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),)))
    response = alice_page.post(NEW, posted(alice, bolt, mox))
    assert response.status_code == 403
    assert "open offers" in text_of(response)
    assert builder(response).value("message") == "Would you?"


def test_who_is_not_welcome_reads_it_before_sending(alice, alice_page, bob, bolt):
    bob.offers_min_value = Decimal(50)
    bob.save()
    page = builder(alice_page.get(NEW)).press(alice_page, "add_offer", bolt.pk)
    assert "This trader takes offers from 50" in text_of(page)


# --- with whom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nobody", "alice", "charlie", "zoë", "a" * 500])
def test_unknown_blocked_and_oneself_are_the_same_answer(alice, alice_page, bob, charlie, name):
    assert alice_page.get(NEW).status_code == 200
    block_user(username="alice", by=charlie)
    response = alice_page.get("/trades/new/", {"with": name})
    assert response.status_code == 404
    assert f"No trader “{name}” takes offers" in text_of(response)


def test_nobody_named_yet(offer, alice_page):
    response = alice_page.get("/trades/new/")
    assert response.status_code == 200
    assert '<a class="row" href="?with=bob">' in text_of(response)


def test_anonymous_is_asked_to_sign_in(offer):
    for address in (NEW, f"/trades/{offer.pk}/counter/", f"/trades/{offer.pk}/edit/"):
        assert Client().get(address).status_code == 302


def test_a_draft_and_an_offer_are_not_a_strangers(draft, offer, alice_page, charlie_page, bob_page):
    assert alice_page.get(f"/trades/{draft.pk}/edit/").status_code == 200
    for client, path in (
        (charlie_page, f"{draft.pk}/edit/"),
        (bob_page, f"{draft.pk}/edit/"),
        (charlie_page, f"{offer.pk}/counter/"),
    ):
        assert client.get(f"/trades/{path}").status_code == 404
        assert client.post(f"/trades/{path}", {"send": "1"}).status_code == 404


def test_no_old_trade_or_draft_opens_the_binder_of_who_blocked_me(
    alice, bob, alice_page, bob_page, draft, offer, bolt, mox
):
    paths = {alice_page: f"/trades/{draft.pk}/edit/", bob_page: f"/trades/{offer.pk}/counter/"}
    for client, path in paths.items():
        assert client.get(path).status_code == 200
    block_user(username="alice", by=bob)
    for client, path in paths.items():
        assert client.get(path).status_code == 302
        for pressed in (
            {"update": "1"},
            {"turn_theirs": "1"},
            {"send": "1"},
            {"want": mox.pk, "more": mox.pk},
        ):
            response = client.post(path, pressed)
            assert response.status_code == 409
            assert "pane-theirs" not in text_of(response)
        part = client.post(path, {"find_theirs": "1"}, headers={"HX-Request": "true"})
        assert part.status_code == 409


# --- binders -----------------------------------------------------------------------------------------


def test_what_they_want_comes_first_then_what_is_worth_most(alice, alice_page, bob):
    for name, price in (("Cheap", "1.00"), ("Dear", "9.00"), ("Wanted", "2.00"), ("Unpriced", None)):
        holding = HoldingFactory(owner=alice, card__name=name, price=price)
        if name == "Wanted":
            Want.objects.create(owner=bob, oracle_id=holding.card.oracle_id)
    page = alice_page.get(NEW)
    assert [name for name, _ in tiles(page)] == ["Wanted", "Dear", "Cheap", "Unpriced"]
    assert text_of(page).count("they want it") == 1


def test_an_empty_binder_says_what_to_do(alice_page, bob):
    text = text_of(alice_page.get(NEW))
    assert "Nothing of yours is for trade" in text
    assert "bob’s binder is empty" in text


def test_what_is_reserved_or_not_for_trade_is_no_tile(alice, alice_page, trade, bolt, mox):
    HoldingFactory(owner=alice, card__name="Kept", for_trade=0)
    page = alice_page.get(NEW)
    assert [
        (view.tile.holding.card.name, view.tile.holding.free) for view in page.context["mine"]["tiles"]
    ] == [("Lightning Bolt", 1)]


def test_finding_and_turning_pages(alice, alice_page, bob):
    for number in range(14):
        HoldingFactory(owner=alice, card__name=f"Goblin {number:02}", card__set_code="dom")
    elf = HoldingFactory(owner=alice, card__name="Llanowar Elves", card__set_code="m19")
    page = alice_page.get(NEW)
    assert len(tiles(page)) == 12
    page = builder(page).press(alice_page, "add_offer", page.context["mine"]["tiles"][0].tile.holding.pk)
    page = builder(page).press(alice_page, "turn_mine", 2)
    assert (len(tiles(page)), len(lines(page))) == (3, 1)
    page = builder(page).press(alice_page, "find_mine", mine_q="elv set:m19")
    assert tiles(page) == [("Llanowar Elves", 0)]
    page = builder(page).press(alice_page, "add_offer", elf.pk)
    assert (tiles(page), len(lines(page))) == ([("Llanowar Elves", 1)], 2)
    page = builder(page).press(alice_page, "find_mine", mine_q="nothing like it")
    assert "No card here has that name." in text_of(page)


def test_other_open_offers_and_what_was_refused(alice, alice_page, bob, charlie, bolt):
    create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk),)))
    assert "also in 1 other offer" in text_of(alice_page.get(NEW))
    refused = create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),)))
    decline_proposal(proposal_id=refused.pk, by=bob, for_good=True)
    text = text_of(alice_page.get(f"{NEW}&offer={bolt.pk}"))
    assert "bob asked not to be offered this again." in text


# --- prices and balance ------------------------------------------------------------------------------


def test_a_price_of_ones_own_where_there_is_none(alice, alice_page, bob):
    rare = HoldingFactory(owner=alice, card__name="Rare")
    page = alice_page.get(f"{NEW}&offer={rare.pk}")
    assert page.context["balance"].unpriced == 1
    page = builder(page).press(alice_page, "update", **{f"declared__{rare.pk}": "12.5"})
    assert (page.context["balance"].unpriced, page.context["balance"].give) == (0, Decimal("12.5"))
    builder(page).press(alice_page, "send")
    item = TradeProposal.objects.get().items.get()
    assert (item.unit_price, item.declared) == (Decimal("12.50"), True)


def test_evening_it_out_by_card_and_by_cash(alice, alice_page, bob, bolt, mox):
    wanted = HoldingFactory(owner=alice, card__name="Wanted", price="12.00")
    Want.objects.create(owner=bob, card=wanted.card)
    page = alice_page.get(f"{NEW}&offer={bolt.pk}&want={mox.pk}")
    page = builder(page).press(alice_page, "even_out")
    assert "Wanted" in [step.overlap.holding.card.name for step in page.context["suggestions"].cards]
    by_cash = builder(page).press(alice_page, "even_cash")
    assert (builder(by_cash).value("cash"), by_cash.context["verdict"]) == ("17.50", "Even")
    by_card = builder(page).press(alice_page, "add_offer", wanted.pk)
    assert by_card.context["verdict"] == "You gain $5.50 (28 %)"
    assert by_card.context["suggestions"] is None


# --- with a script -----------------------------------------------------------------------------------


def htmx(client, data):
    return client.post(NEW, data, headers={"HX-Request": "true"})


def test_a_tap_swaps_only_the_table(alice, alice_page, bob, bolt, mox):
    data = {"offer": [bolt.pk], f"quantity-{bolt.pk}": "1", "add_want": mox.pk}
    response = htmx(alice_page, data)
    text = text_of(response)
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#table", "outerHTML")
    assert "no-store" in response["Cache-Control"]
    assert "HX-Request" in response["Vary"]
    assert text.startswith('<section class="builder-table" id="table"')
    assert text.count('hx-swap-oob="true"') == 2  # the balance and the tile
    assert "<html" not in text
    assert 'id="pane-mine"' not in text


def test_a_search_swaps_only_its_binder(alice_page, bob, bolt, mox):
    response = htmx(alice_page, {"find_theirs": "1", "theirs_q": "mox"})
    assert response["HX-Retarget"] == "#pane-theirs"
    assert "Mox Opal" in text_of(response)
    assert "Lightning Bolt" not in text_of(response)


def test_the_page_and_its_parts_stay_within_the_budget(alice, bob, alice_page, bob_page):
    rows = [
        HoldingFactory(owner=o, card__name=f"{n:03} {o}", price="1.25")
        for o in (alice, bob)
        for n in range(100)
    ]
    lines = [Line(row.pk) for row in rows]
    offer = create_proposal(
        by=alice, recipient="bob", terms=Terms(offers=tuple(lines[:100]), wants=tuple(lines[100:]))
    )
    page = alice_page.get(NEW)
    assert on_the_wire(page.content) <= 14 * KB
    counter = bob_page.get(f"/trades/{offer.pk}/counter/")
    assert len(counter.context["give"].rows) == 100
    assert on_the_wire(counter.content) <= 14 * KB
    part = htmx(alice_page, {"add_offer": rows[0].pk})
    assert on_the_wire(part.content) <= 4 * KB


def test_a_counter_costs_no_more(offer, bob_page):
    address = f"/trades/{offer.pk}/counter/"
    bob_page.get(address)
    with CaptureQueriesContext(connection) as queries:
        bob_page.get(address)
    assert len(queries) <= 13


def test_what_is_folded_goes_along_and_can_be_unfolded(alice, alice_page, bob):
    rows = [
        HoldingFactory(owner=alice, card__name=f"Card {n:02}", price=None if n else "1.00") for n in range(20)
    ]
    page = alice_page.get(f"{NEW}&offer={','.join(str(row.pk) for row in rows)}")
    form = builder(page)
    assert (len(form.values("offer")), form.value("folded_offer").count(":")) == (10, 10)
    page = form.press(alice_page, "unfold")
    form = builder(page)
    assert len(form.values("offer")) == 20
    typed = {f"quantity__{rows[0].pk}": "3", f"declared__{rows[1].pk}": "2.50"}
    form.press(alice_page, "send", **typed)
    items = TradeProposal.objects.get().items.order_by("id")
    assert [item.holding_id for item in items] == [row.pk for row in rows]
    assert [(item.quantity, item.unit_price) for item in items[:2]] == [
        (3, Decimal("1.00")),
        (1, Decimal("2.50")),
    ]


def test_what_is_wrong_is_never_folded_away(alice, alice_page, bob):
    rows = [
        HoldingFactory(owner=alice, card__name=f"Card {n:02}", price="1.00", quantity=1) for n in range(20)
    ]
    folded = ",".join(f"{row.pk}:{5 if row == rows[3] else 1}" for row in rows)
    response = alice_page.post(NEW, {"folded_offer": folded, "send": "1"})
    assert response.status_code == 422
    assert f'href="#quantity-{rows[3].pk}"' in text_of(response)
    assert f'id="quantity-{rows[3].pk}"' in text_of(response)


def test_the_builder_costs_the_same_for_any_binder(alice, bob, alice_page):
    card = CardFactory()
    CurrentPrice.objects.create(card=card, finish="nonfoil", source="csv", day="2026-01-01", price=1)
    costs = []
    for more in (1, 49):
        rows = [
            HoldingFactory(owner=o, card=card, note=str(n + more)) for o in (alice, bob) for n in range(more)
        ]
        address = f"{NEW}&offer={','.join(str(row.pk) for row in rows if row.owner == alice)}"
        alice_page.get(address)
        with CaptureQueriesContext(connection) as queries:
            alice_page.get(address)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 13
