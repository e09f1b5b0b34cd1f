"""Following by pages: the button, what it says of the score, one's own list, and the switch."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.services import block_user
from cards.models import PriceSnapshot
from core.clock import clock_moved, database_now
from reputation.services import recalculate
from signals_bridge.models import Exclusion, FollowSettings, RecommendationAction
from signals_bridge.reading import stand_of
from signals_bridge.services import choose_following, evaluate_signals, follow_signal
from tests.budget import KB, on_the_wire
from tests.factories import CardFactory, HoldingFactory, set_price
from tests.forms import form_to, forms_in
from tests.signals_bridge.factories import SignalFactory
from tests.signals_bridge.states import DAY, daily_prices
from tests.signals_bridge.test_pages import PART, main, text
from trades.services import accept_proposal, confirm_receipt, create_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def follows() -> list[tuple[str, int]]:
    return list(RecommendationAction.objects.values_list("user__username", "recommendation"))


def buttons(response: Any) -> list[str]:
    """The last parts of the addresses that the page's own forms post to."""
    return [form.action.split("/")[-2] for form in forms_in(response) if form.action.startswith("/signals/")]


class TestFollowing:
    def test_follow_and_unfollow_are_plain_posts(self, bob, bob_page, signal):
        path = signal.get_absolute_url()
        answer = form_to(bob_page.get(path), "/follow/").press(bob_page)
        assert (answer.status_code, answer["Location"], follows()) == (303, path, [("bob", signal.pk)])
        assert "You follow this call." in text(bob_page.get(path))
        assert "1 follows it" in text(bob_page.get(path))
        answer = form_to(bob_page.get(path), "/unfollow/").press(bob_page)
        assert (answer.status_code, answer["Location"], follows()) == (303, path, [])

    def test_it_says_until_when_it_can_be_taken_back(self, bob, bob_page, signal):
        follow = follow_signal(signal_id=signal.pk, by=bob)
        page = main(bob_page.get(signal.get_absolute_url()))
        assert (follow.acted_at + timedelta(hours=1)).replace(microsecond=0).isoformat()[:19] in page
        with clock_moved(timedelta(minutes=61)):
            late = bob_page.get(signal.get_absolute_url())
            assert ("/unfollow/" in main(late), "this one stays" in text(late)) == (False, True)
            answer = bob_page.post(f"/signals/{signal.pk}/unfollow/")
        assert (answer.status_code, follows()) == (409, [("bob", signal.pk)])
        assert "within an hour" in answer.content.decode()

    def test_a_call_that_is_over_is_refused_on_its_page(self, bob_page, signal):
        with clock_moved(31 * DAY):
            assert buttons(bob_page.get(signal.get_absolute_url())) == []
            answer = bob_page.post(f"/signals/{signal.pk}/follow/")
        assert (answer.status_code, follows()) == (409, [])
        assert "it does not run now" in answer.content.decode()

    def test_a_guest_may_read_and_is_shown_the_way_in(self, client, signal):
        page = client.get(signal.get_absolute_url())
        assert (buttons(page), f'/accounts/login/?next=/signals/{signal.pk}/"' in main(page)) == ([], True)
        answer = client.post(f"/signals/{signal.pk}/follow/")
        assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)

    def test_reading_changes_nothing_and_following_wants_a_post(self, bob_page, signal):
        assert bob_page.get(f"/signals/{signal.pk}/follow/").status_code == 405
        assert bob_page.post("/signals/999999/follow/").status_code == 404
        assert follows() == []

    def test_the_follow_of_one_is_not_the_others_to_see(self, bob, bob_page, charlie_page, signal):
        follow_signal(signal_id=signal.pk, by=bob)
        path = signal.get_absolute_url()
        assert "You follow it." in text(bob_page.get(path))
        strange = text(charlie_page.get(path))
        assert ("You follow it." in strange, "bob" in strange, "1 follows it" in strange) == (
            False,
            False,
            True,
        )

    def test_whom_its_trader_blocked_cannot_follow(self, alice, charlie, charlie_page, acme, signal):
        acme.__class__.objects.filter(pk=acme.pk).update(is_personal=True, name=f"trader-{alice.pk}")
        assert buttons(charlie_page.get(signal.get_absolute_url())) == ["follow"]
        block_user(username="charlie", by=alice)
        assert charlie_page.post(f"/signals/{signal.pk}/follow/").status_code == 404


