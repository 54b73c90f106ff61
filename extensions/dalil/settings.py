"""One configuration: the traits of ``c.Dalil`` in ``jupyter_config.py``, read once at the edge.

``jupyter lab``, ``voila``, ``nbgrader`` and ``dalil`` all read that file, so that they agree on
where things lie and what is allowed. Everything else takes a frozen ``Settings``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from traitlets import Bool, Enum, Float, Int, List, Unicode, validate
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from dalil.errors import RecordsError, UsageError
from dalil.limits import KIB, MIB, Limits

CONFIG_NAME = "jupyter_config.py"
ROOT_VARIABLE = "DALIL_ROOT"
ACADEMY_VARIABLE = "DALIL_ACADEMY"
ACCOUNTS = ("native", "pam", "oidc", "ldap", "demonstration")
SEPARATIONS = ("namespaces", "accounts", "none")
_USUAL = Limits()
_DOMAIN = re.compile(r"https?://(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*(?::\d+)?")
_DAY = 24 * 3600


class Dalil(Configurable):
    """What an academy may set; see ``jupyter_config.py``."""

    root = Unicode("", help="Set by the configuration itself: the curriculum's root.").tag(
        config=True
    )
    academy = Unicode(
        "academy",
        help="Folder of everything an academy produces (records, exchange, desks); relative to "
        f"the curriculum's root. The variable {ACADEMY_VARIABLE} overrides it.",
    ).tag(config=True)
    course_id = Unicode("academy", help="nbgrader's course id: one plain word.").tag(config=True)
    database_url = Unicode(
        "", help="SQLAlchemy URL of the records; empty: SQLite in the records folder."
    ).tag(config=True)
    gradebook_url = Unicode(
        "", help="SQLAlchemy URL of nbgrader's gradebook; empty: SQLite in the records folder."
    ).tag(config=True)
    workers = Int(0, min=0, help="Notebooks graded at once; 0: one per core.").tag(config=True)
    isolation = Enum(
        ["auto", "required", "off"],
        "auto",
        help="auto: grade in a sandbox, or not at all unless asked to with --unsafe; "
        "required: not even then; off: never in a sandbox (for debugging trusted work).",
    ).tag(config=True)
    cell_seconds = Float(
        _USUAL.cell_seconds, min=1, max=_DAY, help="Time that one cell may run, wall clock."
    ).tag(config=True)
    submission_seconds = Float(
        _USUAL.submission_seconds,
        min=1,
        max=_DAY,
        help="Time that all cells of a submission may run together, wall clock; as much processor "
        "time may each of its processes use.",
    ).tag(config=True)
    memory_mib = Int(
        _USUAL.memory_bytes // MIB,
        min=256,
        max=2**22,
        help="Memory of all processes of a submission together, MiB.",
    ).tag(config=True)
    processes = Int(
        _USUAL.processes, min=8, max=4096, help="Processes and threads of a submission at a time."
    ).tag(config=True)
    file_mib = Int(
        _USUAL.file_bytes // MIB,
        min=1,
        max=2**20,
        help="Largest file that a submission may write, MiB; all its files together: 4 times that.",
    ).tag(config=True)
    output_kib = Int(
        _USUAL.output_bytes // KIB,
        min=1,
        max=2**16,
        help="Output kept of one cell, KiB; a cell that puts out 16 times that is stopped.",
    ).tag(config=True)
    answer_kib = Int(
        _USUAL.answer_bytes // KIB,
        min=1,
        max=_USUAL.answer_bytes // KIB,
        help="Largest answer, KiB as JSON.",
    ).tag(config=True)
    preload = List(
        Unicode(),
        [],
        help="Modules that warm kernels import ahead, besides the usual ones and what the "
        "curriculum's own notebooks import.",
    ).tag(config=True)
    address = Unicode(
        "127.0.0.1",
        help="Where the hub listens; another one than 127.0.0.1 wants accounts of one's own.",
    ).tag(config=True)
    port = Int(8888, min=1, max=65535, help="Port of the hub.").tag(config=True)
    accounts = Enum(
        ACCOUNTS,
        "native",
        help="Who says who somebody is. native: passwords kept by the academy (`dalil account`); "
        "pam: the machine's; oidc, ldap: a directory's, set up in jupyterhub_config.py; "
        "demonstration: made-up people, on 127.0.0.1 only.",
    ).tag(config=True)
    separation = Enum(
        SEPARATIONS,
        "namespaces",
        help="What keeps people's servers apart. namespaces: a root of its own for each; accounts: "
        "the machine's accounts, for a hub that runs as root; none: nothing, for demonstrations.",
    ).tag(config=True)
    hub_database_url = Unicode(
        "", help="SQLAlchemy URL of the hub's own database; empty: SQLite in the records folder."
    ).tag(config=True)
    idle_minutes = Int(
        60, min=1, max=7 * 24 * 60, help="A person's server that nobody uses so long is stopped."
    ).tag(config=True)
    behind_proxy = Bool(
        False, help="A proxy of yours stands in front and says where requests come from."
    ).tag(config=True)
    domain = Unicode(
        "",
        help="The academy's public address, such as https://academy.example; each person's server "
        "is then at a name of its own below it (amina.academy.example), so that no page of one "
        "person acts for another. All those names must lead here.",
    ).tag(config=True)

    @validate("domain")
    def _domain(self, proposal: dict[str, str]) -> str:
        """Only scheme, name and port: a name that others can stand below. Raises UsageError."""
        given = proposal["value"].rstrip("/")
        if given and not _DOMAIN.fullmatch(given):
            raise UsageError(
                f"c.Dalil.domain: an address such as https://academy.example, not {given!r}"
            )
        return given


@dataclass(frozen=True)
class Settings:
    """Where things lie and what is allowed; all paths absolute."""

    root: Path
    academy: Path
    course_id: str
    database_url: str
    gradebook_url: str
    workers: int
    isolation: str
    limits: Limits
    preload: tuple[str, ...]
    address: str
    port: int
    accounts: str
    separation: str
    hub_database_url: str
    idle_minutes: int
    behind_proxy: bool
    domain: str

    @property
    def courses(self) -> Path:
        return self.root / "courses"

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def graders(self) -> Path:
        return self.root / "graders"

    @property
    def records(self) -> Path:
        return self.academy / "records"

    @property
    def keys(self) -> Path:
        return self.records / "keys"

    @property
    def exhibits(self) -> Path:
        return self.records / "exhibits"

    @property
    def release(self) -> Path:
        return self.academy / "release"

    @property
    def submitted(self) -> Path:
        return self.academy / "submitted"

    @property
    def autograded(self) -> Path:
        return self.academy / "autograded"

    @property
    def feedback(self) -> Path:
        return self.academy / "feedback"

    @property
    def exchange(self) -> Path:
        return self.academy / "exchange"

    @property
    def desks(self) -> Path:
        return self.academy / "desks"

    @property
    def homes(self) -> Path:
        return self.academy / "homes"

    @property
    def logs(self) -> Path:
        return self.academy / "logs"

    @property
    def cache(self) -> Path:
        return self.academy / "cache"

    @property
    def sealed(self) -> tuple[Path, ...]:
        """Folders that no trainee's process may see."""
        shared = (self.release, self.submitted, self.autograded, self.feedback, self.exchange)
        own = (self.records, *shared, self.desks, self.homes, self.logs)
        return (self.exercises, self.graders, *own)

    @property
    def closed(self) -> dict[Path, int]:
        """The academy's folders with the most that their modes may allow.

        Other accounts of the machine go through to the home that is theirs, and read nothing.
        """
        own = (self.records, self.keys, self.exhibits, self.records / "hub", self.logs, self.cache)
        work = (self.release, self.submitted, self.autograded, self.feedback, self.exchange)
        passed = dict.fromkeys((self.academy, self.homes), 0o711)
        return passed | dict.fromkeys((*own, *work, self.desks), 0o700)

    def prepare(self) -> None:
        """Make the academy's folders and close those that stand open. Raises RecordsError."""
        try:
            for folder, mode in self.closed.items():
                folder.mkdir(mode=mode, parents=True, exist_ok=True)
                _close(folder, mode)
        except OSError as error:
            raise RecordsError(
                f"{self.academy}: cannot make the academy's folders ({error.strerror}); "
                "choose a writable place with c.Dalil.academy"
            ) from error


