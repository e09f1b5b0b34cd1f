"""What a process does that wants the embedded servers: join them, starting their owner if need be."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from config.embedded.locks import ALONE, SHARED, FileLock, is_held

CHECKOUT = Path(__file__).resolve().parents[2]
HOME = CHECKOUT / ".local"
READY = "ready"
PATIENCE = 60.0  # seconds for the servers to start, cluster and all


class Servers(NamedTuple):
    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def servers_from_environment() -> Servers | None:
    """The servers someone else runs for us; None unless both URLs are set."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    return Servers(database_url, redis_url) if database_url and redis_url else None


def attach() -> None:
    """Set `DATABASE_URL` and `REDIS_URL`, where unset, to the embedded servers of this checkout.

    They run at least until this process ends. Exits with one line if they do not start.
    """
    if servers_from_environment():
        return
    try:
        servers, _guest = join(HOME)  # the lock is ours until the end of the process
    except (OSError, RuntimeError) as trouble:
        sys.exit(f"embedded servers: {trouble}")
    for name, url in servers.environment().items():
        os.environ[name] = os.environ.get(name) or url


@contextmanager
def throwaway_servers() -> Iterator[Servers]:
    """Servers for tests: empty, fast because they promise nothing to the disk, and gone afterwards.

    Processes that share them (pytest-xdist's workers) are given the URLs; one process enters this.
    Where both URLs are set in the environment, those.
    """
    if given := servers_from_environment():
        yield given
        return
    HOME.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="tests-", dir=HOME))
    home.chmod(0o755)  # root's PostgreSQL runs as nobody
    try:
        servers, guest = join(home, durable=False)
        try:
            yield servers
        finally:
            leave(home, guest)
    finally:
        shutil.rmtree(home, ignore_errors=True)  # if its owner was killed; else it is gone


def join(home: Path, *, durable: bool = True) -> tuple[Servers, FileLock]:
    """The servers of `home`, and the lock that keeps them running until it is closed.

    Raises RuntimeError with the owner's last words if they do not start.
    """
    home.mkdir(exist_ok=True)
    guest = FileLock(home / "guests.lock")
    guest.wait(SHARED)  # while the servers are stopping
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not is_held(home / "owner.lock"):
            _start_owner(home, durable=durable)
        elif servers := _published(home):
            return servers, guest
        else:
            time.sleep(0.05)  # another guest is starting them
    raise RuntimeError(f"no answer in {PATIENCE:g} s; see {home / 'log'}")


def leave(home: Path, guest: FileLock, *, within: float = 10.0) -> bool:
    """Give the lock back. True once the servers have stopped, False if other guests keep them."""
    owner = FileLock(home / "owner.lock")
    last = guest.take(ALONE)
    guest.close()
    deadline = time.monotonic() + within
    while last and not owner.take(SHARED) and time.monotonic() < deadline:
        time.sleep(0.02)
    owner.close()
    return last


def _published(home: Path) -> Servers | None:
    """What the owner wrote when both servers answered."""
    try:
        return Servers(**json.loads((home / "servers.json").read_text()))
    except FileNotFoundError:
        return None


def _start_owner(home: Path, *, durable: bool) -> None:
    """Returns when the servers answer, or when somebody else was faster."""
    owner = [sys.executable, "-m", "config.embedded.owner", str(home)]
    done = subprocess.run(
        # the shell puts it into the background and ends; run() waits until it closes its output
        ["sh", "-c", '"$@" &', "sh", *owner, *([] if durable else ["--throwaway"])],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if READY not in done.stdout and done.stderr:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
