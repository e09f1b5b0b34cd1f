"""When a trade goes wrong: who may do what, and where the cards end."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.services import block_user
from cards.models import Holding
from core.clock import clock_moved, database_now
from notifications.models import Notification
from tests.api import Program
from tests.factories import UserFactory
from tests.trades.test_shipping import accepted, after_acceptance, refusal
from tests.uploads.conftest import picture
from trades.errors import TradeError
from trades.models import Dispute, TradeEvent, TradeProposal
from trades.services import (
    add_photo,
    answer_dispute,
    cancel_trade,
    concede_dispute,
    confirm_receipt,
    mark_sent,
    open_dispute,
    resolve_dispute,
    withdraw_dispute,
)
from trades.terms import Line
from uploads.errors import UploadError
from uploads.services import keep_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def moderator(db):
    return moderates(UserFactory(username="mod"))


def moderates(user):
    user.user_permissions.add(Permission.objects.get(codename="resolve_dispute"))
    return user


@pytest.fixture
def done(trade, alice, bob):
    confirm_receipt(proposal_id=trade.pk, by=alice)
    return confirm_receipt(proposal_id=trade.pk, by=bob)


@pytest.fixture
def disputed(trade, bob):
    """Bob waits for alice's bolts."""
    return disputes(trade, bob)


def disputes(trade, by, reason="not_received"):
    return open_dispute(proposal_id=trade.pk, by=by, reason=reason, text="Nothing came.")


def decide(trade, moderator, outcome, arrived=(False, False), **more):
    return resolve_dispute(
        proposal_id=trade.pk,
        by=moderator,
        outcome=outcome,
        proposer_cards_arrived=arrived[0],
        recipient_cards_arrived=arrived[1],
        decision="As the photos show.",
        **more,
    )


def fresh(trade):
    return TradeProposal.objects.get(pk=trade.pk)


def binders():
    """(owner, card, copies, reserved) of every row with copies."""
    rows = Holding.objects.filter(quantity__gt=0).order_by("owner__username", "card__name")
    return [(h.owner.username, h.card.name, h.quantity, h.reserved) for h in rows]


UNTOUCHED = [("alice", "Lightning Bolt", 4, 0), ("bob", "Mox Opal", 2, 0)]
BOLTS_MOVED = [("alice", "Lightning Bolt", 1, 0), ("bob", "Lightning Bolt", 3, 0), ("bob", "Mox Opal", 2, 0)]
OPAL_MOVED = [("alice", "Lightning Bolt", 4, 0), ("alice", "Mox Opal", 1, 0), ("bob", "Mox Opal", 1, 0)]
BOTH_MOVED = [
    ("alice", "Lightning Bolt", 1, 0),
    ("alice", "Mox Opal", 1, 0),
    ("bob", "Lightning Bolt", 3, 0),
    ("bob", "Mox Opal", 1, 0),
]