def _close(folder: Path, most: int) -> None:
    """Take from *folder* what its mode allows beyond *most*; another account's is left alone."""
    found = folder.stat()
    if found.st_mode & 0o777 & ~most and os.geteuid() in (0, found.st_uid):
        folder.chmod(found.st_mode & (0o7000 | most))


def find_root(start: Path | None = None) -> Path | None:
    """Return the curriculum's root: the folder with ``jupyter_config.py`` and ``courses/``.

    The variable DALIL_ROOT decides; else the first such folder from *start* (default: the working
    folder) upwards; else the checkout that this package was installed from, if it was.
    """
    if named := os.environ.get(ROOT_VARIABLE):
        return Path(named).resolve()
    try:
        place = (start or Path.cwd()).resolve()
    except FileNotFoundError:  # the working folder was removed
        place = Path(__file__).resolve()
    for folder in (place, *place.parents, *Path(__file__).resolve().parents):
        if (folder / CONFIG_NAME).is_file() and (folder / "courses").is_dir():
            return folder
    return None


def load_settings(root: Path | None = None, academy: Path | None = None) -> Settings:
    """Read ``jupyter_config.py`` of *root* and return the settings.

    Raises UsageError when there is no curriculum here or the file is broken.
    """
    root = root.resolve() if root else find_root()
    if root is None:
        raise UsageError(
            f"no curriculum found: run in a folder with {CONFIG_NAME} and courses/, "
            f"or set {ROOT_VARIABLE}"
        )
    if not (root / CONFIG_NAME).is_file():
        raise UsageError(f"{root / CONFIG_NAME}: missing; take the one of the checkout")
    try:
        config = PyFileConfigLoader(CONFIG_NAME, path=str(root)).load_config()
    except Exception as error:  # the file is Python: anything may come out of it
        raise UsageError(f"{root / CONFIG_NAME}: {type(error).__name__}: {error}") from error
    return settings_from(config, root, academy)


