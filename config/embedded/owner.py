"""The owner of a home: runs its PostgreSQL and Valkey until the last guest has left.

    python -m config.embedded.owner HOME [--throwaway]

says "ready" once both answer and then closes its output; or says on stderr why they do not; or
says nothing if another owner was faster. Its later words are in HOME/log/servers.log.
"""

import json
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from config.embedded.children import Family, StopSignal
from config.embedded.guests import PATIENCE, READY, Servers
from config.embedded.locks import ALONE, FileLock
from config.embedded.postgres import postgres
from config.embedded.valkey import valkey

PULSE = 0.2  # seconds between two looks at the servers and the guests
STOP_WITHIN = 3.0  # seconds; a killed `bin/run` leaves nothing after five


def main() -> None:
    home, durable = Path(sys.argv[1]), "--throwaway" not in sys.argv
    owner = FileLock(home / "owner.lock")
    if not owner.take(ALONE):
        return
    (home / "servers.json").unlink(missing_ok=True)  # of an owner that was killed
    try:
        _serve(home, StopSignal(), durable=durable)
    except (OSError, RuntimeError) as trouble:
        sys.exit(str(trouble))
    finally:
        (home / "servers.json").unlink(missing_ok=True)
        if not durable:
            shutil.rmtree(home, ignore_errors=True)


def _serve(home: Path, stop: StopSignal, *, durable: bool) -> None:
    guests = FileLock(home / "guests.lock")
    with (
        postgres(home, durable=durable) as database,
        Family(home / "log", _say, grace=STOP_WITHIN) as family,
    ):
        store = valkey(home, durable=durable)
        family.start(database.program())
        family.start(store.program())
        deadline = time.monotonic() + PATIENCE
        while not (database.answers() and store.answers()):
            if stop or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL or Valkey does not answer; see {home / 'log'}")
            family.tend()
            time.sleep(0.02)
        _publish(home, Servers(database.url, store.url))
        while not (stop or guests.take(ALONE)):
            family.tend()
            time.sleep(PULSE)
        # from here to our end nobody can join: guests wait for the lock that we now hold
        (home / "servers.json").unlink()


def _publish(home: Path, servers: Servers) -> None:
    draft = home / "servers.draft"
    draft.touch(mode=0o600)  # it holds Valkey's password
    draft.write_text(json.dumps(servers._asdict()))
    draft.rename(home / "servers.json")  # whole or not at all
    print(READY, flush=True)
    log = os.open(home / "log" / "servers.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {line}", flush=True)


if __name__ == "__main__":
    main()
