#!/usr/bin/env python3
"""Make the checkout's environment in .venv; `make setup` runs this.

Needs some python3 (3.9 or later, without venv or pip even) and the standard library.

1. Find a Python between OLDEST and NEWEST (this one, or one on PATH).
2. Fetch the pinned uv wheel (with pip where there is one, else with urllib), check its SHA-256.
3. Make .venv and install requirements.lock into it, each file checked against its hash.
4. Install the checkout itself, editable, and leave a stamp: with the stamp in place a second run
   has nothing to do. Without it (interrupted, moved, Python gone) the environment is made afresh.

Everything written stays in the checkout: .venv and .cache. A mirror is named by UV_DEFAULT_INDEX,
UV_INDEX_URL, PIP_INDEX_URL or pip's own configuration; proxies and SSL_CERT_FILE (or PIP_CERT,
REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE) are respected.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons requirements.lock is made for
PUBLIC_INDEX = "https://pypi.org/simple"  # the one place that names a registry
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

UV_VERSION = "0.13.9"
UV_WHEELS = {  # (system, machine): (platform tag, SHA-256)
    ("Linux", "x86_64"): (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("Darwin", "arm64"): (
        "macosx_11_0_arm64",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
}

INPUTS = (
    "requirements.lock",
    "pyproject.toml",
    "extensions/bootstrap.py",
    "extensions/etc/jupyter/*",
    "extensions/dalil/labextension/sources.sha256",  # stands for the whole bundle
)


class SetupError(Exception):
    """One line for the person who ran the set-up."""


class Place:
    """The paths of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = root / ".venv" / "bin" / "python"
        self.stamp = root / ".venv" / "dalil-setup.json"
        self.cache = root / ".cache"
        self.log = root / ".cache" / "setup.log"
        self.uv = root / ".cache" / f"uv-{UV_VERSION}" / "uv"


# --- the stamp ----------------------------------------------------------------------------------


def digest_of_inputs(root: Path) -> str:
    """SHA-256 over the names and contents of the files the environment is made from."""
    digest = hashlib.sha256()
    for pattern in INPUTS:
        for path in sorted(root.glob(pattern)):
            if path.is_file():
                name, data = path.relative_to(root).as_posix(), path.read_bytes()
                digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def venv_python(place: Place) -> str:
    """The version an existing .venv was made with, or '' if it is missing or its Python is gone."""
    if not place.python.exists():
        return ""
    with contextlib.suppress(OSError):
        found = re.search(
            r"^version(?:_info)?\s*=\s*(\S+)", (place.venv / "pyvenv.cfg").read_text(), re.M
        )
        return found.group(1) if found else ""
    return ""


def expected_stamp(place: Place) -> dict[str, str]:
    return {
        "root": str(place.root),  # scripts in .venv/bin name it: a moved checkout starts afresh
        "python": venv_python(place),
        "inputs": digest_of_inputs(place.root),
    }


