"""What one submission may use while its notebook runs."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024**2


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; times are wall clock, in seconds."""

    cell_seconds: float = 30  # of one cell; then it is interrupted, and killed if that fails
    submission_seconds: float = 120  # of all cells together, kernel starts included
    memory_bytes: int = 2048 * MIB  # of all its processes together
    processes: int = 64  # processes and threads
    file_bytes: int = 64 * MIB  # of one file
    output_bytes: int = 1 * MIB  # kept of one cell
    answer_bytes: int = 4 * MIB  # of one answer, as JSON
