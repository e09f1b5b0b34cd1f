"""What other rooms' pages pull: the front page, a card, the trade builder; each a link without a script."""

import re
from typing import Any

import pytest

from accounts.services import block_user
from tests.factories import HoldingFactory, UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory
from tests.signals_bridge.states import DAY, over
from tests.signals_bridge.test_pages import PART, listed, main, text

pytestmark = pytest.mark.django_db


def part(client: Any, path: str) -> Any:
    response = client.get(path, headers=PART)
    assert (response.status_code, "<html" in response.content.decode()) == (200, False)
    return response


class TestFrontPage:
    def test_it_pulls_the_newest_that_run(self, client, acme):
        page = main(client.get("/"))
        assert ('hx-get="/signals/open/"' in page, 'href="/signals/?status=active"' in page) == (True, True)
        calls = [SignalFactory(source=acme) for _ in range(4)]
        over(source=acme)
        assert listed(part(client, "/signals/open/")) == [call.pk for call in calls[:0:-1]]

    def test_it_asks_the_database_nothing_itself(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            client.get("/")

    def test_nothing_runs(self, client):
        assert "No call runs at this moment." in text(part(client, "/signals/open/"))

    def test_a_browser_that_wants_a_page_gets_the_list(self, client, signal):
        assert client.get("/signals/open/")["Location"] == "/signals/?status=active"
        assert client.get("/signals/open/?card=7")["Location"] == "/signals/?status=active&card=7"

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_rows(self, client, count, django_assert_num_queries):
        for n in range(count):
            SignalFactory(source=SourceFactory(name=f"s{n}"))
        with django_assert_num_queries(3):  # now, rows, records
            assert len(listed(part(client, "/signals/open/"))) == count


class TestCard:
    def test_it_pulls_what_runs_on_it(self, client, acme, opt):
        page = main(client.get(f"/cards/{opt.pk}/"))
        assert f'hx-get="/signals/open/?card={opt.pk}"' in page
        assert f'href="/signals/?card={opt.pk}"' in page
        mine = SignalFactory(source=acme, card=opt, finish="foil")
        SignalFactory(source=acme)
        over(source=acme, card=opt)
        shown = part(client, f"/signals/open/?card={opt.pk}")
        assert (listed(shown), "Earlier calls on it" in text(shown)) == ([mine.pk], True)

    def test_more_than_fit(self, client, acme, opt):
        for _ in range(6):
            SignalFactory(source=acme, card=opt)
        shown = part(client, f"/signals/open/?card={opt.pk}")
        assert (len(listed(shown)), "All calls on it" in text(shown)) == (5, True)

    def test_who_may_publish_is_led_there(self, client, bob_page, opt):
        client.force_login(UserFactory(trust_tier="gold"))
        pages = [client, bob_page]
        assert ["Make a call" in text(part(p, f"/signals/open/?card={opt.pk}")) for p in pages] == [
            True,
            False,
        ]

    @pytest.mark.parametrize("card", ["x", "0", "9" * 30, "1,2,,x", "%00"])
    def test_nonsense_is_no_card(self, client, signal, card):
        response = client.get(f"/signals/open/?card={card}", headers=PART)
        assert response.status_code in (200, 400)


def marked(response: Any) -> dict[int, list[str]]:
    """Which calls stand beside which binder row."""
    spans = re.findall(r'id="signal-of-(\d+)" hx-swap-oob="true">(.*?)</span>(?=<span class="tile-call"|\s*$)',
                       response.content.decode(), re.DOTALL)  # fmt: skip
    return {int(pk): re.findall(r"</svg>(\w+)</span>", inside) for pk, inside in spans}


class TestBuilder:
    def test_its_tiles_have_a_place_and_its_panes_one_request(self, alice_page, bob, bolt, mox):
        page = main(alice_page.get("/trades/new/?with=bob"))
        pulled = re.findall(r'hx-get="/signals/marks/\?holdings=([\d,]+)"', page)
        linked = re.findall(r'href="/signals/\?status=active&amp;card=([\d,]+)"', page)
        assert (pulled, linked) == ([f"{bolt.pk},", f"{mox.pk},"], [f"{bolt.card_id},", f"{mox.card_id},"])
        assert re.findall(r'id="signal-of-(\d+)" hx-preserve', page) == [str(bolt.pk), str(mox.pk)]

    def test_what_is_said_of_each_row(self, alice_page, bob, bolt, mox, acme):
        foil = HoldingFactory(owner=bob, card=mox.card, finish="foil")
        for action in ("SELL", "BUY"):
            SignalFactory(source=acme, card=mox.card, action=action)
        SignalFactory(source=acme, card=foil.card, finish="foil", action="HOLD")
        over(source=acme, card=bolt.card)
        shown = part(alice_page, f"/signals/marks/?holdings={bolt.pk},{mox.pk},{foil.pk},x,999999,")
        assert marked(shown) == {mox.pk: ["BUY", "SELL"], foil.pk: ["HOLD"]}

    def test_only_of_rows_that_the_reader_may_see(self, alice_page, bob, bob_page, acme):
        kept = HoldingFactory(owner=bob, for_trade=0)
        SignalFactory(source=acme, card=kept.card)
        path = f"/signals/marks/?holdings={kept.pk}"
        assert [marked(part(page, path)) for page in (bob_page, alice_page)] == [{kept.pk: ["BUY"]}, {}]

    def test_of_a_trader_who_blocked_the_reader_nothing_is_said(self, alice, alice_page, bolt):
        goldie = UserFactory(username="goldie")
        source = SourceFactory(publisher=PublisherFactory(user=goldie), is_personal=True)
        SignalFactory(source=source, card=bolt.card)
        path = f"/signals/marks/?holdings={bolt.pk}"
        assert marked(part(alice_page, path)) == {bolt.pk: ["BUY"]}
        block_user(username="alice", by=goldie)
        assert marked(part(alice_page, path)) == {}

    def test_without_a_script_it_is_the_list(self, client, alice_page, bolt, signal):
        path = f"/signals/marks/?holdings={bolt.pk}"
        assert alice_page.get(path)["Location"] == "/signals/?status=active"
        assert client.get(path).status_code == 302
        assert alice_page.get(f"/signals/?status=active&card={signal.card_id},").status_code == 200

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_more_rows(self, alice, alice_page, acme, count, django_assert_num_queries):
        rows = [HoldingFactory(owner=alice) for _ in range(count)]
        for row in rows:
            SignalFactory(source=acme, card=row.card)
        path = "/signals/marks/?holdings=" + ",".join(str(row.pk) for row in rows)
        with django_assert_num_queries(5):  # session, user; now, rows, calls
            assert len(marked(alice_page.get(path, headers=PART))) == count


def test_what_has_not_begun_does_not_run(client, acme, opt):
    call = SignalFactory(source=acme, card=opt)
    type(call).objects.filter(pk=call.pk).update(issued_at=call.issued_at + DAY)
    assert listed(part(client, f"/signals/open/?card={opt.pk}")) == []
