"""A believable market for a clean checkout: the same seed gives the same market."""

from config.demo.market import is_seeded, seed_market
from config.demo.people import PASSWORD

__all__ = ["PASSWORD", "is_seeded", "seed_market"]
