"""A Dask scheduler and workers as processes, over TLS; each worker in a network of its own.

As root on Linux with iproute2 each worker gets a network namespace, joined to this one by a cable
of two virtual interfaces; elsewhere the workers are on loopback, and ``apart`` is false.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dalil.grading.remote import Place

START_SECONDS = 60.0


@dataclass
class Cluster:
    """The processes; ``workers`` by name."""

    folder: Path
    root: Path  # of the curriculum that workers see
    apart: bool = False
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    scheduler: subprocess.Popen[bytes] | None = None
    _networks: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.token = secrets.token_hex(3)
        self.tls = certificates(self.folder)
        self.apart = self._can_separate()
        listing = self.folder / "scheduler.json"
        host = "0.0.0.0" if self.apart else "127.0.0.1"
        arguments = ["--host", host, "--port", "0", "--protocol", "tls", "--no-dashboard"]
        self.scheduler = self._dask(
            [], "scheduler", *arguments, "--scheduler-file", str(listing), *self._tls()
        )
        deadline = time.monotonic() + START_SECONDS
        while not listing.exists():
            assert self.scheduler.poll() is None, self.log("scheduler")
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.port = int(json.loads(listing.read_text())["address"].rsplit(":", 1)[1])

    @property
    def place(self) -> Place:
        return Place(self.address(0), self.tls["ca"], self.tls["cert"], self.tls["key"])

    def address(self, network: int) -> str:
        return f"tls://{self._ours(network) if self.apart else '127.0.0.1'}:{self.port}"

    def add(self, name: str, root: Path | None = None) -> None:
        """Start a worker of one thread."""
        within, options = [], []
        if self.apart:
            network = self._network()
            within = ["nsenter", f"--net=/run/netns/{self._networks[network]}"]
            options = ["--host", self._theirs(network)]
        address = self.address(len(self._networks) - 1 if self.apart else 0)
        options += ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        options += ["--local-directory", str(self.folder / name), "--name", name]
        self.workers[name] = self._dask(
            within, "worker", address, *options, *self._tls(), name=name, root=root or self.root
        )

    def have(self, number: int) -> None:
        """See to it that so many workers live."""
        living = [name for name, process in self.workers.items() if process.poll() is None]
        for _ in range(number - len(living)):
            self.add(f"worker-{len(self.workers)}")

    def kill(self, name: str) -> list[psutil.Process]:
        """SIGKILL a worker; return the processes that it had started."""
        process = self.workers[name]
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        return children

    def stop(self) -> None:
        processes = [*self.workers.values(), *([self.scheduler] if self.scheduler else [])]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        for name in self._networks:
            subprocess.run(["ip", "netns", "del", name], check=True)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def _dask(
        self, within: list[str], *arguments: str, name: str = "scheduler", root: Path | None = None
    ) -> subprocess.Popen[bytes]:
        variables = {
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
            "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true",
            "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            **({"DALIL_ROOT": str(root)} if root else {}),
        }
        with open(self.folder / f"{name}.log", "wb") as log:
            return subprocess.Popen(
                [*within, sys.executable, "-m", "dask", *arguments],
                env=variables,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _tls(self) -> list[str]:
        names = {"--tls-ca-file": "ca", "--tls-cert": "cert", "--tls-key": "key"}
        return [word for flag, name in names.items() for word in (flag, str(self.tls[name]))]

    def _can_separate(self) -> bool:
        if os.geteuid() or not all(map(shutil.which, ("ip", "nsenter"))):
            return False
        try:
            self._network()
        except subprocess.CalledProcessError:
            return False
        return True

    def _network(self) -> int:
        """Make a namespace and its cable, unless the first one is not in use yet."""
        if len(self._networks) == 1 and not self.workers:
            return 0
        number = len(self._networks)
        name = f"dalil-{self.token}-{number}"
        ours = f"dl{self.token}{number}"
        for command in (
            f"ip netns add {name}",
            f"ip link add {ours} type veth peer name eth0 netns {name}",
            f"ip addr add {self._ours(number)}/30 dev {ours}",
            f"ip link set {ours} up",
            f"ip -n {name} addr add {self._theirs(number)}/30 dev eth0",
            f"ip -n {name} link set eth0 up",
            f"ip -n {name} link set lo up",
        ):
            subprocess.run(command.split(), check=True, capture_output=True)
            if command.startswith("ip netns"):
                self._networks.append(name)
        return number

    def _ours(self, network: int) -> str:
        """This side's address; the range is kept for tests of networks (RFC 2544)."""
        return f"198.18.{int(self.token[:2], 16)}.{4 * network + 1}"

    def _theirs(self, network: int) -> str:
        return f"198.18.{int(self.token[:2], 16)}.{4 * network + 2}"


def certificates(folder: Path) -> dict[str, Path]:
    """Write an authority's certificate, and one that it signed with its key, as PEM files."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("ca", "dalil")]
    made = [
        x509.CertificateBuilder()
        .issuer_name(names[0])
        .subject_name(names[n])
        .public_key(keys[n].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=n == 0, path_length=None), critical=True)
        .sign(keys[0], hashes.SHA256())
        for n in range(2)
    ]
    paths = {name: folder / f"{name}.pem" for name in ("ca", "cert", "key")}
    paths["ca"].write_bytes(made[0].public_bytes(serialization.Encoding.PEM))
    paths["cert"].write_bytes(made[1].public_bytes(serialization.Encoding.PEM))
    key = keys[1].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths["key"].write_bytes(key)
    return paths