@pytest.fixture
def situations(alice, bob, acme, opt) -> Any:
    """For each way in which a follow may count or not: who follows which call."""
    now = database_now()
    other = CardFactory()
    set_price(other, "nonfoil", "3.00")
    follow_signal(signal_id=SignalFactory(source=acme, card=other).pk, by=bob)
    return {
        "": (bob, SignalFactory(source=acme, card=opt)),
        Exclusion.HOLD: (bob, SignalFactory(source=acme, card=opt, action="HOLD")),
        Exclusion.OWN: (alice, SignalFactory(source=acme, card=opt)),
        Exclusion.LATE: (bob, SignalFactory(source=acme, card=opt, valid_until=now + timedelta(days=6))),
        Exclusion.REPEATED: (bob, SignalFactory(source=acme, card=other, action="SELL")),
    }


class TestWhetherItCounts:
    @pytest.mark.parametrize("exclusion", ["", *Exclusion])
    def test_what_the_page_foretells_is_what_the_service_writes(self, situations, exclusion):
        reader, signal = situations[exclusion]
        foretold = stand_of(reader, signal, database_now())
        follow = follow_signal(signal_id=signal.pk, by=reader)
        written = stand_of(reader, signal, database_now())
        assert (foretold.exclusion, follow.exclusion, written.exclusion) == (exclusion,) * 3
        assert foretold.counts == written.counts == (exclusion == "")

    @pytest.mark.parametrize(
        ("exclusion", "before", "after"),
        [
            ("", "It would count for your score.", "It will count for your score."),
            (Exclusion.HOLD, "It would not count for your score: a HOLD says nothing to act on.",
             "It does not count for your score: a HOLD says nothing to act on."),
            (Exclusion.OWN, "It would not count for your score: your own call.",
             "It does not count for your score: your own call."),
            (Exclusion.LATE, "would not count for your score: followed less than 7 days before its end.",
             "does not count for your score: followed less than 7 days before its end."),
            (Exclusion.REPEATED, "would not count for your score: the second on this card in 30 days.",
             "does not count for your score: the second on this card in 30 days."),
        ],
    )  # fmt: skip
    def test_in_words(self, client, situations, exclusion, before, after):
        reader, signal = situations[exclusion]
        client.force_login(reader)
        assert before in text(client.get(signal.get_absolute_url()))
        follow_signal(signal_id=signal.pk, by=reader)
        assert after in text(client.get(signal.get_absolute_url()))

    def test_without_a_price_it_cannot(self, bob_page, signal):
        PriceSnapshot.objects.all().delete()
        shown = text(bob_page.get(signal.get_absolute_url()))
        assert "It would not count for your score: there was no price to begin with." in shown


@pytest.fixture
def judged(bob, acme) -> Any:
    """Bob followed a BUY at $10.00 that ended at $12.50."""
    with clock_moved(-20 * DAY):
        call = SignalFactory(source=acme, valid_until=database_now() + 15 * DAY)
        set_price(call.card, "nonfoil", "10.00")
        follow_signal(signal_id=call.pk, by=bob)
    daily_prices(call.card, ["14.00", "12.50"], last_day_ago=5)
    assert evaluate_signals().evaluated == 1
    recalculate(user_id=bob.pk)
    return call


