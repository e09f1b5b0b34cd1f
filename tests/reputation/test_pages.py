"""The pages of reviews and scores, as a browser without scripts uses them."""

from datetime import timedelta

import pytest

from accounts.services import block_user
from core.clock import clock_moved, database_now
from reputation.models import CompletedTrade, TradeReview
from reputation.services import hide_review, recalculate, submit_review
from tests.budget import KB, on_the_wire
from tests.forms import form_to
from tests.reputation.conftest import GOOD, POOR, dispute, fact_of
from trades.services import withdraw_dispute

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture
def path(done):
    return f"/trades/{done.pk}/review/"


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def fill(client, path, **typed):
    form = form_to(client.get(path), "/review/")
    data = dict(form.fields) | typed
    return client.post(form.action, data)


class TestWriting:
    def test_sealed_shown_to_its_author_and_opened_by_the_second(self, path, alice_page, bob_page, alice):
        answer = fill(alice_page, path, overall_rating="5", packaging_rating="4", comment="Flat as a board.")
        assert (answer.status_code, answer["Location"]) == (303, path)
        review = TradeReview.objects.get(reviewer=alice)
        assert (review.overall_rating, review.packaging_rating, review.speed_rating) == (5, 4, None)
        assert text(alice_page.get(path)).count(review.seal) == 1
        before = text(bob_page.get(path))
        assert "Flat as a board." not in before
        assert fill(bob_page, path, overall_rating="4").status_code == 303
        assert "Flat as a board." in text(bob_page.get(path))
        assert "Flat as a board." in text(bob_page.get("/u/bob/reviews/"))

    def test_what_was_said_can_be_changed(self, path, alice_page, alice):
        fill(alice_page, path, overall_rating="5", comment="Good.")
        form = form_to(alice_page.get(path), "/review/")
        assert (form.value("overall_rating"), form.value("comment")) == ("5", "Good.")
        fill(alice_page, path, overall_rating="2")
        assert [r.overall_rating for r in TradeReview.objects.all()] == [2]

    @pytest.mark.parametrize(
        "typed",
        [{}, {"overall_rating": "6"}, {"overall_rating": "4.5"}, {"overall_rating": "5", "speed_rating": "0"},
         {"overall_rating": "5", "comment": "x" * 2_001}, {"overall_rating": "5", "comment": "a\x00b"}],
    )  # fmt: skip
    def test_the_form_comes_again(self, path, alice_page, typed):
        answer = alice_page.post(path, typed)
        assert (answer.status_code, TradeReview.objects.count()) in ((422, 0), (400, 0))

    def test_after_the_window(self, path, alice_page):
        with clock_moved(timedelta(days=14, minutes=1)):
            assert "form" in text(alice_page.get(path))  # the page's own, to change the theme or sign out
            assert alice_page.post(path, {"overall_rating": "5"}).status_code == 422
        assert TradeReview.objects.count() == 0

    def test_a_stranger_is_told_of_no_trade(self, path, alice_page, charlie_page, client):
        assert alice_page.get(path).status_code == 200
        assert charlie_page.get(path).status_code == 404
        assert charlie_page.post(path, {"overall_rating": "5"}).status_code == 404
        assert client.get(path).status_code == 302

    def test_during_a_dispute_it_says_that_all_stands_still(self, path, done, bob, alice_page):
        dispute(done, bob)
        assert "stands still" in text(alice_page.get(path))

    def test_the_part_on_the_trades_page(self, path, done, alice_page, bob_page):
        assert f'hx-get="{path}"' in text(alice_page.get(f"/trades/{done.pk}/"))
        part = text(alice_page.get(path, headers=PART))
        assert "<html" not in part
        assert "Review bob" in part

    def test_what_waits_to_be_written_needs_you(self, done, alice, bob, alice_page, charlie_page):
        """A row of home's own list: who, until when, and one button."""
        needs_you = text(alice_page.get("/home/")).partition('id="needs-you"')[2].partition("</section>")[0]
        assert 'hx-get="/reviews/waiting/"' in needs_you
        part = text(alice_page.get("/reviews/waiting/", headers=PART))
        assert part.count("<li>") == part.count('class="button primary"') == 1
        assert f'href="/trades/{done.pk}/review/"' in part
        assert fact_of(done).reviews_close_at.isoformat() in part
        assert "bob" in part
        assert "<html" in text(alice_page.get("/reviews/waiting/"))
        assert text(charlie_page.get("/reviews/waiting/", headers=PART)).strip() == ""
        submit_review(proposal_id=done.pk, by=alice, ratings=GOOD)
        assert text(alice_page.get("/reviews/waiting/", headers=PART)).strip() == ""
        assert "Nothing to review" in text(alice_page.get("/reviews/waiting/"))

    def test_a_dispute_takes_it_off_the_list_until_it_ends(self, path, done, bob, alice_page):
        dispute(done, bob)
        assert text(alice_page.get("/reviews/waiting/", headers=PART)).strip() == ""
        assert " left" not in text(alice_page.get(path, headers=PART))
        withdraw_dispute(proposal_id=done.pk, by=bob)
        assert path in text(alice_page.get("/reviews/waiting/", headers=PART))
        assert " left" in text(alice_page.get(path, headers=PART))

    def test_the_most_urgent_first_at_the_same_cost(self, swapped, alice, alice_page, count_queries):
        later, sooner = swapped(), swapped()
        CompletedTrade.objects.filter(proposal=sooner).update(reviews_close_at=database_now() + HOUR)
        part = text(alice_page.get("/reviews/waiting/", headers=PART))
        assert part.index(f"/trades/{sooner.pk}/") < part.index(f"/trades/{later.pk}/")
        two = count_queries(lambda: alice_page.get("/reviews/waiting/"))
        swapped()
        assert count_queries(lambda: alice_page.get("/reviews/waiting/")) == two


