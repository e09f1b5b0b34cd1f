"""PostgreSQL and Valkey for a machine that has none.

    bin/run          runner: web, worker, beat ─┐
    manage.py shell                             ├─ guests: each holds a shared lock on guests.lock
    pytest (in a home of its own)               ┘
                                                   owner: holds owner.lock, runs PostgreSQL and Valkey

The first guest starts the owner, later ones find it; when the last guest has left, however it
ended, the kernel has dropped the last shared lock and the owner stops the servers and goes.
Where `DATABASE_URL` and `REDIS_URL` are both set, none of this happens.

Why it is ours, and its limits: docs/decisions/0003-embedded-servers.md.
"""

from config.embedded.guests import Servers, attach, throwaway_servers

__all__ = ["Servers", "attach", "throwaway_servers"]
