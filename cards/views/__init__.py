"""Pages of cards, binders, want lists, matches and traders: parse, call the verb, redirect or show."""
