"""Django's own backend for PostgreSQL, with a cheaper question whether a connection still stands."""
