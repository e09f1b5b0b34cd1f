"""The list of calls, one call and the table of publishers, as a browser without scripts shows them."""

import re
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import block_user
from core.clock import clock_moved, database_now
from signals_bridge.models import Recommendation
from signals_bridge.services import evaluate_signals, follow_signal
from tests.budget import KB, on_the_wire
from tests.factories import CardFactory, UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory
from tests.signals_bridge.states import DAY, daily_prices, evaluated, over, void

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def text(response: Any) -> str:
    """What is read of a page, its markup away and white space made one."""
    assert response.status_code == 200, response.status_code
    words = re.sub(r"<[^>]+>", " ", markup(response))
    return " ".join(words.replace("&#x27;", "'").split())


def markup(response: Any) -> str:
    content: str = response.content.decode()
    return content


def main(response: Any) -> str:
    """The markup between the shell's header and footer."""
    assert response.status_code == 200, response.status_code
    return markup(response).partition("<main")[2].partition("</main>")[0]


def listed(response: Any) -> list[int]:
    return [row.signal.pk for row in response.context["rows"]]


@pytest.fixture
def goldie() -> Any:
    return UserFactory(username="goldie", trust_tier="gold")


@pytest.fixture
def own_source(goldie) -> Any:
    return SourceFactory(publisher=PublisherFactory(user=goldie), is_personal=True)


class TestList:
    def test_a_row_says_what_matters(self, client, acme, opt):
        evaluated(source=acme)
        SignalFactory(source=acme, card=opt, finish="foil", price_at_issue="4.00", target_price="6.00")
        rows = main(client.get("/signals/?status=active"))
        assert rows.count('class="row call-row"') == 1
        shown = text(client.get("/signals/?status=active"))
        for words in (
            "BUY",
            "Opt",
            "foil",
            "$4.00",
            "$6.00",
            "75 % sure",
            "acme",
            "right 1 of 1",
            "29 days left",
        ):
            assert words in shown, words

    def test_an_evaluated_row_says_what_came_of_it(self, client, acme):
        evaluated(source=acme)
        shown = text(client.get("/signals/"))
        assert ("+25.0 %" in shown, "50 % accurate" in shown) == (True, True)

    @pytest.mark.parametrize(
        ("action", "shape"), [("BUY", "M5 1 10 9.5H0z"), ("SELL", "M5 9.5 0 1h10z"), ("HOLD", "M1 1h8v8H1z")]
    )
    def test_a_call_has_a_word_and_a_shape(self, client, acme, action, shape):
        SignalFactory(source=acme, action=action)
        assert f'<path d="{shape}"/></svg>{action}</span>' in main(client.get("/signals/"))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", "bsvc"), ("action=BUY", "bvc"), ("action=SELL", "s"), ("action=HOLD", ""),
            ("status=active", "bs"), ("status=void", "v"), ("status=evaluated", "c"), ("status=closed", ""),
            ("q=opt", "b"), ("q=o", "bo"), ("source=acme", "bvc"), ("source=other", "s"), ("source=nobody", ""),
            ("action=GRAB&status=no&card=x", "bsvc"), ("action=BUY&source=other", ""),
        ],
    )  # fmt: skip
    def test_filters(self, client, acme, opt, query, found):
        calls: dict[str, Recommendation] = {
            "c": evaluated(source=acme, card=CardFactory(name="Ponder", search_name="ponder")),
            "v": void(source=acme, card=CardFactory(name="Shock", search_name="shock")),
            "s": SignalFactory(
                source=SourceFactory(name="other"), action="SELL", card=CardFactory(search_name="zap")
            ),
            "b": SignalFactory(source=acme, card=opt),
        }
        expected = {calls[name].pk for name in found if name in calls}
        if query == "q=o":  # Opt, Ponder and Shock have one
            expected = {calls[name].pk for name in "bcv"}
        assert set(listed(client.get(f"/signals/?{query}"))) == expected

    def test_of_some_cards(self, client, acme, opt):
        mine, other = SignalFactory(source=acme, card=opt), SignalFactory(source=acme)
        SignalFactory(source=acme)
        response = client.get(f"/signals/?card={opt.pk},{other.card_id},")
        assert set(listed(response)) == {mine.pk, other.pk}
        assert f'href="/cards/{opt.pk}/"' in main(response)
        assert f'name="card" value="{opt.pk},{other.card_id},"' in main(response)  # a filter keeps it

    def test_the_newest_first_in_pages(self, client, acme):
        now = database_now()
        calls = [SignalFactory(source=acme, issued_at=now - n * DAY) for n in range(23)]
        first = client.get("/signals/")
        assert listed(first) == [call.pk for call in calls[:20]]
        after = re.search(r'rel="next" href="([^"]+)"', markup(first))
        assert after is not None
        assert listed(client.get("/signals/" + after[1].replace("&amp;", "&"))) == [c.pk for c in calls[20:]]
        assert client.get("/signals/?page=nonsense").status_code == 404

    def test_nothing_yet_and_nothing_that_fits(self, client, acme):
        assert "No calls yet" in text(client.get("/signals/"))
        SignalFactory(source=acme)
        assert "No call fits" in text(client.get("/signals/?action=HOLD"))

    def test_a_filter_swaps_the_rows_alone(self, client, signal):
        response = client.get("/signals/?action=BUY", headers=PART)
        assert (listed(response), "<html" in markup(response)) == ([signal.pk], False)

    def test_one_publishers_calls_stand_under_their_record(self, client, own_source, goldie):
        evaluated(source=own_source)
        page = client.get(f"/signals/?source={own_source.name}")
        shown = text(page)
        for words in ("Signals of goldie", "calls evaluated 1", "right 100 %", "accuracy 50 %", "0.063"):
            assert words in shown, words
        assert 'href="/u/goldie/"' in main(page)

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_rows(self, client, count, django_assert_num_queries):
        for n in range(count):
            evaluated(source=SourceFactory(name=f"s{n}"))
        with django_assert_num_queries(3):  # sources to choose from, rows, records
            assert len(listed(client.get("/signals/"))) == count

    def test_follows_are_marked_for_their_user_alone(self, client, bob, bob_page, charlie_page, signal):
        follow_signal(signal_id=signal.pk, by=bob)
        pages = [bob_page, charlie_page, client]
        assert ["followed" in text(page.get("/signals/")) for page in pages] == [True, False, False]

    def test_a_full_page_keeps_to_the_budget(self, client, acme):
        for n in range(20):
            SignalFactory(source=acme, card__name=f"Card with a long name {n}", rationale="x" * 2000)
        assert on_the_wire(client.get("/signals/").content) <= 14 * KB