class TestOpening:
    @pytest.mark.parametrize("who", ["alice", "bob"])
    def test_either_side(self, trade, who, request):
        by = request.getfixturevalue(who)
        dispute = disputes(trade, by)
        assert (dispute.status, dispute.opened_by, dispute.reason) == ("open", by, "not_received")
        event = TradeEvent.objects.get(kind="disputed")
        assert (event.actor, event.payload) == (by, {"reason": "not_received"})
        assert fresh(trade).version == trade.version + 1
        assert [n.user_id for n in Notification.objects.filter(kind="trade_disputed")] == [
            trade.partner_id_of(by.pk)
        ]

    def test_once_a_trade_even_after_it_was_withdrawn(self, disputed, trade, alice, bob):
        assert refusal(disputes, trade=trade, by=alice) == (409, "already_disputed")
        withdraw_dispute(proposal_id=trade.pk, by=bob)
        assert refusal(disputes, trade=trade, by=bob) == (409, "already_disputed")

    def test_thirty_days_after_completion(self, done, bob):
        with clock_moved(timedelta(days=30, minutes=1)):
            assert refusal(disputes, trade=done, by=bob) == (409, "too_late")
        with clock_moved(timedelta(days=29, hours=23)):
            assert disputes(done, bob).status == "open"

    def test_not_of_an_offer_or_what_was_called_off(self, offer, alice, bob):
        assert refusal(disputes, trade=offer, by=bob) == (409, "wrong_status")
        cancel_trade(proposal_id=offer.pk, by=alice)
        assert refusal(disputes, trade=offer, by=bob) == (409, "wrong_status")

    def test_a_stranger_knows_of_none(self, trade, disputed, charlie):
        assert refusal(disputes, trade=trade, by=charlie) == (404, "not_found")
        assert Dispute.objects.visible_to(charlie).count() == 0
        assert Dispute.objects.count() == 1

    @pytest.mark.parametrize(
        ("words", "pointer"),
        [
            ({"reason": "greed"}, "/reason"),
            ({"text": " \u200b "}, "/text"),
            ({"text": "x" * 4_001}, "/text"),
        ],
    )
    def test_a_reason_and_a_text(self, trade, bob, words, pointer):
        with pytest.raises(TradeError) as error:
            open_dispute(
                **{"proposal_id": trade.pk, "by": bob, "reason": "other", "text": "Nothing came.", **words}
            )
        assert (error.value.status, error.value.faults[0].pointer) == (400, pointer)

    def test_a_block_does_not_silence_it(self, trade, alice, bob):
        block_user(username="bob", by=alice)
        disputes(trade, bob)
        assert answer_dispute(proposal_id=trade.pk, by=alice, text="I sent it.").status == "under_review"


class TestStandingStill:
    def test_nothing_else_moves_the_trade(self, trade, disputed, alice, bob):
        assert refusal(confirm_receipt, proposal_id=trade.pk, by=alice) == (409, "disputed")
        assert refusal(cancel_trade, proposal_id=trade.pk, by=alice, reason="no") == (409, "disputed")
        withdraw_dispute(proposal_id=trade.pk, by=bob)
        confirm_receipt(proposal_id=trade.pk, by=alice)
        assert confirm_receipt(proposal_id=trade.pk, by=bob).status == "completed"

    def test_what_goes_out_may_still_be_said(self, trade, disputed, alice):
        assert mark_sent(proposal_id=trade.pk, by=alice).sent_at is not None

    def test_the_time_counts_until_the_end_of_what_the_trade_is(self, trade, disputed, alice, bob):
        with clock_moved(timedelta(days=4)):
            withdraw_dispute(proposal_id=trade.pk, by=bob)
        assert fresh(trade).stood_still > timedelta(days=3, hours=23)
        confirm_receipt(proposal_id=trade.pk, by=alice)
        assert confirm_receipt(proposal_id=trade.pk, by=bob).stood_still == timedelta()

    def test_of_a_completed_trade_it_counts_for_what_comes_after(self, done, bob, moderator):
        disputes(done, bob)
        with clock_moved(timedelta(days=6)):
            decide(done, moderator, "inconclusive")
        assert fresh(done).stood_still > timedelta(days=5, hours=23)


class TestAnswering:
    def test_the_other_side_once(self, trade, disputed, alice, bob):
        assert refusal(answer_dispute, proposal_id=trade.pk, by=bob, text="me?") == (403, "not_yours")
        dispute = answer_dispute(proposal_id=trade.pk, by=alice, text="I sent it on Monday.")
        assert (dispute.status, dispute.answer) == ("under_review", "I sent it on Monday.")
        assert after_acceptance(trade) == ["disputed", "dispute_answered"]
        assert refusal(answer_dispute, proposal_id=trade.pk, by=alice, text="And…") == (409, "wrong_status")

    def test_there_must_be_a_dispute(self, trade, alice):
        assert refusal(answer_dispute, proposal_id=trade.pk, by=alice, text="What?") == (404, "not_found")


