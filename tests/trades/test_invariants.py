"""What PostgreSQL itself refuses, whoever asks (domain.md §9: 1 to 7 and 13)."""

import pytest
from django.db import Error, connection, transaction
from django.db.models import ProtectedError

from trades.services import accept_proposal, confirm_receipt, counter_proposal, decline_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db

PROPOSAL = "UPDATE trades_tradeproposal SET {} WHERE id = %s"
HOLDING = "UPDATE cards_holding SET {} WHERE id = %s"
ITEM = "UPDATE trades_tradeitem SET {} WHERE proposal_id = %s"


def refused(statement, *values):
    """The name of the constraint that refuses the statement; "" for a trigger."""
    with pytest.raises(Error) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return refusal.value.__cause__.diag.constraint_name or ""


def allowed(statement, *values):
    """The same statement with values that are right: the test is able to fail."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        transaction.set_rollback(True)


def test_1_nobody_trades_with_oneself(offer):
    assert refused(PROPOSAL.format("recipient_id = proposer_id"), offer.pk) == "trade_not_with_oneself"


def test_2_the_status_is_one_of_nine(offer):
    assert refused(PROPOSAL.format("status = 'eaten'"), offer.pk) == "trade_status_known"
    allowed(PROPOSAL.format("status = 'viewed'"), offer.pk)


def test_3_one_live_child_a_parent(offer, bob, mox, terms):
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=Terms(offers=(Line(mox.pk),)))
    copy = (
        "INSERT INTO trades_tradeproposal SELECT (jsonb_populate_record(p, jsonb_build_object("
        "'id', p.id + 1000, 'status', %s::text, 'closed_at', now()))).* FROM trades_tradeproposal p WHERE id = %s"
    )
    assert refused(copy, "pending", child.pk) == "trade_one_live_counter"
    allowed(copy, "declined", child.pk)


@pytest.mark.parametrize("cash", ["'NaN'", "'Infinity'", "-0.01", "100000000"])
@pytest.mark.parametrize("side", ["proposer", "recipient"])
def test_4_cash_is_a_number_within_bounds(draft, side, cash):
    nothing = "proposer_adds_cash = 0, recipient_adds_cash = 0"
    allowed(PROPOSAL.format(nothing), draft.pk)
    wrong = nothing.replace(f"{side}_adds_cash = 0", f"{side}_adds_cash = {cash}")
    # What numeric(10, 2) cannot hold at all is refused before the constraint is asked.
    assert refused(PROPOSAL.format(wrong), draft.pk) in ("trade_cash_bounds", "")


def test_4_not_a_number_is_refused_by_the_constraint(draft):
    assert refused(PROPOSAL.format("proposer_adds_cash = 'NaN'"), draft.pk) == "trade_cash_bounds"


def test_4_cash_goes_one_way(draft):
    assert refused(PROPOSAL.format("recipient_adds_cash = 0.01"), draft.pk) == "trade_cash_one_way"


@pytest.mark.parametrize("values", ["'NaN'", "-1"])
def test_4_values_are_numbers_too(offer, values):
    assert refused(PROPOSAL.format(f"proposer_offers_value = {values}"), offer.pk) == "trade_value_bounds"
    assert refused(ITEM.format(f"unit_price = {values}"), offer.pk) == "trade_item_price_bounds"


@pytest.mark.parametrize(
    "wrong",
    ["reserved = 5", "reserved = -1", "for_trade = 5", "quantity = 3", "for_trade = 0, reserved = 1"],
)
def test_5_reserved_for_trade_quantity(bolt, wrong):
    allowed(HOLDING.format("reserved = 4"), bolt.pk)
    assert refused(HOLDING.format(wrong), bolt.pk) in (
        "holding_reserved_for_trade_quantity",
        "cards_holding_reserved_check",
    )


@pytest.mark.parametrize("quantity", [0, 1_000, -1])
def test_6_so_many_copies_a_line(offer, quantity):
    constraint = refused(ITEM.format(f"quantity = {quantity}") + " AND side = 'offer'", offer.pk)
    assert constraint in ("trade_item_quantity", "trades_tradeitem_quantity_check")


def test_6_one_line_a_row(offer):
    copy = (
        "INSERT INTO trades_tradeitem SELECT (jsonb_populate_record(i, jsonb_build_object('id', i.id + 1000)"
        ")).* FROM trades_tradeitem i WHERE proposal_id = %s AND side = 'offer'"
    )
    assert refused(copy, offer.pk) == "trade_item_once"


def test_7_each_end_has_its_time(offer, alice, bob, terms, mox):
    accept_proposal(proposal_id=offer.pk, by=bob)
    assert refused(PROPOSAL.format("accepted_at = NULL"), offer.pk) == "trade_accepted_has_time"
    for by in (alice, bob):
        confirm_receipt(proposal_id=offer.pk, by=by)
    assert refused(PROPOSAL.format("completed_at = NULL"), offer.pk) == "trade_completed_has_time"
    assert refused(PROPOSAL.format("closed_at = NULL"), offer.pk) == "trade_closed_has_time"


@pytest.mark.parametrize("status", ["declined", "countered", "cancelled", "expired"])
def test_7_what_is_closed_says_when(offer, status):
    assert refused(PROPOSAL.format(f"status = '{status}'"), offer.pk) == "trade_closed_has_time"
    allowed(PROPOSAL.format(f"status = '{status}', closed_at = now()"), offer.pk)


def test_13_what_happened_stays_as_it_was(offer, bob):
    decline_proposal(proposal_id=offer.pk, by=bob)
    for statement in (
        "UPDATE trades_tradeevent SET kind = 'accepted' WHERE proposal_id = %s",
        "UPDATE trades_tradeevent SET id = id + 1000 WHERE proposal_id = %s",
        "DELETE FROM trades_tradeevent WHERE proposal_id = %s",
    ):
        assert refused(statement, offer.pk) == ""


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM accounts_user WHERE id = %s", "DELETE FROM cards_holding WHERE owner_id = %s"],
)
def test_14_history_has_no_holes(offer, alice, statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert "_fk_" in refused(statement, alice.pk)


def test_14_nor_by_the_orm(offer, alice):
    with pytest.raises(ProtectedError):
        alice.delete()
