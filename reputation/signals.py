"""What the rooms above may listen to. Sent inside the transaction: a failing listener undoes it."""

from django.dispatch import Signal

reviews_revealed = Signal()  # trade_ids: list[int]
tier_changed = Signal()  # changes: list[TierChange]