class TestEndingItThemselves:
    def test_the_opener_withdraws_and_the_trade_goes_on(self, trade, disputed, alice, bob):
        assert refusal(withdraw_dispute, proposal_id=trade.pk, by=alice) == (403, "not_yours")
        dispute = withdraw_dispute(proposal_id=trade.pk, by=bob)
        assert (dispute.status, dispute.outcome, dispute.lost_by) == ("resolved", "withdrawn", None)
        assert fresh(trade).status == "accepted"
        assert refusal(withdraw_dispute, proposal_id=trade.pk, by=bob) == (409, "wrong_status")

    def test_the_other_side_concedes_and_the_trade_completes(self, trade, disputed, alice, bob):
        assert refusal(concede_dispute, proposal_id=trade.pk, by=bob) == (403, "not_yours")
        dispute = concede_dispute(proposal_id=trade.pk, by=alice)
        assert (dispute.outcome, dispute.lost_by, dispute.decided_by) == ("for_opener", alice, None)
        assert fresh(trade).status == "completed"
        assert after_acceptance(trade) == ["disputed", "dispute_conceded", "completed"]
        assert binders() == UNTOUCHED  # nothing came, and bob had sent nothing

    @pytest.mark.parametrize(
        ("reason", "after"),
        [
            ("not_received", OPAL_MOVED),
            ("counterfeit", OPAL_MOVED),
            ("damaged", BOTH_MOVED),
            ("not_as_described", BOTH_MOVED),
            ("other", BOTH_MOVED),
        ],
    )
    def test_the_facts_say_what_arrived(self, trade, alice, bob, reason, after):
        mark_sent(proposal_id=trade.pk, by=bob)
        disputes(trade, bob, reason)
        concede_dispute(proposal_id=trade.pk, by=alice)
        assert binders() == after

    def test_after_completion_nothing_moves(self, done, alice, bob):
        disputes(done, bob, "counterfeit")
        before = binders()
        dispute = concede_dispute(proposal_id=done.pk, by=alice)
        assert (binders(), fresh(done).completed_at) == (before, done.completed_at)
        assert (dispute.lost_by, dispute.proposer_cards_arrived) == (alice, None)
        assert after_acceptance(done)[-2:] == ["disputed", "dispute_conceded"]


