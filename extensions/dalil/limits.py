"""What one submission may use while its notebook runs."""

from __future__ import annotations

from dataclasses import dataclass

KIB, MIB, GIB = 1024, 1024**2, 1024**3

# In the environment of a process of which there are as many as processors, or that is forked:
# numerical libraries then start no threads of their own.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; times are wall clock, in seconds."""

    cell_seconds: float = 30  # of one cell; then it is interrupted, and killed if that fails
    submission_seconds: float = 180  # of all cells together, starts of processes included
    memory_bytes: int = 2048 * MIB  # of all its processes together
    processes: int = 64  # processes and threads
    file_bytes: int = 64 * MIB  # of one file
    output_bytes: int = 1 * MIB  # kept of one cell
    answer_bytes: int = 4 * MIB  # of one answer, as JSON

    @property
    def files_bytes(self) -> int:
        """What all files of a submission may hold together, its exhibits aside."""
        return 4 * self.file_bytes