class TestBlocks:
    def test_whom_a_trader_blocked_sees_none_of_their_calls(self, own_source, goldie, charlie, charlie_page):
        call = evaluated(source=own_source)
        paths = ["/signals/", f"/signals/?source={own_source.name}", "/signals/publishers/"]
        assert ["goldie" in text(charlie_page.get(path)) for path in paths] == [True] * 3
        assert charlie_page.get(f"/signals/{call.pk}/").status_code == 200
        block_user(username="charlie", by=goldie)
        assert ["goldie" in text(charlie_page.get(path)) for path in paths] == [False] * 3
        assert charlie_page.get(f"/signals/{call.pk}/").status_code == 404

    def test_what_was_followed_before_stays_without_its_trader(self, own_source, goldie, bob, bob_page):
        evaluated(source=own_source)
        call = SignalFactory(source=own_source)
        follow_signal(signal_id=call.pk, by=bob)
        assert 'href="/u/goldie/"' in main(bob_page.get(f"/signals/{call.pk}/"))
        assert "right 1 of 1" in text(bob_page.get("/signals/"))
        block_user(username="bob", by=goldie)
        page = main(bob_page.get(f"/signals/{call.pk}/"))
        assert ('href="/u/goldie/"' in page, "Brier" in page) == (False, False)
        assert "right 1 of 1" not in text(bob_page.get("/signals/"))


