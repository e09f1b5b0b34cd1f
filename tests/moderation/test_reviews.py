"""Hiding a review: who may, with a reason, once, and told for ever."""

import pytest
from django.db import IntegrityError, transaction

from moderation.errors import ModerationError
from moderation.models import ModerationAction
from moderation.services import hide_review, unhide_review
from notifications.models import Notification
from reputation.models import TradeReview
from reputation.services import recalculate, submit_review
from tests.conftest import page_of
from tests.factories import UserFactory
from tests.reputation.conftest import GOOD, POOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(done, alice, bob):
    """What alice wrote about bob; both are open."""
    submit_review(proposal_id=done.pk, by=bob, ratings=GOOD)
    return submit_review(proposal_id=done.pk, by=alice, ratings=POOR, comment="Pay me or else.")


def acts():
    return [
        (a.kind, a.by.username, a.concerns.username, a.target_id, a.reason)
        for a in ModerationAction.objects.all()
    ]


def refusal(call, **kwargs):
    with pytest.raises(ModerationError) as caught:
        call(**kwargs)
    return caught.value.status, caught.value.code


class TestTheService:
    def test_hiding_twice_is_one_row(self, review, moderator, bob):
        assert hide_review(review_id=review.pk, by=moderator, reason="Extortion") is True
        assert hide_review(review_id=review.pk, by=moderator, reason="Extortion") is False
        assert acts() == [("hide_review", "mod", "alice", review.pk, "Extortion")]
        assert recalculate(user_id=bob.pk).total_reviews == 0

    def test_and_back(self, review, moderator, bob):
        hide_review(review_id=review.pk, by=moderator, reason="Extortion")
        assert unhide_review(review_id=review.pk, by=moderator, reason="Wrong one") is True
        assert unhide_review(review_id=review.pk, by=moderator, reason="Wrong one") is False
        assert [act[0] for act in acts()] == ["hide_review", "unhide_review"]
        assert recalculate(user_id=bob.pk).total_reviews == 1

    def test_the_author_is_told_why_and_not_by_whom(self, review, moderator):
        hide_review(review_id=review.pk, by=moderator, reason="Extortion")
        notice = Notification.objects.get(category="moderation")
        assert (notice.user.username, notice.line, notice.actor) == (
            "alice",
            "A moderator hid your review: Extortion",
            None,
        )

    @pytest.mark.parametrize("reason", ["", " \u200b", "x" * 501])
    def test_only_with_a_reason(self, review, moderator, reason):
        assert refusal(hide_review, review_id=review.pk, by=moderator, reason=reason) == (400, "required")
        assert acts() == []

    def test_only_by_moderators(self, review, bob, charlie):
        for by in (bob, charlie):
            assert refusal(hide_review, review_id=review.pk, by=by, reason="?") == (403, "not_a_moderator")

    def test_nobody_moderates_a_trade_of_their_own(self, swapped, moderator, bob):
        trade = swapped(moderator, bob)
        submit_review(proposal_id=trade.pk, by=moderator, ratings=GOOD)
        about_me = submit_review(proposal_id=trade.pk, by=bob, ratings=POOR)
        assert refusal(hide_review, review_id=about_me.pk, by=moderator, reason="Lies") == (403, "own_trade")

    def test_a_sealed_one_is_unknown_to_moderators_too(self, done, alice, moderator):
        sealed = submit_review(proposal_id=done.pk, by=alice, ratings=GOOD)
        assert refusal(hide_review, review_id=sealed.pk, by=moderator, reason="?") == (404, "not_found")
        assert refusal(hide_review, review_id=sealed.pk + 999, by=moderator, reason="?") == (404, "not_found")


class TestForEver:
    @pytest.mark.parametrize("verb", ["update", "delete"])
    def test_postgresql_refuses(self, review, moderator, verb):
        hide_review(review_id=review.pk, by=moderator, reason="Extortion")
        rows = ModerationAction.objects.all()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.update(reason="") if verb == "update" else rows._raw_delete(rows.db)


class TestTheAdmin:
    def address(self, review, act=""):
        base = "/admin/reputation/tradereview"
        return f"{base}/{review.pk}/{act}" if act else f"{base}/{review.pk}/change/"

    def test_hides_by_a_dialog_that_wants_a_reason(self, review, moderator):
        client = page_of(moderator)
        page = client.get(self.address(review))
        assert page.status_code == 200
        assert "Pay me or else." in page.content.decode()
        links = [line for line in page.content.decode().split('"') if line.endswith("/hide/")]
        assert len(set(links)) == 1
        assert client.post(links[0], {"_form_submitted": "on", "reason": ""}).status_code == 200
        assert acts() == []
        assert client.post(links[0], {"_form_submitted": "on", "reason": "Extortion"}).status_code == 303
        assert acts() == [("hide_review", "mod", "alice", review.pk, "Extortion")]
        told = client.post(
            links[0], {"_form_submitted": "on", "reason": "Again"}, headers={"HX-Request": "true"}
        )
        assert (told.status_code, told["HX-Redirect"]) == (200, self.address(review))
        assert len(acts()) == 1

    def test_lists_nothing_that_is_sealed(self, review, swapped, alice, moderator):
        sealed = submit_review(proposal_id=swapped().pk, by=alice, ratings=GOOD, comment="Under seal.")
        for user in (moderator, UserFactory(username="root", is_staff=True, is_superuser=True)):
            client = page_of(user)
            page = client.get("/admin/reputation/tradereview/").content.decode()
            assert "Pay me or else." in page
            assert "Under seal." not in page
            assert client.get(self.address(sealed)).status_code == 302

    def test_neither_adds_nor_changes_nor_deletes(self, review, moderator):
        client = page_of(moderator)
        for path in ("add/", f"{review.pk}/delete/"):
            assert client.get(f"/admin/reputation/tradereview/{path}").status_code == 403
        client.post(self.address(review), {"overall_rating": "5", "comment": "Fine."})
        assert TradeReview.objects.get(pk=review.pk).comment == "Pay me or else."
        for path in ("reputation/userreputation/", "moderation/moderationaction/"):
            assert client.get(f"/admin/{path}").status_code == 200
            assert client.get(f"/admin/{path}add/").status_code == 403

    def test_is_closed_to_traders(self, review, bob):
        assert page_of(bob).get("/admin/reputation/tradereview/").status_code == 302
