"""The commands by which the clock's work and the checks are done by hand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.clock import database_now
from reputation.models import TradeReview, UserReputation
from reputation.services import recalculate_all, submit_review
from reputation.tasks import check_figures
from tests.reputation.conftest import GOOD, fact_of
from tests.reputation.markets import random_market

pytestmark = pytest.mark.django_db


def run(name, **options):
    out, err = StringIO(), StringIO()
    call_command(name, stdout=out, stderr=err, **options)
    return out.getvalue().strip()


def later(**by):
    return (database_now() + timedelta(**by)).isoformat()


def test_revealreviews_opens_what_is_due(done, alice):
    submit_review(proposal_id=done.pk, by=alice, ratings=GOOD)
    assert run("revealreviews") == "The reviews of 0 trades are open."
    assert run("revealreviews", as_of=later(days=15)) == "The reviews of 1 trades are open."
    assert fact_of(done).reviews_revealed_at is not None
    assert run("revealreviews", as_of=later(days=15)) == "The reviews of 0 trades are open."


def test_decayreputation_as_of_another_day(done, bob):
    scores = []
    for days in (0, 90, 90, 900):
        run("decayreputation", as_of=later(days=days))
        scores.append(UserReputation.objects.get(pk=bob.pk).reputation_score)
    assert scores == [20, 18, 18, 10]


@pytest.mark.django_db(transaction=True)
def test_verifyreputation_finds_what_the_facts_do_not_say(caplog):
    users = random_market(20, 100)
    recalculate_all()
    assert run("verifyreputation") == "20 users, no difference."
    UserReputation.objects.filter(pk=users[3].pk).update(total_trades=999, reputation_score=998)
    with pytest.raises(CommandError, match="2 differences among 20 users"):
        run("verifyreputation")
    assert check_figures() == 2  # what beat runs after the nightly rebuild
    assert f"total_trades of {users[3].username} is 999 in the cache" in caplog.text
    recalculate_all()
    assert run("verifyreputation") == "20 users, no difference."


def test_verifyreviews_finds_the_one_that_was_changed(done, alice, bob):
    mine = submit_review(proposal_id=done.pk, by=alice, ratings=GOOD)
    submit_review(proposal_id=done.pk, by=bob, ratings=GOOD)
    assert run("verifyreviews") == "2 seals: 2 hold, 0 erased."
    TradeReview.objects.filter(pk=mine.pk).update(comment="Better.")
    with pytest.raises(CommandError, match=f"1 of 2 seals are broken: .{mine.pk}."):
        run("verifyreviews")
