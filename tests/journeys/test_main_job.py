"""The main job over HTTP alone, as a person without scripts and again as a program with a token.

Two strangers join and confirm their addresses, each imports a binder and a want list, one finds the
other and proposes, the other looks and accepts, both confirm: the binders have changed hands and
what happened is told in order. Nothing here touches a model; only the catalogue is there before.
"""

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from tests.clients import Api
from tests.forms import form_to, form_with, forms_in

pytestmark = pytest.mark.django_db

PASSWORD = "Seven cards of Kaladesh"
PRINTINGS = [
    ("Lightning Bolt", "2x2", "117", "2.50"),
    ("Mox Opal", "som", "179", "20.00"),
    ("Sol Ring", "c21", "263", "1.50"),
]
ALICES = """Count,Tradelist Count,Name,Edition,Condition,Language,Foil,Tags,Last Modified,Collector Number,Alter,Proxy,Purchase Price
4,3,Lightning Bolt,2X2,Near Mint,English,,,,117,,,
1,0,Sol Ring,C21,Near Mint,English,,,,263,,,
"""
BOBS = """Name,Set code,Set name,Collector number,Foil,Rarity,Quantity,ManaBox ID,Scryfall ID,Purchase price,Misprint,Altered,Condition,Language,Purchase price currency
Mox Opal,SOM,Scars of Mirrodin,179,normal,mythic,2,,,,,,near_mint,en,
"""
BINDERS_AFTER = {
    "alice": [("Lightning Bolt", 1, 0), ("Mox Opal", 1, 0), ("Sol Ring", 1, 0)],
    "bob": [("Lightning Bolt", 3, 0), ("Mox Opal", 1, 1)],
}
WHAT_HAPPENED = [
    ("sent", "alice", 1),
    ("viewed", "bob", 1),
    ("accepted", "bob", 2),
    ("confirmed", "alice", 3),
    ("confirmed", "bob", 4),
    ("completed", "bob", 5),
]