def settings_from(config: Config, root: Path, academy: Path | None = None) -> Settings:
    """Return the settings that *config* (its section ``Dalil``) asks for."""
    traits = Dalil(config=config)
    place = academy or Path(os.environ.get(ACADEMY_VARIABLE) or traits.academy)
    place = Path(os.path.abspath(root / place))
    records = place / "records"
    return Settings(
        root=root,
        academy=place,
        course_id=traits.course_id,
        database_url=traits.database_url or f"sqlite:///{records / 'dalil.db'}",
        gradebook_url=traits.gradebook_url or f"sqlite:///{records / 'gradebook.db'}",
        workers=traits.workers or os.cpu_count() or 1,
        isolation=traits.isolation,
        limits=Limits(
            cell_seconds=traits.cell_seconds,
            submission_seconds=traits.submission_seconds,
            memory_bytes=traits.memory_mib * MIB,
            processes=traits.processes,
            file_bytes=traits.file_mib * MIB,
            output_bytes=traits.output_kib * KIB,
            answer_bytes=traits.answer_kib * KIB,
        ),
        preload=tuple(traits.preload),
        address=traits.address,
        port=traits.port,
        accounts=traits.accounts,
        separation=traits.separation,
        hub_database_url=traits.hub_database_url or f"sqlite:///{records / 'hub' / 'hub.db'}",
        idle_minutes=traits.idle_minutes,
        behind_proxy=traits.behind_proxy,
        domain=traits.domain,
    )
