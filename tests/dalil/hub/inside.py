"""What a trainee tries from a kernel of the own server; run there, prints a JSON object."""

import ctypes
import json
import os
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(os.environ["DALIL_ROOT"])
PLACES = json.loads(os.environ["TEST_PLACES"])  # by what the table calls them; all are there
PROCESSES = json.loads(os.environ["TEST_PROCESSES"])  # words of the others' command lines
ABSENT, HIDDEN = "it is not there", "refused"


def path(*places):
    """What comes of reading one of *places*, file or folder."""
    for place in map(Path, places):
        try:
            os.listdir(place) if place.is_dir() else place.read_bytes()
        except FileNotFoundError:
            continue
        except OSError:
            return HIDDEN
        return f"{place} was read"
    return ABSENT


def change(place):
    try:
        with place.open("ab"):
            return f"{place} was opened"
    except OSError:
        return HIDDEN


def others():
    """Processes that are not of this person's own server."""
    seen = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with open(f"/proc/{name}/cmdline", "rb") as stream:
                line = stream.read().replace(b"\0", b" ")
            if any(word.encode() in line for word in PROCESSES):
                seen.append(line)
    return ABSENT if not seen else str(seen)


def trace():
    library = ctypes.CDLL(None, use_errno=True)
    done = library.ptrace(16, 1, None, None)  # PTRACE_ATTACH
    return HIDDEN if done < 0 else "traced"


def set_uid():
    for program in (
        ["su", "-c", "id -u"],
        ["sudo", "-n", "id", "-u"],
        ["mount", "-t", "tmpfs", "x", "/mnt"],
    ):
        try:
            done = subprocess.run(program, capture_output=True, input=b"", check=False)
        except FileNotFoundError:
            continue
        if done.returncode == 0:
            return " ".join(program)
    return HIDDEN


def ask(address):
    token = os.environ["JUPYTERHUB_API_TOKEN"]
    try:
        with urlopen(Request(address, headers={"Authorization": f"token {token}"})) as answer:
            return f"{answer.status} {answer.url}"
    except HTTPError as error:
        return HIDDEN if error.code in (403, 404) else f"{error.code}"


hub = os.environ["JUPYTERHUB_API_URL"]
public = os.environ["TEST_PUBLIC"]
print(
    json.dumps(
        {
            **{what: path(*places) for what, places in PLACES.items()},
            "change a lesson of everybody": change(ROOT / "courses/custody/lesson.ipynb"),
            "change the environment's packages": change(Path(json.__file__)),
            "see a process of another person": others(),
            "read the memory of the server's keeper": path("/proc/1/mem", "/proc/1/environ"),
            "trace the server's keeper": trace(),
            "become root by a set-uid program": set_uid(),
            "open the marking pages with the server's token": ask(
                f"{public}/services/academy/formgrader/api/students"
            ),
            "ask the hub about another person with the server's token": ask(f"{hub}/users/youssef"),
        }
    )
)
