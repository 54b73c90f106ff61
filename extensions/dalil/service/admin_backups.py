"""Backups for admins: made beside the service's other work, listed, and sent as files."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import IO, Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from dalil.backup import Backup, backup_of, backups, make_backup
from dalil.errors import DalilError
from dalil.ledger import Ledger
from dalil.service.admin_pages import LayoutHandler
from dalil.service.handlers import ApiHandler, Handler, needs
from dalil.service.state import State

CHUNK = 256 * 1024
log = logging.getLogger(__name__)


@dataclass
class Making:
    """The backup that is being made, or how the last one ended; one at a time."""

    task: asyncio.Task[None] | None = None
    part: str = ""
    done: int = 0
    total: int = 0
    error: str = ""
    last: Backup | None = None

    @property
    def busy(self) -> bool:
        return self.task is not None and not self.task.done()

    def begin(self, state: State, who: str) -> None:
        """Make one, unless one is being made."""
        if not self.busy:
            self.part, self.done, self.total, self.error, self.last = "", 0, 0, "", None
            self.task = asyncio.get_running_loop().create_task(self._make(state, who))

    async def _make(self, state: State, who: str) -> None:
        try:
            self.last = await state.off(
                make_backup, state.settings, who=who, step=self._step, slow=True
            )
        except DalilError as error:
            self.error = str(error)
            log.error("backup: %s", error)
        except Exception:
            self.error = "see the service's log"
            log.exception("backup")

    def _step(self, name: str, done: int, total: int) -> None:
        self.part, self.done, self.total = name, done, total

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "busy": self.busy,
            "part": self.part,
            "done": self.done,
            "total": self.total,
            "error": self.error,
            "sound": self.last.sound if self.last else None,
        }


MAKING = Making()


def listed(found: list[Backup]) -> list[dict[str, Any]]:
    """*found* as JSON has it: names, never where they lie."""
    return [
        {
            "name": backup.path.name,
            "made": backup.made.isoformat(),
            "bytes": backup.bytes,
            "sha256": backup.sha256,
        }
        for backup in found
    ]


async def send(handler: Handler, name: str) -> None:
    """Stream the backup of that name, or the newest one; each is an event of the ledger."""
    settings = handler.state.settings
    if name:
        backup = await handler.off(backup_of, settings, name)
    else:
        backup = next(iter(await handler.off(backups, settings)), None)
    if backup is None:
        raise HTTPError(404)
    ledger = Ledger(settings.database_url, settings.keys)
    what = {"file": backup.path.name, "sha256": backup.sha256}
    await handler.off(ledger.append, "backup-fetched", who=handler.who, what=what)
    handler.set_header("Content-Type", "application/zip")
    handler.set_header("Content-Length", str(backup.bytes))
    handler.set_header("Content-Disposition", f'attachment; filename="{backup.path.name}"')
    with backup.path.open("rb") as file:
        await _stream(handler, file)


async def _stream(handler: Handler, file: IO[bytes]) -> None:
    try:
        while chunk := await handler.off(file.read, CHUNK, slow=True):
            handler.write(chunk)
            await handler.flush()
    except StreamClosedError:
        log.info("a download was broken off")


class BackupsApi(ApiHandler):
    """``GET api/backups``: what there is and what is being made; ``POST``: make one."""

    @needs("administer")
    async def get(self) -> None:
        found = await self.off(backups, self.state.settings)
        self.answer({"backups": listed(found), "making": MAKING.as_dict()})

    @needs("administer")
    async def post(self) -> None:
        MAKING.begin(self.state, self.who)
        self.answer(MAKING.as_dict(), 202)


class BackupApi(ApiHandler):
    """``GET api/backup?name=``: the file, or the newest one."""

    @needs("administer")
    async def get(self) -> None:
        await send(self, self.get_query_argument("name", ""))


class BackupsPage(LayoutHandler):
    """``GET admin/backups``; ``POST`` makes one."""

    @needs("administer")
    async def get(self) -> None:
        self.show(
            "backups.html",
            found=await self.off(backups, self.state.settings),
            making=MAKING,
            size=size,
        )

    @needs("administer")
    async def post(self) -> None:
        MAKING.begin(self.state, self.who)
        self.go("admin/backups")


def size(count: int) -> str:
    """*count* bytes as people read them."""
    number, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if number < 1024 or unit == "TiB":
            break
        number /= 1024
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


ROUTES: list[tuple[str, Any]] = [
    (r"api/backups", BackupsApi),
    (r"api/backup", BackupApi),
    (r"admin/backups", BackupsPage),
]
