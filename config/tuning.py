"""The interpreter of a process that serves."""

import gc
import sys

from django.urls import get_resolver


def tune() -> None:
    """Called last, when all that stays is loaded."""
    # A thread that comes back from the database waits this long for one that computes. The usual 5 ms
    # add up: a call comes back some ten times.
    sys.setswitchinterval(0.0005)
    get_resolver().url_patterns  # noqa: B018  (all views, which the first request would load)
    # What was loaded is never garbage: to look through it again and again stopped every thread.
    gc.collect()
    gc.freeze()
