"""Control groups for real where this machine lets us make some, version 2 in a fake tree besides.

The fake stands for what a kernel with version 2 and the controllers "memory" and "pids" does: files
appear and vanish with a folder, processes move, a folder with processes enables nothing below it.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dalil.sandbox import cgroups

MIB = 1024**2
SLEEP = [sys.executable, "-S", "-c", "import signal; signal.pause()"]


@pytest.fixture(scope="module")
def place() -> cgroups.Delegated:
    found = cgroups.find()
    if found is None:
        pytest.skip("NOT TESTED for real: no control group can be made here (cgroups.find())")
    return found


@pytest.fixture
def group(place: cgroups.Delegated) -> Iterator[cgroups.Group]:
    made = place.make("test", 64 * MIB, 8)
    yield made
    assert made.remove()


def begin(group: cgroups.Group, code: str) -> subprocess.Popen[bytes]:
    """Start Python in *group*: it enters before it runs *code*."""
    waits = f"import os, signal, sys; sys.stdin.read(1)\n{code}"
    process = subprocess.Popen([sys.executable, "-S", "-c", waits], stdin=-1, stdout=-1, stderr=-1)
    group.add(process.pid)
    return process


def _runs(pid: int) -> bool:
    """Say whether *pid* is there and no zombie, which whoever adopted it has yet to wait for."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def end(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    said = process.communicate(b"x", timeout=60)[0].decode()
    return process.returncode, said


# For real


def test_more_memory_than_allowed_is_killed_and_told(group: cgroups.Group) -> None:
    assert group.events() == {"memory": 0, "processes": 0}
    code, said = end(
        begin(group, "print('in', flush=True); x = bytearray(200 << 20); print('out')")
    )
    assert (code, said) == (-signal.SIGKILL, "in\n")
    assert group.events()["memory"] >= 1


def test_less_memory_is_left_alone(group: cgroups.Group) -> None:
    assert end(begin(group, "x = bytearray(20 << 20); print('out')")) == (0, "out\n")
    assert group.events() == {"memory": 0, "processes": 0}


def test_memory_of_all_processes_together(group: cgroups.Group) -> None:
    code = """
made = []
for _ in range(4):
    made.append(os.fork())
    if made[-1] == 0:
        x = bytearray(30 << 20)
        signal.pause()
made.remove(os.wait()[0])
for pid in made:
    os.kill(pid, signal.SIGKILL)
"""
    end(begin(group, code))
    assert group.events()["memory"] >= 1
    assert group.kill()


def test_files_in_shared_memory_count(group: cgroups.Group) -> None:
    if not os.path.ismount("/dev/shm"):
        pytest.skip("NOT TESTED: /dev/shm is no tmpfs here")
    name = f"/dev/shm/dalil-test-{os.getpid()}"
    code = f"""
with open({name!r}, "wb") as handle:
    for _ in range(100):
        handle.write(bytes(1 << 20))
print('out')
"""
    try:
        status, said = end(begin(group, code))
    finally:
        Path(name).unlink(missing_ok=True)
    assert (status, said) == (-signal.SIGKILL, "")


def test_processes_are_capped_and_told(group: cgroups.Group) -> None:
    code = """
made = []
try:
    for _ in range(12):
        pid = os.fork()
        if pid == 0:
            signal.pause()
        made.append(pid)
except BlockingIOError:
    pass
print(len(made), flush=True)
for pid in made:
    os.kill(pid, signal.SIGKILL)
"""
    assert end(begin(group, code)) == (0, "7\n")
    assert group.events()["processes"] >= 1
    assert group.events()["memory"] == 0


def test_kill_ends_all_that_was_started_in_it(group: cgroups.Group) -> None:
    process = begin(
        group, "os.fork(); os.setsid(); os.fork(); os.write(1, b'up\\n'); signal.pause()"
    )
    process.stdin.write(b"x")
    process.stdin.flush()
    for _ in range(4):
        assert process.stdout.readline() == b"up\n"
    assert len(group.pids()) == 4
    assert group.kill()
    assert group.pids() == []
    assert process.wait(10) == -signal.SIGKILL
    process.communicate()


def test_removing_ends_what_is_left_and_leaves_no_folder(place: cgroups.Delegated) -> None:
    made = place.make("a name/with ../odd é letters" + "x" * 300, 64 * MIB, 8)
    process = begin(made, "signal.pause()")
    assert made.remove()
    assert made.remove()
    assert not os.path.exists(made.memory)
    assert not os.path.exists(made.processes)
    assert process.wait(10) == -signal.SIGKILL
    process.communicate()
    assert os.path.dirname(made.memory) == place.memory