class TestDeciding:
    def test_after_the_answer_or_five_days(self, trade, disputed, alice, moderator):
        assert refusal(decide, trade=trade, moderator=moderator, outcome="inconclusive") == (409, "too_early")
        with clock_moved(timedelta(days=5, minutes=1)):
            assert list(Dispute.objects.to_decide(database_now())) == [disputed]
        assert list(Dispute.objects.to_decide(database_now())) == []
        answer_dispute(proposal_id=trade.pk, by=alice, text="I sent it.")
        assert list(Dispute.objects.to_decide(database_now())) == [disputed]
        assert decide(trade, moderator, "inconclusive").status == "resolved"
        assert list(Dispute.objects.to_decide(database_now())) == []

    @pytest.mark.parametrize(
        ("outcome", "status", "loser"),
        [
            ("for_opener", "completed", "alice"),
            ("for_other", "completed", "bob"),
            ("mutual_cancel", "cancelled", None),
            ("inconclusive", "cancelled", None),
        ],
    )
    @pytest.mark.parametrize(
        ("arrived", "after"),
        [
            ((False, False), UNTOUCHED),
            ((True, False), BOLTS_MOVED),
            ((False, True), OPAL_MOVED),
            ((True, True), BOTH_MOVED),
        ],
    )
    def test_only_what_arrived_changes_binders(
        self, trade, disputed, moderator, outcome, status, loser, arrived, after
    ):
        with clock_moved(timedelta(days=6)):
            dispute = decide(trade, moderator, outcome, arrived)
        assert (fresh(trade).status, binders()) == (status, after)
        assert (dispute.lost_by and dispute.lost_by.username, dispute.decided_by) == (loser, moderator)
        assert after_acceptance(trade) == ["disputed", "dispute_resolved", status]
        event = TradeEvent.objects.get(kind="dispute_resolved")
        assert (event.actor, event.payload) == (None, {"outcome": outcome})
        assert fresh(trade).cancel_counts_against is None

    def test_both_are_told_and_nobody_is_named(self, trade, disputed, moderator):
        with clock_moved(timedelta(days=6)):
            decide(trade, moderator, "mutual_cancel")
        lines = Notification.objects.filter(user__username="alice").order_by("id")
        assert [n.line for n in lines][-2:] == [
            "The dispute about your trade is resolved.",
            "Your trade is cancelled.",
        ]

    def test_a_completed_trade_stays_as_it_is(self, done, bob, moderator):
        disputes(done, bob)
        before = binders()
        with clock_moved(timedelta(days=6)):
            dispute = decide(done, moderator, "mutual_cancel")
        assert (fresh(done).status, binders(), dispute.lost_by) == ("completed", before, None)

    def test_nobody_decides_about_their_own_trade(self, trade, disputed, alice):
        with clock_moved(timedelta(days=6)):
            assert refusal(decide, trade=trade, moderator=moderates(alice), outcome="for_other") == (
                403,
                "own_trade",
            )

    def test_only_moderators_decide(self, trade, disputed, charlie):
        with clock_moved(timedelta(days=6)):
            assert refusal(decide, trade=trade, moderator=charlie, outcome="for_other") == (403, "not_yours")

    def test_once(self, trade, disputed, moderator):
        with clock_moved(timedelta(days=6)):
            decide(trade, moderator, "for_other")
            assert refusal(decide, trade=trade, moderator=moderator, outcome="for_opener") == (
                409,
                "wrong_status",
            )

    @pytest.mark.parametrize("outcome", ["withdrawn", "", "for_me"])
    def test_no_other_outcomes(self, trade, disputed, moderator, outcome):
        assert refusal(decide, trade=trade, moderator=moderator, outcome=outcome) == (400, "unknown_choice")

    def test_bad_faith_is_the_losing_openers(self, trade, disputed, moderator):
        with clock_moved(timedelta(days=6)):
            assert refusal(
                decide, trade=trade, moderator=moderator, outcome="for_opener", bad_faith=True
            ) == (400, "not_lost")
            assert decide(trade, moderator, "for_other", bad_faith=True).bad_faith is True

    def test_a_gift_in_dispute(self, alice, bob, bolt, moderator):
        gift = accepted(alice, bob, offers=(Line(bolt.pk, 3),))
        disputes(gift, bob)
        with clock_moved(timedelta(days=6)):
            decide(gift, moderator, "for_other", (True, True))
        assert binders() == [("alice", "Lightning Bolt", 1, 0), ("bob", "Lightning Bolt", 3, 0)]


class TestPhotos:
    @pytest.fixture
    def photograph(self):
        def take(user):
            return keep_photo(by=user, file=SimpleUploadedFile("p.jpg", picture(size=(9, 9))))

        return take

    def test_six_a_side(self, trade, disputed, alice, bob, photograph):
        for user in (alice, bob):
            for _photo in range(6):
                add_photo(proposal_id=trade.pk, by=user, upload_id=photograph(user).pk)
        assert refusal(add_photo, proposal_id=trade.pk, by=bob, upload_id=photograph(bob).pk) == (
            409,
            "too_many_photos",
        )
        assert disputed.photos.count() == 12

    def test_the_two_and_the_moderators_see_them(
        self, trade, disputed, alice, bob, charlie, moderator, photograph
    ):
        photo = photograph(bob)
        path = f"/uploads/{photo.pk}/"
        assert Program(alice).get(path).status_code == 404
        add_photo(proposal_id=trade.pk, by=bob, upload_id=photo.pk)
        people = (bob, alice, moderator, charlie)
        assert [Program(user).get(path).status_code for user in people] == [200, 200, 200, 404]

    def test_only_ones_own_and_only_once(self, trade, disputed, alice, bob, photograph):
        photo = photograph(bob)
        with pytest.raises(UploadError, match="not_found"):
            add_photo(proposal_id=trade.pk, by=alice, upload_id=photo.pk)
        add_photo(proposal_id=trade.pk, by=bob, upload_id=photo.pk)
        with pytest.raises(UploadError, match="already_used"):
            add_photo(proposal_id=trade.pk, by=bob, upload_id=photo.pk)

    def test_not_after_the_end_and_not_without_a_dispute(self, trade, bob, photograph):
        photo = photograph(bob)
        assert refusal(add_photo, proposal_id=trade.pk, by=bob, upload_id=photo.pk) == (404, "not_found")
        disputes(trade, bob)
        withdraw_dispute(proposal_id=trade.pk, by=bob)
        assert refusal(add_photo, proposal_id=trade.pk, by=bob, upload_id=photo.pk) == (409, "wrong_status")


