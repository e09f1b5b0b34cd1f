"""Pages of market calls."""
