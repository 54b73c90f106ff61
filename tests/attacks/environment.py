"""Environment: what lies beside a notebook, and what the process around it takes from there."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from dalil.models import TraineeId
from tests.attacks.harness import (
    BYSTANDER,
    FULL,
    NOTHING,
    Academy,
    Attack,
    Graded,
    full_but,
)
from tests.attacks.room import HONEST, MODULE, POINTS
from tests.attacks.surroundings import MARK
from tests.attacks.system_probes import knowing

UNREADABLE = dict.fromkeys(POINTS, "unreadable")
ALONE = "only the notebook is handed in, and its bytes are sealed then"
PLAIN = "a link, pipe or folder in the notebook's place is refused"
FRESH = "each run has a folder, a home and an environment of its own, made from nothing"
HARMFUL = f"import os; open('/tmp/{MARK}', 'w').write('x'); os._exit(9)\n"
NAMES = (
    *("numpy", "csv", "json", "hashlib", "IPython", "ipykernel", "ipykernel_launcher", "zmq"),
    *("sitecustomize", "usercustomize", "antigravity", "colorsys", "this", "_sitebuiltins"),
    *("jupyter_config", "ipython_config", "ipython_kernel_config", "nbgrader_config", "conftest"),
)
PACKAGES = ("dalil", "dalil/case", "dalil/answers", "encodings", "numpy", "collections")


def plant(folder: Path) -> None:
    """Fill *folder* with whatever some program might take for its own."""
    for name in NAMES:
        (folder / f"{name}.py").write_text(HARMFUL, encoding="utf-8")
    for name in PACKAGES:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "__init__.py").write_text(HARMFUL, encoding="utf-8")
    for name in ("evil.pth", "pyvenv.cfg", "pytest.ini", ".env", "python._pth", "setup.cfg"):
        (folder / name).write_text(f"import os; os._exit(9)\n/tmp/{MARK}\n", encoding="utf-8")
    for name in ("startup/00.py", ".ipython/profile_default/startup/00.py", ".jupyter/x.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(HARMFUL, encoding="utf-8")
    (folder / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC", encoding="utf-8")
    (folder / "gradebook.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    (folder / "probes.json").write_text('{"serial": [[""]]}', encoding="utf-8")


def not_collected(graded: Graded, attack: Attack) -> None:
    """Nothing but the notebook, its time and its receipt reached the grader's folders."""
    trainee = graded.trainees[attack.name]
    settings = graded.academy.settings
    assert {p.name for p in (settings.submitted / trainee / MODULE).iterdir()} == {
        f"{MODULE}.ipynb",
        "timestamp.txt",
    }
    kept = {p.name for p in (settings.autograded / trainee / MODULE).rglob("*")}
    assert kept <= {f"{MODULE}.ipynb", "timestamp.txt"}


