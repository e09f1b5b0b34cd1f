"""Does this copy fulfil that want? One rule, in Python here and as SQL in `cards.matching`."""

from cards.models import Condition, Holding, Want

# Collectors' sets that no game allows: "any printing" leaves them out unless asked for.
GOLD_BORDERED_SETS = frozenset(
    ["ced", "cei", "ptc", "wc97", "wc98", "wc99", "wc00", "wc01", "wc02", "wc03", "wc04"]
)

# 0 is best; "at least LP" is a rank of at most that of LP.
CONDITION_RANK: dict[str, int] = {condition: rank for rank, condition in enumerate(Condition)}


def fulfils(holding: Holding, want: Want) -> bool:
    """Whether a copy of `holding` is what `want` asks for, its price aside; reads `holding.card`."""
    return (
        _is_printing(holding, want)
        and CONDITION_RANK[holding.condition] <= CONDITION_RANK[want.least_condition]
        and want.finish in ("", holding.finish)
        and want.language in ("", holding.language)
    )


def _is_printing(holding: Holding, want: Want) -> bool:
    if want.card_id is not None:
        return want.card_id == holding.card_id
    playable = want.accepts_gold_bordered or holding.card.set_code not in GOLD_BORDERED_SETS
    return want.oracle_id == holding.card.oracle_id and playable