class TestOwnList:
    def test_a_running_one_shows_where_it_stands(self, bob, bob_page, signal, opt):
        follow_signal(signal_id=signal.pk, by=bob)
        set_price(opt, "nonfoil", "3.00")
        shown = text(bob_page.get("/me/signals/"))
        for words in ("BUY Opt", "$2.50", "$3.00", "+20.0 %", "you pressed Follow", "counts", "29 days left"):
            assert words in shown, words

    def test_an_evaluated_one_shows_what_it_brought(self, bob_page, judged):
        shown = text(bob_page.get("/me/signals/"))
        for words in ("$10.00", "$12.50", "+25.0 %", "50 % accurate", "counts", "counted 1",
                      "profitable 1 100 %"):  # fmt: skip
            assert words in shown, words

    def test_what_does_not_count_says_why(self, bob, bob_page, acme, opt):
        follow_signal(signal_id=SignalFactory(source=acme, card=opt, action="HOLD").pk, by=bob)
        assert "does not count: a HOLD says nothing to act on" in text(bob_page.get("/me/signals/"))

    def test_one_by_a_trade_names_it(self, alice, bob, bob_page, charlie_page, signal, opt):
        mine, theirs = HoldingFactory(owner=alice, card=opt), HoldingFactory(owner=bob, price="2.50")
        terms = Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),))
        offer = create_proposal(by=alice, recipient="bob", terms=terms)
        accept_proposal(proposal_id=offer.pk, by=bob)
        for side in (alice, bob):
            confirm_receipt(proposal_id=offer.pk, by=side)
        assert f"by a trade #{offer.pk}" in text(bob_page.get("/me/signals/"))
        assert f"You follow it by trade #{offer.pk}" in text(bob_page.get(signal.get_absolute_url()))
        assert "You follow it" not in text(charlie_page.get(signal.get_absolute_url()))

    def test_states(self, bob, bob_page, judged, signal):
        follow_signal(signal_id=signal.pk, by=bob)
        found = [
            [row.follow.recommendation_id for row in bob_page.get(f"/me/signals/{query}").context["rows"]]
            for query in ("", "?state=running", "?state=over", "?state=nonsense")
        ]
        assert found == [[signal.pk, judged.pk], [signal.pk], [judged.pk], [signal.pk, judged.pk]]

    def test_nobody_elses(self, client, bob, bob_page, charlie_page, signal):
        follow_signal(signal_id=signal.pk, by=bob)
        assert ["Opt" in text(page.get("/me/signals/")) for page in (bob_page, charlie_page)] == [True, False]
        assert "You follow nothing yet" in text(charlie_page.get("/me/signals/"))
        assert client.get("/me/signals/").status_code == 302

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_rows(self, bob, bob_page, acme, count, django_assert_num_queries):
        for _ in range(count):
            follow_signal(signal_id=SignalFactory(source=acme).pk, by=bob)
        bob_page.get("/me/signals/")
        with django_assert_num_queries(8):  # session, user, two badges; rows, switch, prices, figures
            assert len(bob_page.get("/me/signals/").context["rows"]) == count

    def test_a_full_page_keeps_to_the_budget(self, bob, bob_page, acme):
        for n in range(21):
            follow_signal(signal_id=SignalFactory(source=acme, card__name=f"Card {n}").pk, by=bob)
        page = bob_page.get("/me/signals/")
        assert (len(page.context["rows"]), on_the_wire(page.content) <= 14 * KB) == (20, True)
        assert 'rel="next"' in main(page)

    def test_the_part_of_home_is_the_newest_that_run(self, bob, bob_page, charlie_page, judged, acme):
        calls = [SignalFactory(source=acme) for _ in range(4)]
        for call in calls:
            follow_signal(signal_id=call.pk, by=bob)
        assert 'hx-get="/me/signals/"' in main(bob_page.get("/home/"))
        part = bob_page.get("/me/signals/", headers=PART)
        assert [r.follow.recommendation_id for r in part.context["rows"]] == [c.pk for c in calls[:0:-1]]
        assert "<html" not in part.content.decode()
        assert "You follow no call that runs." in text(charlie_page.get("/me/signals/", headers=PART))


class TestSwitch:
    def test_off_and_on_again(self, bob, bob_page):
        for expected in (False, True):
            answer = form_to(bob_page.get("/me/signals/"), "/by-trading/")
            name, value, _is_disabled = answer.buttons[0]
            answer = bob_page.post(answer.action, {name: value} if name else {})
            assert (answer.status_code, answer["Location"]) == (303, "/me/signals/")
            assert FollowSettings.objects.get(user=bob).follows_by_trading is expected

    def test_it_is_ones_own(self, client, bob, charlie_page):
        choose_following(by=bob, by_trading=True)
        charlie_page.post("/me/signals/by-trading/")
        assert FollowSettings.objects.get(user=bob).follows_by_trading is True
        assert client.post("/me/signals/by-trading/").status_code == 302
        assert charlie_page.get("/me/signals/by-trading/").status_code == 405