def state(place: Place) -> str:
    """'ready'; 'stale' (whole, but made from other inputs); or 'absent' (start afresh)."""
    try:
        stamp = json.loads(place.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "absent"
    expected = expected_stamp(place)
    if not expected["python"] or not isinstance(stamp, dict):
        return "absent"
    if any(stamp.get(name) != expected[name] for name in ("root", "python")):
        return "absent"
    return "ready" if stamp == expected else "stale"


def write_stamp(place: Place) -> None:
    part = place.stamp.with_suffix(".part")
    part.write_text(json.dumps(expected_stamp(place)), encoding="utf-8")
    part.replace(place.stamp)


# --- the interpreter ----------------------------------------------------------------------------


def suits(version: tuple[int, ...]) -> bool:
    return OLDEST <= tuple(version[:2]) <= NEWEST


def ask_version(executable: str) -> tuple[tuple[int, ...], str] | None:
    """The version of an interpreter and its path outside any venv; None if it does not answer."""
    question = (
        "import sys; print(*sys.version_info[:3], sys.implementation.name,"
        " getattr(sys, '_base_executable', None) or sys.executable, sep='|')"
    )
    try:
        answer = subprocess.run(
            [executable, "-I", "-c", question],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    parts = answer.split("|", 4)
    if len(parts) != 5 or parts[3] != "cpython":
        return None
    return tuple(int(part) for part in parts[:3]), parts[4]


def candidates(path: str) -> list[str]:
    """This interpreter first, then those on PATH and in the usual places."""
    search = os.pathsep.join([path, "/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"])
    names = [f"python3.{minor}" for minor in (13, 12, 14, 11)] + ["python3", "python"]
    found = [sys.executable] + [shutil.which(name, path=search) for name in names]
    return list(dict.fromkeys(name for name in found if name))


def find_python(executables: list[str]) -> str:
    """The first interpreter that suits."""
    seen = []
    for executable in executables:
        answer = ask_version(executable)
        if answer and suits(answer[0]):
            return answer[1]
        if answer:
            seen.append(f"{'.'.join(map(str, answer[0]))} ({executable})")
    raise SetupError(no_python_message(seen))


def no_python_message(seen: list[str]) -> str:
    wanted = f"Python {'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"
    found = f"found only {', '.join(seen)}" if seen else "found none"
    return (
        f"{wanted} is needed, {found}: install one from your system's packages (or with conda or"
        f" pyenv), then run `python3 extensions/bootstrap.py --python PATH-OF-THAT-PYTHON`"
    )


# --- uv -----------------------------------------------------------------------------------------


def uv_wheel(system: str, machine: str) -> tuple[str, str]:
    """File name and SHA-256 of the uv wheel for a platform."""
    machine = {"amd64": "x86_64"}.get(machine.lower(), machine)
    if (system, machine) not in UV_WHEELS:
        known = ", ".join(" ".join(key) for key in UV_WHEELS)
        raise SetupError(f"no environment for {system} {machine}: it can be made on {known}")
    tag, sha256 = UV_WHEELS[system, machine]
    return f"uv-{UV_VERSION}-py3-none-{tag}.whl", sha256


def verified(data: bytes, sha256: str, name: str) -> bytes:
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise SetupError(f"refused {name}: its SHA-256 is {actual}, expected {sha256}")
    return data


def without_password(url: str) -> str:
    return re.sub(r"(?<=//)[^/@\s]+@", "", url)


def link_on_page(page: str, content_type: str, wheel: str, page_url: str) -> str:
    """The wheel's address on a package index page, in the JSON or the older HTML form."""
    from html import unescape
    from urllib.parse import urljoin

    if "json" in content_type:
        links = [file["url"] for file in json.loads(page)["files"] if file["filename"] == wheel]
    else:
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page)]
        links = [link for link in links if link.split("#")[0].rsplit("/", 1)[-1] == wheel]
    if not links:
        raise SetupError(f"{without_password(page_url)} does not offer {wheel}")
    return str(urljoin(page_url, links[0]))


def fetch_with_pip(wheel: str, sha256: str, environ: dict[str, str], cache: Path) -> bytes | None:
    """The wheel through pip, which knows its user's mirrors and certificates; None if it cannot."""
    import tempfile
    from importlib.util import find_spec

    if find_spec("pip") is None:
        return None
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        wanted = Path(folder, "uv.txt")
        wanted.write_text(f"uv=={UV_VERSION} --hash=sha256:{sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-cache-dir", "--only-binary=:all:"]
        command += ["--retries=1", "--timeout=20", "--require-hashes", f"--dest={folder}"]
        done = subprocess.run(
            [*command, f"--requirement={wanted}"], env=environ, capture_output=True, check=False
        )
        file = Path(folder, wheel)
        return file.read_bytes() if done.returncode == 0 and file.is_file() else None


