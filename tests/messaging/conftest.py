"""Alice writes to bob; charlie must see nothing."""

from collections.abc import Callable
from itertools import count

import pytest

from accounts.models import User
from messaging.models import Conversation, Message
from messaging.services import open_conversation, send_message
from tests.api import Program
from trades.models import TradeProposal
from trades.services import create_proposal
from trades.terms import Line, Terms

_numbers = count()


@pytest.fixture
def chat(alice: User, bob: User) -> Conversation:
    """Opened by alice; nothing in it yet."""
    conversation, _is_new = open_conversation(username="bob", by=alice)
    return conversation


@pytest.fixture
def path(chat: Conversation) -> str:
    """Where its page is."""
    return f"/inbox/{chat.pk}/"


@pytest.fixture
def say(chat: Conversation) -> Callable[..., Message]:
    """`say(alice, "Hi")`: one more message in `chat`."""

    def write(by: User, content: str = "Hi", **options: object) -> Message:
        client_id = str(options.pop("client_id", f"c{next(_numbers)}"))
        return send_message(
            conversation_id=chat.pk,
            by=by,
            client_id=client_id,
            content=content,
            **options,  # type: ignore[arg-type]
        )[0]

    return write


@pytest.fixture
def offer(alice: User, bob: User, bolt, mox) -> TradeProposal:
    """What alice sent to bob."""
    terms = Terms(offers=(Line(bolt.pk, 1),), wants=(Line(mox.pk, 1),))
    return create_proposal(by=alice, recipient="bob", terms=terms)


@pytest.fixture
def alice_api(alice: User) -> Program:
    return Program(alice, ["message"])


@pytest.fixture
def bob_api(bob: User) -> Program:
    return Program(bob, ["message"])


@pytest.fixture
def charlie_api(charlie: User) -> Program:
    return Program(charlie, ["message"])
