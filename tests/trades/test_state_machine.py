"""Random traders do random things; a model in plain Python says what must come of each.

After every step: the binders are as the model says, no copy was made or lost, `reserved` is what
accepted trades promise, and the events are exactly those expected. Only when a trade completes by
itself the model does not foresee: it checks that it might, and follows. PostgreSQL's constraints
(domain.md §9, 1–7 and 13) are checked by every statement on the way.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from accounts.limits import Tier
from accounts.services import block_user, unblock_user
from cards.models import Card, Holding
from cards.services.binder import change_holding
from core.clock import clock_moved, database_now
from tests.conftest import is_full
from tests.factories import CardFactory, HoldingFactory, UserFactory, set_price
from trades.errors import TradeError
from trades.models import TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    answer_dispute,
    cancel_trade,
    complete_arrived,
    concede_dispute,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
    expire_overdue,
    lapse_idle,
    mark_sent,
    open_dispute,
    refuse_cancellation,
    remind_of_arrival,
    resolve_dispute,
    send_draft,
    view_proposal,
    withdraw_dispute,
)
from trades.terms import Line, Terms

PEOPLE = ["alice", "bob", "charlie"]
CARDS = 3
OPEN = {"pending", "viewed"}
Key = tuple[str, int]  # a row of a binder: whose, and which card


@dataclass
class Row:
    quantity: int
    for_trade: int
    reserved: int = 0

    @property
    def free(self) -> int:
        return self.for_trade - self.reserved


@dataclass
class Quarrel:
    """The dispute of a deal."""

    opener: str
    reason: str
    opened_at: datetime
    answered: bool = False
    ended: bool = False


@dataclass
class Deal:
    """One proposal as the model sees it."""

    proposer: str
    recipient: str
    offers: dict[int, int]  # copies by card
    wants: dict[int, int]
    method: str
    status: str
    days: int
    counters: int = 0
    expires_at: datetime | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    shipped: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    asked: str | None = None
    cancelled_by: str | None = None
    counted: str | None = None
    agreed: bool = False
    sent: bool = False
    quarrel: Quarrel | None = None
    still: timedelta = timedelta()  # how long a dispute has stopped the clocks
    begun_at: datetime | None = None
    events: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def parties(self) -> set[str]:
        return {self.proposer, self.recipient}

    def other(self, who: str) -> str:
        return self.recipient if who == self.proposer else self.proposer

    @property
    def disputed(self) -> bool:
        return self.quarrel is not None and not self.quarrel.ended

    def given_by(self, who: str) -> dict[int, int]:
        return self.offers if who == self.proposer else self.wants

    def lines(self) -> list[tuple[Key, int]]:
        return [((self.proposer, card), n) for card, n in self.offers.items()] + [
            ((self.recipient, card), n) for card, n in self.wants.items()
        ]


class Market(RuleBasedStateMachine):
    deals = Bundle("deals")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.rows: dict[Key, Row] = {}
        self.model: dict[int, Deal] = {}
        self.blocks: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(
        counts=st.lists(
            st.tuples(st.integers(0, 4), st.integers(0, 4)),
            min_size=len(PEOPLE) * CARDS,
            max_size=len(PEOPLE) * CARDS,
        )
    )
    def open_market(self, counts: list[tuple[int, int]]) -> None:
        # A high tier and cents for prices: limits have tests of their own.
        self.users = {name: UserFactory(username=name, trust_tier=Tier.DIAMOND) for name in PEOPLE}
        self.moderator = UserFactory(username="mod", is_superuser=True)
        self.cards: list[Card] = [CardFactory.create() for _ in range(CARDS)]
        for printing in self.cards:
            set_price(printing, "nonfoil", "0.05")
        self.ids: dict[Key, int] = {}
        keys = [(name, card) for name in PEOPLE for card in range(CARDS)]
        for (name, card), (kept, spare) in zip(keys, counts, strict=True):
            if kept + spare:
                row = HoldingFactory(
                    owner=self.users[name], card=self.cards[card], quantity=kept + spare, for_trade=spare
                )
                self.ids[name, card] = row.pk
                self.rows[name, card] = Row(kept + spare, spare)
        self.copies = [
            sum(r.quantity for (_, c), r in self.rows.items() if c == card) for card in range(CARDS)
        ]

    # --- what people do ---------------------------------------------------------------------

    lines = st.dictionaries(st.integers(0, CARDS - 1), st.integers(1, 3), max_size=2)

    @rule(
        target=deals,
        pair=st.permutations(PEOPLE).map(lambda p: p[:2]),
        offers=lines,
        wants=lines,
        method=st.sampled_from(["mail", "in_person"]),
        days=st.sampled_from([1, 7, 14]),
        draft=st.booleans(),
    )
    def propose(self, pair, offers, wants, method, days, draft):
        proposer, recipient = pair
        deal = Deal(proposer, recipient, offers, wants, method, "draft", days)
        expected = (
            self.wrong_table(deal)
            or (self.hidden(proposer, recipient) and "unknown_recipient")
            or (self.cooling_off(proposer) and "cooling_off")
            or self.wrong_lines(deal)
            or (not draft and (self.too_many_offers(deal) or self.missing(deal)))
        )
        done = self.attempt(
            expected,
            lambda: create_proposal(
                by=self.users[proposer], recipient=recipient, terms=self.terms(deal), draft=draft
            ),
        )
        if done is None:
            return multiple()
        self.model[done.pk] = deal
        if not draft:
            self.now_sent(deal)
        return done.pk

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def send(self, pk, who):
        deal = self.model[pk]
        expected = (
            self.not_a_party(deal, who)
            or (who != deal.proposer and "not_yours")
            or (deal.status != "draft" and "wrong_status")
            or (self.cooling_off(who) and "cooling_off")
            or (self.hidden(who, deal.recipient) and "unknown_recipient")
            or self.too_many_offers(deal)
            or self.wrong_lines(deal)
            or self.missing(deal)
        )
        if self.attempt(expected, lambda: send_draft(proposal_id=pk, by=self.users[who])):
            self.now_sent(deal)

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def view(self, pk, who):
        deal = self.model[pk]
        if self.attempt(
            self.not_a_party(deal, who), lambda: view_proposal(proposal_id=pk, by=self.users[who])
        ) and (deal.status == "pending" and who == deal.recipient):
            deal.status = "viewed"
            deal.events.append(("viewed", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def accept(self, pk, who):
        deal = self.model[pk]
        expected = (
            self.cannot_answer(deal, who) or (self.cooling_off(who) and "cooling_off") or self.missing(deal)
        )
        if self.attempt(expected, lambda: accept_proposal(proposal_id=pk, by=self.users[who])):
            deal.status, deal.accepted_at = "accepted", self.now
            deal.events.append(("accepted", who))
            for key, copies in deal.lines():
                self.rows[key].reserved += copies

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def decline(self, pk, who):
        deal = self.model[pk]
        expected = self.cannot_answer(deal, who)
        if self.attempt(expected, lambda: decline_proposal(proposal_id=pk, by=self.users[who])):
            self.close(deal, "declined", ("declined", who))

    @rule(target=deals, pk=deals, who=st.sampled_from(PEOPLE), offers=lines, wants=lines)
    def counter(self, pk, who, offers, wants):
        deal = self.model[pk]
        child = Deal(who, deal.other(who), offers, wants, "mail", "draft", 7, counters=deal.counters + 1)
        expected = (
            self.wrong_table(child)
            or self.not_a_party(deal, who)
            or (who == deal.proposer and "own_proposal")
            or self.cannot_answer(deal, who)
            or (deal.counters >= 20 and "chain_too_long")
            or (self.cooling_off(who) and "cooling_off")
            or self.wrong_lines(child)
            or self.missing(child)
        )
        done = self.attempt(
            expected,
            lambda: counter_proposal(proposal_id=pk, by=self.users[who], terms=self.terms(child)),
        )
        if done is None:
            return multiple()
        self.close(deal, "countered", ("countered", who))
        self.model[done.pk] = child
        self.now_sent(child)
        return done.pk

    @rule(pk=deals, who=st.sampled_from(PEOPLE), ask=st.booleans(), reason=st.sampled_from(["", "Sold it."]))
    def cancel(self, pk, who, ask, reason):
        deal = self.model[pk]
        accepted = deal.status == "accepted"
        agreed = deal.asked == deal.other(who) if who in deal.parties else False
        asks = accepted and not agreed and (ask or bool(deal.shipped | deal.confirmed))
        expected = (
            self.not_a_party(deal, who)
            or (deal.status not in {"draft", "accepted", *OPEN} and "wrong_status")
            or (not accepted and who != deal.proposer and "not_yours")
            or (accepted and not reason and "reason_required")
            or (accepted and deal.disputed and "disputed")
            or (asks and deal.asked == who and "already_requested")
        )
        done = self.attempt(
            expected, lambda: cancel_trade(proposal_id=pk, by=self.users[who], reason=reason, ask=ask)
        )
        if done is None:
            return
        if asks:
            deal.asked = who
            deal.events.append(("cancel_requested", who))
            return
        if accepted:
            deal.counted = None if agreed else self.counts_against(deal, who)
            self.free(deal)
        deal.agreed = agreed
        deal.cancelled_by = who
        self.close(deal, "cancelled", ("cancelled", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def refuse_to_cancel(self, pk, who):
        deal = self.model[pk]
        expected = self.not_a_party(deal, who) or (
            (deal.status != "accepted" or deal.asked != deal.other(who)) and "nothing_to_refuse"
        )
        if self.attempt(expected, lambda: refuse_cancellation(proposal_id=pk, by=self.users[who])):
            deal.asked = None
            deal.events.append(("cancel_refused", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def confirm(self, pk, who):
        deal = self.model[pk]
        expected = (
            self.not_a_party(deal, who)
            or (who in deal.confirmed and "already_confirmed")
            or (deal.status != "accepted" and "wrong_status")
            or (deal.disputed and "disputed")
        )
        if not self.attempt(expected, lambda: confirm_receipt(proposal_id=pk, by=self.users[who])):
            return
        deal.confirmed.add(who)
        deal.begun_at = deal.begun_at or self.now
        deal.events.append(("confirmed", who))
        if len(deal.confirmed) == 2:
            self.hand_over(deal)
            self.close(deal, "completed", ("completed", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def ship(self, pk, who):
        deal = self.model[pk]
        expected = (
            self.not_a_party(deal, who)
            or (deal.status != "accepted" and "wrong_status")
            or (deal.method == "in_person" and "in_person")
            or (not deal.given_by(who) and "nothing_to_send")
            or (deal.other(who) in deal.confirmed and "already_received")
        )
        if self.attempt(expected, lambda: mark_sent(proposal_id=pk, by=self.users[who])):
            if who not in deal.shipped:
                deal.events.append(("shipped", who))
            deal.shipped.add(who)
            deal.begun_at = deal.begun_at or self.now

    @rule(pk=deals, who=st.sampled_from(PEOPLE), reason=st.sampled_from(["not_received", "damaged"]))
    def dispute(self, pk, who, reason):
        deal = self.model[pk]
        expected = (
            self.not_a_party(deal, who)
            or (deal.status not in {"accepted", "completed"} and "wrong_status")
            or (deal.quarrel is not None and "already_disputed")
            or (deal.status == "completed" and self.long_closed(deal) and "too_late")
        )
        if self.attempt(
            expected,
            lambda: open_dispute(proposal_id=pk, by=self.users[who], reason=reason, text="Look at this."),
        ):
            deal.quarrel = Quarrel(who, reason, self.now)
            deal.events.append(("disputed", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def answer(self, pk, who):
        deal = self.model[pk]
        expected = self.not_in_a_quarrel(deal, who, "other") or (deal.quarrel.answered and "wrong_status")
        if self.attempt(
            expected, lambda: answer_dispute(proposal_id=pk, by=self.users[who], text="I packed it well.")
        ):
            deal.quarrel.answered = True
            deal.events.append(("dispute_answered", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def withdraw(self, pk, who):
        deal = self.model[pk]
        expected = self.not_in_a_quarrel(deal, who, "opener")
        if self.attempt(expected, lambda: withdraw_dispute(proposal_id=pk, by=self.users[who])):
            deal.quarrel.ended = True
            deal.still += self.now - deal.quarrel.opened_at
            deal.events.append(("dispute_withdrawn", who))

    @rule(pk=deals, who=st.sampled_from(PEOPLE))
    def concede(self, pk, who):
        deal = self.model[pk]
        expected = self.not_in_a_quarrel(deal, who, "other")
        if not self.attempt(expected, lambda: concede_dispute(proposal_id=pk, by=self.users[who])):
            return
        opener = deal.quarrel.opener
        arrived = {
            opener: opener in deal.shipped or who in deal.confirmed,
            who: deal.quarrel.reason != "not_received",
        }
        self.end_quarrel(deal, ("dispute_conceded", who), arrived, completes=True)

    @rule(
        pk=deals,
        outcome=st.sampled_from(["for_opener", "for_other", "mutual_cancel", "inconclusive"]),
        arrived=st.tuples(st.booleans(), st.booleans()),
    )
    def resolve(self, pk, outcome, arrived):
        deal = self.model[pk]
        quarrel = deal.quarrel
        now = database_now()
        expected = (
            (quarrel is None and "not_found")
            or (quarrel.ended and "wrong_status")
            or (not quarrel.answered and now < quarrel.opened_at + timedelta(days=5) and "too_early")
        )
        done = self.attempt(
            expected,
            lambda: resolve_dispute(
                proposal_id=pk,
                by=self.moderator,
                outcome=outcome,
                proposer_cards_arrived=arrived[0],
                recipient_cards_arrived=arrived[1],
                decision="As the photos show.",
            ),
        )
        if done:
            came = {deal.proposer: arrived[0], deal.recipient: arrived[1]}
            completes = outcome in ("for_opener", "for_other")
            self.end_quarrel(deal, ("dispute_resolved", None), came, completes=completes)

    # Steps that belong together: what comes after them would be reached too seldom by chance.

    @rule(
        target=deals,
        pair=st.permutations(PEOPLE).map(lambda p: p[:2]),
        offers=lines,
        wants=lines,
        method=st.sampled_from(["mail", "in_person"]),
    )
    def strike(self, pair, offers, wants, method):
        pk = self.propose(pair, offers, wants, method, 7, draft=False)
        if isinstance(pk, int):
            self.accept(pk, pair[1])
        return pk

    @rule(
        pk=deals,
        by_proposer=st.booleans(),
        reason=st.sampled_from(["not_received", "damaged"]),
        ending=st.sampled_from(["withdraw", "concede", "resolve"]),
        outcome=st.sampled_from(["for_opener", "for_other", "mutual_cancel", "inconclusive"]),
        arrived=st.tuples(st.booleans(), st.booleans()),
    )
    def fall_out(self, pk, by_proposer, reason, ending, outcome, arrived):
        deal = self.model[pk]
        opener = deal.proposer if by_proposer else deal.recipient
        self.dispute(pk, opener, reason)
        if ending == "withdraw":
            self.withdraw(pk, opener)
        elif ending == "concede":
            self.concede(pk, deal.other(opener))
        else:
            self.answer(pk, deal.other(opener))
            self.resolve(pk, outcome, arrived)

    @rule(pk=deals, by_proposer=st.booleans())
    def keep_silent(self, pk, by_proposer):
        """One side sends and confirms; the other is reminded twice and says nothing."""
        deal = self.model[pk]
        who = deal.proposer if by_proposer else deal.recipient
        self.ship(pk, who)
        self.confirm(pk, who)
        for days in (21, 8, 4):
            self.wait(24 * days)
            self.beat_reminders()
        self.beat_completions()

    @rule(
        key=st.tuples(st.sampled_from(PEOPLE), st.integers(0, CARDS - 1)),
        quantity=st.integers(1, 6),
        for_trade=st.integers(0, 6),
    )
    def change_row(self, key, quantity, for_trade):
        """Cards come into a binder and leave it by its owner's hand; what is promised stays."""
        row = self.rows.get(key)
        if row is None or not row.quantity or not row.reserved <= for_trade <= quantity:
            return
        changes = {"quantity": quantity, "for_trade": for_trade}
        change_holding(by=self.users[key[0]], holding_id=self.ids[key], changes=changes)
        self.copies[key[1]] += quantity - row.quantity
        row.quantity, row.for_trade = quantity, for_trade

    @rule(pair=st.permutations(PEOPLE).map(lambda p: tuple(p[:2])))
    def block_or_unblock(self, pair):
        if pair in self.blocks:
            unblock_user(username=pair[1], by=self.users[pair[0]])
            self.blocks.discard(pair)
        elif not self.hidden(*pair):
            block_user(username=pair[1], by=self.users[pair[0]])
            self.blocks.add(pair)
            for deal in self.model.values():
                if deal.parties == set(pair) and deal.status in OPEN:
                    self.close(deal, "cancelled", ("cancelled", None))

    @rule(hours=st.sampled_from([3, 30, 24 * 8, 24 * 31]))
    def wait(self, hours):
        self.stack.enter_context(clock_moved(timedelta(hours=hours)))

    @rule()
    def beat(self):
        due = [d for d in self.model.values() if self.overdue(d)]
        assert expire_overdue() == len(due)
        for deal in due:
            self.close(deal, "expired", ("expired", None))

    @rule()
    def beat_lapses(self):
        now = database_now()
        idle = [
            d
            for d in self.model.values()
            if d.status == "accepted"
            and not d.disputed
            and not d.shipped | d.confirmed
            and d.accepted_at
            and d.accepted_at <= now - timedelta(days=21) - d.still
        ]
        assert lapse_idle() == len(idle)
        for deal in idle:
            self.free(deal)
            deal.counted = deal.proposer if deal.method == "mail" else None
            self.close(deal, "cancelled", ("lapsed", None))

    @rule()
    def beat_reminders(self):
        remind_of_arrival()

    @rule()
    def beat_completions(self):
        """One has what was promised and the other keeps silent for a month: then it completes by itself."""
        complete_arrived()
        completed = set(TradeProposal.objects.filter(status="completed").values_list("pk", flat=True))
        for pk in completed:
            deal = self.model[pk]
            if deal.status != "completed":
                self.check_completion(deal)
                self.hand_over(deal)
                self.close(deal, "completed", ("completed", None))

    def check_completion(self, deal: Deal) -> None:
        assert (deal.status, deal.method, deal.disputed) == ("accepted", "mail", False)
        [confirmed] = deal.confirmed
        assert confirmed in deal.shipped or not deal.given_by(confirmed)
        assert deal.begun_at is not None
        assert deal.begun_at + deal.still <= database_now() - timedelta(days=30)

    # --- what must hold after every step ----------------------------------------------------

    @invariant()
    def binders_are_as_the_model_says(self):
        found = {
            (h.owner.username, self.cards.index(h.card)): (h.quantity, h.for_trade, h.reserved)
            for h in Holding.objects.select_related("owner", "card")
        }
        assert found == {k: (r.quantity, r.for_trade, r.reserved) for k, r in self.rows.items()}

    @invariant()
    def no_copy_is_made_or_lost(self):
        for number, card in enumerate(self.cards):
            copies = sum(Holding.objects.filter(card=card).values_list("quantity", flat=True))
            assert copies == self.copies[number]

    @invariant()
    def reserved_is_what_accepted_trades_promise(self):
        promised: dict[Key, int] = {}
        for deal in self.model.values():
            for key, copies in deal.lines() if deal.status == "accepted" else []:
                promised[key] = promised.get(key, 0) + copies
        assert promised == {key: row.reserved for key, row in self.rows.items() if row.reserved}

    @invariant()
    def statuses_and_events_are_exact(self):
        found = dict(TradeProposal.objects.values_list("pk", "status"))
        assert found == {pk: deal.status for pk, deal in self.model.items()}
        events: dict[int, list[tuple[str, str | None]]] = {pk: [] for pk in self.model}
        for pk, kind, actor in TradeEvent.objects.order_by("pk").values_list(
            "proposal", "kind", "actor__username"
        ):
            events[pk].append((kind, actor))
        assert events == {pk: deal.events for pk, deal in self.model.items()}

    # --- the model's own rules --------------------------------------------------------------

    def attempt(self, expected, action):
        """Do it; a refusal must carry the expected code, and leave nothing behind."""
        self.now = database_now()
        try:
            with transaction.atomic():
                done = action()
        except TradeError as refusal:
            came_of_it: str | None = refusal.code
            done = None
        else:
            came_of_it = None
        assert came_of_it == (expected or None)
        return done

    def terms(self, deal: Deal) -> Terms:
        return Terms(
            offers=tuple(Line(self.ids.get((deal.proposer, c), 0), n) for c, n in deal.offers.items()),
            wants=tuple(Line(self.ids.get((deal.recipient, c), 0), n) for c, n in deal.wants.items()),
            life_days=deal.days,
            completion_method=deal.method,
        )

    def wrong_table(self, deal: Deal):
        if not deal.offers and not deal.wants:
            return "nothing_on_the_table"
        unknown = [key for key, _ in deal.lines() if key not in self.ids]
        return "duplicate_holding" if len(unknown) > 1 else None  # both are sent as row 0

    def wrong_lines(self, deal: Deal):
        for key, copies in deal.lines():
            row = self.rows.get(key)
            if row is None or not row.for_trade:
                return "unknown_holding"
            if copies > row.for_trade:
                return "more_than_for_trade"
        return None

    def missing(self, deal: Deal):
        short = any(key not in self.rows or self.rows[key].free < copies for key, copies in deal.lines())
        return "missing_copies" if short else None

    def too_many_offers(self, deal: Deal):
        mine = [
            d
            for d in self.model.values()
            if d.status in OPEN and not d.counters and d.proposer == deal.proposer
        ]
        return "limit_reached" if sum(d.recipient == deal.recipient for d in mine) >= 5 else None

    def not_a_party(self, deal: Deal, who: str):
        sees = who in deal.parties and (deal.sent or who == deal.proposer)
        return None if sees else "not_found"

    def cannot_answer(self, deal: Deal, who: str):
        return (
            self.not_a_party(deal, who)
            or (who == deal.proposer and "not_yours")
            or (deal.status not in OPEN and "wrong_status")
            or (self.overdue(deal, at=True) and "expired")
        )

    def overdue(self, deal: Deal, at: bool = False) -> bool:
        now = self.now if at else database_now()
        return deal.status in OPEN and deal.expires_at is not None and deal.expires_at <= now

    def hidden(self, one: str, other: str) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def counts_against(self, deal: Deal, who: str):
        if deal.method == "in_person":
            return None
        age = self.now - deal.accepted_at - deal.still
        used = any(
            d.status == "cancelled"
            and d.cancelled_by == who
            and d.accepted_at
            and not d.asked
            and d.counted is None
            and d.method != "in_person"
            and d.closed_at > self.now - timedelta(days=90)
            for d in self.model.values()
        )
        if age <= timedelta(hours=24) and not used:
            return None
        return deal.proposer if age >= timedelta(days=7) else who  # equal tiers: the proposer sends first

    def cooling_off(self, who: str) -> bool:
        now = database_now()
        times = sorted(d.closed_at for d in self.model.values() if d.counted == who)
        return any(
            third - first <= timedelta(days=90) and third + timedelta(days=14) > now
            for first, third in zip(times, times[2:], strict=False)
        )

    def now_sent(self, deal: Deal) -> None:
        deal.status, deal.sent = "pending", True
        deal.expires_at = self.now + timedelta(days=deal.days)
        deal.events.append(("sent", deal.proposer))

    def close(self, deal: Deal, status: str, event: tuple[str, str | None]) -> None:
        deal.status, deal.closed_at = status, database_now()
        deal.events.append(event)

    def free(self, deal: Deal) -> None:
        for key, copies in deal.lines():
            self.rows[key].reserved -= copies

    def not_in_a_quarrel(self, deal: Deal, who: str, side: str):
        """Why `who` may not do what the opener, or the other side, of an unresolved dispute may."""
        if self.not_a_party(deal, who) or deal.quarrel is None:
            return "not_found"
        is_opener = who == deal.quarrel.opener
        if is_opener != (side == "opener"):
            return "not_yours"
        return "wrong_status" if deal.quarrel.ended else None

    def long_closed(self, deal: Deal) -> bool:
        return deal.closed_at is not None and database_now() > deal.closed_at + timedelta(days=30)

    def end_quarrel(self, deal: Deal, event, arrived: dict[str, bool], *, completes: bool) -> None:
        deal.quarrel.ended = True
        deal.events.append(event)
        if deal.status == "completed":
            deal.still += self.now - deal.quarrel.opened_at
            return
        lines = deal.lines()
        for key, copies in lines:
            if not arrived[key[0]]:
                self.rows[key].reserved -= copies
        self.move(deal, [line for line in lines if arrived[line[0][0]]])
        if completes:
            self.close(deal, "completed", ("completed", None))
        else:
            self.close(deal, "cancelled", ("cancelled", None))

    def hand_over(self, deal: Deal) -> None:
        self.move(deal, deal.lines())

    def move(self, deal: Deal, lines: list[tuple[Key, int]]) -> None:
        deal.still = timedelta()
        for (giver, card), copies in lines:
            row = self.rows[giver, card]
            row.quantity -= copies
            row.for_trade -= copies
            row.reserved -= copies
        for (giver, card), copies in lines:
            to = deal.other(giver), card
            row = self.rows.setdefault(to, Row(0, 0))
            row.quantity += copies
            if to not in self.ids:
                self.ids[to] = Holding.objects.get(owner=self.users[to[0]], card=self.cards[card]).pk


@pytest.mark.django_db
@pytest.mark.parametrize("half", [1, 2])  # one for each core
def test_random_traders(pytestconfig, half):
    full = is_full(pytestconfig)
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=150 if full else 12,
            stateful_step_count=50 if full else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
