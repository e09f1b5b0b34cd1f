"""What a reader is warned of, and what is everyday talk among traders."""

import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from messaging.scams import lures_in

LURES = {
    "Call me: +44 20 7946 0958": ["phone"],
    "0151 234 567 89": ["phone"],
    "(555) 123-4567 99": ["phone"],
    "+1 (555) 123-4567": ["phone"],
    "five@example.com": ["email"],
    "mail five (at) example.com": ["email"],
    "five@example (dot) com": ["email"],
    "PayPal friends and family please": ["payment"],
    "pay pal": ["payment"],
    "p\u200bayp\u200bal": ["payment"],
    "ｐａｙｐａｌ": ["payment"],
    "my cashapp is $bobtrades": ["payment"],
    "DE89 3704 0044 0532 0130 00": ["payment"],
    "look at https://evil.example/x": ["link"],
    "www.evil.example": ["link"],
    "t.me/bob": ["link"],
    "http://[": ["link"],
    "cheaper at Trade-Post.net": ["link"],
    "evil.com/login.": ["link"],
    f"https://evil.example\\@{urlsplit(settings.SITE_URL).netloc}/": ["link"],
    f"{settings.SITE_URL}@evil.example/": ["email", "link"],
    "http:\\\\evil.example": ["link"],
    "five@example.com or +44 20 7946 0958, paypal, https://evil.example": [
        "phone",
        "email",
        "payment",
        "link",
    ],
}
EVERYDAY = [
    "",
    "4 Lightning Bolt (2X2) 117",
    "I paid $1,250.00 for it in 2019, now it is at $2500",
    "It comes 2026-11-22 at 10:30, order 48213",
    "Tracking: 9400 1000 0000 0000 0000 00",
    "Tracking: RR123456789DE",
    "1/1 token, 250/300, #0123456789",
    "wise choice, a revolution",
    "see you @ the shop",
    f"{settings.SITE_URL}/trades/7/",
    "fine.I agree, see comments",
]


@pytest.mark.parametrize("text", LURES)
def test_a_reader_is_warned(text):
    assert [lure.value for lure in lures_in(text)] == LURES[text]


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_talk_is_not_suspected(text):
    assert lures_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 2_000,
        "a" * 4_000,
        "a." * 2_000,
        "A1 " * 1_300,
        "AB12 " * 800,
        "www." * 1_000,
        "$a" * 2_000,
        "@" * 4_000,
        "a-" * 2_000,
        "a.com." * 600,
    ],
)
def test_no_text_takes_long_to_look_through(text):
    start = time.perf_counter()
    lures_in(text)
    assert time.perf_counter() - start < 0.5
