"""The score against the worked cases, and what must hold for any facts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.limits import Tier
from reputation.scoring import LADDER, Facts, next_rung, score, tier, wilson_low

CASES = json.loads((Path(__file__).parent / "score_vectors.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_worked_cases(case):
    known = dict(case["facts"])
    stored = known.pop("current_tier")
    facts = Facts(**{**known, "reviews": [tuple(review) for review in known["reviews"]]})
    parts = score(facts)
    found = {
        "trades": round(parts.trades, 4),
        "reviews": round(parts.reviews, 4),
        "signals": round(parts.signals, 4),
        "verification": parts.verification,
        "penalties": parts.penalties,
        "score": parts.score,
        "tier": tier(parts.score, len(facts.trades_per_partner), stored),
    }
    expected = dict(case["expect"])
    assert round(parts.multiplier, 5) == round(expected.pop("multiplier"), 5)
    assert found == expected


def test_there_are_thirteen_worked_cases():
    assert len(CASES) == 13


FACTS = st.builds(
    Facts,
    trades_per_partner=st.lists(st.integers(1, 60), max_size=60),
    reviews=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 5)), max_size=60),
    signals_followed=st.integers(0, 300),
    signals_profitable=st.just(0),
    email_verified=st.booleans(),
    second_factor=st.booleans(),
    cancelled_trades=st.integers(0, 10),
    disputes_lost=st.integers(0, 5),
    distinct_blockers_365d=st.integers(0, 40),
    days_since_last_trade=st.none() | st.integers(0, 5000),
).flatmap(
    lambda facts: st.integers(0, facts.signals_followed).map(
        lambda profitable: replace(facts, signals_profitable=profitable)
    )
)


@given(FACTS)
def test_parts_keep_to_their_bounds(facts):
    parts = score(facts)
    assert parts.score >= 0
    assert 0.5 <= parts.multiplier <= 1
    assert parts.reviews <= 500
    assert 0 <= parts.signals <= min(100, 0.2 * (parts.trades + max(parts.reviews, 0)) + 1e-9)


@given(FACTS)
def test_a_trade_with_somebody_new_never_costs(facts):
    more = replace(facts, trades_per_partner=[*facts.trades_per_partner, 1])
    assert score(more).score >= score(facts).score


@given(FACTS)
def test_one_more_trade_with_the_same_partner_never_costs(facts):
    if facts.trades_per_partner:
        first, *rest = facts.trades_per_partner
        assert score(replace(facts, trades_per_partner=[first + 1, *rest])).score >= score(facts).score


@given(FACTS)
def test_a_five_star_review_never_costs(facts):
    more = replace(facts, reviews=[*facts.reviews, ("somebody new", 5)])
    assert score(more).reviews >= score(facts).reviews - 1e-9


@given(FACTS, st.randoms())
def test_the_order_of_partners_changes_nothing(facts, random):
    shuffled = list(facts.trades_per_partner)
    random.shuffle(shuffled)
    assert score(replace(facts, trades_per_partner=shuffled)).score == score(facts).score


@given(FACTS, st.randoms())
def test_the_order_of_different_reviewers_changes_nothing(facts, random):
    """Only the order of one and the same reviewer's own does: the first weighs most."""
    of_each = {who: [review for review in facts.reviews if review[0] == who] for who, _stars in facts.reviews}
    turns = [who for who, _stars in facts.reviews]
    random.shuffle(turns)
    shuffled = [of_each[who].pop(0) for who in turns]
    assert score(replace(facts, reviews=shuffled)).score == score(facts).score


@given(FACTS, st.integers(0, 400))
def test_time_without_a_trade_never_helps(facts, days):
    if facts.days_since_last_trade is not None:
        later = replace(facts, days_since_last_trade=facts.days_since_last_trade + days)
        assert score(later).score <= score(facts).score


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_below_the_share(pair):
    successes, trials = pair
    assert wilson_low(successes, trials) + 1e-12 >= 0
    assert wilson_low(successes, trials) <= successes / trials + 1e-12


@given(st.integers(0, 2000), st.integers(0, 60), st.sampled_from(list(Tier)))
def test_a_tier_is_never_more_than_what_is_asked(points, partners, stored):
    reached = {rung.tier: rung for rung in LADDER}[tier(points, partners, stored)]
    assert partners >= reached.partners
    assert points >= reached.score * 0.9
    if Tier(reached.tier).rank > Tier(stored).rank:
        assert points >= reached.score


def test_the_ladder_has_the_tiers_of_accounts():
    assert [rung.tier for rung in LADDER] == list(Tier)
    assert next_rung("new").tier == "bronze"
    assert next_rung("diamond") is None
