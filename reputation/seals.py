"""The seal of a review: anyone can check that nobody changed theirs after seeing the other.

seal = SHA-256(salt ‖ canonical JSON), hexadecimal. The canonical JSON is UTF-8 with sorted keys, no
white space, no escapes beyond those that JSON demands; a rating that was not given is null.
`docs/check-a-seal.md` checks one by hand in ten lines.
"""

from __future__ import annotations

import json
import secrets
from hashlib import sha256

from reputation.models import RATINGS, TradeReview

SALT_BYTES = 32


def canonical_json(review: TradeReview) -> str:
    """What the author said, as the seal was made of it. Reads `review.reviewer` and `review.trade`.

    `trade` is the number that everybody calls the trade by.
    """
    said = {name: getattr(review, name) for name in RATINGS}
    said |= {
        "comment": review.comment,
        "reviewer": review.reviewer.username,
        "trade": review.trade.proposal_id,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def close_seal(review: TradeReview) -> None:
    """Seal what the unsaved `review` says, with a salt of its own."""
    review.salt = secrets.token_bytes(SALT_BYTES)
    review.seal = seal_of(review)


def seal_of(review: TradeReview) -> str:
    return sha256(bytes(review.salt) + canonical_json(review).encode()).hexdigest()


def holds(review: TradeReview) -> bool:
    """Whether the review still says what was sealed. An erased one cannot be asked any more."""
    return not review.is_erased and seal_of(review) == review.seal