def test_what_can_not_be_removed_is_said_and_not_raised(
    group: cgroups.Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "_PATIENCE", 0.05)
    inner = Path(group.memory, "inner")
    inner.mkdir()
    assert not group.remove()
    inner.rmdir()
    assert group.remove()


def test_a_limit_that_the_kernel_refuses_leaves_nothing(place: cgroups.Delegated) -> None:
    before = sorted(os.listdir(place.memory)), sorted(os.listdir(place.processes))
    with pytest.raises(OSError, match="Invalid argument"):
        place.make("bad", 64 * MIB, -5)
    assert (sorted(os.listdir(place.memory)), sorted(os.listdir(place.processes))) == before


def test_a_process_that_is_gone_is_refused(group: cgroups.Group) -> None:
    with subprocess.Popen(["true"]) as process:
        pass
    with pytest.raises(ProcessLookupError):
        group.add(process.pid)


def test_two_of_one_name(place: cgroups.Delegated) -> None:
    one, two = place.make("same", 64 * MIB, 8), place.make("same", 64 * MIB, 8)
    assert one.memory != two.memory
    assert one.remove()
    assert two.remove()


def test_groups_of_a_killed_grader_are_swept_and_those_of_the_living_stay(
    place: cgroups.Delegated, group: cgroups.Group
) -> None:
    code = """
import signal, subprocess, sys
from dalil.sandbox import cgroups
made = cgroups.find().make("left", 64 << 20, 8)
other = subprocess.Popen([sys.executable, "-S", "-c", "import signal; signal.pause()"])
made.add(other.pid)
print(made.memory, made.processes, other.pid, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1, text=True) as grader:
        memory, processes, pid = grader.stdout.readline().split()
        place.sweep()
        assert os.path.isdir(memory)
        grader.kill()
    assert os.path.isdir(memory)
    assert place.sweep() == 1
    assert not os.path.exists(memory)
    assert not os.path.exists(processes)
    assert os.path.isdir(group.memory)
    assert not _runs(int(pid))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can delegate")
def test_an_ordinary_user_with_folders_of_its_own(place: cgroups.Delegated, child: Any) -> None:
    folders = [f"{folder}/delegated-{os.getpid()}" for folder in (place.memory, place.processes)]
    folders = folders if place.version == 1 else folders[:1]
    for folder in folders:
        os.mkdir(folder)
        os.chown(folder, 65534, 65534)
        for name in ("cgroup.procs", "tasks", "cgroup.subtree_control"):
            if os.path.exists(f"{folder}/{name}"):
                os.chown(f"{folder}/{name}", 65534, 65534)
    try:
        said = child(
            """
from dalil.sandbox import cgroups
for folder in os.environ["FOLDERS"].split(":"):
    with open(folder + "/cgroup.procs", "w") as handle:
        handle.write(str(os.getpid()))
become("65534")
found = cgroups.find()
made = found.make("mine", 64 << 20, 8)
pid = os.fork()
if pid == 0:
    signal.pause()
