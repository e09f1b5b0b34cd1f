"""Measured speed: each bench beside its floor, the barest code that does the same (see docs)."""
