"""What the people of the demo say to each other: a few talks that Alice and Bob are in the middle of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from accounts.models import User
from cards.models import Holding
from core.clock import clock_moved
from messaging.models import Attachment, Conversation
from messaging.services import mark_read, open_conversation, send_message, sort_conversation
from messaging.services.sending import Attached

Talk = Sequence[tuple[int, int, str]]  # minutes ago, who of the two, what

_ABOUT_THE_TRADE: Talk = (
    (112, 0, "Hi Bob! One more question: is {wanted} as clean as it sounds?"),
    (110, 1, "It is. Pack to sleeve, never shuffled."),
    (109, 1, "Only thing: the print is a touch off centre."),
    (96, 0, "That is fine with me, I like them a little wonky."),
    (64, 1, "Then one more dollar and we shake hands :)"),
    (41, 0, "Let me look through my binder again. Are you at the shop on Friday?"),
    (30, 1, "Friday works! From six, the table by the window."),
    (29, 1, "I bring {wanted} either way, so you can look first."),
)
_WITH_CHARLIE: Talk = (
    (26 * 60, 0, "Yours go out tomorrow, tracked. Toploader and painter's tape, no residue."),
    (25 * 60, 1, "Merci! Mine are packed too, the post office opens at nine."),
    (9 * 60, 1, "Dropped them off this morning. They said two or three days."),
    (8 * 60, 0, "Great, same here."),
)
_AN_OFFER_TO_REFUSE: Talk = (
    (400, 1, "hello!! i give double price for your whole binder"),
    (398, 1, "we do it quicker on the phone, +1 202 555 0147, or pay me first by gift card"),
    (380, 0, "No, thank you. I only trade on here."),
)
_SMALL_TALK: Talk = (
    (15 * 60, 1, "The cards came today, lovely as described. Thank you!"),
    (14 * 60 + 50, 0, "Glad to hear! Enjoy them, and see you at the prerelease?"),
    (14 * 60 + 48, 1, "Wouldn't miss it."),
)


def talk_things_over(everybody: Sequence[User]) -> None:
    """Alice's inbox, and with it Bob's: something to answer, something to wait for, something odd."""
    alice, bob, charlie, *others = everybody
    wanted = Holding.objects.of(bob).for_trade().select_related("card").order_by("pk").first()
    name = f"[[{wanted.card.name}]]" if wanted else "that card"
    _speak(alice, bob, _ABOUT_THE_TRADE, wanted=name, unread=1)
    _speak(alice, charlie, _WITH_CHARLIE)
    _speak(alice, others[0], _AN_OFFER_TO_REFUSE)
    _speak(bob, others[1], _SMALL_TALK, unread=1)
    _speak(bob, charlie, _SMALL_TALK[:2])
    if wanted:
        _show(bob, alice, wanted)
    with_stranger = _between(alice, others[0])
    sort_conversation(conversation_id=with_stranger.pk, by=alice, muted=True)


def _speak(one: User, other: User, talk: Talk, *, unread: int = 0, **names: str) -> None:
    """All of `talk`; the last `unread` lines have not been read."""
    conversation = _between(one, other)
    for number, (minutes, who, words) in enumerate(talk):
        by = (one, other)[who]
        with clock_moved(timedelta(minutes=-minutes)):
            message, _is_new = send_message(
                conversation_id=conversation.pk,
                by=by,
                client_id=f"demo-{conversation.pk}-{number}",
                content=words.format(**names),
            )
            if number < len(talk) - unread:
                for reader in (one, other):
                    mark_read(conversation_id=conversation.pk, by=reader, seq=message.seq)


def _between(one: User, other: User) -> Conversation:
    conversation, _is_new = open_conversation(username=other.username, by=one)
    return conversation


def _show(by: User, partner: User, holding: Holding) -> None:
    conversation = _between(by, partner)
    with clock_moved(timedelta(minutes=-28)):
        send_message(
            conversation_id=conversation.pk,
            by=by,
            client_id=f"demo-{conversation.pk}-card",
            attached=Attached(Attachment.CARD, holding.card_id),
        )
