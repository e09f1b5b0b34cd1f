"""Two browsers, one real server: what one writes the other sees, through cuts, failures and keys alone."""

import re
import time
from statistics import median

import pytest
from django.db import close_old_connections
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services import block_user
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import delete_message, edit_message, open_conversation, send_message
from tests.browser import check_access, in_every_look
from tests.browser import chromium as chromium
from tests.browser import open_page as open_page
from tests.journeys.site import running_site, signed_in
from trades.services import accept_proposal, create_proposal
from trades.terms import Line, Terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
A_SECOND = 1.0  # in which the other side has it
SOON = 5_000  # milliseconds: the machine has other things to do


@pytest.fixture
def site():
    with running_site() as address:
        yield address
    close_old_connections()


@pytest.fixture
def open_chat(chromium, site, path):
    """open_chat(alice) → her tab with the conversation, its socket open; the console must stay silent."""
    pages, complaints = [], []

    def open_(user: User, width: int = 1280, **options) -> Page:
        page = signed_in(chromium, site, user, width, **options)
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-live=on]")
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert complaints == []


def write(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.keyboard.press("Enter")


def said(page: Page) -> list[str]:
    return page.locator("#log .bubble").all_inner_texts()


def test_both_ways_within_a_second(open_chat, alice, bob):
    hers, his = open_chat(alice), open_chat(bob, 360)
    took = []
    for number in range(6):
        writes, reads = (hers, his) if number % 2 else (his, hers)
        began = time.monotonic()
        write(writes, f"Number {number}")
        # At once where it is written, and the field is ready for more.
        assert writes.locator(".mine .bubble").last.inner_text() == f"Number {number}"
        assert writes.evaluate("document.activeElement.id + document.activeElement.value") == "id_content"
        expect(reads.locator("#log .said:not(.mine) .bubble").last).to_have_text(f"Number {number}")
        took.append(time.monotonic() - began)
    assert median(took) <= A_SECOND, took
    for page in (hers, his):
        expect(page.locator("#log .bubble")).to_have_text([f"Number {number}" for number in range(6)])
        expect(page.locator("#pending > *")).to_have_count(0)


def test_many_in_a_row_keep_their_order(open_chat, alice, bob):
    hers, his = open_chat(alice), open_chat(bob)
    words = [f"Number {n}" for n in range(12)]
    for line in words:
        write(hers, line)
    expect(his.locator("#log .bubble")).to_have_text(words, timeout=15_000)
    expect(hers.locator("#log .bubble")).to_have_text(words)
    assert list(Message.objects.values_list("content", flat=True)) == words


def test_what_fails_stays_and_is_written_once(open_chat, alice, bob):
    hers, his = open_chat(alice), open_chat(bob)
    hers.context.set_offline(True)
    write(hers, "From a tunnel")
    expect(hers.get_by_text("Not sent")).to_be_visible()
    hers.context.set_offline(False)
    hers.reload()
    expect(hers.get_by_text("From a tunnel")).to_be_visible()
    hers.get_by_role("button", name="Retry").click()
    expect(his.locator("#log .bubble")).to_have_text("From a tunnel", timeout=5_000)
    expect(hers.locator("#log .bubble")).to_have_text("From a tunnel")
    expect(hers.locator("#pending > *")).to_have_count(0)
    assert Message.objects.count() == 1


def test_whose_answer_is_lost_is_not_written_twice(open_chat, alice):
    hers = open_chat(alice)
    hers.route(re.compile(r"/inbox/\d+/$"), lambda route: (route.fetch(), route.abort())[1], times=1)
    write(hers, "Once")
    expect(hers.locator("#log .bubble")).to_have_text("Once")
    expect(hers.locator("#pending > *")).to_have_count(0)
    hers.reload()
    expect(hers.locator("#pending > *")).to_have_count(0)
    assert Message.objects.count() == 1


def test_writing_from_an_older_stretch_leads_to_the_newest(open_chat, alice, say, path):
    for n in range(45):
        say(alice, f"Number {n}")
    hers = open_chat(alice)
    hers.goto(f"{path}?at=2")
    write(hers, "The newest")
    expect(hers.locator("#log .bubble").last).to_have_text("The newest")
    expect(hers.locator("#pending > *")).to_have_count(0)


def test_what_failed_can_be_discarded(open_chat, alice):
    hers = open_chat(alice)
    hers.context.set_offline(True)
    write(hers, "Never mind")
    hers.get_by_role("button", name="Discard").click()
    hers.context.set_offline(False)
    hers.reload()
    expect(hers.locator("#pending > *")).to_have_count(0)
    assert not Message.objects.exists()


def test_a_cut_socket_misses_nothing(open_chat, alice, bob, say):
    his = open_chat(bob)
    his.context.set_offline(True)  # new connections fail; the open one is cut by hand
    his.evaluate("dispatchEvent(new Event('offline'))")
    first = say(alice, "One")
    say(alice, "Two")
    edit_message(message_id=first.pk, by=alice, content="Uno")
    his.context.set_offline(False)
    say(alice, "Three")
    expect(his.locator("#log .bubble")).to_have_text(["Uno", "Two", "Three"], timeout=40_000)


def test_without_frames_the_clock_asks(chromium, site, path, alice, bob, say):
    """No socket ever opens: after three failures the page polls."""
    his = signed_in(chromium, site, bob)
    his.add_init_script(
        "window.WebSocket = class extends EventTarget { constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent('close', {code: 1006})), 5) } }; const every = window.setInterval; window.setInterval = (f, ms) => every(f, ms / 20); const later = window.setTimeout; window.setTimeout = (f, ms, ...rest) => later(f, ms / 20, ...rest)"
    )
    his.goto(path)
    say(alice, "Hello?")
    expect(his.locator("#log .bubble")).to_have_text("Hello?", timeout=10_000)
    his.context.close()


def test_changes_are_seen_at_the_other_side(open_chat, alice, bob):
    hers, his = open_chat(alice), open_chat(bob)
    write(hers, "Fisrt")
    for page in (hers, his):
        expect(page.locator("#log .bubble")).to_have_text("Fisrt")
    hers.keyboard.press("ArrowUp")
    hers.locator("#edit_content").fill("First")
    hers.get_by_role("button", name="Save").click()
    expect(his.locator("#log .bubble")).to_have_text("First", timeout=5_000)
    expect(hers.locator("#log .bubble")).to_have_text("First")
    expect(hers.locator("#sheet")).not_to_be_visible()
    his.get_by_role("link", name="edited").click()
    expect(his.locator("#sheet")).to_contain_text("Fisrt")
    his.keyboard.press("Escape")
    hers.locator(".said").hover()
    hers.get_by_role("link", name="Change").click()
    hers.get_by_role("button", name="Delete this message").click()
    expect(his.locator("#log .bubble")).to_have_text("This message was deleted.", timeout=5_000)


def test_typing_presence_and_receipts(open_chat, alice, bob):
    hers, his = open_chat(alice), open_chat(bob)
    expect(hers.locator(".chat-head .presence")).to_have_text("here now", timeout=5_000)
    his.get_by_label("Message", exact=True).press_sequentially("Hm")
    expect(hers.get_by_text("bob is typing")).to_be_visible(timeout=SOON)
    his.keyboard.press("Enter")
    expect(hers.locator("#log .bubble")).to_have_text("Hm", timeout=SOON)
    expect(hers.get_by_text("bob is typing")).not_to_be_visible()
    his.bring_to_front()
    write(hers, "What is it?")
    expect(hers.locator(".said.mine .receipt")).to_have_text("read", timeout=5_000)
    his.context.close()
    expect(hers.locator(".chat-head .presence")).to_have_text("", timeout=15_000)


def test_the_numbers_and_the_list_follow(chromium, site, chat, path, open_chat, alice, bob, say):
    his = signed_in(chromium, site, bob)
    his.goto("/inbox/")
    his.wait_for_selector("html[data-live=on]")
    expect(his.get_by_text("Chat starts with a proposal")).to_be_visible()
    say(alice, "Hello bob")
    badge = his.locator(".topnav [data-unread-chats]")
    expect(badge).to_have_text(re.compile("1"), timeout=5_000)
    expect(badge).to_be_visible()
    expect(his.locator(".talk")).to_contain_text("Hello bob", timeout=5_000)
    his.locator(".talk").click()
    expect(his.locator("#log .bubble")).to_have_text("Hello bob")
    expect(badge).to_be_hidden(timeout=5_000)
    chat.refresh_from_db()
    assert not chat.is_unread_by(bob.pk)
    his.context.close()


def test_what_is_out_of_sight_is_not_read(open_chat, chat, alice, bob, say):
    for n in range(40):
        say(alice, f"Number {n}")
    his = open_chat(bob)
    expect(his.locator("#new")).to_be_in_viewport()
    time.sleep(0.5)
    chat.refresh_from_db()
    assert chat.is_unread_by(bob.pk)
    his.locator(".chat-scroll").evaluate("log => log.scrollTop = 0")
    his.wait_for_timeout(1_000)
    chat.refresh_from_db()
    assert not chat.is_unread_by(bob.pk)


def test_older_lines_come_by_scrolling_and_nothing_jumps(open_chat, alice, bob, say):
    for n in range(120):
        say(alice, f"Number {n}")
    hers = open_chat(alice)
    expect(hers.locator("#log .bubble")).to_have_count(50)
    line = hers.locator("#m75")
    line.scroll_into_view_if_needed()
    before = line.bounding_box()["y"]
    hers.locator(".chat-scroll").evaluate("log => log.scrollTop -= 400")
    expect(hers.locator("#log .bubble")).to_have_count(100)
    after = line.bounding_box()["y"]
    assert abs(after - before) - 400 < 30
    assert said(hers) == [f"Number {n}" for n in range(20, 120)]
    say(bob, "News")
    expect(hers.get_by_role("button", name="New messages")).to_be_visible(timeout=5_000)
    assert abs(line.bounding_box()["y"] - after) < 2
    hers.get_by_role("button", name="New messages").click()
    expect(hers.locator("#log .bubble", has_text="News")).to_be_in_viewport()


def test_a_draft_survives(open_chat, alice, path):
    hers = open_chat(alice)
    field = hers.get_by_label("Message", exact=True)
    field.fill("Half a thou")
    hers.goto("/inbox/")
    hers.goto(path)
    expect(field).to_have_value("Half a thou")
    field.press("Shift+Enter")
    field.press_sequentially("ght")
    hers.keyboard.press("Enter")
    expect(hers.locator("#log .bubble")).to_have_text("Half a thou\nght")
    hers.reload()
    expect(field).to_have_value("")
    field.fill("A secret")
    hers.locator("header details summary").first.click()
    hers.get_by_role("button", name="Sign out").click()
    hers.wait_for_url(lambda url: "/inbox/" not in url)
    assert hers.evaluate("Object.keys(localStorage).length") == 0


def test_without_a_script(open_chat, alice, bob, say):
    say(bob, "Hello")
    hers = open_chat(alice, java_script_enabled=False)
    expect(hers.get_by_text("Hello")).to_be_in_viewport()
    hers.get_by_label("Message", exact=True).fill("Hi bob")
    hers.get_by_role("button", name="Send").click()
    expect(hers.locator("#log .bubble")).to_have_text(["Hello", "Hi bob"])
    hers.get_by_role("link", name="Change").click()
    hers.locator("#edit_content").fill("Hi Bob")
    hers.get_by_role("button", name="Save").click()
    expect(hers.locator("#log .bubble")).to_have_text(["Hello", "Hi Bob"])


def test_keys_alone(open_chat, path, alice, say, bob):
    say(bob, "Hello")
    hers = open_chat(alice)
    hers.goto("/inbox/")
    for _ in range(40):
        hers.keyboard.press("Tab")
        if hers.evaluate("document.activeElement.matches('.talk')"):
            break
    hers.keyboard.press("Enter")
    hers.wait_for_url(f"**{path}")
    hers.keyboard.type("By keys alone")
    hers.keyboard.press("Enter")
    expect(hers.locator("#log .bubble")).to_have_text(["Hello", "By keys alone"])
    hers.keyboard.press("ArrowUp")
    expect(hers.locator("#sheet")).to_be_visible()
    hers.keyboard.press("Escape")
    expect(hers.locator("#id_content")).to_be_focused()


def test_a_trade_moves_on_while_both_talk(chromium, site, alice, bob, bolt, mox):
    trade = create_proposal(
        by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk, 1),), wants=(Line(mox.pk, 1),))
    )
    hers = signed_in(chromium, site, alice)
    hers.goto(f"/inbox/{Conversation.objects.get().pk}/")
    hers.wait_for_selector("html[data-live=on]")
    accept_proposal(proposal_id=trade.pk, by=bob)
    expect(hers.locator("#pinned summary")).to_contain_text("Accepted", timeout=5_000)
    expect(hers.locator("#log .offer")).to_contain_text("Accepted")
    expect(hers.locator("#log")).to_contain_text("bob accepted. The cards are reserved")
    hers.context.close()


