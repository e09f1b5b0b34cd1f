"""Nothing tells a side that the other has reviewed before it may know it: not one byte, not one query.

Each way of asking is tried before alice writes about bob and again afterwards. Every time there is
something to see: once bob has written too, all of them show hers.
"""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib import admin
from django.core import mail

from core.clock import clock_moved
from core.redis import connection
from notifications.models import Notification
from notifications.push import group_of
from reputation.models import TradeReview
from reputation.services import submit_review
from tests.conftest import page_of
from tests.factories import UserFactory
from tests.reputation.conftest import GOOD, POOR, dispute

pytestmark = pytest.mark.django_db

SECRET = "Flat as a board."
PART = {"HX-Request": "true"}
PAGES = (
    "/home/", "/reviews/waiting/", "/notifications/", "/trades/", "/trades/done/", "/trades/{pk}/",
    "/trades/{pk}/review/", "/u/alice/", "/u/alice/reviews/", "/u/alice/reputation/", "/u/bob/",
    "/u/bob/reviews/", "/u/bob/reputation/", "/traders/", "/matches/",
)  # fmt: skip
PARTS = ("/reviews/waiting/", "/trades/{pk}/review/", "/u/alice/reputation/", "/u/bob/reputation/")
ANSWERS = (
    "/trades/", "/trades/{pk}/", "/trades/{pk}/review/", "/trades/{pk}/events/", "/events/",
    "/notifications/", "/me/", "/users/alice/", "/users/alice/reputation/", "/users/alice/reviews/",
    "/users/alice/reputation/history/", "/users/bob/reputation/", "/users/bob/reviews/",
    "/users/bob/reputation/history/",
)  # fmt: skip
# What differs between any two answers: tokens of forms, the clock, what is left of a rate.
CHANGES = re.compile(
    rb'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": ?"\w+"|csrf[\w-]*" content="\w+"'
)


@pytest.fixture
def seen(count_queries):
    """seen(call) → (status, body without tokens, number of queries)."""

    def look(call):
        answers = []
        queries = count_queries(lambda: answers.append(call()))
        (answer,) = answers
        return answer.status_code, CHANGES.sub(b"", answer.content), queries

    return look


@pytest.fixture
def alice_writes(done, alice):
    return lambda: submit_review(proposal_id=done.pk, by=alice, ratings=GOOD, comment=SECRET)


def same_before_and_after(looks, write, seen):
    for look in looks.values():
        look()  # the first look may note a visit, or mark something as read
    before = {name: seen(look) for name, look in looks.items()}
    write()
    for name, look in looks.items():
        assert seen(look) == before[name], name


