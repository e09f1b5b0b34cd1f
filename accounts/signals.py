"""What the rooms above may listen to. Sent inside the transaction: a failing listener undoes it."""

from django.dispatch import Signal

user_blocked = Signal()  # blocker_id: int, blocked_id: int
