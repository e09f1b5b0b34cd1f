"""The checkout's virtual environment, made and kept up to date by whichever command comes first.

Standard library only, and nothing in it that an older Python 3 cannot read: it has to say so.
"""

import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def python_with(requirements: str) -> str:
    """The path of a Python that has what `requirements`, a file beside the README, asks for.

    Exits with one line where that cannot be had.
    """
    _need_new_python()
    os.makedirs(os.path.join(ROOT, ".local"), exist_ok=True)
    with open(os.path.join(ROOT, ".local", "venv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # bin/run and bin/test may start together
        stamp, wanted = os.path.join(VENV, "stamp-" + requirements), _fingerprint()
        if _read(stamp) != wanted or not os.path.exists(PYTHON):
            _make()
            _install(requirements)
            with open(stamp, "w") as file:
                file.write(wanted)
    return PYTHON


def _need_new_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.13", "python3.12", "python3.11"):
        newer = shutil.which(name)
        if newer and _succeeds([newer, "-c", ""]):
            os.execv(newer, [newer, *sys.argv])
    sys.exit("Tradepost needs Python 3.11 or newer; this is " + sys.version.split()[0])


def _fingerprint() -> str:
    """Of everything an environment is made from: all requirements, and the Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(glob.glob(os.path.join(ROOT, "requirements*.txt"))):
        digest.update(_read(path).encode())
    return digest.hexdigest()


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _make() -> None:
    if _succeeds([PYTHON, "-m", "pip", "--version"]):
        return
    print("making .venv with Python " + sys.version.split()[0], flush=True)
    if not _succeeds([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv")


def _succeeds(command: "list[str]") -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _install(requirements: str) -> None:
    print("installing " + requirements, flush=True)
    started, said = time.time(), []
    with subprocess.Popen(
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--progress-bar",
            "off",
            "-r",
            os.path.join(ROOT, requirements),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    ) as pip:
        for line in pip.stdout or ():
            said.append(line.rstrip())
            _show_progress(said[-1])
    _show_progress("")
    if pip.returncode:
        sys.exit("\n".join(said[-15:]) + "\npip could not install " + requirements)
    print("installed in %d s" % (time.time() - started), flush=True)


def _show_progress(line: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K" + line.strip()[: shutil.get_terminal_size().columns - 1])
        sys.stdout.flush()
