"""An account goes: the words of its own calls are erased, the calls and their record stay."""

import pytest

from signals_bridge.models import Recommendation
from signals_bridge.services import erase_rationales, follow_signal
from tests.clients import Api
from tests.signals_bridge.factories import SignalFactory, SourceFactory

pytestmark = pytest.mark.django_db

WORDS = "My cousin's deck plays four."


def test_the_words_of_own_calls_go_and_imported_ones_stay(alice, bob, acme, opt) -> None:
    own = SourceFactory(publisher=acme.publisher, is_personal=True)
    mine = SignalFactory(source=own, card=opt, rationale=WORDS)
    imported = SignalFactory(source=acme, card=opt, rationale="Listings halved.")
    others = SignalFactory(source=SourceFactory(is_personal=True), rationale="Mine.")
    follow_signal(signal_id=mine.pk, by=bob)
    shown = Api(bob)
    assert shown.get(f"/signals/{mine.pk}/").json()["rationale"] == WORDS

    before = Recommendation.objects.values().get(pk=mine.pk)
    assert [erase_rationales(user=alice), erase_rationales(user=alice)] == [1, 0]
    assert Recommendation.objects.values().get(pk=mine.pk) == {**before, "rationale": ""}
    assert shown.get(f"/signals/{mine.pk}/").json()["rationale"] == ""
    for kept in (imported, others):
        assert Recommendation.objects.get(pk=kept.pk).rationale == kept.rationale