@pytest.fixture(autouse=True)
def catalogue(db, tmp_path: Path) -> None:
    """Three printings and their prices, from a file as Scryfall writes it."""
    file = tmp_path / "cards.jsonl"
    lines = [
        {
            "object": "card",
            "id": str(UUID(int=number)),
            "oracle_id": str(UUID(int=100 + number)),
            "name": name,
            "lang": "en",
            "released_at": "2022-07-08",
            "set": edition,
            "set_name": f"The set {edition}",
            "collector_number": collector_number,
            "rarity": "rare",
            "digital": False,
            "finishes": ["nonfoil"],
            "prices": {"usd": price},
        }
        for number, (name, edition, collector_number, price) in enumerate(PRINTINGS, 1)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    call_command("importcatalogue", str(file), verbosity=0)


def join(name: str) -> Client:
    """A new trader whose address is confirmed by the link in the mail, signed in."""
    person = Client()
    page = person.get("/accounts/signup/")
    joined = form_to(page, "/accounts/signup/").press(
        person, username=name, email=f"{name}@example.com", password1=PASSWORD
    )
    assert joined.status_code == 303, joined.content
    [letter] = [message for message in mail.outbox if message.to == [f"{name}@example.com"]]
    link = re.search(r"https?://[^/\s]+(/accounts/confirm-email/\S+)", str(letter.body))
    assert link is not None, letter.body
    # The form's address is not quite the link's: each carries the moment at which it was made.
    [confirm] = [form for form in forms_in(person.get(link[1])) if "/confirm-email/" in form.action]
    assert confirm.press(person).status_code == 303
    return person


# --- as a person ------------------------------------------------------------------------------------


def test_by_pages() -> None:
    alice, bob = join("alice"), join("bob")
    bring(alice, "binder", file=ALICES)
    bring(alice, "wants", pasted="1 Mox Opal (SOM) 179")
    bring(bob, "binder", file=BOBS, for_trade="all")
    bring(bob, "wants", pasted="3 Lightning Bolt (2X2) 117")
    assert binder_by_pages(alice) == [("Lightning Bolt", 4, 3), ("Sol Ring", 1, 0)]
    assert binder_by_pages(bob) == [("Mox Opal", 2, 2)]

    [start] = links(alice.get("/matches/"), r"/trades/new/\?with=bob[^\"]*")
    trade = propose(alice, start)
    assert links(bob.get("/trades/"), trade) == [trade]
    press(bob, trade, "accept")
    assert binder_by_pages(alice) == [("Lightning Bolt", 4, 3), ("Sol Ring", 1, 0)]
    press(alice, trade, "confirm")
    press(bob, trade, "confirm")

    assert {"alice": binder_by_pages(alice), "bob": binder_by_pages(bob)} == BINDERS_AFTER
    assert links(alice.get("/wants/"), r"Mox Opal") == []
    for person in (alice, bob):
        assert happened(person.get("/api/v1/events/").json()) == WHAT_HAPPENED
    assert join("charlie").get(trade).status_code == 404


def bring(person: Client, which: str, *, file: str = "", pasted: str = "", **answers: str) -> None:
    """Import a list through its page: choose, look at what would change, confirm."""
    base = f"/{which}/import/"
    form = form_to(person.get(base), base)
    data: dict[str, Any] = {**dict(form.fields), "pasted": pasted, **answers}
    if file:
        data["file"] = SimpleUploadedFile("mine.csv", file.encode(), "text/csv")
    chosen = person.post(form.action, data)
    assert chosen.status_code == 303, chosen.content
    look = person.get(chosen["Location"])
    assert b"Nothing is written yet" in look.content
    confirmed = form_to(look, f"{base}confirm/").press(person)
    assert (confirmed.status_code, confirmed["Location"]) == (303, f"/{which}/")


def propose(person: Client, start: str) -> str:
    """Lay two more bolts beside the one that the match laid for the opal, and send; the trade's address."""
    page = person.get(start)
    for _ in range(2):
        [bolts] = buttons(page, "add_offer")
        page = form_with(page, "send").press(person, "add_offer", bolts)
    sent = form_with(page, "send").press(person, "send", message="Three bolts for an opal?", cash="5.00")
    assert sent.status_code == 303, sent.content
    return str(sent["Location"])


def press(person: Client, trade: str, verb: str) -> None:
    """A button of the trade's page."""
    done = form_to(person.get(trade), f"/{verb}/").press(person)
    assert (done.status_code, done["Location"]) == (303, trade)


def buttons(page: Any, name: str) -> list[str]:
    return [value for form in forms_in(page) for button, value, _disabled in form.buttons if button == name]


def links(page: Any, pattern: str) -> list[str]:
    """The addresses in the page that match, each once."""
    assert page.status_code == 200
    found = re.findall(rf'href="({pattern})"', page.content.decode())
    return list(dict.fromkeys(address.replace("&amp;", "&") for address in found))


def binder_by_pages(person: Client) -> list[tuple[str, int, int]]:
    """(name, copies, for trade) of the whole binder, as the export says."""
    answer: Any = person.get("/binder/export.csv")
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    return [(row["Name"], int(row["Quantity"]), int(row["For trade"])) for row in rows]


def happened(events: Any) -> list[tuple[str, str, int]]:
    assert events["next"] is None
    return [(event["kind"], event["actor"], event["version"]) for event in events["results"]]


# --- as a program -----------------------------------------------------------------------------------


def test_by_api() -> None:
    for name in ("alice", "bob"):
        join(name)
    alice, bob = program("alice"), program("bob")
    assert send_list(alice, "/binder/import/", ALICES, "text/csv") == (2, 2)
    assert send_list(alice, "/wants/import/", "1 Mox Opal (SOM) 179", "text/plain") == (1, 1)
    assert send_list(bob, "/binder/import/?for_trade=all", BOBS, "text/csv") == (1, 1)
    assert send_list(bob, "/wants/import/", "3 Lightning Bolt (2X2) 117", "text/plain") == (1, 1)

    [match] = alice.get("/matches/").json()["results"]
    assert match["trader"]["username"] == "bob"
    theirs, mine = match["they_have"]["lines"], match["you_have"]["lines"]
    offer = {
        "recipient": "bob",
        "proposer_offers": [{"holding": line["holding"], "quantity": 3} for line in mine],
        "proposer_wants": [{"holding": line["holding"], "quantity": 1} for line in theirs],
        "proposer_adds_cash": "5.00",
        "message": "Three bolts for an opal?",
    }
    sent = alice.post("/trades/", offer, key="one offer")
    assert sent.status_code == 201, sent.content
    assert (sent.json()["proposer_total"], sent.json()["recipient_total"]) == ("12.50", "20.00")
    trade = f"/trades/{sent.json()['id']}/"

    seen = bob.get(trade)
    assert (seen.json()["status"], seen.json()["allowed"]) == ("viewed", ["accept", "counter", "decline"])
    accepted = bob.patch(trade, {"status": "accepted"}, if_match=seen["ETag"])
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert alice.post(f"{trade}complete/").json()["status"] == "accepted"
    assert bob.post(f"{trade}complete/", {"completion_notes": "All fine"}).json()["status"] == "completed"

    assert {"alice": binder_by_api(alice), "bob": binder_by_api(bob)} == BINDERS_AFTER
    assert alice.get("/wants/").json()["results"] == []
    for side in (alice, bob):
        assert happened(side.get(f"{trade}events/").json()) == WHAT_HAPPENED
        assert happened(side.get("/events/").json()) == WHAT_HAPPENED


def program(name: str) -> Api:
    """A program that got its token with a name and a password."""
    asked = {"username": name, "password": PASSWORD, "scopes": ["read", "binder", "trade"]}
    answer = Api().post("/auth/tokens/", asked)
    assert answer.status_code == 201, answer.content
    signed_in = Api()
    signed_in.defaults["HTTP_AUTHORIZATION"] = f"Token {answer.json()['token']}"
    return signed_in


def send_list(of: Api, path: str, content: str, kind: str) -> tuple[int, int]:
    """(rows read, rows created) of an import that leaves nothing out."""
    answer = of.generic("POST", f"/api/v1{path}", content, kind).json()
    assert answer["errors"] == []
    return answer["rows"], answer["created"]


def binder_by_api(of: Api) -> list[tuple[str, int, int]]:
    page = of.get("/binder/?page_size=100").json()
    assert page["next"] is None
    rows = [(row["card"]["name"], row["quantity"], row["for_trade"]) for row in page["results"]]
    return sorted(rows)
