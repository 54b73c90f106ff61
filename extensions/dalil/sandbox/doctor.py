"""What this machine enforces: each layer of the sandbox tried in a throw-away process.

``examine()`` starts a fresh interpreter, which forks a child per layer; nothing is left behind and
nothing of the caller changes. A layer is "ok", "weaker" (grading goes on, less well protected) or
"missing"; without one that is ``needed``, untrusted work is not graded.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from dalil.sandbox import trials

State: TypeAlias = Literal["ok", "weaker", "missing"]
_SECONDS = 20.0  # for one layer


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    state: State
    found: str  # what happened
    means: str  # what the layer keeps a submission from
    advice: str  # what to do about it; empty if ok
    needed: bool


@dataclass(frozen=True)
class Layer:
    name: str
    trial: Callable[[str], str]
    means: str
    advice: str
    needed: bool = True


_NAMESPACES = (
    "allow user namespaces (sysctl user.max_user_namespaces=10000; on Ubuntu also"
    " kernel.apparmor_restrict_unprivileged_userns=0), or grade as root of a machine of its own"
)
_CONTAINER = "in a container: give it CAP_SYS_ADMIN and an unmasked /proc, or grade outside of it"
_KERNEL = "use a kernel that has it; distributions' own ones do"

LAYERS = (
    Layer(
        "kernel",
        trials.kernel,
        "all below: it is their base",
        "Linux 5.12 or newer, x86-64 or aarch64",
    ),
    Layer("user namespace", trials.user_namespace, "being anybody on the machine", _NAMESPACES),
    Layer("mounts", trials.mounts, "changing what others see of the disk", _NAMESPACES),
    Layer("processes", trials.processes, "seeing, signalling, outliving others", _NAMESPACES),
    Layer("network", trials.network, "reaching any other machine", _NAMESPACES),
    Layer("IPC and names", trials.ipc_and_names, "meeting others in shared memory", _NAMESPACES),
    Layer("read-only root", trials.root, "reading and changing the machine's files", _CONTAINER),
    Layer("own /proc", trials.proc, "reading about other processes", _CONTAINER),
    Layer("size of /tmp", trials.scratch, "filling the disk or memory with files", _CONTAINER),
    Layer("terminals", trials.terminals, "other terminals", _CONTAINER, needed=False),
    Layer("no privileges", trials.capabilities, "becoming root, by any program", _KERNEL),
    Layer(
        "Landlock",
        trials.files,
        "files and ports, should the root above have a hole",
        "start the kernel with lsm=landlock,… (Linux 5.13; 6.12 for all of it)",
        needed=False,
    ),
    Layer(
        "seccomp",
        trials.calls,
        "the parts of the kernel that no exercise needs",
        "a kernel with CONFIG_SECCOMP_FILTER",
        needed=False,
    ),
    Layer("CPU time", trials.cpu_seconds, "computing without end", _KERNEL),
    Layer("memory of a process", trials.memory_of_one, "one process taking it all", _KERNEL),
    Layer("size of a file", trials.file_size, "files without end", _KERNEL),
    Layer("open files", trials.open_files, "holding all descriptors", _KERNEL),
    Layer(
        "number of processes",
        trials.process_count,
        "fork bombs",
        "Linux 5.14 or newer, and user namespaces as above",
    ),
    Layer(
        "memory of all",
        trials.total_memory,
        "many processes taking it all",
        "start it in a group of its own: systemd-run --user --scope -p Delegate=yes dalil grade;"
        " with control groups of version 1: as root",
        needed=False,
    ),
    Layer("certain end", trials.ends, "staying when grading ends or is killed", _KERNEL),
)


def examine(layers: Iterable[Layer] = LAYERS) -> list[Finding]:
    """Try every layer in a fresh interpreter and return what was found, in the layers' order."""
    with tempfile.TemporaryDirectory(prefix="dalil-doctor-") as folder:
        os.chmod(folder, 0o711)  # a trial that has become somebody else goes through it
        command = [sys.executable, "-m", "dalil.sandbox.doctor", folder]
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    try:
        said = {line["name"]: line for line in json.loads(done.stdout)}
        return [Finding(**said[layer.name]) for layer in layers]
    except (KeyError, TypeError, ValueError):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no answer"]
        text = f"the examination itself failed: {last[0]}"
        return [Finding("examination", "missing", text, "all that it tries", "", needed=True)]


def can_grade(findings: Iterable[Finding]) -> bool:
    """Say whether untrusted work can be graded: nothing that is needed is missing."""
    return not any(finding.needed and finding.state == "missing" for finding in findings)


def attempt(layer: Layer, folder: str) -> Finding:
    """Try *layer* in a fork, which is ended with its process group after some seconds."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        _answer(layer, folder, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        in_time = select.select([answers], [], [], _SECONDS)[0]
        answer = answers.read1(10_000) if in_time else b""
    for end in (os.killpg, os.kill):  # it may not have made its group yet
        with suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    state, found = json.loads(answer or json.dumps(["missing", f"no answer, status {status}"]))
    advice = "" if state == "ok" else layer.advice
    return Finding(layer.name, state, found, layer.means, advice, layer.needed)


def _answer(layer: Layer, folder: str, writer: int) -> None:
    """In the fork: try, write the answer, end."""
    state, found = "missing", ""
    try:
        found = layer.trial(folder)
        state = "ok"
    except trials.PartlyError as error:
        state, found = "weaker", str(error)
    except OSError as error:
        found = error.strerror or str(error)
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    finally:
        os.write(writer, json.dumps([state, found]).encode())
        os._exit(0)


def main(folder: str) -> None:
    """Try all layers and print the findings as JSON. Single-threaded, as forks want it."""
    findings = []
    for layer in LAYERS:
        place = tempfile.mkdtemp(dir=folder)
        findings.append(asdict(attempt(layer, place)))
    print(json.dumps(findings))


if __name__ == "__main__":
    main(sys.argv[1])