class TestReading:
    @pytest.fixture
    def both(self, done, alice, bob):
        by_bob = submit_review(proposal_id=done.pk, by=bob, ratings=POOR, comment="Late.")
        return submit_review(proposal_id=done.pk, by=alice, ratings=GOOD, comment="<b>Good</b>"), by_bob

    def test_anybody_reads_what_is_open(self, both, client):
        page = text(client.get("/u/bob/reviews/"))
        assert "&lt;b&gt;Good&lt;/b&gt;" in page
        assert f"/api/v1/reviews/{both[0].pk}/proof/" in page

    def test_a_hidden_one_is_gone(self, both, client, alice_page, path):
        hide_review(review_id=both[0].pk, reason="Extortion")
        assert "Good" not in text(client.get("/u/bob/reviews/"))
        assert "Extortion" in text(alice_page.get(path))

    def test_a_reply(self, both, bob_page, alice_page):
        address = f"/reviews/{both[0].pk}/reply/"
        assert form_to(bob_page.get("/u/bob/reviews/"), address)
        assert f'action="{address}"' not in text(alice_page.get("/u/bob/reviews/"))
        assert bob_page.post(address, {"text": " "}).status_code == 422
        assert alice_page.post(address, {"text": "Me too"}).status_code == 403
        assert bob_page.post(address, {"text": "Any time."}).status_code == 303
        page = text(bob_page.get("/u/bob/reviews/"))
        assert "Any time." in page
        assert f'action="{address}"' not in page
        assert bob_page.post(address, {"text": "Again."}).status_code == 422

    def test_why_a_score_is_what_it_is(self, both, bob, client, bob_page):
        score = recalculate(user_id=bob.pk).reputation_score
        page = text(client.get("/u/bob/reputation/"))
        assert f"Why {score} points" in page
        assert f"It needs {100 - score} points more" in page
        assert 'class="curve"' in page
        assert on_the_wire(page.encode()) <= 14 * KB
        assert "open offers" in text(bob_page.get("/u/bob/reputation/"))
        assert bob_page.get("/reputation/")["Location"] == "/u/bob/reputation/"

    def test_the_part_on_the_profile(self, both, client):
        assert 'hx-get="/u/bob/reputation/"' in text(client.get("/u/bob/"))
        part = text(client.get("/u/bob/reputation/", headers=PART))
        assert "<html" not in part
        assert "Completed trades" in part

    def test_whom_they_blocked_finds_nobody(self, both, bob, charlie_page):
        paths = ["/u/bob/reviews/", "/u/bob/reputation/"]
        assert [charlie_page.get(path).status_code for path in paths] == [200, 200]
        block_user(username="charlie", by=bob)
        assert [charlie_page.get(path).status_code for path in paths] == [404, 404]

    @pytest.mark.parametrize("count", [1, 3])
    def test_queries_do_not_grow(self, swapped, alice, bob, client, count, django_assert_num_queries):
        for _ in range(count):
            trade = swapped()
            for side in (alice, bob):
                submit_review(proposal_id=trade.pk, by=side, ratings=GOOD)
        with django_assert_num_queries(8):
            client.get("/u/bob/reviews/")


def test_the_ring_around_the_picture_begins_at_silver(bob, client):
    plain = text(client.get("/u/bob/"))
    type(bob).objects.filter(pk=bob.pk).update(trust_tier="silver")
    framed = text(client.get("/u/bob/"))
    assert ('class="frame"' in plain, 'class="frame"' in framed) == (False, True)