class TestPublishers:
    def test_the_table(self, client, acme, own_source):
        for _ in range(2):
            evaluated(source=own_source)
        evaluated(["10.00", "9.00"], source=acme)
        SignalFactory(source=SourceFactory(name="young"))
        response = client.get("/signals/publishers/")
        assert [(s.label, r.n, r.hits) for s, r in response.context["rows"]] == [
            ("goldie", 2, 2),
            ("acme", 1, 0),
        ]
        shown = text(response)
        for words in (
            "2 calls",
            "100 % right",
            "0 % right",
            "Brier 0.063 beside 0.000",
            "Brier 0.563",
            "Gold",
        ):
            assert words in shown, words
        assert "young" not in shown

    def test_nobody_yet(self, client, signal):
        assert "No records yet" in text(client.get("/signals/publishers/"))

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_rows(self, client, count, django_assert_num_queries):
        for n in range(count):
            evaluated(source=SourceFactory(name=f"s{n}"))
        with django_assert_num_queries(1):
            assert len(client.get("/signals/publishers/").context["rows"]) == count


class TestDetail:
    def page(self, client, call):
        return client.get(f"/signals/{call.pk}/")

    def test_what_was_said(self, client, signal):
        shown = text(self.page(client, signal))
        for words in (
            "BUY",
            "Opt",
            "nonfoil",
            "$10.00",
            "$15.00",
            "75 %",
            "29 days left",
            "It is in every deck now.",
        ):
            assert words in shown, words
        assert "What came of it" not in shown

    def test_words_are_words(self, client, acme, opt):
        call = SignalFactory(
            source=acme, card=opt, rationale="<script>alert(1)</script> https://example.com\nB"
        )
        page = main(self.page(client, call))
        assert "&lt;script&gt;alert(1)&lt;/script&gt; https://example.com<br>B" in page

    def test_the_chart_has_entry_target_and_outcome(self, client, acme):
        page = main(self.page(client, evaluated(source=acme)))
        assert re.findall(r'level-name"[^>]*>([^<]+)<', page) == ["At issue", "Target"]
        assert re.findall(r'dot-name"[^>]*>([^<]+)<', page) == ["Best", "End"]
        assert page.count('<title id="price-title">') == 1
        table = page.partition('<details class="more">')[2].partition("</details>")[0]
        assert re.findall(r"\$[\d.]+", table) == ["$12.50", "$14.00", "$10.00"]

    def test_its_prices_begin_a_month_before_and_end_with_it(self, client, acme, opt):
        call = over(["11.00"], source=acme, card=opt)
        daily_prices(opt, ["9.00"], last_day_ago=49)  # 29 days before the issue
        daily_prices(opt, ["8.00"], last_day_ago=52)
        daily_prices(opt, ["70.00"], last_day_ago=3)
        chart = self.page(client, call).context["chart"]
        assert [str(point.value) for point in chart.rows] == ["9.00", "11.00"]

    def test_a_price_that_came_after_the_judgement_moves_no_mark(self, client, acme, opt):
        call = over(source=acme, card=opt)
        daily_prices(opt, ["10.00", "14.00", "12.50"], last_day_ago=6)
        assert evaluate_signals().evaluated == 1
        (_best, end) = self.page(client, call).context["chart"].dots
        assert (end.name, str(end.value), end.x) == ("End", "12.50", 100)
        daily_prices(opt, ["9.00"], last_day_ago=5)
        (_best, end) = self.page(client, call).context["chart"].dots
        assert (end.name, str(end.value), end.x < 100) == ("End", "12.50", True)

    @pytest.mark.parametrize(
        ("prices", "names"),
        [
            (["10.00"] * 14 + ["14.00", "12.00"], ["End"]),  # the day before the last one: no room for two
            (["10.00"] * 8 + ["14.00"] + ["12.00"] * 7, ["Best", "End"]),
            (["10.00"] * 15 + ["14.00"], ["Best · End"]),
        ],
    )
    def test_names_of_marks_do_not_lie_on_each_other(self, client, acme, prices, names):
        dots = self.page(client, evaluated(prices, source=acme)).context["chart"].dots
        assert [dot.name for dot in dots] == names

    def test_no_prices_no_chart(self, client, acme):
        assert "No figures yet." in text(self.page(client, SignalFactory(source=acme)))

    @pytest.mark.parametrize(
        ("action", "prices", "words"),
        [
            ("BUY", ["10.00", "14.00", "12.50"],
             ["Right: it ended above", "50 % accurate", "$12.50", "+25.0 %", "$14.00", "+40.0 %", "80 %"]),
            ("BUY", ["10.00", "11.00", "9.00"], ["Wrong: it did not end above", "−10.0 %", "+10.0 %", "20 %"]),
            ("SELL", ["10.00", "5.00", "7.50"], ["Right: it ended below", "+25.0 %", "+50.0 %", "100 %"]),
            ("SELL", ["12.00"], ["Wrong: it did not end below", "−20.0 %"]),
            ("HOLD", ["10.00", "10.75", "10.00"], ["Right: the price never moved by more", "50 % accurate", "Farthest"]),
            ("HOLD", ["10.00", "12.00"], ["Wrong: the price moved", "0 % accurate", "+20.0 %"]),
        ],
    )  # fmt: skip
    def test_the_outcome_in_words_and_figures(self, client, acme, action, prices, words):
        shown = text(self.page(client, evaluated(prices, source=acme, action=action)))
        assert [one for one in words if one not in shown] == []

    def test_a_void_call_is_explained(self, client, acme):
        shown = text(self.page(client, void(source=acme)))
        assert "It is void: from its issue to a day after its end nobody had a price" in shown
        assert "Right:" not in shown

    def test_a_call_past_its_end_waits_for_the_clock(self, client, acme):
        shown = text(self.page(client, over(source=acme)))
        assert ("Its time is over." in shown, "It cannot be followed any more." in shown) == (True, True)

    def test_its_publishers_record_with_a_sentence_for_each_figure(self, client, acme):
        evaluated(source=acme)
        evaluated(["10.00", "9.00"], source=acme)
        shown = text(self.page(client, SignalFactory(source=acme)))
        for words in (
            "calls evaluated 2",
            "right 50 %",
            "accuracy 25 %",
            "Brier, beside 0.250 0.313",
            "tells less",
        ):
            assert words in shown, words
        for sentence in ("How many ended on the side", "How much of the way", "Whether they know how sure"):
            assert sentence in shown, sentence

    def test_a_record_of_calls_told_afterwards_says_so(self, client, acme):
        now = database_now()
        call = evaluated(source=acme, received_at=now - 4 * DAY)
        shown = text(self.page(client, call))
        assert "came here more than a day after it was issued" in shown
        assert "Came here" in shown

    def test_a_traders_own_call_shows_what_they_hold(self, client, own_source):
        call = SignalFactory(source=own_source, publisher_owns=7, publisher_offers=3, publisher_wants=0)
        shown = text(self.page(client, call))
        assert "they owned 7 of this card and finish, 3 of them for trade, and wanted 0." in shown
        assert "they owned" not in text(self.page(client, SignalFactory(source=SourceFactory(name="data"))))

    def test_unknown(self, client, db):
        assert client.get("/signals/999999999999999999999/").status_code == 404
        assert client.get("/signals/1/").status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_of_everything(self, client, acme, count, django_assert_num_queries):
        call = evaluated(["10.00"] * count, source=acme)
        for _ in range(count - 1):
            evaluated(source=acme)
        with django_assert_num_queries(5):  # call, now, followers, prices, record
            self.page(client, call)

    def test_a_year_of_prices_keeps_to_the_budget(self, bob, bob_page, acme, opt):
        now = database_now()
        call = SignalFactory(
            source=acme,
            card=opt,
            issued_at=now - 330 * DAY,
            valid_until=now + 30 * DAY,
            rationale="Ü b" * 666,
        )
        daily_prices(opt, (f"{10 + n % 7}.{n % 90 + 10}" for n in range(360)), last_day_ago=1)
        with clock_moved(timedelta(minutes=1)):
            follow_signal(signal_id=call.pk, by=bob)
        assert on_the_wire(self.page(bob_page, call).content) <= 14 * KB