class TestTheDatabaseKeepsIt:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": "resolved"},
            {"status": "closed"},
            {"ended_at": "2026-01-01T00:00:00Z"},
            {"outcome": "for_opener"},
            {"reason": "greed"},
            {"status": "resolved", "outcome": "withdrawn", "ended_at": "2026-01-01T00:00:00Z", "lost_by": 1},
        ],
    )
    def test_no_half_ended_dispute(self, disputed, alice, wrong):
        values = {**wrong, "lost_by": alice} if "lost_by" in wrong else wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispute.objects.filter(pk=disputed.pk).update(**values)


class TestPage:
    """Everything works as plain forms."""

    @pytest.fixture
    def path(self, trade):
        return f"/trades/{trade.pk}/dispute/"

    def test_opened_shown_answered_and_conceded(self, path, trade, alice_page, bob_page):
        form = {"version": trade.version, "reason": "damaged", "text": "A <b>crease</b>."}
        assert bob_page.get(path).status_code == 200
        opened = bob_page.post(path, form)
        assert (opened.status_code, opened["Location"]) == (303, path)
        page = alice_page.get(path).content.decode()
        assert "A &lt;b&gt;crease&lt;/b&gt;." in page
        version = fresh(trade).version
        assert (
            alice_page.post(f"{path}answer/", {"version": version, "text": "Not by me."}).status_code == 303
        )
        assert "Not by me." in bob_page.get(path).content.decode()
        assert bob_page.post(f"{path}concede/", {"version": version + 1}).status_code in (403, 422)
        assert alice_page.post(f"{path}concede/", {"version": version + 1}).status_code == 303
        assert fresh(trade).status == "completed"

    def test_a_photo_is_added_and_shown(self, path, trade, disputed, alice_page, bob_page, charlie_page):
        photo = SimpleUploadedFile("p.jpg", picture())
        sent = bob_page.post(f"{path}photo/", {"version": fresh(trade).version, "file": photo})
        assert sent.status_code == 303
        address = disputed.photos.get().upload.get_absolute_url()
        assert f'src="{address}"' in alice_page.get(path).content.decode()
        statuses = [page.get(address).status_code for page in (alice_page, bob_page, charlie_page)]
        assert statuses == [200, 200, 404]

    def test_what_is_wrong_comes_back_with_its_form(self, path, trade, bob_page):
        empty = bob_page.post(path, {"version": trade.version, "reason": "damaged", "text": " "})
        assert empty.status_code == 422
        stale = bob_page.post(path, {"version": 1, "reason": "damaged", "text": "A crease."})
        assert stale.status_code == 409
        assert Dispute.objects.count() == 0

    def test_no_photo_is_no_crash(self, path, trade, disputed, bob_page):
        svg = SimpleUploadedFile("p.svg", b"<svg/>")
        refused = bob_page.post(f"{path}photo/", {"version": fresh(trade).version, "file": svg})
        assert refused.status_code == 422
        assert "Send a JPEG, PNG or WebP picture." in refused.content.decode()

    def test_a_stranger_finds_nothing(self, path, disputed, alice_page, charlie_page):
        assert alice_page.get(path).status_code == 200
        assert charlie_page.get(path).status_code == 404
        assert charlie_page.post(f"{path}answer/", {"version": 1, "text": "x"}).status_code == 404

    def test_it_costs_the_same_with_one_photo_and_with_three(
        self, path, trade, disputed, bob, bob_page, django_assert_max_num_queries
    ):
        for _photo in range(3):
            upload = keep_photo(by=bob, file=SimpleUploadedFile("p.jpg", picture()))
            add_photo(proposal_id=trade.pk, by=bob, upload_id=upload.pk)
            with django_assert_max_num_queries(8):
                bob_page.get(path)