made.add(pid)
entered = made.pids() == [pid]
os.kill(pid, signal.SIGKILL)
os.wait()
report([found.memory, found.processes, entered, made.remove()])
""",
            FOLDERS=":".join(folders),
        )
    finally:
        for folder in folders:
            leaf = f"{folder}/dalil-grader"
            for path in (leaf, folder):
                if os.path.exists(path):
                    os.rmdir(path)
    assert said == [folders[0], folders[-1], True, True]


@pytest.mark.skipif(os.getuid() != 0, reason="asks what an ordinary user gets")
def test_an_ordinary_user_without_them_gets_none(child: Any) -> None:
    said = child("from dalil.sandbox import cgroups\nbecome('65534')\nreport(str(cgroups.find()))")
    assert said == "None"


# What /proc says

MOUNTS = r"""
30 23 0:27 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs rw,mode=755
32 30 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
36 30 0:33 /docker/abc /sys/fs/cgroup/me\040mory rw,relatime - cgroup cgroup rw,memory
38 30 0:35 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
""".strip()


def test_mounts() -> None:
    found = cgroups._mounts(MOUNTS)
    assert found["memory"] == ("/docker/abc", "/sys/fs/cgroup/me mory")
    assert found["cpuacct"] == ("/docker/abc", "/sys/fs/cgroup/cpu,cpuacct")
    assert found[""] == ("/", "/sys/fs/cgroup/unified")


@pytest.mark.parametrize(
    ("root", "own", "folders"),
    [
        ("/", "/", ["/m"]),
        ("/", "/a/b", ["/m/a/b", "/m/a", "/m"]),
        ("/docker/abc", "/docker/abc", ["/m"]),
        ("/docker/abc", "/docker/abc/x", ["/m/x", "/m"]),
        ("/docker/abc", "/docker/abcd", []),
        ("/docker/abc", "/elsewhere", []),
        ("/", "/../outside", []),
    ],
)
def test_folders_upwards(root: str, own: str, folders: list[str]) -> None:
    assert list(cgroups._upwards({"": (root, "/m")}, {"": own}, "")) == folders


@pytest.mark.parametrize("text", ["", "rubbish\n", "0::/\n", "4:memory:/x\n8:pids:/\n"])
def test_odd_states_find_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "cgroup").write_text(text)
    assert cgroups.find(tmp_path) is None  # no mountinfo
    (tmp_path / "mountinfo").write_text("1 2 3\n" if text else "")
    assert cgroups.find(tmp_path) is None


# Version 2 in a fake tree


class Kernel:
    """Behaves like a mounted cgroup2 below *root*."""

    def __init__(self, root: Path, controllers: str = "cpu memory pids") -> None:
        self.root, self.controllers = root, controllers
        self.mkdir, self.rmdir = os.mkdir, os.rmdir
        self.readonly = False
        root.mkdir()
        self._fill(root, controllers)

    def _fill(self, folder: Path, controllers: str) -> None:
        files = {"cgroup.procs": "", "cgroup.controllers": controllers, "cgroup.kill": ""}
        files["cgroup.subtree_control"] = ""
        if "memory" in controllers.split() and folder != self.root:
            files |= {"memory.max": "max", "memory.swap.max": "max", "memory.oom.group": "0"}
            files["memory.events"] = "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n"
        if "pids" in controllers.split() and folder != self.root:
            files |= {"pids.max": "max", "pids.events": "max 0\n"}
        for name, text in files.items():
            (folder / name).write_text(text)

    def make(self, path: str, mode: int = 0o777, **options: Any) -> None:
        if not Path(path).is_relative_to(self.root):
            self.mkdir(path, mode, **options)
            return
        if self.readonly:
            raise OSError(errno.EROFS, "Read-only file system")
        self.mkdir(path, mode)
        enabled = (Path(path).parent / "cgroup.subtree_control").read_text()
        self._fill(Path(path), enabled)

    def remove(self, path: str, **options: Any) -> None:
        if not Path(path).is_relative_to(self.root):
            self.rmdir(path, **options)
            return
        if not os.path.isdir(path):
            raise FileNotFoundError(path)
        if (Path(path) / "cgroup.procs").read_text() or any(
            x.is_dir() for x in Path(path).iterdir()
        ):
            raise OSError(errno.EBUSY, "Device or resource busy")
        for file in Path(path).iterdir():
            file.unlink()
        self.rmdir(path)

    def write(self, path: str, text: str) -> None:
        file = Path(path)
        if not file.exists():
            raise FileNotFoundError(path)
        if file.name == "cgroup.procs":
            self._move(file, text)
        elif file.name == "cgroup.subtree_control":
            if (file.parent / "cgroup.procs").read_text() and file.parent != self.root:
                raise OSError(errno.EBUSY, "Device or resource busy")
            wanted = text.replace("+", "").split()
            if not set(wanted) <= set((file.parent / "cgroup.controllers").read_text().split()):
                raise FileNotFoundError(path)
            file.write_text(" ".join(wanted))
        elif file.name == "cgroup.kill":
            for pid in (file.parent / "cgroup.procs").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            (file.parent / "cgroup.procs").write_text("")
        else:
            file.write_text(text)

    def _move(self, file: Path, pid: str) -> None:
        if (file.parent / "cgroup.subtree_control").read_text() and file.parent != self.root:
            raise OSError(errno.EBUSY, "Device or resource busy")
        for procs in self.root.rglob("cgroup.procs"):
            kept = [line for line in procs.read_text().split() if line != pid]
            procs.write_text("".join(f"{line}\n" for line in kept))
        with file.open("a") as handle:
            handle.write(f"{pid}\n")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kernel]:
    """Return a function that makes a kernel whose groups are *paths*, this process in *own*."""

    def make(own: str, *paths: str, controllers: str = "cpu memory pids", pids: str = "") -> Kernel:
        kernel = Kernel(tmp_path / "cgroup2", controllers)
        monkeypatch.setattr(cgroups.os, "mkdir", kernel.make)
        monkeypatch.setattr(cgroups.os, "rmdir", kernel.remove)
        monkeypatch.setattr(cgroups, "_write", kernel.write)
        for path in paths:
            name, _, enabled = path.partition("=")
            os.mkdir(str(kernel.root / name))
            (kernel.root / name / "cgroup.controllers").write_text("cpu memory pids")
            (kernel.root / name / "cgroup.subtree_control").write_text(enabled)
        (kernel.root / own / "cgroup.procs").write_text(pids or f"{os.getpid()}\n")
        state = tmp_path / "state"
        state.mkdir()
        (state / "cgroup").write_text(f"0::/{own}\n")
        (state / "mountinfo").write_text(f"38 30 0:35 / {kernel.root} rw - cgroup2 cgroup2 rw\n")
        return kernel

    return make


def test_version_2_a_scope_of_our_own(fake: Any, tmp_path: Path) -> None:
    kernel = fake("scope", "scope")
    found = cgroups.find(tmp_path / "state")
    assert found == cgroups.Delegated(2, *[str(kernel.root / "scope")] * 2)
    assert (kernel.root / "scope/dalil-grader/cgroup.procs").read_text() == f"{os.getpid()}\n"
    made = found.make("x", 100 * MIB, 7)
    folder = Path(made.memory)
    assert (folder / "memory.max").read_text() == str(100 * MIB)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "memory.oom.group").read_text() == "1"
    assert (folder / "pids.max").read_text() == "7"
    assert made.events() == {"memory": 0, "processes": 0}
    (folder / "memory.events").write_text("low 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 1\n")
    (folder / "pids.events").write_text("max 4\n")
    assert made.events() == {"memory": 2, "processes": 4}
    with subprocess.Popen(SLEEP) as process:
        made.add(process.pid)
        assert made.pids() == [process.pid]
        assert made.remove()
        assert process.wait(10) == -signal.SIGKILL
    assert not folder.exists()


def test_version_2_found_again_from_the_leaf(fake: Any, tmp_path: Path) -> None:
    kernel = fake("scope/dalil-grader", "scope=memory pids", "scope/dalil-grader")
    found = cgroups.find(tmp_path / "state")
    assert found is not None
    assert found.memory == str(kernel.root / "scope/dalil-grader")
    inner = kernel.root / "scope/dalil-grader/dalil-grader/cgroup.procs"
    assert inner.read_text() == f"{os.getpid()}\n"


def test_version_2_others_are_never_moved(fake: Any, tmp_path: Path) -> None:
    kernel = fake("scope", "scope", pids=f"{os.getpid()}\n{os.getppid()}\n")
    assert cgroups.find(tmp_path / "state") is None
    assert str(os.getppid()) in (kernel.root / "scope/cgroup.procs").read_text().split()


def test_version_2_a_folder_above_that_is_prepared(fake: Any, tmp_path: Path) -> None:
    both = f"{os.getpid()}\n{os.getppid()}\n"
    kernel = fake("app/scope", "app=memory pids", "app/scope", pids=both)
    found = cgroups.find(tmp_path / "state")
    assert found is not None
    assert found.memory == str(kernel.root / "app")


def test_version_2_without_the_controllers(fake: Any, tmp_path: Path) -> None:
    fake("", controllers="cpu hugetlb")
    assert cgroups.find(tmp_path / "state") is None


def test_version_2_read_only_as_in_a_container(fake: Any, tmp_path: Path) -> None:
    fake("").readonly = True
    assert cgroups.find(tmp_path / "state") is None


def test_version_2_old_kernels_without_cgroup_kill_and_swap(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "_PATIENCE", 0.2)
    kernel = fake("scope", "scope")
    fill = kernel._fill

    def lacking(folder: Path, controllers: str) -> None:
        fill(folder, controllers)
        for name in ("cgroup.kill", "memory.swap.max", "memory.oom.group"):
            (folder / name).unlink(missing_ok=True)

    kernel._fill = lacking
    found = cgroups.find(tmp_path / "state")
    assert found is not None
    made = found.make("x", 64 * MIB, 8)
    with subprocess.Popen(SLEEP) as process:
        made.add(process.pid)
        procs = Path(made.memory, "cgroup.procs")
        deadline = time.monotonic() + 10
        assert not made.kill()  # the fake does not see a death: it was killed one by one
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.returncode == -signal.SIGKILL
        procs.write_text("")
    assert made.remove()


def test_version_2_sweeping(fake: Any, tmp_path: Path) -> None:
    fake("scope", "scope")
    found = cgroups.find(tmp_path / "state")
    assert found is not None
    space, own = cgroups._space(), cgroups._prefix(os.getpid())
    names = {
        "dead": f"dalil-{space}-{2**22 - 1}-12345-0-x",
        "number used again": f"dalil-{space}-{os.getpid()}-1-0-x",
        "own": f"{own}0-x",
        "another machine's or container's": f"dalil-{space + 1}-{2**22 - 1}-1-0-x",
        "somebody else's": "dalil",
    }
    for name in names.values():
        os.mkdir(f"{found.memory}/{name}")
    assert found.sweep() == 2
    left = {key for key, name in names.items() if os.path.isdir(f"{found.memory}/{name}")}
    assert left == {"own", "another machine's or container's", "somebody else's"}
