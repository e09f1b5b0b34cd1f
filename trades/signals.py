"""What the rooms above may listen to. Sent inside the transaction: a failing listener undoes it."""

from django.dispatch import Signal

trade_event_recorded = Signal()  # event: TradeEvent, proposal: TradeProposal
trade_events_recorded = Signal()  # kind: str, proposal_ids: list[int], one signal for a batch
