"""Grading on many machines: jobs go to the workers of a Dask scheduler, runs come back.

Truth, checks, gradebook and ledger stay in this process; a job holds none of them. Dask is the
optional extra ``scale`` and is imported only here and in ``remote_worker``, when it is asked for.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dalil.errors import RunnerError, UsageError
from dalil.grading.learned import curriculum_imports
from dalil.grading.runner import Job, Run, Runner
from dalil.grading.wire import packed, received
from dalil.settings import Settings

if TYPE_CHECKING:
    import distributed

log = logging.getLogger(__name__)

RETRIES = 2  # of a job whose runner failed; a worker that was lost does not count
ANSWER_SECONDS = 10.0  # of the scheduler, when it is called first
JOIN_SECONDS = 10.0  # until the first worker is there
PATIENCE_SECONDS = 60.0  # without any worker, before what waits is given up
_LOOK_SECONDS = 5.0
LOST = "the scheduler was lost; start it and run the same command again"


@dataclass(frozen=True)
class Place:
    """Where the scheduler is, and how to reach it; both certificates and the key are PEM files."""

    address: str
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False

    def check(self) -> None:
        """Raise UsageError unless the way there is safe: loopback, or TLS, or said not to care."""
        scheme, host = _parts(self.address)
        if not host or scheme not in ("tcp", "tls"):
            raise UsageError(f"{self.address!r}: name a scheduler as tls://HOST:PORT or tcp://…")
        files = (self.tls_ca, self.tls_cert, self.tls_key)
        if scheme == "tls" and None in files:
            raise UsageError("tls:// needs --tls-ca, --tls-cert and --tls-key")
        if scheme == "tcp" and any(files):
            raise UsageError("the certificates are for tls://; over tcp:// nothing is encrypted")
        if scheme == "tcp" and not _loopback(host) and not self.insecure:
            raise UsageError(
                f"{self.address}: whoever reaches that port can run programs on every worker; "
                "use tls:// with --tls-ca, --tls-cert and --tls-key, or, on a network of "
                "your own, --insecure-scheduler"
            )


def _parts(address: str) -> tuple[str, str]:
    """Scheme and host of an address that names a port, too; else nothing."""
    try:
        parts = urlsplit(address)
        return (parts.scheme, parts.hostname or "") if parts.port else ("", "")
    except ValueError:
        return "", ""


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connect(place: Place, settings: Settings, *, unsafe: bool = False) -> Fleet:
    """Return the workers at *place*, made ready. Raises UsageError, or RunnerError for no worker.

    Workers without a sandbox run nothing unless *unsafe* work is allowed.
    """
    place.check()
    try:
        import distributed
        from distributed.config import config
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise UsageError('--scheduler needs Dask: pip install "dalil[scale]"') from error
    from dalil.grading.remote_worker import Bench, BenchRunner, facts

    # A job with its exhibits may be large; it is kept by the scheduler so that no worker's end
    # loses it.
    config["distributed"]["admin"]["large-graph-warning-threshold"] = "1GiB"
    preload = (*settings.preload, *curriculum_imports(settings))
    bench = Bench(facts(settings.root), preload, unsafe)
    try:
        client = distributed.Client(
            place.address,
            security=_security(place),
            timeout=ANSWER_SECONDS,
            set_as_default=False,
            name="dalil",
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"{place.address}: no scheduler answers ({error})") from error
    try:
        return Fleet(client, bench.name, BenchRunner(bench.name), _make_ready(client, bench))
    except BaseException:
        client.close()
        raise


def _security(place: Place) -> distributed.Security | None:
    from distributed import Security

    if place.tls_ca is None:
        return None
    return Security(
        require_encryption=True,
        tls_ca_file=str(place.tls_ca),
        tls_client_cert=str(place.tls_cert),
        tls_client_key=str(place.tls_key),
    )


def _make_ready(client: distributed.Client, bench: Any) -> dict[str, tuple[int, str]]:
    """Give every worker the bench; return how many jobs each runs at once, and why none."""
    try:
        client.wait_for_workers(1, timeout=JOIN_SECONDS)
        client.register_plugin(bench, name=bench.name)
        found = _fitness(client, bench.name)
    except (OSError, TimeoutError) as error:
        raise RunnerError(f"no worker has joined the scheduler: {error}") from error
    if not any(threads for threads, _ in found.values()):
        why = "; ".join(sorted({why for _, why in found.values()})) or "all have left"
        raise RunnerError(f"none of {len(found)} workers can run notebooks: {why}")
    return found


def _fitness(client: distributed.Client, name: str) -> dict[str, tuple[int, str]]:
    from dalil.grading.remote_worker import fitness

    found = client.run(fitness, name, on_error="ignore")
    return dict(found)


@dataclass(eq=False)
class _Asked:
    """One job: who waits for it, and whether it is suspected to end workers."""

    function: Callable[[Job], Run]
    job: Job
    result: Future[Run] = field(default_factory=Future)
    suspect: bool = False
    task: distributed.Future[bytes] | None = None


class Fleet(Executor):
    """Runs jobs on the workers of a scheduler; use as a context manager.

    A job whose worker is lost is run again by another one. One that was there whenever workers
    died is run once more with nothing beside it, so that only the one that ends workers fails.
    ``workers`` says how many jobs each can run at once, and why it runs none.
    """

    def __init__(
        self,
        client: distributed.Client,
        resource: str,
        runner: Runner,
        workers: dict[str, tuple[int, str]],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.runner, self.workers, self._resource = runner, workers, resource
        self._client, self._patience = client, patience
        self._lock = threading.RLock()
        self._waiting: deque[_Asked] = deque()
        self._suspects: deque[_Asked] = deque()
        self._under_way: set[_Asked] = set()
        self._lost = ""
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look, name="dalil-fleet", daemon=True)
        self._watch.start()

    @property
    def threads(self) -> int:
        """Jobs that the fleet runs at once."""
        return sum(threads for threads, _ in self.workers.values())

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run ``function(job)`` on a worker, for one job. Raises RunnerError when all is lost."""
        (job,) = arguments
        asked = _Asked(function, job, **named)
        asked.result.add_done_callback(lambda result: self._cancel(asked))
        with self._lock:
            if self._lost:
                raise RunnerError(self._lost)
            self._waiting.append(asked)
            self._send()
        return asked.result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the scheduler; what still runs is given up."""
        self._end.set()
        self._give_up("grading has ended")
        self._watch.join()
        self._client.close()

    def _send(self) -> None:
        """Send what may go: a suspect alone, everybody else together. The lock is held."""
        while not self._lost:
            if self._suspects and not self._under_way:
                asked = self._suspects.popleft()
            elif self._suspects or not self._waiting or any(a.suspect for a in self._under_way):
                return
            else:
                asked = self._waiting.popleft()
            if not asked.result.cancelled():
                self._under_way.add(asked)
                self._send_one(asked)

    def _send_one(self, asked: _Asked) -> None:
        from dalil.grading.remote_worker import travel

        try:
            asked.task = self._client.submit(
                travel,
                asked.function,
                packed(asked.job),
                pure=False,
                retries=RETRIES,
                resources={self._resource: 1},
            )
            asked.task.add_done_callback(lambda task: self._done(asked, task))
        except Exception as error:  # the client has given up on the scheduler
            log.warning("a job cannot be sent", exc_info=error)
            self._give_up(LOST)

    def _done(self, asked: _Asked, task: distributed.Future[bytes]) -> None:
        """Hand over what came back; in a thread of the client's."""
        from distributed import KilledWorker

        try:
            self._answer(asked, received(task.result(), asked.job))
        except KilledWorker:
            self._suspect(asked)
        except CancelledError:
            if not asked.result.cancelled():
                self._give_up(LOST)
        except Exception as error:
            self._answer(asked, error)
        with self._lock:
            self._send()

    def _suspect(self, asked: _Asked) -> None:
        """Run it once more, alone; it was alone already: it is the one."""
        if asked.suspect:
            self._answer(asked, RunnerError("each worker that ran it died; see the workers' logs"))
            return
        with self._lock:
            asked.suspect = True
            self._under_way.discard(asked)
            self._suspects.append(asked)

    def _answer(self, asked: _Asked, answer: Run | Exception) -> None:
        with self._lock:
            self._under_way.discard(asked)
            asked.task = None  # the scheduler forgets it
            if asked.result.done() or not asked.result.set_running_or_notify_cancel():
                return
        if isinstance(answer, Exception):
            asked.result.set_exception(answer)
        else:
            asked.result.set_result(answer)

    def _cancel(self, asked: _Asked) -> None:
        """Stop what nobody waits for any more."""
        task = asked.task
        if asked.result.cancelled() and task is not None:
            with self._lock:
                self._under_way.discard(asked)
                asked.task = None
            task.cancel()

    def _give_up(self, reason: str) -> None:
        """Fail everything that is asked for, now and later."""
        with self._lock:
            self._lost = self._lost or reason
            left = [*self._under_way, *self._suspects, *self._waiting]
            self._suspects.clear()
            self._waiting.clear()
        for asked in left:
            self._answer(asked, RunnerError(self._lost))

    def _look(self) -> None:
        """Wait for workers that were lost, but not for ever."""
        seen = time.monotonic()
        while not self._end.wait(_LOOK_SECONDS):
            with self._lock:
                idle = not self._under_way
            if idle or self._any_left():
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                self._give_up(
                    f"no worker was left for {self._patience:.0f} s; start workers and run the "
                    "same command again"
                )

    def _any_left(self) -> bool:
        try:
            return any(threads for threads, _ in _fitness(self._client, self._resource).values())
        except Exception as error:  # the scheduler may be gone, too
            log.warning("the scheduler does not answer: %s", error)
            return False
