"""What other rooms may learn from the cards room; sent inside the transaction."""

from django.dispatch import Signal

# More copies stand in a binder than before: owner_id, holding_ids. One for each call of a service.
holdings_added = Signal()

# A trader looks for something new, or for more of it: owner_id, want_ids.
wants_added = Signal()