def early(academy: Academy, trainee: TraineeId) -> None:
    """In the shared exchange: a time of one's own, a better notebook, modules beside it."""
    inbound = academy.settings.exchange / academy.settings.course_id / "inbound"
    folders = list(inbound.glob(f"{trainee}+{MODULE}+*"))
    assert folders
    for folder in folders:
        (folder / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC", encoding="utf-8")
        (folder / f"{MODULE}.ipynb").write_text("{}", encoding="utf-8")
        plant(folder)
        shutil.copytree(folder, folder.with_name(folder.name.replace(trainee, BYSTANDER)))


def times_are_the_servers(graded: Graded, attack: Attack) -> None:
    not_collected(graded, attack)
    stamp = graded.academy.settings.submitted / graded.trainees[attack.name] / MODULE
    assert not (stamp / "timestamp.txt").read_text(encoding="utf-8").startswith("2001")


def replaced_by(make: Callable[[Path, Path], None]) -> Callable[[Path], None]:
    """A change of the desk: *make* puts something else where the notebook was.

    It is given the notebook's path and that of the academy.
    """

    def change(desk: Path) -> None:
        path = desk / f"{MODULE}.ipynb"
        path.unlink()
        make(path, desk.parents[2])

    return change


def link_to_neighbour(path: Path, academy: Path) -> None:
    path.symlink_to(academy / "desks" / BYSTANDER / MODULE / path.name)


def hard_link_to_key(path: Path, academy: Path) -> None:
    os.link(next((academy / "records" / "keys").iterdir()), path)


def hard_link_to_neighbour(path: Path, academy: Path) -> None:
    os.link(academy / "desks" / BYSTANDER / MODULE / path.name, path)


def linked_folder(desk: Path) -> None:
    """The whole desk is a link to the neighbour's."""
    shutil.rmtree(desk)
    desk.symlink_to(desk.parents[1] / BYSTANDER / MODULE)


def linked_neighbours(desk: Path) -> None:
    """Links wherever the academy may read or write: receipt, exhibits, time stamp."""
    records = desk.parents[2] / "records"
    for name in ("receipt.json", "timestamp.txt", "case.json"):
        (desk / name).unlink(missing_ok=True)
        (desk / name).symlink_to(records / "gradebook.db")
    shutil.rmtree(desk / "exhibits")
    (desk / "exhibits").symlink_to(records)


def archive(kind: str) -> bytes:
    """An archive whose members would land elsewhere, or never end."""
    stream = io.BytesIO()
    names = (f"../../../../tmp/{MARK}", f"/tmp/{MARK}", "custody.ipynb", "a/../../x")
    if kind == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
            for name in names:
                made.writestr(name, bytes(1_000_000))
    elif kind == "tar":
        with tarfile.open(fileobj=stream, mode="w:gz") as bundle:
            for name in names:
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, "/etc"
                bundle.addfile(link)
    else:
        stream.write(gzip.compress(bytes(30_000_000)))
    return stream.getvalue()


def archived(kind: str) -> Attack:
    def spoil(notebook: NotebookNode, academy: Academy) -> bytes:
        return archive(kind)

    return Attack(
        f"a {kind} file",
        "members with ../ and / in their names, links, a gigabyte of nothing",
        NOTHING,
        "Dalil unpacks nothing that a trainee hands in",
        spoil=spoil,
        flags=UNREADABLE,
    )


PLANT = f"""
import sys
from pathlib import Path

NAMES, PACKAGES, HARMFUL = {NAMES!r}, {PACKAGES!r}, {HARMFUL!r}
home = Path(os.environ.get("HOME", "."))
version = f"python3.{{sys.version_info[1]}}"
places = [Path.cwd(), home, home / ".local/lib" / version / "site-packages", home / ".config"]
places += [Path(os.environ.get(name, ".")) for name in
    ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR", "TMPDIR")]
places += [p / "profile_default/startup" for p in places] + [p / ".jupyter" for p in places]
places += [Path(p) for p in sys.path if p]
for place in places:
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (place / f"{{name}}.py").write_text(HARMFUL)
        for name in PACKAGES:
            (place / name).mkdir(parents=True, exist_ok=True)
            (place / name / "__init__.py").write_text(HARMFUL)
        (place / "evil.pth").write_text("import os; os._exit(9)")
        (place / "matplotlibrc").write_text("backend: module://this")
    except OSError:
        continue
"""
VARIABLES = f"""
import os
for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "LD_PRELOAD",
        "LD_LIBRARY_PATH", "LD_AUDIT", "DALIL_ROOT", "DALIL_ACADEMY", "HOME", "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "MPLBACKEND", "MPLCONFIGDIR", "TMPDIR",
        "PYTHONBREAKPOINT", "PYTHONHASHSEED", "TZ", "LC_ALL", "PATH", "BASH_ENV",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GCONV_PATH", "PYTHONINSPECT"):
    os.environ[name] = "/tmp/{MARK}"
"""
ANOTHER_CASE = """
import json, os
forged = json.load(open("case.json"))
forged["questions"]["mean"]["form"] = {"type": "text"}
os.makedirs("forged/exhibits")
os.rename("exhibits/photo.bin", "forged/exhibits/photo.bin")
os.rename("probes.json", "forged/probes.json")
json.dump(forged, open("forged/case.json", "w"))
os.environ["DALIL_CASE"] = "forged"
"""
END_PROCESS = "import os\nos._exit(3)"
# Behind the honest answer to the last question: whatever is wrecked then, all was handed over.
LINKS = f"""
import os, shutil
for target in ("/", "/etc", "/proc/1/root", "/proc/self/root", ROOT, RECORDS, NEIGHBOUR, CHECKOUT):
    os.symlink(target, f"link{{abs(hash(target))}}")
for target in (GRADEBOOK, LEDGER, CANARY, "/etc/passwd"):
    try: os.link(target, f"hard{{abs(hash(target))}}")
    except OSError: pass
deep = "d" * 200
for _ in range(300):
    os.mkdir(deep); os.chdir(deep)
os.mkfifo("pipe")
open("locked", "w").write("{MARK}")
os.chmod("locked", 0)
for folder in ("..", "."):
    os.chmod(folder, 0)
"""
WRECKED = """
import os, shutil
home = os.getcwd()
for name in os.listdir(home):
    path = os.path.join(home, name)
    (shutil.rmtree if os.path.isdir(path) else os.remove)(path)
for name in ("case.json", "probes.json", "exhibits"):
    os.mkdir(name)
os.chdir("/")
try: os.rmdir(home)
except OSError: pass
"""
LITTER = f"""
import os
for n in range(40):
    try:
        with open(f"{MARK}-{{n}}.bin", "wb") as big:
            for _ in range(60): big.write(os.urandom(1 << 20))
    except OSError:
        break
os.truncate(f"{MARK}-0.bin", 1 << 20)
try:
    with open("sparse", "wb") as sparse: sparse.truncate(1 << 50)
except OSError: pass
"""
MAGICS = """
%cd -q /tmp
%env PYTHONPATH=/tmp
%set_env DALIL_ACADEMY /tmp
%alias_magic t timeit
%config InteractiveShell.ast_node_interactivity = "all"
%config InteractiveShell.colors = "nocolor"
%xmode Minimal
%load_ext autoreload
%autoreload 2
%doctest_mode
%precision 1
%pprint
get_ipython().history_manager.enabled = True
get_ipython().automagic = True
get_ipython().autocall = 2
!echo from a shell
%sx true
"""


def workspace(source: str) -> dict[str, str]:
    return {**HONEST, "workspace": f"import os\n{HONEST['workspace']}\n{source}"}


def afterwards(source: str) -> dict[str, str]:
    """*source* after the digest, the last answer of all, was worked out."""
    return {"digest": f"{HONEST['digest']}\n{source}"}


def refused(name: str, what: str, change: Callable[[Path], None], reason: str) -> Attack:
    return Attack(name, what, NOTHING, PLAIN, work=HONEST, desk=change, refused=reason)


ATTACKS = (
    Attack(
        "modules beside the notebook",
        "numpy.py, dalil/, ipykernel_launcher.py, sitecustomize.py, configuration files handed in",
        FULL,
        ALONE,
        work=HONEST,
        desk=plant,
        after=not_collected,
    ),
    Attack(
        "modules in the exchange",
        "the same, a time of one's own and another notebook in the shared folder, for others too",
        FULL,
        "bytes and times come from the records, not from shared folders",
        work=HONEST,
        handed_in=early,
        after=times_are_the_servers,
    ),
    Attack(
        "modules written by a cell",
        "shadows of every library, start-up files and .pth files wherever Python might look",
        FULL,
        FRESH,
        work=workspace(PLANT),
    ),
    Attack(
        "modules for the next process",
        "the same; then the process ends itself, so that another one starts among them",
        full_but("label"),
        FRESH,
        work=workspace(PLANT),
        answers={"label": END_PROCESS},
        flags={"label": "died"},
    ),
    Attack(
        "variables",
        "PYTHONPATH, LD_PRELOAD, HOME, MPLBACKEND and others point to nowhere",
        FULL,
        "what a notebook does to its own environment stays there",
        work=workspace(VARIABLES),
    ),
    Attack(
        "variables for the next process",
        "the same in one answer, after which the process ends itself",
        full_but("label"),
        FRESH,
        work=HONEST,
        answers={"label": f"{VARIABLES}\nos._exit(3)"},
        flags={"label": "died"},
    ),
    Attack(
        "another case",
        "DALIL_CASE names a case whose forms are easier",
        full_but("mean"),
        "forms are checked again by the grading side, from module.toml",
        work=workspace(ANOTHER_CASE),
        answers={"mean": "mean = 'some text'"},
        flags={"mean": "malformed"},
    ),
    Attack(
        "magics",
        "folders, variables, aliases, extensions and settings of the shell are changed",
        FULL,
        "what a notebook does to its own environment stays there",
        work=workspace(MAGICS),
    ),
    Attack(
        "a renamed exhibit",
        "the exhibit of a later question is renamed: that question is lost, by one's own hand",
        full_but("digest"),
        FRESH,
        work=workspace("os.rename('exhibits/photo.bin', 'exhibits/renamed.bin')"),
        flags={"digest": "unanswered"},
    ),
    Attack(
        "links left behind",
        "links to everything, a folder 300 deep, a pipe, files without permissions",
        full_but("digest"),
        "the folder of a run is thrown away without following anything in it",
        work=HONEST,
        spoil=knowing("solve_digest", f"{HONEST['digest']}\n{LINKS}"),
        flags={"digest": "unanswered died"},
    ),
    Attack(
        "nothing left behind",
        "case.json, probes, exhibits and the folder itself are gone before the last answer",
        full_but("digest"),
        FRESH,
        work=HONEST,
        answers=afterwards(WRECKED),
        flags={"digest": "unanswered died"},
    ),
    Attack(
        "litter",
        "as many large files as the limits allow, one of a petabyte with nothing in it",
        FULL,
        "files and folders of a run have limits, and are gone with it",
        work=HONEST,
        answers=afterwards(LITTER),
        heavy=True,
    ),
    refused(
        "a link", "the notebook is a link to a neighbour's", replaced_by(link_to_neighbour), "link"
    ),
    refused("a linked folder", "the desk is a link to a neighbour's", linked_folder, "link"),
    refused(
        "a pipe",
        "the notebook is a pipe, which never ends",
        replaced_by(lambda p, _: os.mkfifo(p)),
        "file",
    ),
    refused("a folder", "the notebook is a folder", replaced_by(lambda p, _: p.mkdir()), "file"),
    refused(
        "a device",
        "the notebook is a link to an endless device",
        replaced_by(lambda p, _: p.symlink_to("/dev/zero")),
        "link",
    ),
    Attack(
        "a hard link to a key",
        "the notebook is a file of the academy's keys",
        NOTHING,
        "a key is no notebook, and is only read",
        desk=replaced_by(hard_link_to_key),
        flags=UNREADABLE,
    ),
    Attack(
        "a hard link to a neighbour's notebook",
        "its answers are run on one's own exhibits: code that computes them is right there, too",
        FULL,
        "exhibits are individual; copied code is a matter for people",
        desk=replaced_by(hard_link_to_neighbour),
    ),
    Attack(
        "links around the notebook",
        "receipt, time stamp, case and exhibits of the desk are links into the records",
        FULL,
        "links in a desk are not followed",
        work=HONEST,
        desk=linked_neighbours,
    ),
    archived("zip"),
    archived("tar"),
    archived("gz"),
)
