"""A random market of facts, written straight into the tables: thousands of trades in a second."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection

from accounts.limits import Tier
from accounts.models import Block, User
from core.clock import database_now
from reputation.models import CompletedTrade, SignalOutcome, TradeReview
from trades.models import Dispute, Status, TradeProposal

FACTS = (
    *(User, Block, EmailAddress, Authenticator, TradeProposal, Dispute),
    *(CompletedTrade, TradeReview, SignalOutcome),
)


def random_market(people: int, trades: int, seed: int = 7) -> list[User]:
    random = Random(seed)
    now = database_now()

    def past(days: int = 700):
        return now - timedelta(days=random.uniform(0, days))

    users = User.objects.bulk_create(
        User(
            username=f"u{n}",
            email=f"u{n}@example.com",
            date_joined=past(900),
            trust_tier=random.choice(list(Tier)),
        )
        for n in range(people)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=u, email=u.email, verified=random.random() < 0.8) for u in users
    )
    Authenticator.objects.bulk_create(
        Authenticator(user=u, type=random.choice(["totp", "recovery_codes"]), data={})
        for u in random.sample(users, people // 4)
    )
    # A few friends trade with each other again and again.
    pairs = [
        random.sample(users[: max(4, people // 10)] if random.random() < 0.4 else users, 2)
        for _ in range(trades)
    ]
    proposals = TradeProposal.objects.bulk_create(_proposal(a, b, random, past(), past) for a, b in pairs)
    completed = [p for p in proposals if p.status == Status.COMPLETED]
    disputes = Dispute.objects.bulk_create(
        _dispute(p, random) for p in random.sample(completed, len(completed) // 8)
    )
    lost = {d.proposal_id: d.lost_by_id for d in disputes}
    facts = CompletedTrade.objects.bulk_create(_completed(p, lost.get(p.pk), random) for p in completed)
    TradeReview.objects.bulk_create(
        _review(trade, reviewer, random)
        for trade in facts
        for reviewer in trade.party_ids
        if random.random() < 0.8
    )
    Block.objects.bulk_create(
        [Block(blocker=a, blocked=b) for a, b in {tuple(pair) for pair in pairs if random.random() < 0.2}]
    )
    for block in Block.objects.all():
        Block.objects.filter(pk=block.pk).update(created_at=past(500))
    SignalOutcome.objects.bulk_create(
        SignalOutcome(
            user=u, source="s", external_id=str(n), profitable=random.random() < 0.6, evaluated_at=now
        )
        for u in random.sample(users, people // 2)
        for n in range(random.randint(1, 15))
    )
    with connection.cursor() as cursor:
        # As autovacuum would: without it every plan expects empty tables. By name, as a plain ANALYZE
        # locks the catalogues that all databases share, and parallel workers would wait for each other.
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in FACTS)}")
    return users


def _proposal(a, b, random, at, past):
    status = random.choices([Status.COMPLETED, Status.CANCELLED, Status.ACCEPTED], [8, 1, 1])[0]
    return TradeProposal(
        proposer=a,
        recipient=b,
        status=status,
        created_at=at,
        sent_at=at,
        expires_at=at + timedelta(days=7),
        accepted_at=at,
        completed_at=at if status == Status.COMPLETED else None,
        closed_at=None if status == Status.ACCEPTED else at,
        cancel_counts_against=random.choice([a, b, None]) if status == Status.CANCELLED else None,
        proposer_offers_value=Decimal(random.choice([1, 2, 5, 40])),
        proposer_wants_value=Decimal(random.choice([1, 2, 7, 35])),
    )


def _dispute(proposal, random):
    opener = random.choice(proposal.party_ids)
    outcome = random.choice(["for_opener", "for_other", "inconclusive"])
    loser = {"for_opener": proposal.partner_id_of(opener), "for_other": opener}.get(outcome)
    return Dispute(
        proposal=proposal,
        opened_by_id=opener,
        status="resolved",
        reason="other",
        text="?",
        opened_at=proposal.completed_at,
        ended_at=proposal.completed_at,
        outcome=outcome,
        lost_by_id=loser,
        bad_faith=random.random() < 0.5,
    )


def _completed(proposal, lost_by, random):
    return CompletedTrade(
        proposal=proposal,
        user_a_id=proposal.proposer_id,
        user_b_id=proposal.recipient_id,
        user_a_gave=[],
        user_b_gave=[],
        user_a_gave_value=proposal.proposer_offers_value,
        user_b_gave_value=proposal.proposer_wants_value,
        cash_from_a=0,
        cash_from_b=0,
        total_trade_value=proposal.proposer_total + proposal.recipient_total,
        completion_method="mail",
        proposed_at=proposal.sent_at,
        completed_at=proposal.completed_at,
        user_a_confirmed=True,
        user_b_confirmed=True,
        is_counted=min(proposal.proposer_total, proposal.recipient_total) >= 2,
        lost_by_id=lost_by,
        reviews_close_at=proposal.completed_at + timedelta(days=14),
        reviews_revealed_at=proposal.completed_at if random.random() < 0.9 else None,
    )


def _review(trade, reviewer, random):
    def rating():
        return random.choice([None, 1, 3, 4, 5, 5])

    return TradeReview(
        trade=trade,
        reviewer_id=reviewer,
        reviewee_id=trade.partner_id_of(reviewer),
        overall_rating=random.choices([1, 2, 3, 4, 5], [1, 1, 2, 5, 12])[0],
        communication_rating=rating(),
        packaging_rating=rating(),
        accuracy_rating=rating(),
        speed_rating=rating(),
        seal="0" * 64,
        salt=b"0",
        is_hidden=random.random() < 0.05,
        created_at=trade.completed_at,
        updated_at=trade.completed_at,
    )
