"""What the people of the demo say of each other, and the older trades that made a few of them known."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from random import Random

from accounts.models import User
from notifications.services import mark_read
from reputation.errors import ReputationError
from reputation.models import TradeReview
from reputation.services import (
    recalculate_all,
    reply_to_review,
    reveal_all_due_reviews,
    submit_review,
)
from trades.models import TradeProposal

_STARS = [5, 4, 3, 2, 1]
_OFTEN = [72, 18, 6, 3, 1]
_SAID = {
    5: [
        "Sleeved, toploaded, and here in two days.",
        "Exactly as described. Would trade again any time.",
        "Friendly from the first message to the last.",
        "Came to the shop on time, with a spare sleeve for me.",
        "",
        "",
    ],
    4: [
        "All fine, the parcel took a while.",
        "Good trade. One corner was a little softer than I thought.",
        "",
    ],
    3: ["It worked out, but I had to ask twice.", "Cards fine, packaging thin."],
    2: ["Played rather than lightly played. We settled it, still a pity."],
    1: ["Weeks of silence. The cards came in the end."],
}
_REPLIES = ["Thank you, same to you!", "Sorry about the wait, the post was on strike.", "Any time."]
# How many partners each of the first few traded with in the year before.
KNOWN = (34, 26, 8, 6)
OLD_TRADES = sum(KNOWN)


def review_each_other(trade: TradeProposal, random: Random) -> None:
    """Most people write something after a completed trade; a few never do."""
    for by in (trade.proposer, trade.recipient):
        if random.random() < 0.88:
            stars = random.choices(_STARS, _OFTEN)[0]
            ratings = {"overall_rating": stars}
            for name in ("communication_rating", "packaging_rating", "accuracy_rating", "speed_rating"):
                if random.random() < 0.5:
                    ratings[name] = max(1, min(5, stars + random.choice([-1, 0, 0, 0, 1])))
            submit_review(proposal_id=trade.pk, by=by, ratings=ratings, comment=random.choice(_SAID[stars]))


def partners_of_the_known(everybody: Sequence[User], random: Random) -> list[tuple[User, User]]:
    """Who traded with whom before: the first few with many others, each pair once."""
    pairs = [
        pair
        for person, count in zip(everybody, KNOWN, strict=False)
        for pair in _pairs(person, everybody, min(count, len(everybody) - 1), random)
    ]
    random.shuffle(pairs)
    return pairs


def _pairs(person: User, everybody: Sequence[User], count: int, random: Random) -> list[tuple[User, User]]:
    partners = random.sample([other for other in everybody if other != person], count)
    return [random.choice([(person, other), (other, person)]) for other in partners]


def settle_reputations(everybody: Sequence[User], random: Random) -> None:
    """Open what is due, let some people reply, count everything once more; all of it is old news."""
    reveal_all_due_reviews()
    for review in TradeReview.objects.public().select_related("reviewee", "trade").order_by("pk"):
        if review.comment and random.random() < 0.2:
            # Some were opened too long ago to reply to now.
            with suppress(ReputationError):
                reply_to_review(review_id=review.pk, by=review.reviewee, text=random.choice(_REPLIES))
    recalculate_all()
    for user in everybody:
        mark_read(by=user)