class TestTheOtherSide:
    def test_by_no_page(self, done, alice_writes, bob_page, seen):
        looks = {path: lambda path=path: bob_page.get(path.format(pk=done.pk)) for path in PAGES}
        looks |= {
            f"part of {path}": lambda path=path: bob_page.get(path.format(pk=done.pk), headers=PART)
            for path in PARTS
        }
        same_before_and_after(looks, alice_writes, seen)
        submit_review(proposal_id=done.pk, by=done.recipient, ratings=GOOD)
        assert SECRET in bob_page.get(f"/trades/{done.pk}/review/").content.decode()

    def test_by_no_answer_of_the_api(self, done, alice_writes, bob_api, seen):
        looks = {path: lambda path=path: bob_api.get(path.format(pk=done.pk)) for path in ANSWERS}
        same_before_and_after(looks, alice_writes, seen)
        submit_review(proposal_id=done.pk, by=done.recipient, ratings=GOOD)
        assert SECRET in bob_api.get("/users/bob/reviews/").content.decode()

    def test_by_no_refusal(self, done, alice_writes, bob_api, bob_page, seen):
        path = f"/trades/{done.pk}/review/"

        def late(call):
            with clock_moved(timedelta(days=14)):
                return call()

        looks = {
            "bad body": lambda: bob_api.put(path, {"overall_rating": 9}),
            "bad form": lambda: bob_page.post(path, {"overall_rating": "9"}),
            "too late": lambda: late(lambda: bob_api.put(path, {"overall_rating": 5})),
            "too late, by form": lambda: late(lambda: bob_page.post(path, {"overall_rating": "5"})),
            "too late, to read": lambda: late(lambda: bob_api.get(path)),
        }
        same_before_and_after(looks, alice_writes, seen)

    def test_by_no_number_of_a_review(self, alice_writes, bob_api, bob_page, seen):
        """The number of hers is as unknown as one that nobody has."""
        sealed = alice_writes().pk
        for ask in (
            lambda pk: bob_api.get(f"/reviews/{pk}/proof/"),
            lambda pk: bob_api.post(f"/reviews/{pk}/reply/", {"text": "?"}),
            lambda pk: bob_page.post(f"/reviews/{pk}/reply/", {"text": "?"}),
        ):
            ask(sealed + 901)  # the first call of all notes that its token was used
            known, unknown = seen(lambda ask=ask: ask(sealed)), seen(lambda ask=ask: ask(sealed + 900))
            assert known[0] == 404
            assert known == unknown

    def test_not_by_writing_while_a_dispute_holds_both_back(self, swapped, alice, bob, bob_api, seen):
        """Then both are in, and still nothing opens; it must not cost more either."""
        alone, together = swapped(), swapped()
        submit_review(proposal_id=together.pk, by=alice, ratings=GOOD, comment=SECRET)
        for trade in (alone, together):
            dispute(trade, bob)
            bob_api.get(f"/trades/{trade.pk}/")
        looks = [
            seen(lambda trade=trade: bob_api.put(f"/trades/{trade.pk}/review/", {"overall_rating": 2}))
            for trade in (alone, together)
        ]
        assert [(status, queries) for status, _body, queries in looks] == [(200, looks[0][2])] * 2
        reads = [bob_api.get(f"/trades/{trade.pk}/review/").json() for trade in (alone, together)]
        assert [(read["theirs"], read["is_open"], read["revealed_at"]) for read in reads] == [
            (None, True, None)
        ] * 2

    def test_by_no_notice_no_mail_and_no_frame(
        self, done, alice_writes, bob, django_capture_on_commit_callbacks
    ):
        listening = connection().pubsub(ignore_subscribe_messages=True)
        listening.subscribe(f"{settings.LIVE_PREFIX}__group__{group_of(bob.pk)}")
        listening.get_message(timeout=1)  # the subscription's own answer
        notices = Notification.objects.count()
        with django_capture_on_commit_callbacks(execute=True):
            alice_writes()
        assert Notification.objects.count() == notices
        assert mail.outbox == []
        assert listening.get_message(timeout=0.3) is None
        with django_capture_on_commit_callbacks(execute=True):
            submit_review(proposal_id=done.pk, by=bob, ratings=POOR)
        assert Notification.objects.count() == notices + 2
        assert listening.get_message(timeout=1) is not None
        listening.close()


class TestWhoRunsTheSite:
    @pytest.mark.parametrize("rank", ["moderator", "superuser"])
    def test_by_no_list_of_the_admin(self, done, alice_writes, bob, moderator, seen, rank):
        """A moderator may be a friend of bob's, or bob."""
        if rank == "superuser":
            moderator = UserFactory(username="root", is_staff=True, is_superuser=True)
        client = page_of(moderator)
        names = [f"/admin/{m._meta.app_label}/{m._meta.model_name}/" for m in admin.site._registry]
        open_to = [path for path in names if client.get(path).status_code == 200]
        assert "/admin/reputation/tradereview/" in open_to
        assert "/admin/trades/tradeproposal/" in open_to
        open_to += [
            "/admin/",
            f"/admin/trades/tradeproposal/{done.pk}/change/",
            "/admin/reputation/tradereview/?is_hidden__exact=0",
            "/admin/moderation/moderationaction/rings/",
        ]
        looks = {path: lambda path=path: client.get(path) for path in open_to}
        same_before_and_after(looks, alice_writes, seen)
        submit_review(proposal_id=done.pk, by=bob, ratings=GOOD)
        assert SECRET in client.get("/admin/reputation/tradereview/").content.decode()

    def test_by_no_number(self, alice_writes, moderator, seen):
        client = page_of(moderator)
        sealed = alice_writes().pk
        assert TradeReview.objects.get().pk == sealed
        looks = [
            seen(lambda pk=pk: client.get(f"/admin/reputation/tradereview/{pk}/change/"))
            for pk in (sealed, sealed + 900)
        ]
        assert looks[0] == looks[1]