def fetch_with_urllib(wheel: str, index: str, environ: dict[str, str]) -> bytes:
    """The wheel through the standard library."""
    import ssl
    from urllib.request import Request, urlopen

    context = ssl.create_default_context(cafile=environ.get("SSL_CERT_FILE"))
    page_url = f"{index.rstrip('/')}/uv/"
    kinds = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
    try:
        with urlopen(
            Request(page_url, headers={"Accept": kinds}), timeout=60, context=context
        ) as page:
            text, kind = page.read().decode(), page.headers.get("Content-Type", "")
        link = link_on_page(text, kind, wheel, page_url)
        with urlopen(link, timeout=60, context=context) as answer:
            return bytes(answer.read())
    except (OSError, ValueError) as error:
        raise SetupError(unreachable(index, str(error))) from error


def unreachable(index: str, reason: str) -> str:
    return (
        f"cannot fetch from the package index {without_password(index)} ({reason}): check the"
        " network, its proxy and certificates (SSL_CERT_FILE), or name a mirror in UV_INDEX_URL"
    )


def pip_index() -> str:
    """The index that pip is configured with, or ''."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()
    return ""


def tool_environment(environ: dict[str, str], place: Place, index: str) -> dict[str, str]:
    """What uv and pip run with: nothing of another environment, caches inside the checkout."""
    foreign = ("CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "UV_PYTHON", "VIRTUAL_ENV")
    env = {name: value for name, value in environ.items() if name not in foreign}
    env.setdefault("UV_CACHE_DIR", str(place.cache / "uv"))
    env.update(
        UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1", NO_COLOR="1", PIP_REQUIRE_VIRTUALENV="0"
    )
    authority = next((environ[name] for name in CA_VARIABLES if environ.get(name)), "")
    if authority:
        env.setdefault("SSL_CERT_FILE", authority)
        env.setdefault("PIP_CERT", authority)
    if index:
        env.update(UV_DEFAULT_INDEX=index, PIP_INDEX_URL=index)
        env.pop("UV_INDEX_URL", None)
    return env


def chosen_index(environ: dict[str, str]) -> str:
    """The mirror named in the environment, or ''."""
    return next((environ[name] for name in INDEX_VARIABLES if environ.get(name)), "")


def ensure_uv(place: Place, environ: dict[str, str], index: str) -> None:
    import io
    import zipfile

    if place.uv.exists():
        return
    wheel, sha256 = uv_wheel(platform.system(), platform.machine())
    say(f"fetching uv {UV_VERSION}")
    data = fetch_with_pip(wheel, sha256, environ, place.cache)
    if data is None:
        data = fetch_with_urllib(wheel, index or PUBLIC_INDEX, environ)
    with zipfile.ZipFile(io.BytesIO(verified(data, sha256, wheel))) as archive:
        binary = archive.read(f"uv-{UV_VERSION}.data/scripts/uv")
    place.uv.parent.mkdir(parents=True, exist_ok=True)
    part = place.uv.with_suffix(".part")
    part.write_bytes(binary)
    part.chmod(0o755)
    part.replace(place.uv)


def account_of(output: str) -> str:
    """The part of uv's output that tells of the failure."""
    told = re.search(r"^(?:error:|\s*×)(?s:.*?)(?=^\s*$|^hint:|\Z)", output, re.M)
    return told.group() if told else output.strip() or "no reason given"


def reason_of(output: str) -> str:
    """One line out of uv's output: what failed, and the innermost cause."""
    lines = account_of(output).splitlines()
    prefix = re.compile(r"^[\s×│├╰─▶]*((error|cause|Caused by): )?")
    parts = [prefix.sub("", line) for line in (lines[0], lines[-1])]
    return without_password(": ".join(dict.fromkeys(parts)))


NETWORK_TROUBLE = re.compile(
    r"dns|connect|unreachable|timed out|timeout|sending request|peer cert", re.I
)


