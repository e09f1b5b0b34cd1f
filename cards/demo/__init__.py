"""Some 300 printings with made-up prices, so that a clean checkout has cards to trade."""

from cards.demo.catalogue import load_demo_catalogue

__all__ = ["load_demo_catalogue"]
