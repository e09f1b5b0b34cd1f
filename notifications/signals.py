"""What other rooms may listen to. Sent inside the transaction that told the users."""

from django.dispatch import Signal

notifications_created = Signal()  # ids: list[int]
