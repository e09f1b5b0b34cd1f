"""An account goes: what it wrote is erased everywhere, what it did and how it was rated stays."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from core.clock import database_now
from reputation.errors import ReputationError
from reputation.models import CompletedTrade, TradeReview
from reputation.seals import holds
from reputation.services import erase_review_texts, recalculate, reply_to_review, submit_review
from tests.reputation.conftest import GOOD, POOR, fact_of

pytestmark = pytest.mark.django_db

WORDS = ("Sleeved and flat.", "Thank you, my dear bob.", "Met at the shop.")


@pytest.fixture
def said(done, alice, bob):
    """alice about bob, bob about alice with her reply, and the notes of their trade."""
    by_alice = submit_review(proposal_id=done.pk, by=alice, ratings=GOOD, comment=WORDS[0])
    by_bob = submit_review(proposal_id=done.pk, by=bob, ratings=POOR, comment="Late.")
    reply_to_review(review_id=by_bob.pk, by=alice, text=WORDS[1])
    reply_to_review(review_id=by_alice.pk, by=bob, text="Any time.")
    CompletedTrade.objects.filter(proposal=done).update(notes=WORDS[2])
    return by_alice, by_bob


def erase(user):
    User.objects.filter(pk=user.pk).update(deleted_at=database_now())
    return erase_review_texts(user=user)


def rows(*names):
    return list(TradeReview.objects.order_by("pk").values(*names))


KEPT = ("overall_rating", "communication_rating", "seal", "created_at", "replied_at", "reviewer", "reviewee")


def test_words_and_names_go_and_the_rest_stays(said, done, alice, bob):
    kept, figures = rows(*KEPT), recalculate(user_id=bob.pk)
    assert erase(alice) == 1
    assert rows(*KEPT) == kept
    assert rows("comment", "reply", "is_erased") == [
        {"comment": "", "reply": "Any time.", "is_erased": True},
        {"comment": "Late.", "reply": "", "is_erased": False},
    ]
    fact = fact_of(done)
    assert (fact.user_a_name, fact.user_b_name, fact.notes) == ("", "bob", "")
    assert (fact.user_a, fact.total_trade_value) == (alice, 20)
    again = recalculate(user_id=bob.pk)
    assert (again.reputation_score, again.average_rating) == (
        figures.reputation_score,
        figures.average_rating,
    )


def test_again_it_changes_nothing(said, alice):
    erase(alice)
    before = rows()
    assert erase(alice) == 0
    assert rows() == before


def test_one_under_seal_too(done, alice):
    submit_review(proposal_id=done.pk, by=alice, ratings=GOOD, comment=WORDS[0])
    assert erase(alice) == 1
    assert rows("comment", "is_erased") == [{"comment": "", "is_erased": True}]


def test_verifyreviews_tells_erased_from_broken(said, alice, capsys):
    call_command("verifyreviews")
    erase(alice)
    call_command("verifyreviews")
    assert capsys.readouterr().out.splitlines() == [
        "2 seals: 2 hold, 0 erased.",
        "2 seals: 1 hold, 1 erased.",
    ]


def test_the_proof_says_so_and_helps_nobody_to_guess_the_words(said, alice, nobody_api):
    path = f"/reviews/{said[0].pk}/proof/"
    before = nobody_api.get(path).json()
    erase(alice)
    after = nobody_api.get(path).json()
    assert before["holds"] is True
    assert (after["canonical_json"], after["salt"], after["holds"]) == (None, None, None)
    assert after["seal"] == before["seal"]
    assert nobody_api.get(f"/reviews/{said[1].pk}/proof/").json()["holds"] is True


def test_no_page_and_no_answer_shows_them(said, done, alice, client, bob_page, bob_api):
    """Those of the other side stay."""
    pages = {"/u/bob/reviews/": client, f"/trades/{done.pk}/review/": bob_page, "/notifications/": bob_page}
    answers = ["/users/bob/reviews/", f"/trades/{done.pk}/review/"]

    def everything():
        shown = [page.get(path).content.decode() for path, page in pages.items()]
        return "".join([*shown, *(bob_api.get(path).content.decode() for path in answers)])

    assert all(words in everything() for words in WORDS[:2])
    erase(alice)
    for words in WORDS:
        assert words not in everything()
    assert "The words went with their author’s account." in everything()
    assert "The reply went with its author’s account." in everything()
    assert "Late." in everything()


def test_nothing_comes_after_it(said, swapped, done, alice, bob):
    """A request that was under way when the account went."""
    late = swapped()
    theirs = swapped()
    about_alice = submit_review(proposal_id=theirs.pk, by=bob, ratings=GOOD)
    submit_review(proposal_id=theirs.pk, by=alice, ratings=GOOD)
    erase(alice)
    before = rows()
    for call in (
        lambda: submit_review(proposal_id=late.pk, by=alice, ratings=GOOD, comment="Wait"),
        lambda: reply_to_review(review_id=about_alice.pk, by=alice, text="Wait"),
    ):
        with pytest.raises(ReputationError) as refusal:
            call()
        assert refusal.value.status == 404
    assert rows() == before


@pytest.mark.parametrize("change", [{"comment": "x"}, {"salt": b"1"}])
def test_postgresql_lets_no_erased_review_speak(said, alice, change):
    erase(alice)
    review = TradeReview.objects.filter(pk=said[0].pk)
    assert not holds(review.get())
    with pytest.raises(IntegrityError, match="erased_without_words"), transaction.atomic():
        review.update(**change)
