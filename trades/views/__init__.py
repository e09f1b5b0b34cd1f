"""Pages of trades: parse, call the verb, redirect or show."""
