"""Seeds: who gets which evidence, decided by a key that only the academy holds."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import numpy as np

from dalil.errors import ForgingError
from dalil.forging.clocks import moment
from dalil.models import CaseKey

KEY_BYTES = 32


class Seed:
    """32 secret bytes from which numbers, moments and tokens are drawn by name.

    Draws of different names are independent, so adding one never changes another. A seed does not
    show itself: ``repr`` and ``str`` are masked, because whoever knows it can forge the truth.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ForgingError(f"a seed has {KEY_BYTES} bytes, not {len(secret)}")
        self._secret = bytes(secret)

    def __repr__(self) -> str:
        return "Seed(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seed) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)

    def _draw(self, purpose: str, name: str) -> bytes:
        return hmac.digest(self._secret, _netstrings(purpose, name), "sha256")

    def child(self, name: str) -> Seed:
        """A seed of its own for one part of the evidence: what is drawn from it stays apart."""
        return Seed(self._draw("child", name))

    def rng(self, name: str) -> np.random.Generator:
        """A generator that starts at the same place each time it is asked for by *name*.

        PCG64 is named, not left to ``default_rng``, so that a new default of numpy changes nothing.
        """
        entropy = int.from_bytes(self._draw("rng", name), "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def clock(
        self, name: str, start: datetime, end: datetime, step: timedelta = timedelta(seconds=1)
    ) -> datetime:
        """A moment in [start, end) as aware UTC, a whole number of *step* after *start*.

        Raises ForgingError for a naive datetime or an empty interval.
        """
        return moment(self.rng(name), start, end, step)

    def token(self, name: str, n: int = 32) -> str:
        """*n* lower-case hexadecimal digits, such as a serial number or a made-up digest."""
        return self.noise(name, (n + 1) // 2).hex()[:n]

    def noise(self, name: str, n: int) -> bytes:
        """*n* bytes without structure."""
        return hashlib.shake_256(self._draw("token", name)).digest(n)


def derive(key: bytes, case: CaseKey) -> Seed:
    """The seed of one case: HMAC-SHA256 of module, version, trainee and attempt under *key*.

    Each field carries its length, so that no two cases share an encoding (a version may hold any
    character). Raises ForgingError when the key is not 32 bytes or the attempt not 1 or more.
    """
    if len(key) != KEY_BYTES:
        raise ForgingError(f"the forging key has {KEY_BYTES} bytes, not {len(key)}")
    if case.attempt < 1:
        raise ForgingError(f"{case}: attempts are counted from 1, not {case.attempt}")
    message = _netstrings("dalil-case-1", case.module, case.version, case.trainee, case.attempt)
    return Seed(hmac.digest(key, message, "sha256"))


def practice(name: str) -> Seed:
    """The public seed of a lesson or an app: known to everyone, so never used for a case."""
    return Seed(hashlib.sha256(_netstrings("dalil-practice-1", name)).digest())


def _netstrings(*fields: str | int) -> bytes:
    encoded = (str(field).encode("utf-8") for field in fields)
    return b"".join(b"%d:%b," % (len(field), field) for field in encoded)
