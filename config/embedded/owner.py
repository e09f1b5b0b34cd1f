"""The owner of a home: runs its PostgreSQL and Valkey until the last guest has left.

    python -m config.embedded.owner HOME [--throwaway]

returns when both answer (0; also if another owner was faster) or could not be started (1, and
why on stderr). The owner itself goes on in the background, in a session of its own.
"""

import json
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from config.embedded import postgres, valkey
from config.embedded.children import Family, StopSignal
from config.embedded.guests import PATIENCE, Servers
from config.embedded.locks import ALONE, FileLock

PULSE = 0.2  # seconds between two looks at the servers and the guests
STOP_WITHIN = 3.0  # seconds; a killed `bin/run` leaves nothing after five


def main() -> None:
    home, durable = Path(sys.argv[1]), "--throwaway" not in sys.argv
    owner = FileLock(home / "owner.lock")
    if not owner.take(ALONE):
        return
    (home / "servers.json").unlink(missing_ok=True)  # of an owner that was killed
    launcher = _Launcher(home / "log")
    try:
        _serve(home, launcher, durable=durable)
    except (OSError, RuntimeError) as trouble:
        _say(str(trouble))
        launcher.hear(str(trouble))
    finally:
        (home / "servers.json").unlink(missing_ok=True)
        if not durable:
            shutil.rmtree(home, ignore_errors=True)


def _serve(home: Path, launcher: "_Launcher", *, durable: bool) -> None:
    stop = StopSignal()
    endpoint = valkey.endpoint(home)
    with (
        postgres.cluster(home, durable=durable) as cluster,
        Family(home / "log", _say, grace=STOP_WITHIN) as family,
    ):
        family.start(cluster.program(durable=durable))
        family.start(valkey.program(home, endpoint, durable=durable))
        deadline = time.monotonic() + PATIENCE
        while not (cluster.answers() and endpoint.answers()):
            if stop or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL or Valkey does not answer; see {home / 'log'}")
            family.tend()
            time.sleep(0.02)
        _publish(home, Servers(cluster.url, endpoint.url))
        launcher.hear(READY)
        guests = FileLock(home / "guests.lock")
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


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {line}", flush=True)


READY = "ready"


class _Launcher:
    """The process that started this one and waits to hear how that went.

    Making it forks: only the background half returns, its output goes to a log from there on.
    """

    def __init__(self, logs: Path) -> None:
        reader, self._writer = os.pipe()
        if os.fork():
            os.close(self._writer)
            with open(reader) as word:
                heard = word.read()
            sys.exit(None if heard == READY else heard or "the owner was killed")
        os.close(reader)
        os.setsid()
        logs.mkdir(exist_ok=True)
        log = os.open(logs / "servers.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(log, sys.stdout.fileno())
        os.dup2(log, sys.stderr.fileno())
        os.close(log)

    def hear(self, word: str) -> None:
        """Only the first word counts."""
        if self._writer:
            os.write(self._writer, word.encode())
            os.close(self._writer)
            self._writer = 0


if __name__ == "__main__":
    main()
