"""How long each clock of a trade runs (domain.md §3). A dispute stops them all."""

from datetime import timedelta

# Open offers.
EXTENSION = timedelta(days=3)  # what the proposer may add, once
EXPIRY_REMINDER = timedelta(hours=24)  # before the end

# Accepted trades.
LAPSE = timedelta(days=21)  # nothing sent, paid or confirmed
ARRIVAL = timedelta(days=30)  # from one side's parcel until its trade may complete by itself
DELAY = timedelta(days=30)  # what "not here yet" adds to it, once
REMINDERS = (ARRIVAL - timedelta(days=20), timedelta(days=3))  # how long before that the two are sent
BETWEEN_REMINDERS = timedelta(days=7)
AFTER_REMINDERS = timedelta(days=3)  # what the last one leaves to answer it
UNCONFIRMED = timedelta(days=30)  # begun and not finished: both are reminded
STALLED = timedelta(days=60)  # begun and not finished: moderators look at it

# After the end.
DISPUTABLE = timedelta(days=30)  # from completion
ANSWER = timedelta(days=5)  # what the other side has before a moderator may decide without it
ADDRESS_KEPT = timedelta(days=30)  # from completion
