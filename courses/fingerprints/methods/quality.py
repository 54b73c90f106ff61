"""The gate before a comparison: does a print show enough?

After the idea of NFIQ 2 (ISO/IEC 29794-4), a number from 0 to 100 made of what can be measured:
here the area with ridges, how clear they are, and how many minutiae stand in it. It is not NFIQ 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from dalil.courses.fingerprints.methods.enhancement import Enhanced
from dalil.courses.fingerprints.methods.minutiae import Minutia

FULL_AREA = 120.0  # square millimetres of ridges that leave nothing to wish for
FULL_COUNT = 25  # minutiae
LEAST_AREA, LEAST_COUNT, LEAST_VALUE = (
    40.0,
    12,
    50.0,
)  # of the policy that lesson and exercise state


@dataclass(frozen=True)
class Quality:
    """``area`` in square millimetres, ``clarity`` 0 to 1, ``minutiae``, and ``value`` 0 to 100."""

    area: float
    clarity: float
    minutiae: int

    @property
    def value(self) -> float:
        """The geometric mean of the three shares: one that is poor cannot be made good for."""
        shares = (
            min(self.area / FULL_AREA, 1.0),
            min(max((self.clarity - 0.4) / 0.5, 0.0), 1.0),
            min(self.minutiae / FULL_COUNT, 1.0),
        )
        return 100.0 * float(shares[0] * shares[1] * shares[2]) ** (1 / 3)

    @property
    def suitable(self) -> bool:
        """Whether the policy allows a comparison."""
        enough = self.area >= LEAST_AREA and self.minutiae >= LEAST_COUNT
        return enough and self.value >= LEAST_VALUE


def quality(enhanced: Enhanced, minutiae: list[Minutia]) -> Quality:
    """What an enhanced image with its *minutiae* offers to a comparison."""
    clear = float(enhanced.clarity[enhanced.mask].mean()) if enhanced.mask.any() else 0.0
    return Quality(enhanced.area, clear, len(minutiae))