def uv(place: Place, environ: dict[str, str], lock_fd: int, *arguments: str) -> None:
    """Run uv, its output in the log. It holds the set-up's lock too, should this process die."""
    done = subprocess.run(
        [str(place.uv), *arguments],
        cwd=place.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock_fd,),
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    with place.log.open("a", encoding="utf-8") as log:
        log.write(without_password(f"$ uv {' '.join(arguments)}\n{output}\n"))
    if done.returncode:
        reason = reason_of(output)
        if NETWORK_TROUBLE.search(account_of(output)):
            raise SetupError(unreachable(chosen_index(environ) or PUBLIC_INDEX, reason))
        raise SetupError(f"uv {arguments[0]} failed: {reason} (all of it: .cache/setup.log)")


# --- the set-up ---------------------------------------------------------------------------------


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


@contextlib.contextmanager
def only_one(place: Place) -> Iterator[int]:
    """Hold the checkout's set-up lock; yields its file descriptor."""
    import fcntl

    place.cache.mkdir(exist_ok=True)
    with (place.cache / "setup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def install(place: Place, environ: dict[str, str], lock_fd: int) -> None:
    """Bring .venv to exactly what the lock says, and the checkout itself."""
    target = f"--python={place.python}"
    sync = ["pip", "sync", target, "--require-hashes", "--no-build", "--compile-bytecode"]
    try:  # from the cache alone, so that a room without a network can set up again
        uv(place, environ, lock_fd, *sync, "--offline", "requirements.lock")
    except SetupError:
        uv(place, environ, lock_fd, *sync, "requirements.lock")
    itself = ["--offline", "--no-deps", "--no-build-isolation", "--editable", "."]
    uv(place, environ, lock_fd, "pip", "install", target, *itself)


def set_up(place: Place, python: str, environ: dict[str, str]) -> None:
    """Make the environment ready, by as much work as that takes."""
    if state(place) == "ready" and not python:
        return
    with only_one(place) as lock_fd:
        found = "absent" if python else state(place)
        if found == "ready":
            return
        began = time.monotonic()
        if found == "absent":
            python = find_python([python] if python else candidates(environ.get("PATH", "")))
        index = chosen_index(environ) or pip_index()
        env = tool_environment(environ, place, index)
        place.log.write_text("", encoding="utf-8")
        ensure_uv(place, env, index)
        with contextlib.suppress(FileNotFoundError):
            place.stamp.unlink()
        if found == "absent":
            say(f"making .venv with {python}")
            made = ["--clear", "--no-project", "--prompt=dalil", f"--python={python}"]
            uv(place, env, lock_fd, "venv", *made, str(place.venv))
        say("installing requirements.lock (a minute or so the first time)")
        install(place, env, lock_fd)
        write_stamp(place)
        say(f"ready in {time.monotonic() - began:.0f} s")


def make_lock(place: Place, environ: dict[str, str], arguments: list[str]) -> None:
    """Re-make requirements.lock from pyproject.toml; it names no index."""
    with only_one(place) as lock_fd:
        index = chosen_index(environ) or pip_index()
        env = tool_environment(environ, place, index)
        ensure_uv(place, env, index)
        command = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--extra=dev"]
        command += [
            f"--python-version={'.'.join(map(str, OLDEST))}",
            "--custom-compile-command=make lock",
        ]
        command += ["--no-emit-index-url", "--output-file=requirements.lock", *arguments]
        uv(place, env, lock_fd, *command, "pyproject.toml")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make the checkout's environment in .venv.")
    parser.add_argument("--python", default="", help="make .venv afresh with this interpreter")
    parser.add_argument("--lock", action="store_true", help="re-make requirements.lock instead")
    parser.add_argument(
        "--upgrade", action="store_true", help="with --lock: take the newest versions"
    )
    options = parser.parse_args(argv)
    place = Place(Path(__file__).resolve().parent.parent)
    try:
        if os.name != "posix":
            raise SetupError("this needs Linux or macOS; on Windows use WSL")
        if options.lock:
            make_lock(place, dict(os.environ), ["--upgrade"] if options.upgrade else [])
        else:
            set_up(place, options.python, dict(os.environ))
    except (SetupError, OSError) as error:
        print(f"set-up failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up interrupted: run it again", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
