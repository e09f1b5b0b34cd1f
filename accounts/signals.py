"""What the rooms above may listen to. Sent inside the transaction: a failing listener undoes it."""

from django.dispatch import Signal

user_blocked = Signal()  # blocker: User, blocked: User
user_unblocked = Signal()  # blocker: User, blocked: User
tokens_ended = Signal()  # user: User; after a password change, a suspension or a ban
token_revoked = Signal()  # user: User, token_id: int; one of theirs, the others stay
verification_changed = Signal()  # user: User; an e-mail address or a second factor came or went
