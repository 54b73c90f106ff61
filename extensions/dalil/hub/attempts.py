"""Wrong passwords in a row make the next try wait (NIST SP 800-63B-4, 3.2.2: rate limiting)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5  # tries of one name that need not wait
PAUSE = 30.0  # seconds before each further try
NAMES = 10_000  # that are kept in mind; of more, the oldest are forgotten


class Attempts:
    """Tries by name, counted before the password is looked at, so that many at once count too.

    A name counts whether or not anybody has it: the answer tells nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()  # count, time of the last

    def begin(self, name: str) -> float:
        """Count a try, or return the seconds that *name* has to wait before its next one."""
        now = self._clock()
        count, last = self._tries.get(name, (0, now))
        if count >= FREE and now - last < PAUSE:
            return PAUSE - (now - last)
        self._tries[name] = (count + 1, now)
        self._tries.move_to_end(name)
        while len(self._tries) > NAMES:
            self._tries.popitem(last=False)
        return 0.0

    def succeeded(self, name: str) -> None:
        """The password was right: forget the wrong ones."""
        self._tries.pop(name, None)
