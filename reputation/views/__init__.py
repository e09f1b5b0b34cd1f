"""Pages of reviews and scores."""