def test_a_block_closes_it_under_the_hands(open_chat, alice, bob):
    his = open_chat(bob)
    block_user(username="bob", by=alice)
    write(his, "Still there?")
    expect(his.get_by_text("This conversation takes no new messages.")).to_be_visible()
    assert not ConversationEvent.objects.exists()


QUICK = {("talk", 360, "light"), ("talk", 1280, "dark"), ("inbox", 360, "dark")}


@pytest.fixture
def addresses(chat, say, offer, alice, bob, charlie):
    say(alice, "Look at [[Mox Opal]] https://example.com/ or +49 170 1234567")
    edited, deleted = say(bob, "Frist"), say(bob, "Oops")
    edit_message(message_id=edited.pk, by=bob, content="First")
    delete_message(message_id=deleted.pk, by=bob)
    empty, _is_new = open_conversation(username="charlie", by=bob)
    send_message(conversation_id=empty.pk, by=charlie, client_id="1", content="Hello")
    return {
        "inbox": "/inbox/",
        "archived": "/inbox/archived/",
        "talk": f"/inbox/{chat.pk}/",
        "attach": f"/inbox/{chat.pk}/attach/",
        "message": f"/inbox/messages/{edited.pk}/",
        "found": "/inbox/?q=first",
        "begin": "/inbox/with/alice/",
    }


@in_every_look("name", ("inbox", "archived", "talk", "attach", "message", "found"), QUICK)
def test_axe_finds_nothing(open_page, addresses, bob, name, width, theme):
    page = open_page(bob, addresses[name], width, theme)
    check_access(page, width)
    if name == "talk":
        page.locator("#compose a[data-sheet]").click()
        page.locator("#sheet[open]").wait_for()
        check_access(page, width)
